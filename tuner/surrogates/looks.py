"""What is believed at some points: at once, or a block at a time. Called by `exact.py`.

Shapes: m processes, n rows, k points, s versions, D features.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import blas

from tuner.dataset import Floats
from tuner.surrogates.basis import Leaning
from tuner.surrogates.features import Features
from tuner.surrogates.matern import SLOPE

BLOCK = 128
"""Points that are looked at at once: what is worked out for more does not fit next to the core."""

TRIANGULAR = 2000
"""Entries from which to skip the zeros of a factor saves more than a call for each process costs."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What m processes know of their n rows.

    Attributes:
        A: (m, n, D) features of the rows in length scales.
        inverse_scale: (m, D).
        output: (m,) prior variance.
        whiten: (m, n, n) inverse of the Cholesky factor of the rows' covariance, columns together.
        weights: (m, n, s) so that the mean at x is k(x, rows) @ weights.
        loads: (m, S) prior variance of the weight of each older study.
        P: (n, S) what the older studies believe at the rows.
    """

    features: Features
    A: Floats
    inverse_scale: Floats
    output: Floats
    whiten: Floats
    weights: Floats
    loads: Floats
    P: Floats


@dataclass(frozen=True)
class Look:
    """What is believed at k points.

    Attributes:
        mean: (m, k, s).
        variance: (m, k), without measurement noise.
    """

    mean: Floats
    variance: Floats
    rows: Rows
    A: Floats
    V: Floats
    bend: Floats
    free: npt.NDArray[np.bool_]
    leaning: Leaning | None

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give (k, d) slopes of a quantity along the columns, from its slopes by mean and variance.

        Args:
            by_mean: (m, k, s).
            by_variance: (m, k).
        """
        rows = self.rows
        by_variance = np.where(self.free, -2.0 * by_variance, 0.0)
        weights = times(by_variance[:, :, None] * self.V, rows.whiten)
        weights += by_mean @ rows.weights.swapaxes(1, 2)
        leaning: Floats | float = 0.0
        if self.leaning is not None:
            leaning = self.leaning.back(weights, by_variance, rows.P, rows.loads)
        weights *= self.bend
        slopes = weights.sum(axis=2)[:, :, None] * self.A - weights @ rows.A
        scaled = slopes * (2.0 * SLOPE * rows.output[:, None] * rows.inverse_scale)[:, None, :]
        return rows.features.back(scaled.sum(axis=0)) + leaning


@dataclass(frozen=True)
class Scan:
    """What is believed at many points: a look without what slopes follow from.

    Attributes:
        mean: (m, k, s).
        variance: (m, k), without measurement noise.
    """

    mean: Floats
    variance: Floats
    look: Callable[[Floats], Look]
    X: Floats

    @classmethod
    def of(cls, look: Callable[[Floats], Look], X: Floats) -> "Scan":
        """Look at X (k, d) a block at a time."""
        means, variances = [], []
        for block in blocks(len(X)):
            part = look(X[block])
            means.append(part.mean)
            variances.append(part.variance)
        return cls(np.concatenate(means, axis=1), np.concatenate(variances, axis=1), look, X)

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give slopes as a look does; each block is looked at anew."""
        parts = [(block, self.look(self.X[block])) for block in blocks(len(self.X))]
        return np.concatenate([look.back(by_mean[:, b], by_variance[:, b]) for b, look in parts])


def blocks(rows: int) -> list[slice]:
    """Cut rows into blocks."""
    return [slice(start, start + BLOCK) for start in range(0, rows, BLOCK)]


def times(B: Floats, whiten: Floats, *, transposed: bool = False) -> Floats:
    """Give B (m, k, n) times lower triangular matrices (m, n, n), or their transposes; B is used up."""
    _, k, n = B.shape
    if k == 1 or k * n < TRIANGULAR:
        return B @ (whiten.swapaxes(1, 2) if transposed else whiten)
    for rows, W in zip(B, whiten, strict=True):
        blas.dtrmm(1.0, W, rows.T, lower=1, trans_a=not transposed, overwrite_b=1)
    return B
