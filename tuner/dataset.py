"""History as numbers: the one translation between what happened and what a model may learn from.

The samplers build a `Dataset`; surrogates and acquisitions see nothing else of a study. Values are
translated, never invented: what a failed trial should look like to a model is the model's business.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tuner.space import Space
from tuner.space.encoding import Column, Encoding
from tuner.study import Constraint, History, Metric, Point, Trial, TrialState

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BLAMELESS = frozenset({"infra", "lost", "unstartable"})
"""Failures that say nothing about the point: the machine, not the values, is to blame."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Everything a surrogate may know: n trials, d columns, p pending trials, m outcomes.

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
        pending: (p, d) points whose result is still to come.
        tried: (t, d) every point ever suggested, whatever became of it.
    """

    columns: tuple[Column, ...]
    outcomes: tuple[str, ...]
    X: Floats
    Y: Floats
    noise_sd: Floats | None
    failed: Bools
    ids: tuple[int, ...]
    pending: Floats
    tried: Floats

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
    def measured(self) -> Bools:
        """Rows with a finite value of the metric."""
        return np.isfinite(self.Y[:, 0])

    @property
    def feasible(self) -> Bools:
        """Rows with a finite value of the metric that keep every constraint; nan keeps none."""
        return self.measured & (self.Y[:, 1:] >= 0).all(axis=1)


def dataset_of(history: History, space: Space) -> Dataset:
    """Translate `history` for a search in `space`; excluded trials and foreign points stay out."""
    metric, constraints = history.metric, history.constraints
    rows: list[tuple[Point, Trial]] = []
    waiting: list[Point] = []
    tried: list[Point] = []
    for trial in history.trials.values():
        point, _ = space.usable(trial.params)
        if point is None:
            continue
        tried.append(point)
        if trial.open:
            waiting.append(point)
        elif not trial.excluded and _informs(trial, metric):
            rows.append((point, trial))
    encoding = Encoding(space)
    trials = [trial for _, trial in rows]
    Y = _outcomes(trials, metric, constraints)
    return Dataset(
        columns=encoding.columns,
        outcomes=(metric.name, *map(str, constraints)),
        X=_encoded(encoding, [point for point, _ in rows]),
        Y=Y,
        noise_sd=_known_errors(trials, metric, constraints),
        failed=np.array([not math.isfinite(y) for y in Y[:, 0]], dtype=np.bool_),
        ids=tuple(trial.id for trial in trials),
        pending=_encoded(encoding, waiting),
        tried=_encoded(encoding, tried),
    )


def _encoded(encoding: Encoding, points: Sequence[Point]) -> Floats:
    if not points:
        return np.empty((0, encoding.width))
    return encoding.encode(points)


def _informs(trial: Trial, metric: Metric) -> bool:
    """Say whether the end of a trial tells something about its point."""
    if trial.state == TrialState.FAILED:
        said_so = trial.finish is not None and trial.finish.state == "failed"
        return said_so and trial.failure not in BLAMELESS
    if trial.state == TrialState.STOPPED:  # stopped by a person before it said anything: no verdict
        return math.isfinite(trial.metrics.get(metric.name, math.nan))
    return True


def _outcomes(trials: Sequence[Trial], metric: Metric, constraints: Sequence[Constraint]) -> Floats:
    """Give (n, m) gains and slacks, nan for everything that is not a finite number.

    A trial that was stopped early is never better than the median of the completed ones: had it
    gone on it could have been, but what it measured is not what the others measured.
    """
    Y = np.full((len(trials), 1 + len(constraints)), np.nan)
    for i, trial in enumerate(trials):
        if trial.state == TrialState.FAILED:
            continue
        Y[i, 0] = metric.gain(trial.metrics.get(metric.name, math.nan))
        for j, constraint in enumerate(constraints, start=1):
            Y[i, j] = constraint.slack(trial.metrics.get(constraint.metric, math.nan))
    Y[~np.isfinite(Y)] = np.nan
    stopped = np.array([trial.state == TrialState.STOPPED for trial in trials], dtype=np.bool_)
    completed = Y[~stopped, 0]
    completed = completed[np.isfinite(completed)]
    if stopped.any() and completed.size:
        median = np.sort(completed)[(len(completed) - 1) // 2]  # a member: no sum of huge numbers
        Y[stopped, 0] = np.minimum(Y[stopped, 0], median)
    return Y


def _known_errors(
    trials: Sequence[Trial], metric: Metric, constraints: Sequence[Constraint]
) -> Floats | None:
    names = [metric.name, *(constraint.metric for constraint in constraints)]
    errors = [[trial.noise.get(name, math.nan) for name in names] for trial in trials]
    known = np.array(errors, dtype=np.float64).reshape(len(trials), len(names))
    known[~(np.isfinite(known) & (known >= 0))] = np.nan
    return known if np.isfinite(known).any() else None
