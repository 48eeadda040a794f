"""How much this study and older ones go together, for a person to see.

With `icm` and `lmc` that is a part of the model and is read off it; with every other mode it is how
alike the beliefs are: one process of each study by itself, compared over rows all over the space.

Called by `make.py`. Numpy, and torch only where tasks are one process. Shapes: T studies, k rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tuner.dataset import Dataset, Floats
from tuner.space.encoding import Column
from tuner.surrogates.engine import NumpyEngine
from tuner.surrogates.features import Features
from tuner.surrogates.memory import basis_of
from tuner.surrogates.remembering import joined_by
from tuner.surrogates.single_task import SingleTaskSurrogate
from tuner.surrogates.spec import GaussianProcess
from tuner.surrogates.task import FEWEST

EXACT = GaussianProcess(draws=0)

DRAWS = 1000
"""Functions that are drawn to see how far the trials allow them to go with a belief."""

SURE = 0.975
"""Share of them that must go with a belief in one direction, that of a two-sided interval of 95 %."""


@dataclass(frozen=True, kw_only=True)
class Relations:
    """How things go together.

    Attributes:
        names: what they are called, T.
        correlation: (T, T); nan of one that believes the same everywhere.
        of: beliefs over the space, tasks of one process, or metrics of one study.
        noise: (T, T) correlation of what differs from one measurement to the next; None where it
            was not measured at the same points.
        vague: those that the trials of the first are too few, or too close together, to relate it to.
    """

    names: tuple[str, ...]
    correlation: Floats
    of: Literal["beliefs", "tasks", "metrics"]
    noise: Floats | None = None
    vague: tuple[str, ...] = ()


def related(dataset: Dataset, here: str) -> Relations | None:
    """Relate this study, called `here`, to its older ones; None where none has enough to say."""
    mode = joined_by(dataset)
    if mode is not None and dataset.measured.sum() >= FEWEST:
        from tuner.surrogates.laboratory import laboratory
        from tuner.surrogates.multi_task import MultiTaskSurrogate

        with laboratory(rows=len(dataset.ids)):
            joined = MultiTaskSurrogate(_exact(), mode).related(dataset)
        if joined is not None:
            older, fitted = joined
            return Relations(names=(here, *older), correlation=fitted, of="tasks")
    return _by_beliefs(dataset, here)


def _exact() -> SingleTaskSurrogate:
    return SingleTaskSurrogate(EXACT, lambda _: NumpyEngine())


def _by_beliefs(dataset: Dataset, here: str) -> Relations | None:
    basis = basis_of(dataset, EXACT.priors) if dataset.sources else None
    if basis is None:
        return None
    believed = list(basis.of(dataset.spread).T)
    names, vague = list(basis.names), list[str]()
    if dataset.measured.sum() >= FEWEST:
        alone = replace(dataset, sources=())
        exact = _exact()
        with exact.at_work(alone):
            processes = exact.objective(alone).processes
            believed.insert(0, processes.share @ processes.means(dataset.spread))
            told = _told(*processes.joint(dataset.spread), believed[1:])
            vague = [name for name, said in zip(names, told, strict=True) if not said]
        names.insert(0, here)
    found = correlation(believed)
    return Relations(names=tuple(names), correlation=found, of="beliefs", vague=tuple(vague))


def _told(means: Floats, covariances: Floats, believed: Sequence[Floats]) -> list[bool]:
    """Say of beliefs (T, k) whether nearly all functions that the trials allow go with one in one direction.

    Args:
        means: (m, k) over the space; functions are drawn from the first version.
        covariances: (m, k, k).
        believed: what they are correlated with.
    """
    sizes, directions = np.linalg.eigh(covariances[0])
    normal = np.random.default_rng(0).standard_normal((DRAWS, len(sizes)))
    drawn = means[0] + (normal * np.sqrt(np.maximum(sizes, 0.0))) @ directions.T
    among = correlation([*believed, *drawn])[len(believed) :, : len(believed)]
    same = np.maximum((among > 0).mean(axis=0), (among < 0).mean(axis=0))
    return (same >= SURE).tolist()


def together(columns: Sequence[Column], X: Floats, names: Sequence[str], Y: Floats) -> Relations:
    """Relate metrics Y (n, m) of rows X (n, d), by one process of all, on normal scores.

    What differs between metrics beyond what the point explains is noise: where a training that is
    lucky in one metric is lucky in another, their noises go together.
    """
    from scipy.special import ndtri

    from tuner.surrogates.laboratory import laboratory
    from tuner.surrogates.multi_output import fit_outcomes

    ranks = np.array([shared_ranks(column) for column in Y.T]).T
    with laboratory(rows=len(Y)):
        fitted = fit_outcomes(Features(columns).of(X), ndtri(ranks / (len(Y) + 1)))
    return Relations(
        names=tuple(names), correlation=fitted.correlation, of="metrics", noise=fitted.noise
    )


def shared_ranks(values: Floats) -> Floats:
    """Rank from 1 for the smallest; equal numbers share their average rank.

    Example:
        >>> shared_ranks(np.array([0.5, 0.9, 0.5])).tolist()
        [1.5, 3.0, 1.5]
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return ranks


def correlation(rows: Sequence[Floats]) -> Floats:
    """Give the correlations (T, T) of rows (T, k); nan of a constant row.

    Example:
        >>> correlation([np.array([1.0, 2.0]), np.array([3.0, 1.0]), np.array([5.0, 5.0])])[0]
        array([ 1., -1., nan])
    """
    values = np.array(rows)
    values = values - values.mean(axis=1, keepdims=True)
    size = np.sqrt(np.square(values).sum(axis=1))
    size = np.where(size > 1e-9 * np.sqrt(values.shape[1]), size, np.nan)
    found: Floats = np.clip(values @ values.T / np.outer(size, size), -1.0, 1.0)
    return found
