"""What the board shows, kept up to date record by record: counts, failures, the best so far.

One record costs the same however long the study is. The rare facts that turn earlier ones over
(marks, retries, repeats, a changed configuration) make it count afresh.
"""

import math
from collections import Counter
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from tuner.report.standing import finished
from tuner.study import (
    Constraint,
    Finished,
    History,
    Metric,
    Noted,
    Opened,
    Reconfigured,
    Record,
    Trial,
    TrialState,
)
from tuner.study.ranking import Ranked, best, climb

ENDS = {TrialState.COMPLETED, TrialState.STOPPED, TrialState.FAILED}
RECENT = 50  # ended trials that are kept at hand
NO_METRIC = Metric(name="metric")  # while nothing was opened


class Failed(NamedTuple):
    """All failures of one class, with the last one's words."""

    times: int
    trial: int
    message: str


class Budget(NamedTuple):
    """How much of something is used up.

    Attributes:
        name: trials, wall, gpu hours.
        total: None without a limit.
        remaining_s: seconds of work until it is used up, None if nobody can say; 0 of a study that
            is finished, whatever it left unused.
    """

    name: str
    done: float
    total: float | None = None
    remaining_s: float | None = None


class Tally:
    """Counts what a person wants to know.

    Attributes:
        states: number of trials by state.
        counted: ended trials that use up the budget.
        elsewhere: those that were measured elsewhere and use up none.
        failures: by class, the latest class last.
        curve: the best value so far, after every completed trial that improved or not; repeats
            of a point count as one, so that it ends with the value of the best.
        recent: ids of trials in the order in which they ended, the latest last.
    """

    def __init__(self) -> None:
        self.metric = NO_METRIC
        self.constraints: tuple[Constraint, ...] = ()
        self.best: Ranked | None = None
        self.states: Counter[str] = Counter()
        self.failures: dict[str, Failed] = {}
        self.curve: list[float] = []
        self.recent: list[int] = []
        self.counted = self.elsewhere = 0
        self.gpu_s = 0.0
        self.last = 0
        self._state: dict[int, str] = {}
        self._gpu_s: dict[int, float] = {}
        self._repeats = False
        self._place: tuple[float, int] | None = None  # gain of the best, and the first id wins

    @classmethod
    def of(cls, history: History) -> "Tally":
        """Count a whole history."""
        tally, trials = cls(), history.trials.values()
        tally.last = history.last
        if history.config is not None:
            tally.metric, tally.constraints = history.metric, history.constraints
        tally._state = {trial.id: trial.state._value_ for trial in trials}
        tally._gpu_s = {trial.id: trial.gpu_s for trial in trials}
        tally.states = Counter(tally._state.values())
        tally.gpu_s = math.fsum(tally._gpu_s.values())
        tally._repeats = any(trial.suggestion.of is not None for trial in trials)
        ended = [trial for trial in trials if trial.state in ENDS]
        ended.sort(key=attrgetter("finish_number"))
        for trial in ended:
            tally._ended(trial)
            tally._improve(trial)
        if tally._repeats and history.config is not None:
            tally.best, tally.curve = best(history), climb(history)
        return tally

    def take(self, record: Record, history: History) -> "Tally":
        """Take in a record that `history` has just taken in; gives a new tally if some were missed."""
        if record.number <= self.last:
            return self
        if record.number != self.last + 1 or isinstance(record.fact, Opened | Reconfigured | Noted):
            return Tally.of(history)
        self.last = record.number
        number = getattr(record.fact, "trial", None)
        trial = history.trials.get(number) if number is not None else None
        if trial is not None:
            self._follow(trial, record, history)
        return self

    def _follow(self, trial: Trial, record: Record, history: History) -> None:
        """Take in what became of one trial. The history may be further on than the record."""
        self.gpu_s += trial.gpu_s - self._gpu_s.get(trial.id, 0.0)
        self._gpu_s[trial.id] = trial.gpu_s
        self._repeats = self._repeats or trial.suggestion.of is not None
        if trial.open:
            self._move(trial)
        elif isinstance(record.fact, Finished) and trial.finish is record.fact:
            self._move(trial)
            self._ended(trial)
            self._improve(trial)
            if self._repeats:
                self.best, self.curve = best(history), climb(history)

    def _move(self, trial: Trial) -> None:
        before, state = self._state.get(trial.id), trial.state._value_
        if before is not None:
            self.states[before] -= 1
        self._state[trial.id] = state
        self.states[state] += 1

    def _ended(self, trial: Trial) -> None:
        self.counted += trial.counted
        self.elsewhere += trial.elsewhere
        self.recent.append(trial.id)
        if len(self.recent) > 2 * RECENT:
            del self.recent[:-RECENT]
        finish = trial.finish
        if trial.state == TrialState.FAILED and finish is not None:
            name = finish.failure or finish.state
            old = self.failures.pop(name, None)
            times = old.times + 1 if old else 1
            self.failures[name] = Failed(times=times, trial=trial.id, message=finish.message or "")

    def _improve(self, trial: Trial) -> None:
        """Let a trial that has ended compete with everything before it, and go on with the curve."""
        if trial.state != TrialState.COMPLETED or trial.excluded:
            return
        value = trial.metrics.get(self.metric.name, math.nan)
        if not math.isfinite(value):
            return
        if all(constraint.holds(trial.metrics) for constraint in self.constraints):
            place = (self.metric.gain(value), -trial.id)
            if self._place is None or place > self._place:
                self._place = place
                self.best = Ranked(
                    trial=trial,
                    value=value,
                    error=trial.noise.get(self.metric.name),
                    repeats=1,
                    feasible=True,
                    origin=trial.id,
                )
        if self._place is not None:
            self.curve.append(self.metric.raw(self._place[0]))


def budgets(history: History, tally: Tally, running_s: float = 0.0) -> list[Budget]:
    """Measure the study against its limits; `running_s`: this session's seconds so far.

    Wall time in the ledger ends with the last record, so a live study adds its own clock.
    """
    stop = _section(history, "stop")
    wall = max(history.wall_s, running_s)
    newest = next(reversed(history.trials.values()), None)
    told = tally.counted and not (newest and newest.asked)  # how long others take, nobody knows
    per_trial = wall / tally.counted if told else None
    total, limit = stop.get("trials"), stop.get("wall_s")
    rows = [
        Budget(
            name="trials",
            done=tally.counted,
            total=total,
            remaining_s=max(0.0, total - tally.counted) * per_trial
            if total and per_trial
            else None,
        ),
        Budget(name="wall", done=wall, total=limit, remaining_s=limit and max(0.0, limit - wall)),
    ]
    hours, most = tally.gpu_s / 3600, stop.get("gpu_hours")
    if hours or most:
        rate = wall / hours if hours else None
        left = max(0.0, most - hours) * rate if most and rate else None
        rows.append(Budget(name="gpu hours", done=hours, total=most, remaining_s=left))
    if finished(history):
        return [row._replace(remaining_s=0.0) if row.remaining_s else row for row in rows]
    return rows


def cost(history: History, tally: Tally) -> tuple[float, str] | None:
    """Give what the GPUs have cost so far and in which currency, None if no price was given."""
    price = _section(history, "cost")
    if "gpu_hour" not in price:
        return None
    return tally.gpu_s / 3600 * float(price["gpu_hour"]), str(price.get("currency", "USD"))


def _section(history: History, name: str) -> Mapping[str, Any]:
    found = (history.config or {}).get(name)
    return found if isinstance(found, Mapping) else {}
