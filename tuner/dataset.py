"""History as numbers: the one translation between what happened and what a model may learn from.

The samplers build a `Dataset`; surrogates and acquisitions see nothing else of a study. Values are
translated, never invented: what a failed trial should look like to a model is the model's business.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from tuner.numerics.sobol import SobolSequence
from tuner.space import Space
from tuner.space.encoding import Column, Encoding
from tuner.study import History, Metric, Remembered, Suggested, Trial, TrialState

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

EVERY = 10
"""Trials from one anchor to the next, where they are not few."""

MOST_EARLY, MOST_LATE = 1000, 200
"""Trials that a model may learn from: settled ones, and those that came since."""

SPREAD = 256
"""Rows all over the space by which what older studies believe is brought to one scale."""

FAR = 9.0
"""Ranges that a number of before may lie outside of ours; what is further is taken as there."""

BLAMELESS = frozenset({"infra", "lost", "unstartable"})
"""Failures that say nothing about the point: the machine, not the values, is to blame."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Source:
    """An older study in the columns of this one: n trials, d columns.

    Attributes:
        name: of the memory.
        mode: how a model may use it.
        X: (n, d); numbers may lie outside the unit cube.
        gains: (n,) larger is better, in the older study's units; nan where a trial failed.
        noise_sd: (n,) known standard errors of the gains, nan where unknown; None if nothing is known.
    """

    name: str
    mode: str
    X: Floats
    gains: Floats
    noise_sd: Floats | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Dataset:
    """Everything a surrogate may know: n trials, d columns, p pending trials, m outcomes.

    Rows are in the order in which the trials ended, so that the first ones stay the first ones.

    Attributes:
        columns: what the d columns of X mean.
        outcomes: what the m columns of Y are: the metric's name, then constraints as written.
        X: (n, d) as `space.encoding` writes it; numbers outside the bounds of a space that was
            narrowed lie outside the unit cube and still inform. Repeats of a point keep their rows.
        Y: (n, m) gains of the metric, then the slack of every constraint (feasible at 0 and above),
            raw units, larger is better; nan where a trial has no finite number.
        noise_sd: (n, m) known standard errors in the units of Y, nan where unknown; None if nothing
            is known. Not squared, so that errors of 1e200 stay finite.
        failed: (n,) the trial ended without a number and the values are to blame.
        ids: (n,) trial ids of the rows.
        settled: leading rows that stay as they are while a few more trials end (`anchor`).
        pending: (p, d) points whose result is still to come.
        tried: (t, d) every point ever suggested, whatever became of it; of a study of more than
            MOST_EARLY trials those of the rows and the pending ones only.
        sources: older studies that a model may learn from; those with no row here are left out.
        spread: (s, d) rows all over the space, where there are sources.
        foreign: ended trials that were looked at and are nothing in this space, so have no row.
    """

    columns: tuple[Column, ...]
    outcomes: tuple[str, ...]
    X: Floats
    Y: Floats
    noise_sd: Floats | None
    failed: Bools
    ids: tuple[int, ...]
    settled: int
    pending: Floats
    tried: Floats
    sources: tuple[Source, ...] = ()
    spread: Floats = field(default_factory=lambda: np.empty((0, 0)))
    foreign: int = 0

    def __post_init__(self) -> None:
        n, d = len(self.ids), len(self.columns)
        m = len(self.outcomes)
        shapes = (self.X.shape == (n, d), self.Y.shape == (n, m), self.failed.shape == (n,))
        if not all(shapes) or self.pending.shape[1] != d:
            raise ValueError(
                f"dataset: {n} trials and {d} columns do not fit X {self.X.shape}, "
                f"Y {self.Y.shape}, failed {self.failed.shape}, pending {self.pending.shape}"
            )

    @property
    def early(self) -> "Dataset":
        """What was known at the last anchor."""
        rows = self.settled
        return replace(
            self,
            X=self.X[:rows],
            Y=self.Y[:rows],
            noise_sd=None if self.noise_sd is None else self.noise_sd[:rows],
            failed=self.failed[:rows],
            ids=self.ids[:rows],
        )

    @property
    def measured(self) -> Bools:
        """Rows with a finite value of the metric."""
        return np.isfinite(self.Y[:, 0])

    @property
    def feasible(self) -> Bools:
        """Rows with a finite value of the metric that keep every constraint; nan keeps none."""
        return self.measured & (self.Y[:, 1:] >= 0).all(axis=1)


class Translator:
    """Translates histories for a search in one space.

    What a point is in columns never changes, so it is worked out once a trial: a memo of a pure
    function and no memory of its own. Of a study of many thousand trials only the most telling ones
    are looked at.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.encoding = Encoding(space)
        self._rows: dict[int, tuple[Suggested, Floats | None]] = {}
        self._sources: dict[str, tuple[Remembered, Source]] = {}

    def dataset(self, history: History) -> Dataset:
        """Translate a history; excluded trials and foreign points stay out."""
        metric, constraints = history.metric, history.constraints
        ended = [t for t in history.trials.values() if not (t.open or t.excluded)]
        ended = sorted((t for t in ended if informs(t, metric)), key=attrgetter("finish_number"))
        settled = anchor(len(ended))
        early = _telling(ended[:settled], metric, MOST_EARLY)
        late = _telling(ended[settled:], metric, MOST_LATE)
        told = len(history.trials) <= MOST_EARLY
        known = history.trials.values() if told else [*early, *late, *history.open]
        self._learn(known)
        here = [t for t in early if self._rows[t.id][1] is not None]
        trials = here + [t for t in late if self._rows[t.id][1] is not None]
        Y = _outcomes(trials, history, len(here))
        names = [metric.name, *(constraint.metric for constraint in constraints)]
        return Dataset(
            columns=self.encoding.columns,
            outcomes=(metric.name, *map(str, constraints)),
            X=self._near(self._matrix(trials)),
            Y=Y,
            noise_sd=_known_errors([[t.noise.get(n, math.nan) for n in names] for t in trials]),
            failed=~np.isfinite(Y[:, 0]),
            ids=tuple(trial.id for trial in trials),
            settled=len(here),
            pending=self._matrix(history.open),
            tried=self._matrix(known),
            sources=tuple(
                s for m in history.memories.values() if len((s := self._source(m)).gains)
            ),
            spread=self._spread if history.memories else np.empty((0, self.encoding.width)),
            foreign=len(early) + len(late) - len(trials),
        )

    def _source(self, memory: Remembered) -> Source:
        """Encode an older study, once."""
        known = self._sources.get(memory.memory)
        if known is None or known[0] is not memory:
            points = [self.space.recalled(point)[0] for point in memory.points]
            rows = [i for i, point in enumerate(points) if point is not None]
            X = self.encoding.encode([points[i] or {} for i in rows])
            source = Source(
                name=memory.memory,
                mode=memory.mode,
                X=self._near(X),
                gains=np.array([memory.gains[i] for i in rows]),
                noise_sd=_known_errors([memory.errors[i] for i in rows] if memory.errors else []),
            )
            known = self._sources[memory.memory] = (memory, source)
        return known[1]

    def _near(self, X: Floats) -> Floats:
        """Bring nearer what is so far away that distances between the others would drown in rounding."""
        numbers = np.array([column.kind != "category" for column in self.encoding.columns])
        return np.where(numbers, np.clip(X, -FAR, 1 + FAR), X)

    @cached_property
    def _spread(self) -> Floats:
        sequence = SobolSequence(self.encoding.width, 0)
        return self.encoding.spread(sequence.points(0, SPREAD))

    def _learn(self, trials: Iterable[Trial]) -> None:
        """Encode the points that were not seen before, or are others than before."""
        known = self._rows
        new = [t for t in trials if t.id not in known or known[t.id][0] is not t.suggestion]
        points = [self.space.usable(trial.params)[0] for trial in new]
        X = self.encoding.encode([point for point in points if point is not None])
        encoded = iter(X)
        for trial, point in zip(new, points, strict=True):
            known[trial.id] = (trial.suggestion, None if point is None else next(encoded))

    def _matrix(self, trials: Iterable[Trial]) -> Floats:
        rows = [row for t in trials if (row := self._rows[t.id][1]) is not None]
        return np.array(rows) if rows else np.empty((0, self.encoding.width))


def anchor(ended: int) -> int:
    """Give how many of so many ended trials count as settled.

    What is dear to infer is inferred from these: all of few trials; then those up to the last full
    five, ten, later a tenth of the power of ten.

    Example:
        >>> [anchor(ended) for ended in (5, 12, 57, 99, 431, 1234, 56_789)]
        [5, 10, 50, 90, 430, 1200, 56000]
    """
    if ended <= EVERY:
        return ended
    step = (
        EVERY // 2 if ended <= 5 * EVERY else max(EVERY, 10 ** (math.floor(math.log10(ended)) - 1))
    )
    return ended // step * step


def _telling(trials: list[Trial], metric: Metric, most: int) -> list[Trial]:
    """Give all of few trials; of more the better half and, of the rest, some spread over the study.

    The better ones are where the search goes on, the others keep what is bad known.
    """
    if len(trials) <= most:
        return trials
    gains = np.array([metric.gain(t.metrics.get(metric.name, math.nan)) for t in trials])
    order = np.argsort(-np.where(np.isfinite(gains), gains, -np.inf), kind="stable")
    rest = np.sort(order[most // 2 :])
    thinned = rest[np.linspace(0, len(rest) - 1, most - most // 2).astype(np.intp)]
    return [trials[i] for i in np.sort(np.concatenate([order[: most // 2], thinned]))]


def dataset_of(history: History, space: Space) -> Dataset:
    """Translate one history for a search in `space`."""
    return Translator(space).dataset(history)


def informs(trial: Trial, metric: Metric) -> bool:
    """Say whether the end of a trial tells something about its point."""
    if trial.state == TrialState.FAILED:
        said_so = trial.finish is not None and trial.finish.state == "failed"
        return said_so and trial.failure not in BLAMELESS
    if trial.state == TrialState.STOPPED:  # stopped by a person before it said anything: no verdict
        return math.isfinite(trial.metrics.get(metric.name, math.nan))
    return metric.name in trial.metrics  # what was measured for another metric is no failure


def _outcomes(trials: Sequence[Trial], history: History, settled: int) -> Floats:
    """Give (n, m) gains and slacks, nan for everything that is not a finite number.

    A trial that was stopped early is never better than the median of the completed ones (a settled
    one: of the settled ones, so that it stays as it is): had it gone on it could have been.
    """
    Y = np.full((len(trials), 1 + len(history.constraints)), np.nan)
    for i, trial in enumerate(trials):
        if trial.state == TrialState.FAILED:
            continue
        Y[i, 0] = history.metric.gain(trial.metrics.get(history.metric.name, math.nan))
        for j, constraint in enumerate(history.constraints, start=1):
            Y[i, j] = constraint.slack(trial.metrics.get(constraint.metric, math.nan))
    Y[~np.isfinite(Y)] = np.nan
    stopped = np.array([trial.state == TrialState.STOPPED for trial in trials], dtype=np.bool_)
    late = np.arange(len(trials)) >= settled
    for known, those in ((~stopped & ~late, stopped & ~late), (~stopped, stopped & late)):
        completed = np.sort(Y[known & np.isfinite(Y[:, 0]), 0])
        if those.any() and completed.size:
            median = completed[(len(completed) - 1) // 2]  # a member: no sum of huge numbers
            Y[those, 0] = np.minimum(Y[those, 0], median)
    return Y


def _known_errors(said: Sequence[float] | Sequence[Sequence[float]]) -> Floats | None:
    """Give standard errors, nan for what can be none; None where nothing is known."""
    known = np.array(said, dtype=np.float64)
    known[~(np.isfinite(known) & (known >= 0))] = np.nan
    return known if np.isfinite(known).any() else None
