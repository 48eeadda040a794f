"""Older studies as a basis of the new one's process.

Called by `single_task.py`. Each older study is one exact process of its own, in units of its own, fitted
once; what it believes on average is a function that the new process may lean on (`basis.py`).

Shapes: S older studies, n rows, d columns.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from tuner.dataset import Dataset, Source
from tuner.surrogates.basis import Basis
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence, fit
from tuner.surrogates.spec import Priors
from tuner.surrogates.stacked import MeanOf
from tuner.surrogates.task import FEWEST, Task

MOST_ROWS = 150
"""Rows of an older study that its process is made of, the most telling ones."""

MOST_SOURCES = 6
"""Older studies that a process leans on: those that agree most with what was measured here."""


def basis_of(dataset: Dataset, priors: Priors) -> Basis | None:
    """Give what the older studies of a dataset believe, by name; None where none has enough to say."""
    told = sorted(telling(dataset.sources), key=lambda source: source.name)
    if not told:
        return None
    functions = [MeanOf(process(evidence_of(dataset, source, priors), priors)) for source in told]
    basis = Basis.of_means([source.name for source in told], functions, dataset.spread)
    return basis if basis.names else None


def telling(sources: Sequence[Source]) -> list[Source]:
    """Give the older studies that a process can be made of."""
    return [source for source in sources if np.isfinite(source.gains).sum() >= FEWEST]


def evidence_of(
    dataset: Dataset, source: Source, priors: Priors, most: int = MOST_ROWS
) -> Evidence:
    """Give an older study by itself in standard units, on ranks: of its units nothing is known."""
    alone = replace(
        dataset,
        outcomes=(source.name,),
        X=source.X,
        Y=source.gains[:, None],
        noise_sd=None if source.noise_sd is None else source.noise_sd[:, None],
        failed=np.isnan(source.gains),
        ids=tuple(range(len(source.gains))),
        settled=len(source.gains),
    )
    return Task("objective", 0, priors, "half_rank").evidence(alone, most)[0]


def process(evidence: Evidence, priors: Priors) -> ExactGPs:
    """Fit one process."""
    return ExactGPs.of([evidence], [fit(evidence, priors).theta])[0]


def agreeing(basis: Basis, evidence: Evidence, most: int = MOST_SOURCES) -> Basis:
    """Give the functions that agree most with what was measured here, in either direction."""
    if len(basis.names) <= most:
        return basis
    P, y = basis.of(evidence.X), evidence.y - evidence.y.mean()
    P = P - P.mean(axis=0)
    size = np.maximum(np.sqrt(np.square(P).sum(axis=0)), 1e-12)
    order = np.argsort(-np.abs(y @ P) / size, kind="stable")[:most]
    return basis.only(np.sort(order).tolist())
