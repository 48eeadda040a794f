"""What the results say: a model of the finished trials, asked what a person wants to know.

The values are in `base`; what makes them is behind `make`, which loads numpy's heavier half.
"""
