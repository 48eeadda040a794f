"""Which trials say what is usual: those that lie apart, not the many near one another.

A search that works finds a good place and stays. Were its quartiles those of all trials, the scale on
which outcomes are judged would shrink to the differences inside that place: everything elsewhere would
look as bad as can be, and polishing the last digit worth every trial. So scales are learned from trials
that lie apart, and the best one.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tuner.dataset import Floats
from tuner.space.encoding import Column

APART = 0.1
"""Root mean square distance, over columns of the unit cube, from which trials lie apart."""

FEWEST = 4
"""Trials apart, below which all of them are taken."""


def apart(X: Floats, columns: Sequence[Column], gains: Floats) -> npt.NDArray[np.intp]:
    """Choose rows of X (n, d) that lie apart from all chosen before them, and the best of gains (n,).

    Two values of a category are one apart. The choice goes by the order of the rows, so that what was
    chosen among the first ones stays chosen.
    """
    n, d = X.shape
    category = np.array([column.kind == "category" for column in columns], dtype=np.bool_)
    numbers = X[:, ~category]
    sizes = np.einsum("ij,ij->i", numbers, numbers)
    far = sizes[:, None] + sizes - 2 * numbers @ numbers.T
    for codes in X[:, category].T:
        far += codes[:, None] != codes
    near = far < APART**2 * d
    chosen = [int(gains.argmax())]
    taken = near[:, chosen[0]].copy()
    for row in range(n):
        if not taken[row]:
            chosen.append(row)
            taken |= near[:, row]
    return np.sort(chosen) if len(chosen) >= FEWEST else np.arange(n)
