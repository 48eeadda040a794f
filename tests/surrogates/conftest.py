"""Data for surrogates: arrays and column kinds, no study."""

import numpy as np
import pytest

from tuner.dataset import Dataset, anchor
from tuner.space.encoding import Column
from tuner.surrogates.fitting import Evidence

MIXED = (
    Column("lr", "lr", "real", None),
    Column("layers", "layers", "integer", 5),
    Column("optimizer", "optimizer", "category", 4),
)


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
            settled=anchor(len(X)),
            pending=X[:0],
            tried=X,
        )

    return make


@pytest.fixture
def hills(make_dataset):
    """Thirty points of a smooth function of three columns."""
    X = np.random.default_rng(7).random((30, 3))
    return make_dataset(X, np.sin(5 * X[:, 0]) + X[:, 1] ** 2 - 0.3 * X[:, 2])


@pytest.fixture
def believes_known_errors(make_dataset):
    """Check that a surrogate believes an outlier no more than its standard error allows."""

    def check(surrogate):
        X = np.linspace(0, 1, 20)[:, None]
        truth, errors = np.sin(6 * X[:, 0]), np.full((20, 1), 0.01)
        outlier = np.arange(20) == 6
        errors[outlier] = 5.0

        model = surrogate.objective(make_dataset(X, truth + outlier, noise_sd=errors))
        mean, _ = model.predict(X)

        assert model.noise_known
        assert mean[6] == pytest.approx(truth[6], abs=0.4)  # and not 1 higher

    return check


@pytest.fixture
def make_evidence():
    """Build evidence of so many rows of a noisy function of numbers, in standard units."""

    def make(rows=40, columns=3, *, seed=3, noise_var=None):
        rng = np.random.default_rng(seed)
        X = rng.random((rows, columns))
        y = np.sin(6 * X[:, 0]) + X[:, -1] ** 2 + 0.1 * rng.normal(size=rows)
        y = (y - y.mean()) / y.std()
        return Evidence(columns=real(columns), X=X, y=y, noise_var=noise_var)

    return make


@pytest.fixture
def mixed():
    """Forty rows of a function of a number, a step and a category, in standard units."""
    rng = np.random.default_rng(3)
    X = np.column_stack(
        [rng.random(40), (rng.integers(5, size=40) + 0.5) / 5, rng.integers(4, size=40)]
    )
    y = np.sin(6 * X[:, 0]) * (1 + (X[:, 2] == 1)) + X[:, 1] - 0.5 * (X[:, 2] == 3)
    y += 0.1 * rng.normal(size=40)
    return Evidence(columns=MIXED, X=X, y=(y - y.mean()) / y.std())
