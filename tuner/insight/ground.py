"""What everything else in the room stands on: a study's space, its trials as rows, and a model.

Shapes: n rows, k points, d columns, s draws.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tuner.acquisition.base import Utility
from tuner.acquisition.region import Region
from tuner.dataset import Dataset, Floats, dataset_of
from tuner.errors import FitError
from tuner.space import Space
from tuner.space.birth import identity
from tuner.space.parameter import Bool, Choice
from tuner.study import History, Metric, Point, TrialState, Value
from tuner.study.ranking import best
from tuner.surrogates.base import scarce
from tuner.surrogates.make import ClosedForm, at_work, closed_form, make_surrogate
from tuner.surrogates.spec import GaussianProcess

FEWEST = 5
"""Results from which a model can be told from a guess."""

FEWEST_SLACKS = 2
"""Trials that measured a constraint, from which it can be modelled."""

FAR_OUT = 20.0
"""Times as far below the best as the middle one of points taken evenly: far out."""

MOST = 300
"""Trials that the model is made of: more of them say little about a whole space, and cost seconds."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """A study and a model of it.

    Attributes:
        fence: gain that worse ones count as; None where there are none.
        whole: all trials that ended and say something, failed ones too.
        best: the point of the best trial, in this space.
    """

    history: History
    region: Region
    form: ClosedForm
    fence: float | None
    whole: Dataset
    best: Point
    seed: int

    @property
    def space(self) -> Space:
        """What may be tried."""
        return self.region.space

    @property
    def metric(self) -> Metric:
        """What is measured."""
        return self.history.metric

    @property
    def dataset(self) -> Dataset:
        """What the model was made of."""
        return self.form.dataset

    def rows(self, points: Sequence[Point]) -> Floats:
        """Give rows (k, d) of points ever suggested.

        Raises:
            FitError: a point is nothing in this space.
        """
        here = [self.space.usable(point) for point in points]
        for point, why in here:
            if point is None:
                raise FitError(f"a point is none of this space any more: {why}")
        return self.region.encoding.encode([point for point, _ in here if point is not None])

    def untried(self, parameter: Choice | Bool) -> tuple[Value, ...]:
        """Give the values of which no trial tells that ended; none where they are in an order."""
        if isinstance(parameter, Choice) and parameter.ordered:
            return ()
        points = self.region.points(self.region.legal(self.whole.X)[0])
        tried = {identity(p[parameter.name]) for p in points if parameter.name in p}
        return tuple(value for value in parameter.values if identity(value) not in tried)

    def raw(self, standard: Floats) -> Floats:
        """Bring standard units to the metric's own, sign included."""
        gains = self.form.scale.undo(standard)
        return gains if self.metric.goal == "maximize" else -gains

    def believed(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean and sd (k,) at rows X (k, d), in standard units."""
        with at_work():
            mean, variance = self.form.mixed(*self.form.look(X))
        return mean, np.sqrt(variance)

    def holding(self, X: Floats) -> Floats:
        """Give the probability (k,) that legal rows X (k, d) keep every constraint; 1 if none is modelled."""
        if self._constraints is None:
            return np.ones(len(X))
        with at_work():
            return np.exp(self._constraints.values(X))

    @cached_property
    def _constraints(self) -> Utility | None:
        """The constraints as a search models them."""
        known = np.isfinite(self.whole.Y[:, 1:]).sum(axis=0)
        if not len(known) or known.min() < FEWEST_SLACKS:
            return None
        from tuner.acquisition.make import log_feasibility

        surrogate = make_surrogate(GaussianProcess(engine="numpy"))
        with surrogate.at_work(self.whole):
            return log_feasibility(surrogate.constraints(self.whole))

    def rng(self, what: int) -> np.random.Generator:
        """Give the chance for one purpose; the same again when it is asked again."""
        return np.random.default_rng([self.seed, what])


def ground_of(history: History, space: Space, seed: int) -> Ground:
    """Fit.

    Raises:
        FitError: with what is missing.
    """
    region = Region(space)
    if not region.width:
        raise FitError("no parameter is searched: there is nothing to understand")
    whole = dataset_of(history, space)
    whole = replace(whole, sources=(), pending=whole.pending[:0])
    _check(whole, history)
    dataset, fence = _fenced(_telling(whole), history)
    return Ground(
        history=history,
        region=region,
        form=closed_form(dataset),
        fence=fence,
        whole=whole,
        best=_best(history, region, whole),
        seed=seed,
    )


def _check(dataset: Dataset, history: History) -> None:
    """Refuse what says too little."""
    metric = history.metric
    gains = dataset.Y[dataset.measured, 0]
    if len(gains) < FEWEST:
        raise FitError(
            f"{scarce(dataset, dataset.outcomes[0])}; a model of the results needs {FEWEST}",
            hint=_failing(history, len(gains)) or "run more trials",
        )
    if gains.min() == gains.max():
        raise FitError(
            f"all {len(gains)} trials measured the same {dataset.outcomes[0]}, "
            f"{metric.raw(float(gains[0])):g}: there is nothing to explain",
            hint="look at what the metric measures",
        )


def _failing(history: History, measured: int) -> str:
    """Tell of the failures where they are more than the results: more trials would fail as well."""
    failed = [trial for trial in history.trials.values() if trial.state == TrialState.FAILED]
    if len(failed) <= measured:
        return ""
    kinds = Counter(trial.failure or "failed" for trial in failed)
    kind, times = kinds.most_common(1)[0]
    last = [trial for trial in failed if (trial.failure or "failed") == kind][-1]
    message = last.finish.message if last.finish else ""
    said = f": {message}" if message else ""
    return f"{times} trials failed by {kind}{said}; `tuner logs {last.id}` shows the last one"


def _telling(dataset: Dataset) -> Dataset:
    """Keep the rows with a result, at most so many: the best tenth, and others spread over the study.

    A failure says nothing about the metric: given the worst value it would be a cliff that no result
    has seen.
    """
    rows = np.flatnonzero(dataset.measured)
    if len(rows) > MOST:
        order = rows[np.argsort(-dataset.Y[rows, 0], kind="stable")]
        rest = np.sort(order[MOST // 10 :])
        spread = rest[np.linspace(0, len(rest) - 1, MOST - MOST // 10).astype(np.intp)]
        rows = np.sort(np.concatenate([order[: MOST // 10], spread]))
    return _only(dataset, rows)


def thinned(dataset: Dataset, most: int) -> Dataset:
    """Keep at most so many rows, evenly in the order of the trials."""
    n = len(dataset.ids)
    return dataset if n <= most else _only(dataset, np.linspace(0, n - 1, most).astype(np.intp))


def _only(dataset: Dataset, rows: npt.NDArray[np.intp]) -> Dataset:
    """Keep some rows."""
    return replace(
        dataset,
        X=dataset.X[rows],
        Y=dataset.Y[rows],
        noise_sd=None if dataset.noise_sd is None else dataset.noise_sd[rows],
        failed=dataset.failed[rows],
        ids=tuple(dataset.ids[i] for i in rows.tolist()),
        settled=len(rows),
    )


def _fenced(dataset: Dataset, history: History) -> tuple[Dataset, float | None]:
    """Move gains that are absurdly far on the bad side to a fence: they would be all that is seen.

    What is far is told by points that were not chosen for their gain, where there are any: those
    that a search crowds around, and repeats of the best, make everything else look far.
    """
    gains = dataset.Y[:, 0]
    trials = [history.trials[number] for number in dataset.ids]
    fresh = np.array([trial.suggestion.of is None for trial in trials], dtype=np.bool_)
    even = fresh & np.array([not trial.learnt for trial in trials])
    usual = gains[even] if even.sum() >= FEWEST else gains[fresh]
    low = float(np.quantile(usual, 0.5, method="lower"))
    with np.errstate(over="ignore"):
        fence = gains.max() - FAR_OUT * (gains.max() - low)
    if not gains.min() < fence < gains.max():
        return dataset, None
    Y = dataset.Y.copy()
    Y[:, 0] = np.maximum(gains, fence)
    return replace(dataset, Y=Y), float(fence)


def _best(history: History, region: Region, dataset: Dataset) -> Point:
    """Give the point of the best trial, or of the best row where that trial is of another space."""
    found = best(history)
    point = None if found is None else region.space.usable(found.trial.params)[0]
    if point is not None:
        return point
    gains = np.where(dataset.measured, dataset.Y[:, 0], -np.inf)
    return region.points(region.encoding.snap(dataset.X[[int(gains.argmax())]])[0])[0]
