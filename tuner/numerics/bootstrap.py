"""How sure a difference of means is, when both sides were measured a few times: the bootstrap."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, stdtrit

Array = npt.NDArray[np.float64]

DRAWS = 10_000
SIDE = 0.025  # of an interval of 95 %


class Interval(NamedTuple):
    """A difference of means with its interval of 95 %."""

    mean: float
    low: float
    high: float


def paired(differences: npt.ArrayLike, rng: np.random.Generator) -> Interval:
    """Give the mean of paired differences with its interval; n of them, at least two.

    The percentile interval of the bootstrap, expanded: with few values it is too narrow, both for
    the missing factor n / (n - 1) of the variance and for the normal instead of Student's
    quantiles. Hesterberg (2015), "What Teachers Should Know About the Bootstrap", The American
    Statistician 69(4), section 4.1.1 on the expanded percentile interval.
    """
    values = np.asarray(differences, dtype=np.float64)
    return _interval(float(values.mean()), _means(values, rng), values.size)


def unpaired(ours: npt.ArrayLike, theirs: npt.ArrayLike, rng: np.random.Generator) -> Interval:
    """Give the mean of one sample minus that of another, each drawn from on its own.

    As `paired`; the interval is expanded for the smaller sample, which errs to the wide side.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    drawn = _means(a, rng) - _means(b, rng)
    return _interval(float(a.mean() - b.mean()), drawn, min(a.size, b.size))


def _means(values: Array, rng: np.random.Generator) -> Array:
    """Draw DRAWS samples of the same size with replacement; give their means."""
    means: Array = values[rng.integers(values.size, size=(DRAWS, values.size))].mean(axis=1)
    return means


def _interval(mean: float, drawn: Array, n: int) -> Interval:
    side = ndtr(np.sqrt(n / (n - 1)) * stdtrit(n - 1, SIDE))
    low, high = np.quantile(drawn, [side, 1 - side])
    return Interval(mean, float(low), float(high))
