"""Who turns the crank: free places are filled, results written down, the end is noticed."""
