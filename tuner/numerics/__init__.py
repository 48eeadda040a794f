"""Arithmetic that knows nothing of tuning: quasi-random numbers, many small minimisations at once."""
