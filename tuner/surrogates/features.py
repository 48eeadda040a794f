"""Columns as features: places whose weighted Euclidean distance is the distance of the kernel.

    r2(x, x') = sum_j ((x_j - x'_j) / l_j)^2 over numbers + sum_c [x_c != x'_c] / l_c^2 over categories

A category is a Hamming distance with a length scale of its own, inside the same kernel: half the
squared distance between corners of a simplex, so its features are the corners over the root of 2 and
every kernel of Euclidean distance stays positive definite. A product kernel says "like the other
category, as far as it is alike" without the two extra kernels of BoTorch's MixedSingleTaskGP.

A conditional column needs no feature of its own: while its parameter is dead the column holds its
`rest` value, and the mismatch is carried by the column of the parameter that its `when` names.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tuner.dataset import Bools, Floats
from tuner.space.encoding import Column

Indices = npt.NDArray[np.intp]


class Features:
    """The features of d columns; D of them, one a number and one a value of a category.

    Attributes:
        width: d.
        owner: (D,) column of each feature.
        category: (d,) columns that hold codes.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.width = len(columns)
        self.category: Bools = np.array([c.kind == "category" for c in columns], dtype=np.bool_)
        counts = [(c.levels or 1) if c.kind == "category" else 1 for c in columns]
        self.owner: Indices = np.repeat(np.arange(self.width), counts)
        self._number = np.flatnonzero(~self.category)
        starts = np.concatenate([[0], np.cumsum(counts)])[:-1].astype(np.intp)
        self._place = starts[self._number]
        self._codes = [
            (int(j), slice(int(starts[j]), int(starts[j]) + counts[j]), np.arange(counts[j]))
            for j in np.flatnonzero(self.category)
        ]

    def of(self, X: Floats) -> Floats:
        """Give the features (n, D) of rows (n, d)."""
        if not self._codes:
            return X
        Z = np.empty((len(X), len(self.owner)))
        Z[:, self._place] = X[:, self._number]
        for column, where, codes in self._codes:
            Z[:, where] = (np.rint(X[:, column])[:, None] == codes) * math.sqrt(0.5)
        return Z

    def back(self, slopes: Floats) -> Floats:
        """Give the slopes (n, d) along columns for slopes (n, D) along features; 0 of categories."""
        if not self._codes:
            return slopes
        found = np.zeros((len(slopes), self.width))
        found[:, self._number] = slopes[:, self._place]
        return found

    def gathered(self, values: Floats) -> Floats:
        """Sum (D,) numbers of features to (d,) of columns."""
        if not self._codes:
            return values
        found: Floats = np.bincount(self.owner, weights=values, minlength=self.width).astype(
            np.float64
        )
        return found
