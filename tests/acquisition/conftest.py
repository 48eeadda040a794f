"""Models for acquisitions to look at: plain BoTorch ones, no surrogate of ours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch
from botorch.models import SingleTaskGP

from tuner.acquisition import Beliefs
from tuner.surrogates.make import laboratory


@pytest.fixture(autouse=True)
def _in_the_laboratory():
    """As in the running program: jitter and scaling notes of the libraries are not shown."""
    with laboratory(rows=10):
        yield


@dataclass(frozen=True)
class Fixed:
    """A belief with settled hyperparameters."""

    gp: Any
    zero: float = 0.0
    noise_sd: float = 0.01
    noise_known: bool = False


@pytest.fixture
def make_belief():
    """Build a belief about values (n,) at X (n, d) in the unit cube."""

    def make(X, values, *, zero=0.0, noise_sd=0.01, noise_known=False, length_scale=0.3):
        gp = SingleTaskGP(
            torch.tensor(X, dtype=torch.float64),
            torch.tensor(values, dtype=torch.float64)[:, None],
            outcome_transform=None,
        )
        gp.covar_module.lengthscale = length_scale
        gp.likelihood.noise = max(noise_sd**2, 1e-4)
        gp.eval()
        return Fixed(gp, zero, noise_sd, noise_known)

    return make


@pytest.fixture
def make_beliefs(make_belief):
    """Build beliefs of an objective (n,), with optional constraints (n, c) and survival (n,)."""

    def make(X, values, *, slacks=(), survived=None, pending=None, seed=0, **objective):
        X = np.asarray(X, dtype=np.float64)
        slacks = [np.asarray(slack, dtype=np.float64) for slack in slacks]
        kept = [slack >= 0 for slack in slacks]
        if survived is not None:
            kept.append(np.asarray(survived) > 0)
        feasible = np.all(kept, axis=0) if kept else np.ones(len(X))
        return Beliefs(
            objective=make_belief(X, values, **objective),
            constraints=tuple(make_belief(X, slack) for slack in slacks),
            survival=None if survived is None else make_belief(X, survived, noise_sd=0.22),
            X=X,
            feasible=feasible.astype(bool),
            pending=np.empty((0, X.shape[1])) if pending is None else np.asarray(pending),
            seed=seed,
        )

    return make


@pytest.fixture
def line():
    """Six points of a line and a hill over them, highest at 0.6."""
    X = np.linspace(0, 1, 6)[:, None]
    return X, 1 - 8 * (X[:, 0] - 0.6) ** 2
