"""What is believed at some points: at once, or a block at a time. Called by `exact.py`.

Shapes: m processes, n rows, k points, s versions, D features.
"""

from dataclasses import dataclass
from typing import Protocol

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


class Looked(Protocol):
    """What is looked at; fields as in `exact.ExactGPs`."""

    @property
    def features(self) -> Features: ...
    @property
    def A(self) -> Floats: ...
    @property
    def inverse_scale(self) -> Floats: ...
    @property
    def output(self) -> Floats: ...
    @property
    def whiten(self) -> Floats: ...
    @property
    def weights(self) -> Floats: ...
    @property
    def loads(self) -> Floats: ...
    @property
    def P(self) -> Floats: ...

    def look(self, X: Floats) -> "Look | Scan":
        """Give what is believed at X (k, d)."""


@dataclass(frozen=True)
class Look:
    """What is believed at k points.

    Attributes:
        mean: (m, k, s).
        variance: (m, k), without measurement noise.
    """

    mean: Floats
    variance: Floats
    gps: Looked
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
        gps = self.gps
        by_variance = np.where(self.free, -2.0 * by_variance, 0.0)
        weights = times(by_variance[:, :, None] * self.V, gps.whiten)
        weights += by_mean @ gps.weights.swapaxes(1, 2)
        leaning = (
            0.0
            if self.leaning is None
            else self.leaning.back(weights, by_variance, gps.P, gps.loads)
        )
        weights *= self.bend
        slopes = weights.sum(axis=2)[:, :, None] * self.A - weights @ gps.A
        scaled = slopes * (2.0 * SLOPE * gps.output[:, None] * gps.inverse_scale)[:, None, :]
        return gps.features.back(scaled.sum(axis=0)) + leaning


@dataclass(frozen=True)
class Scan:
    """What is believed at many points: a look without what slopes follow from.

    Attributes:
        mean: (m, k, s).
        variance: (m, k), without measurement noise.
    """

    mean: Floats
    variance: Floats
    gps: Looked
    X: Floats

    @classmethod
    def of(cls, gps: Looked, X: Floats) -> "Scan":
        """Look at X (k, d) a block at a time."""
        looks = [gps.look(X[block]) for block in blocks(len(X))]
        mean = np.concatenate([look.mean for look in looks], axis=1)
        return cls(mean, np.concatenate([look.variance for look in looks], axis=1), gps, X)

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give slopes as a look does; each block is looked at anew."""
        parts = [(block, self.gps.look(self.X[block])) for block in blocks(len(self.X))]
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
