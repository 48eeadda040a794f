"""What to try next.

`spec` is what may be asked for, `base` what every sampler promises, `make` the way from one to the
other. Sobol points, a grid, chance and a model give candidates; `distinct` keeps what is new and
allowed, `sequence` says whose turn it is and who stands in for a model that failed.
"""
