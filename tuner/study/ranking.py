"""Which trial is best: feasible first, then by gain; repeats of one point count as one, by their mean.

Standard library only, so that `tuner best` and `tuner status` stay light.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuner.study.history import History
from tuner.study.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A trial with its standing.

    Attributes:
        value: mean over the trial and its repeats, in the metric's units.
        error: standard error of that mean, None with a single value of unknown noise.
        repeats: values that went into the mean.
        origin: id of the trial that was repeated; `trial` is the first with a result.
        chance: probability that its point is truly the best tried, where a model judged noisy values.
        believed: what that model expects there, without noise, in the metric's units.
        believed_sd: how unsure the model is of that, a standard deviation in the same units.
    """

    trial: Trial
    value: float
    error: float | None
    repeats: int
    feasible: bool
    origin: int
    chance: float | None = None
    believed: float | None = None
    believed_sd: float | None = None


def ranked(history: History, *, up_to: float = math.inf) -> list[Ranked]:
    """Order completed trials, best first; ties go to the earlier trial.

    Args:
        history: of the study.
        up_to: id of the last trial to look at.
    """
    metric, constraints = history.metric, history.constraints
    rows = []
    for first, trials in _runs_by_origin(history, up_to).items():
        values = [trial.metrics[metric.name] for trial in trials]
        feasible = all(c.holds(trial.metrics) for c in constraints for trial in trials)
        rows.append(
            Ranked(
                trial=trials[0],
                value=math.fsum(values) / len(values),
                error=_error(values, trials, metric.name),
                repeats=len(values),
                feasible=feasible,
                origin=first,
            )
        )
    rows.sort(key=lambda row: (not row.feasible, -metric.gain(row.value), row.trial.id))
    return rows


def _runs_by_origin(history: History, up_to: float) -> dict[int, list[Trial]]:
    """Group completed trials with a finite value by the trial that they repeat."""
    name = history.metric.name
    groups: dict[int, list[Trial]] = {}
    for trial in history.completed:
        if trial.id <= up_to and math.isfinite(trial.metrics.get(name, math.nan)):
            groups.setdefault(origin(history, trial), []).append(trial)
    return groups


def runs(history: History, trial: Trial) -> list[Trial]:
    """Give every completed run of a trial's point that goes into its mean, in the order of suggestion."""
    return _runs_by_origin(history, math.inf).get(origin(history, trial), [])


def _error(values: list[float], trials: list[Trial], name: str) -> float | None:
    if len(values) > 1:
        mean = math.fsum(values) / len(values)
        spread = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
        return math.sqrt(spread / len(values))
    return trials[0].noise.get(name)


def origin(history: History, trial: Trial) -> int:
    """Follow `of` to the trial that this one repeats."""
    seen = set()
    while trial.suggestion.of is not None and trial.id not in seen:
        seen.add(trial.id)
        parent = history.trials.get(trial.suggestion.of)
        if parent is None:
            break
        trial = parent
    return trial.id


def noisy(history: History) -> bool:
    """Say whether the metric is known to be noisy: errors were told, or repeats differ."""
    name = history.metric.name
    values: dict[int, set[float]] = {}
    for trial in history.completed:
        if trial.noise.get(name, 0.0) > 0:
            return True
        value = trial.metrics.get(name, math.nan)
        if math.isfinite(value):
            values.setdefault(origin(history, trial), set()).add(value)
    return any(len(seen) > 1 for seen in values.values())


def model_judges(history: History) -> bool:
    """Say whether the best is named by a model: the metric is noisy, and no winner was confirmed."""
    return noisy(history) and all(trial.method != "confirm" for trial in history.completed)


def searched(history: History) -> int:
    """Give the id of the last trial of the search itself, 0 if there is none."""
    return max((trial.id for trial in history.trials.values() if trial.counted), default=0)


def best(history: History) -> Ranked | None:
    """Give the best feasible trial.

    Once winners have been confirmed, only those are compared, until the search goes on.
    """
    rows = [row for row in ranked(history) if row.feasible]
    repeats = [trial for trial in history.completed if trial.method == "confirm"]
    if any(trial.id > searched(history) for trial in repeats):
        confirmed = {origin(history, trial) for trial in repeats}
        rows = [row for row in rows if row.origin in confirmed] or rows
    return rows[0] if rows else None


def judged_value(row: Ranked) -> float:
    """Give what a point is judged by: what a model believes of it, else the mean of its runs."""
    return row.value if row.believed is None else row.believed


def standing(history: History, rows: Sequence[Ranked], found: Ranked | None) -> list[Ranked]:
    """Leave out points above the best: measured once, and passed over when winners were confirmed."""
    gain = history.metric.gain
    most = math.inf if found is None else gain(judged_value(found))
    return [row for row in rows if gain(judged_value(row)) <= most]


def values_judged(history: History) -> dict[int, float]:
    """Give the value of every feasible point by the id of its first trial, the best one's on top."""
    rows = [row for row in ranked(history) if row.feasible]
    return {row.origin: row.value for row in standing(history, rows, best(history))}


def climb(history: History) -> list[float]:
    """Give the best value so far after every completed trial from the first feasible one on.

    Repeats of a point count as one, by their mean, from its first result on; the last value is that
    of the best.
    """
    metric, values = history.metric, values_judged(history)
    steps: list[float] = []
    for trial in sorted(history.completed, key=lambda trial: trial.finish_number):
        if not math.isfinite(trial.metrics.get(metric.name, math.nan)):
            continue
        value = values.get(origin(history, trial))
        if value is not None and (not steps or metric.gain(value) > metric.gain(steps[-1])):
            steps.append(value)
        elif steps:
            steps.append(steps[-1])
    return steps


def trace(history: History) -> list[tuple[int, float]]:
    """Give (trial id, best value so far) at every feasible improvement, in order of finishing."""
    metric, constraints = history.metric, history.constraints
    done = sorted(history.completed, key=lambda trial: trial.finish_number)
    steps: list[tuple[int, float]] = []
    for trial in done:
        value = trial.metrics.get(metric.name, math.nan)
        if not math.isfinite(value) or not all(c.holds(trial.metrics) for c in constraints):
            continue
        if not steps or metric.gain(value) > metric.gain(steps[-1][1]):
            steps.append((trial.id, value))
    return steps


def curve(history: History, rows: Sequence[Ranked]) -> list[float]:
    """Give the best value so far after each trial that has ended, in the order of ending.

    A point has one value, however often it was run: what a model believes of it, else the mean of
    its runs. Its repeats cost no trial; nor do results measured elsewhere, unless a study has no
    others.

    Args:
        history: of the study.
        rows: its feasible points, as `ranked` or a model judges them.

    Returns:
        One value a trial, nan before the first result.
    """
    values = {row.origin: judged_value(row) for row in rows}
    ended = [trial for trial in history.trials.values() if not trial.open]
    tried = [t for t in ended if t.counted] or [t for t in ended if t.suggestion.of is None]
    gain, steps = history.metric.gain, list[float]()
    best_so_far = math.nan
    for trial in sorted(tried, key=lambda trial: trial.finish_number):
        value = values.get(trial.id, math.nan)
        if math.isnan(best_so_far) or gain(value) > gain(best_so_far):
            best_so_far = value
        steps.append(best_so_far)
    return steps
