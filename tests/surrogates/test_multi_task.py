"""Older studies and this one as one process: icm and lmc through the same battery."""

from dataclasses import replace

import numpy as np
import pytest

from tuner.dataset import Source
from tuner.errors import FitError
from tuner.numerics.sobol import SobolSequence
from tuner.surrogates import GaussianProcess, multi_task
from tuner.surrogates.make import make_surrogate


def hill(X):
    return np.sin(5 * X[:, 0]) + X[:, 1] ** 2


@pytest.fixture(params=["icm", "lmc"])
def mode(request):
    return request.param


@pytest.fixture
def surrogate():
    return make_surrogate(GaussianProcess(draws=0, turn=0))


@pytest.fixture
def remember(make_dataset, mode):
    """Build a dataset whose older studies are given by name as (X, gains)."""

    def make(X, gains, older, **more):
        sources = (Source(name=n, mode=mode, X=A, gains=g) for n, (A, g) in older.items())
        spread = SobolSequence(X.shape[1], 0).points(0, 64)
        return replace(make_dataset(X, gains, **more), sources=tuple(sources), spread=spread)

    return make


@pytest.fixture
def fitted(surrogate):
    """Fit a dataset, under the conditions of torch as long as the test runs."""

    def fit(dataset):
        return surrogate.objective(dataset)

    with surrogate.at_work(LABORATORY):
        yield fit
