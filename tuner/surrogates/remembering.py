"""Which way a model learns from older studies, by the mode that was asked for.

    auto            the way of `basis`, and from some results on that of `conditional` where it foretells
                    them better
    basis           a term of the kernel for what each older study expects (`memory.py`)
    stack           a process on what the one before leaves over, study after study (`stacked.py`)
    rgpe            a sum of processes, weighted by how well they rank the trials here (`ensemble.py`)
    icm, lmc        one process of all, with a correlation of the tasks (`multi_task.py`)
    conditional     what one process of all older studies expects, and how sure it is (`stacked.py`)

The ranks of `rgpe` are its guard; all others but `basis` have that of `guard.py`, and a weight is 0
where they do without older studies.
Constraints and failures are this study's own: older studies had others, or none.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tuner.dataset import Dataset, Floats, Source
from tuner.surrogates.base import Model, Posterior
from tuner.surrogates.basis import Basis, Ground
from tuner.surrogates.ensemble import Ensemble
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.guard import at_rest
from tuner.surrogates.memory import evidence_of, process, telling
from tuner.surrogates.ranks import Pairs, misranked, misranked_left_out, weights_of
from tuner.surrogates.single_task import FittedGP, SingleTaskSurrogate
from tuner.surrogates.spec import Priors
from tuner.surrogates.stacked import MeanOf, SdOf, Stacked, weight_of_top

if TYPE_CHECKING:
    from tuner.surrogates.multi_task import Mode, MultiTaskSurrogate

OTHERS = 2
"""Hyperparameters of a process besides its length scales: the sizes of the signal and of the noise."""

MOST_TOGETHER = 300
"""Rows of all older studies that one process is made of."""


class RememberingSurrogate:
    """Exact processes, and what they know of older studies.

    The processes of older studies follow from these alone: a memo of them saves time and changes nothing.

    Attributes:
        exact: fits where no older study changes what is fitted.
        own: fits in numpy what is this study's own, where one does.
    """

    def __init__(self, exact: SingleTaskSurrogate, own: SingleTaskSurrogate) -> None:
        self.exact, self.own = exact, own
        self._past: Past | None = None
        self._joints: dict[Mode, MultiTaskSurrogate] = {}

    def at_work(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Set threads for a dataset, and put them back."""
        if joined_by(dataset) is None:
            return self.exact.at_work(dataset)
        from tuner.surrogates.laboratory import laboratory

        return laboratory(rows=len(dataset.ids))

    def objective(self, dataset: Dataset) -> Model:
        """Fit the metric, with what the older studies of the dataset say."""
        mode = joined_by(dataset)
        if mode is not None:
            return self._joint(mode).objective(dataset)
        past = self._remembered(dataset)
        if not past.sources:
            return self.exact.objective(dataset)
        if past.mode == "rgpe":
            return ranked(past, self.own, dataset)
        ground = None if at_rest(dataset) else self.ground(dataset)
        if ground is None:
            nothing = dict.fromkeys((source.name for source in past.sources), 0.0)
            return replace(self.exact.objective(dataset), memory=nothing)
        if ground.trend is None:
            return self.own.objective(dataset, ground)
        learn = stacked if past.mode == "stack" else conditioned
        return learn(past, self.own, dataset)

    def ground(self, dataset: Dataset) -> Ground | None:
        """Give what this study's process stands on; None where it does as well on nothing."""
        past = self._remembered(dataset)
        if past.mode != "auto":
            return self.own.telling_most(dataset, [past.ground])
        if not past.basis.names:
            return None  # they say the same everywhere
        each = Ground(basis=self.own.agreeing(dataset, past.basis))
        # All together cost a fit, which is not needed before there is something to judge them by.
        together = [past.ground] if self.own.can_judge(dataset) else []
        return self.own.telling_most(dataset, [each, *together])

    def constraints(self, dataset: Dataset) -> Sequence[Model]:
        """Fit the slack of every constraint."""
        return self.exact.constraints(dataset)

    def survival(self, dataset: Dataset) -> Model | None:
        """Fit who comes back with a number and who fails."""
        return self.exact.survival(dataset)

    def _joint(self, mode: "Mode") -> "MultiTaskSurrogate":
        """Give what fits this study and older ones as one process, loaded when first needed."""
        from tuner.surrogates.multi_task import MultiTaskSurrogate

        if mode not in self._joints:
            self._joints[mode] = MultiTaskSurrogate(self.exact, mode)
        return self._joints[mode]

    def _remembered(self, dataset: Dataset) -> "Past":
        modes = [source.mode for source in dataset.sources if source.mode in MODES]
        told = telling([s for s in dataset.sources if s.mode == modes[0]]) if modes else []
        if self._past is None or self._past.sources != tuple(told):
            self._past = Past(modes[0] if modes else "", tuple(told), dataset, self.own.spec.priors)
        return self._past


def joined_by(dataset: Dataset) -> "Mode | None":
    """Name the way in which older studies and this one are to be one process; None for no such way."""
    modes = {source.mode for source in dataset.sources}
    return "icm" if "icm" in modes else "lmc" if "lmc" in modes else None


MODES = ("auto", "stack", "rgpe", "conditional")


@dataclass(frozen=True, eq=False)
class Past:
    """What older studies say, fitted when it is first asked for.

    Attributes:
        mode: how they are used.
        sources: the ones that have enough to say.
        dataset: for the columns; nothing else of it is looked at.
    """

    mode: str
    sources: tuple[Source, ...]
    dataset: Dataset
    priors: Priors

    @cached_property
    def each(self) -> tuple[ExactGPs, ...]:
        """One process each."""
        return tuple(
            process(evidence_of(self.dataset, s, self.priors), self.priors) for s in self.sources
        )

    @cached_property
    def levels(self) -> tuple[tuple[Posterior, int], ...]:
        """One process on the other, with the trials of each."""
        levels: list[tuple[Posterior, int]] = []
        for source in self.sources:
            evidence = evidence_of(self.dataset, source, self.priors)
            rows = len(evidence.y)
            if levels:
                below, fewer = levels[-1]
                rest = replace(evidence, y=evidence.y - _expected(below, evidence.X))
                top = process(rest, self.priors)
                alpha = self.weight(rows, fewer)
                levels.append((Stacked(below=below, first=top, now=top, alpha=alpha), rows))
            else:
                levels.append((process(evidence, self.priors), rows))
        return tuple(levels)

    @cached_property
    def together(self) -> ExactGPs:
        """One process of all, each standardised by itself; known errors count where all have them."""
        most = max(MOST_TOGETHER // len(self.sources), 2)
        alone = [evidence_of(self.dataset, s, self.priors, most) for s in self.sources]
        X, y = (np.concatenate(parts) for parts in zip(*((e.X, e.y) for e in alone), strict=True))
        known = [e.noise_var for e in alone if e.noise_var is not None]
        noise = np.concatenate(known) if len(known) == len(alone) else None
        return process(replace(alone[0], X=X, y=y, noise_var=noise), self.priors)

    @cached_property
    def basis(self) -> Basis:
        """What each of them expects, as functions to lean on."""
        names = [source.name for source in self.sources]
        return Basis.of_means(names, list(map(MeanOf, self.each)), self.dataset.spread)

    @cached_property
    def ground(self) -> Ground:
        """What this study's own process stands on, but for those of `basis`."""
        if self.mode == "stack":
            return Ground(trend=MeanOf(self.levels[-1][0]))
        doubt = Basis(
            names=("doubt",),
            functions=(SdOf(self.together),),
            centre=np.zeros(1),
            width=np.ones(1),
            settled=True,
        )
        return Ground(trend=MeanOf(self.together), basis=doubt)

    def weight(self, top: int, below: int) -> float:
        """Give the weight of a level's standard deviation, for the trials of both."""
        return weight_of_top(top, below, len(self.dataset.columns) + OTHERS)


def stacked(past: Past, own: SingleTaskSurrogate, dataset: Dataset) -> FittedGP:
    """Put this study on top of the older ones."""
    model = own.objective(dataset, past.ground)
    top, (below, rows) = model.processes, past.levels[-1]
    spread = dataset.spread
    expected = [np.zeros(len(spread)), *(_expected(level, spread) for level, _ in past.levels)]
    parts = [after - before for before, after in pairwise(expected)]
    alpha = past.weight(len(dataset.ids), rows)
    return replace(
        model,
        processes=Stacked(below=below, first=top, now=top, alpha=alpha),
        memory=_accounted(past.sources, parts, _expected(top, spread)),
    )


def ranked(past: Past, own: SingleTaskSurrogate, dataset: Dataset) -> FittedGP:
    """Add up the older studies and this one, weighted by how well each ranks what was measured here."""
    model = own.objective(dataset, Ground())
    here = model.processes
    if not isinstance(here, ExactGPs):
        raise TypeError("what is ranked are exact processes")
    gains = np.where(dataset.failed, -np.inf, dataset.Y[:, 0])
    wrong: list[Pairs] = [misranked(_expected(part, dataset.X), gains) for part in past.each]
    wrong.append(misranked_left_out(here, dataset.X, gains))
    weights = weights_of(wrong, len(gains))
    kept = [j for j in range(len(past.each)) if weights[j] > 0]
    parts = [*(past.each[j] for j in kept), here]
    return replace(
        model,
        processes=Ensemble.of(parts, weights[[*kept, -1]], len(dataset.columns)),
        memory={s.name: float(w) for s, w in zip(past.sources, weights[:-1], strict=True)},
    )


def conditioned(past: Past, own: SingleTaskSurrogate, dataset: Dataset) -> FittedGP:
    """Expect what the older studies do, and be as unsure as they are, besides a process of its own.

        f(x) = old mean(x) + w old sd(x) + g(x),   w ~ N(0, 1)

    The older process is settled, and so is how it was brought to standard units: what was measured
    here is told on this study's own scale, and the old mean taken off afterwards.
    """
    model = own.objective(dataset, past.ground)
    top = model.processes
    trials = np.array([len(source.gains) for source in past.sources], dtype=np.float64)
    mean = _expected(past.together, dataset.spread)
    parts = np.sqrt(trials / trials.sum())[:, None] * mean
    return replace(
        model,
        processes=Stacked(below=past.together, first=top, now=top),
        memory=_accounted(past.sources, parts, _expected(top, dataset.spread)),
    )


def _expected(processes: Posterior, X: Floats) -> Floats:
    """Give (k,) what processes expect at X (k, d), by their shares."""
    return processes.share @ processes.means(X)


def _accounted(
    sources: Sequence[Source], parts: Sequence[Floats] | Floats, own: Floats
) -> dict[str, float]:
    """Give the part of what varies over the space that each older study accounts for, by name."""
    sizes = np.array([*(part.var() for part in parts), own.var()])
    shares = sizes / max(sizes.sum(), np.finfo(np.float64).tiny)
    return {s.name: float(share) for s, share in zip(sources, shares, strict=False)}
