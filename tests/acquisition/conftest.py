"""Models for acquisitions to look at: processes with settled hyperparameters, nothing fitted."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from tuner.acquisition.base import Beliefs
from tuner.space.encoding import Column
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence


def real(count):
    return tuple(Column(f"x{j}", f"x{j}", "real", None) for j in range(count))


@dataclass(frozen=True)
class Fixed:
    """A belief with settled hyperparameters."""

    processes: ExactGPs
    zero: float = 0.0
    noise_sd: float = 0.01
    noise_known: bool = False


@pytest.fixture
def make_belief():
    """Build a belief about values (n,) at X (n, d): one process for each length scale."""

    def make(
        X, values, *, columns=None, zero=0.0, noise_sd=0.01, noise_known=False, length_scale=0.3
    ):
        X = np.asarray(X, dtype=np.float64)
        columns = columns or real(X.shape[1])
        evidence = Evidence(columns=columns, X=X, y=np.asarray(values, dtype=np.float64))
        noise = math.log(max(noise_sd**2, 1e-4))
        thetas = [
            np.array([*np.log(np.broadcast_to(scale, len(columns))), 0.0, noise])
            for scale in (length_scale if isinstance(length_scale, list) else [length_scale])
        ]
        processes, _ = ExactGPs.of([evidence] * len(thetas), thetas)
        share = np.arange(len(thetas), 0.0, -1.0)
        processes = processes.believed(share / share.sum(), range(len(thetas)))
        return Fixed(processes, zero, noise_sd, noise_known)

    return make


@pytest.fixture
def make_beliefs(make_belief):
    """Build beliefs of an objective (n,), with optional constraints (n, c) and survival (n,)."""

    def make(X, values, *, slacks=(), survived=None, pending=None, seed=0, **objective):
        X = np.asarray(X, dtype=np.float64)
        columns = objective.get("columns")
        slacks = [np.asarray(slack, dtype=np.float64) for slack in slacks]
        kept = [slack >= 0 for slack in slacks]
        if survived is not None:
            kept.append(np.asarray(survived) > 0)
        feasible = np.all(kept, axis=0) if kept else np.ones(len(X))
        survival = None
        if survived is not None:
            survival = make_belief(X, survived, columns=columns, noise_sd=0.22)
        main = make_belief(X, values, **objective)
        return Beliefs(
            objective=main,
            constraints=tuple(make_belief(X, slack, columns=columns) for slack in slacks),
            survival=survival,
            X=X,
            means=main.processes.means(X),
            feasible=feasible.astype(bool),
            pending=np.empty((0, X.shape[1])) if pending is None else np.asarray(pending),
            spread=spread(columns or real(X.shape[1])),
            seed=seed,
        )

    return make


def spread(columns, count=64):
    """Legal rows all over a space of such columns."""
    rng = np.random.default_rng(17)
    levels = [column.levels or 0 for column in columns]
    kinds = [column.kind for column in columns]
    places = {
        "real": lambda _: rng.random(count),
        "integer": lambda k: (rng.integers(k, size=count) + 0.5) / k,
        "category": lambda k: rng.integers(k, size=count),
    }
    return np.column_stack([places[kind](k) for kind, k in zip(kinds, levels, strict=True)])


@pytest.fixture
def line():
    """Six points of a line and a hill over them, highest at 0.6."""
    X = np.linspace(0, 1, 6)[:, None]
    return X, 1 - 8 * (X[:, 0] - 0.6) ** 2


MIXED = (
    Column("x", "x", "real", None),
    Column("n", "n", "integer", 6),
    Column("c", "c", "category", 3),
    Column("y", "y", "real", None),
)


@pytest.fixture
def mixed():
    """Twenty-five points of numbers, steps and a category; their values; and places to look at."""

    def places(count, rng):
        return np.column_stack(
            [
                rng.random(count),
                (rng.integers(6, size=count) + 0.5) / 6,
                rng.integers(3, size=count),
                rng.random(count),
            ]
        )

    rng = np.random.default_rng(9)
    X = places(25, rng)
    y = np.sin(6 * X[:, 0]) + X[:, 1] - 0.7 * (X[:, 2] == 1) - (X[:, 3] - 0.4) ** 2
    return X, (y - y.mean()) / y.std(), MIXED, places(30, rng)
