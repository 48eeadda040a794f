"""For how much of the whole space the trials of a study speak, wherever a search took them.

Shapes: n rows, d columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tuner.dataset import Floats
from tuner.numerics.sobol import SobolSequence
from tuner.space.encoding import Column, Encoding

LEAST_CELLS, MOST_CELLS, A_CELL = 2, 8, 4
"""Parts of a column that are told apart, and rows that there are to be for each."""

ROUNDS = 50
"""Rounds of raking."""

LEAST = 0.01
"""Least that a trial counts for."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Say:
    """How far trials speak for the whole space.

    Attributes:
        worth: for how much of a trial each counts, in (0, 1].
        weights: (n,) of the trials, so that the parts of every column weigh nearly the same; sum to 1.
    """

    worth: float
    weights: Floats


def say_of(encoding: Encoding, X: Floats, seed: int) -> Say:
    """Weigh trials, rows X (n, d), where the whole space is asked about.

    A search crowds its trials where they are good. What its many trials at one value of a parameter say
    of the others need not hold elsewhere (a factor near 0 hides all the others), and a model that takes
    the space to be alike all over does not know. So the trials are weighed so that the parts of every
    column weigh the same, as nearly as they can, and counted as Kish (1965), "Survey Sampling", counts weighted answers,
    less for a column of which parts were never seen; held against as many Sobol points. A point that
    was repeated counts once.
    """
    rows, which, times = np.unique(X, axis=0, return_inverse=True, return_counts=True)
    even = encoding.spread(SobolSequence(encoding.width, seed + 1).points(0, len(rows)))
    here, best = (_cells(encoding.columns, each) for each in (rows, even))
    weights = _raked(here)
    seen = min(
        min(1.0, len(np.unique(mine)) / len(np.unique(all_of_them)))
        for mine, all_of_them in zip(here, best, strict=True)
    )
    worth = seen * np.square(_raked(best)).sum() / np.square(weights).sum()
    return Say(
        worth=float(np.clip(worth, LEAST, 1.0)), weights=(weights / times)[which.reshape(-1)]
    )


def _cells(columns: Sequence[Column], X: Floats) -> list[npt.NDArray[np.intp]]:
    """Number the part of each column that a row is in, (n,) by column."""
    cells = int(np.clip(len(X) // A_CELL, LEAST_CELLS, MOST_CELLS))
    return [
        np.rint(values).astype(np.intp)
        if column.kind == "category"
        else np.clip((values * cells).astype(np.intp), 0, cells - 1)
        for column, values in zip(columns, X.T, strict=True)
    ]


def _raked(cells: Sequence[npt.NDArray[np.intp]]) -> Floats:
    """Give weights (n,) under which the parts of every column weigh nearly the same; they sum to 1.

    Few trials away from a crowd cannot be spread over all parts of the other columns: then the crowd
    keeps more.

    Raking: Deming & Stephan (1940), "On a Least Squares Adjustment of a Sampled Frequency Table".
    """
    weights = np.ones(len(cells[0]))
    for _ in range(ROUNDS):
        for mine in cells:
            weights /= np.maximum(np.bincount(mine, weights), 1e-300)[mine]
    found: Floats = weights / weights.sum()
    return found
