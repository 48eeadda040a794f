"""What the trials of an older study measured, as gains for a new one. Pure; called by `mapping.py`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from tuner.errors import UsageError
from tuner.expression import did_you_mean
from tuner.interop.base import OldStudy, OldTrial
from tuner.interop.spec import MemorySpec
from tuner.study import Constraint, Metric


@dataclass(frozen=True)
class Results:
    """The translation of the results of one older study.

    Raises:
        UsageError: the goal that was asked for contradicts the configuration of a study of ours.
    """

    old: OldStudy
    asked: MemorySpec
    metric: Metric
    constraints: Sequence[Constraint]

    def __post_init__(self) -> None:
        if self.old.kind == "tuner" and self._contradicted:
            raise UsageError(
                f"{self.asked.ledger}: goal: {self.asked.goal}, and its own configuration says "
                f"{self._own_goal} of {self.measured}",
                hint="leave `goal:` out: which way was better there is known, and its better is better here",
            )

    def gain(self, trial: OldTrial) -> tuple[float | None, str]:
        """Give a gain, nan for a failed trial; None and why for one that says nothing.

        One that breaks a bound by what it measured has failed.
        """
        value = trial.metrics.get(self.measured, math.nan)
        if trial.state == "failed":
            return math.nan, ""
        if self.measured not in trial.metrics:
            return None, f"no {self.measured} in it"
        if not math.isfinite(value):
            return (
                (math.nan, "") if trial.state == "completed" else (None, "ended without a number")
            )
        if any(_breaks(trial, constraint) for constraint in self.bounds):
            return math.nan, ""
        gain = value if self.goal == "maximize" else -value
        return (min(gain, self._median) if trial.state == "stopped" else gain), ""

    @cached_property
    def measured(self) -> str:
        """The older study's metric that stands for ours.

        Raises:
            UsageError: there are several, and none has our name.
        """
        names = dict.fromkeys(name for trial in self.old.trials for name in trial.metrics)
        wanted = self.asked.metric
        if wanted is not None:
            if names and wanted not in names:
                near = did_you_mean(wanted, names)
                raise UsageError(f"{self.asked.ledger}: no metric {wanted!r} there{near}")
            return wanted
        if self.metric.name in names or not names:
            return self.metric.name
        if self.old.metric in names:
            return self.old.metric
        if len(names) == 1:
            return next(iter(names))
        raise UsageError(
            f"{self.asked.ledger}: it measured {', '.join(names)}, and nothing called "
            f"{self.metric.name}",
            hint="write `metric:` beside `ledger:` to say which one is meant",
        )

    @cached_property
    def bounds(self) -> tuple[Constraint, ...]:
        """What had to hold: here, and there of metrics that this study neither searches nor bounds."""
        ours = {self.measured, *(each.metric for each in self.constraints)}
        return (*self.constraints, *(c for c in self.old.constraints if c.metric not in ours))

    @property
    def goal(self) -> str:
        """Which way was better there; ours where it does not say, or says it of another metric."""
        return self.asked.goal or self._own_goal or self.metric.goal

    @property
    def _contradicted(self) -> bool:
        return self._own_goal not in (None, self.goal)

    @property
    def _own_goal(self) -> str | None:
        """Which way was better by its own word."""
        return self.old.goal if self.measured == self.old.metric else None

    def error(self, trial: OldTrial) -> float:
        """Give the standard error of a gain, nan where none is known."""
        said = trial.noise.get(self.measured, math.nan)
        return said if trial.state != "failed" and _is_error(said) else math.nan

    def table(self) -> dict[str, str]:
        """Say which metric stands for ours, which way is better, and what is known of its errors."""
        said, trials = dict[str, str](), self.old.trials
        for each in self.bounds:
            broken = sum(_breaks(trial, each) for trial in trials)
            if broken:
                where = "" if each in self.constraints else " there"
                said[f"constraint {each}{where}"] = (
                    f"broken by {_of(broken, trials)}: taken as failed"
                )
        errors = [trial.noise[self.measured] for trial in trials if self.measured in trial.noise]
        if errors:
            wrong = sum(not _is_error(error) for error in errors)
            out = f"; {wrong} below zero or without end, left out" if wrong else ""
            known = f"known of {_of(len(errors) - wrong, trials)}"
            said[f"error of {self.measured}"] = f"{known}{out}"
        mark = "" if self.measured == self.metric.name else f" for {self.metric.name}"
        turned = (
            "" if self.goal == self.metric.goal else f", turned over: ours is {self.metric.goal}"
        )
        against = f", where its own file says {self._own_goal}" if self._contradicted else ""
        return {**said, f"metric {self.measured}": f"{self.goal}{against}{mark}{turned}"}

    @cached_property
    def _median(self) -> float:
        done = [
            value if self.goal == "maximize" else -value
            for trial in self.old.trials
            if trial.state == "completed"
            and math.isfinite(value := trial.metrics.get(self.measured, math.nan))
        ]
        return sorted(done)[(len(done) - 1) // 2] if done else math.inf


def _breaks(trial: OldTrial, constraint: Constraint) -> bool:
    """Say whether a trial measured what it takes, and it does not hold."""
    return constraint.metric in trial.metrics and not constraint.holds(trial.metrics)


def _is_error(number: float) -> bool:
    return math.isfinite(number) and number >= 0


def _of(count: int, trials: Sequence[OldTrial]) -> str:
    return f"{count} of {len(trials)} trials"
