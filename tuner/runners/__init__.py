"""Who does the work: jobs as processes under supervisors, and places for them to work in."""
