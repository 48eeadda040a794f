"""Data for surrogates: arrays and column kinds, no study."""

import numpy as np
import pytest

from tuner.dataset import Dataset
from tuner.space.encoding import Column


def real(count):
    return tuple(Column(f"x{j}", f"x{j}", "real", None) for j in range(count))


@pytest.fixture
def make_dataset():
    """Build a dataset of gains (n,), with optional further outcomes, errors and columns."""

    def make(X, gains, *, columns=None, slacks=None, noise_sd=None):
        X = np.asarray(X, dtype=np.float64)
        gains = np.asarray(gains, dtype=np.float64)
        Y = gains[:, None]
        if slacks is not None:
            Y = np.column_stack([Y, slacks])
        return Dataset(
            columns=columns or real(X.shape[1]),
            outcomes=("gain", *(f"slack {j}" for j in range(1, Y.shape[1]))),
            X=X,
            Y=Y,
            noise_sd=None if noise_sd is None else np.asarray(noise_sd, dtype=np.float64),
            failed=~np.isfinite(gains),
            ids=tuple(range(1, len(X) + 1)),
            pending=X[:0],
            tried=X,
        )

    return make


@pytest.fixture
def hills(make_dataset):
    """Thirty points of a smooth function of three columns."""
    X = np.random.default_rng(7).random((30, 3))
    return make_dataset(X, np.sin(5 * X[:, 0]) + X[:, 1] ** 2 - 0.3 * X[:, 2])
