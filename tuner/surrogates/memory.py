"""Older studies as a basis of the new one's process, and when to do without them.

Called by `single_task.py`. Each older study is one exact process of its own, in units of its own, fitted
once; what it believes on average is a function that the new process may lean on (`basis.py`).

Shapes: S older studies, n rows, d columns.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from tuner.dataset import Dataset, Floats, Source
from tuner.surrogates.basis import Basis
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence, fit
from tuner.surrogates.spec import Priors
from tuner.surrogates.task import FEWEST, Task

MOST_ROWS = 150
"""Rows of an older study that its process is made of, the most telling ones."""

MOST_SOURCES = 6
"""Older studies that a process leans on: those that agree most with what was measured here."""

FREE = 3
"""Every so many suggestions the older studies are left out: what they mislead about is then seen."""

JUDGED = 6
"""Results from which the older studies must predict better than nothing does."""


@dataclass(frozen=True, eq=False)
class PosteriorMean:
    """What one process expects, with slopes."""

    gps: ExactGPs

    def mean(self, X: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
        """Give (k,) at X (k, d), and what turns slopes by it (k,) into slopes (k, d)."""
        gps, nothing = self.gps, np.zeros((1, len(X)))
        return gps.means(X)[0], lambda slopes: gps.look(X).back(slopes[None, :, None], nothing)


def basis_of(dataset: Dataset, priors: Priors) -> Basis | None:
    """Give what the older studies of a dataset believe; None where none has enough to say."""
    told = [source for source in dataset.sources if np.isfinite(source.gains).sum() >= FEWEST]
    if not told:
        return None
    functions = [PosteriorMean(_process(dataset, source, priors)) for source in told]
    return Basis.of_means([source.name for source in told], functions, dataset.spread)


def _process(dataset: Dataset, source: Source, priors: Priors) -> ExactGPs:
    """Fit an older study by itself."""
    evidence = told_by(dataset, source, priors, MOST_ROWS)
    return ExactGPs.of([evidence], [fit(evidence, priors).theta])[0]


def told_by(dataset: Dataset, source: Source, priors: Priors, most: int) -> Evidence:
    """Give at most so many rows of an older study, by rank: of its units nothing is known."""
    alone = replace(
        dataset,
        outcomes=(source.name,),
        X=source.X,
        Y=source.gains[:, None],
        noise_sd=None,
        failed=np.isnan(source.gains),
        ids=tuple(range(len(source.gains))),
        settled=len(source.gains),
    )
    return Task("objective", 0, priors, "half_rank").evidence(alone, most)[0]


def agreeing(basis: Basis, evidence: Evidence, most: int = MOST_SOURCES) -> Basis:
    """Give the functions that agree most with what was measured here, in either direction."""
    if len(basis.names) <= most:
        return basis
    P, y = basis.of(evidence.X), evidence.y - evidence.y.mean()
    P = P - P.mean(axis=0)
    size = np.maximum(np.sqrt(np.square(P).sum(axis=0)), 1e-12)
    order = np.argsort(-np.abs(y @ P) / size, kind="stable")[:most]
    return basis.only(np.sort(order).tolist())


def foretold(evidence: Evidence, theta: Floats) -> float:
    """Give the log density of each row foretold from all the others, summed."""
    gps, _ = ExactGPs.of([evidence], [theta])
    rest, variance = gps.left_out()
    return float(-0.5 * (rest**2 / variance + np.log(2 * np.pi * variance)).sum())
