"""An older study in the words of a new one: names, values, goal; every trial used, or listed with why.

What comes out is the fact `Remembered`, and with it everything that a model will ever know of the
older study.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tuner.errors import UsageError
from tuner.expression import did_you_mean
from tuner.interop.base import OldStudy, OldTrial, numbered
from tuner.interop.fits import alike, can_be, inside
from tuner.interop.nearest import nearest, on_lists
from tuner.interop.spec import MemorySpec, asked_of
from tuner.space import Fixed, Float, Int, Searched, Space
from tuner.study import Constraint, Metric, Point, Remembered, Value


def remembered(
    old: OldStudy,
    asked: MemorySpec,
    space: Space,
    metric: Metric,
    constraints: Sequence[Constraint] = (),
    *,
    name: str,
) -> Remembered:
    """Translate an older study for a search in `space` for `metric`.

    Args:
        old: as it was read.
        asked: what a person wants of it.
        space: of the new study.
        metric: of the new study.
        constraints: of the new study.
        name: what the memory is to be called.

    Raises:
        UsageError: a name that is renamed is not there, or nobody can tell which metric is meant.
    """
    words = Words(old, asked, space, metric, constraints)
    kept, left = _parted(old, words)
    rows = _telling([gain for _, gain in kept], asked.max_trials)
    if beyond := len(kept) - len(rows):
        left.append(f"{beyond:,} trial{'s' * (beyond > 1)}: beyond max_trials: {asked.max_trials}")
    return Remembered(
        memory=name,
        source=str(old.source),
        asked=asked_of(asked),
        mode=asked.mode,
        metric=metric.name,
        goal=metric.goal,
        points=tuple(kept[i][0] for i in rows),
        gains=tuple(kept[i][1] for i in rows),
        parameters=words.table([point for point, _ in kept]),
        left_out=(*left, *old.unread),
        unused=len(old.trials) - len(rows) + len(old.unread),
        notes=tuple(old.notes),
    )


def _parted(old: OldStudy, words: "Words") -> tuple[list[tuple[Point, float]], list[str]]:
    """Part the trials into points with their gains here, and lines on those that are none."""
    kept: list[tuple[Point, float]] = []
    why: dict[tuple[str, str], list[str]] = {}
    for trial in old.trials:
        point, reason = words.point(trial)
        gain, no_gain = words.gain(trial)
        if point is None or gain is None:
            said = reason if point is None else no_gain
            why.setdefault((said, trial.place), []).append(trial.label)
        else:
            kept.append((point, gain))
    return kept, [f"{numbered(labels, place)}: {said}" for (said, place), labels in why.items()]


def _check_names(old: OldStudy, asked: MemorySpec, space: Space) -> None:
    there = old.names
    here = [parameter.name for parameter in space.parameters]
    for theirs, ours in asked.rename.items():
        if theirs not in there:
            near = did_you_mean(theirs, there)
            raise UsageError(f"{asked.ledger}: rename: no parameter {theirs!r} there{near}")
        if ours not in here:
            near = did_you_mean(ours, here)
            raise UsageError(f"{asked.ledger}: rename: no parameter {ours!r} in this study{near}")
        first = next(name for name, target in asked.rename.items() if target == ours)
        if first != theirs:
            both = f"both {first!r} and {theirs!r} are to be {ours!r}"
            raise UsageError(f"{asked.ledger}: rename: {both}")


@dataclass(frozen=True)
class Words:
    """The translation of one older study."""

    old: OldStudy
    asked: MemorySpec
    space: Space
    metric: Metric
    constraints: Sequence[Constraint]

    def __post_init__(self) -> None:
        _check_names(self.old, self.asked, self.space)

    def point(self, trial: OldTrial) -> tuple[Point | None, str]:
        """Give what a point is here, or None and why it is nothing; see `Space.recalled`.

        A value that other trials there have is not made up where it is missing; and of a parameter
        that is fixed here at a value that was tried there, the trials with other values tell of
        another function.
        """
        values = {theirs: value for theirs, value in trial.point.items() if self._counts(theirs)}
        known = on_lists(self.space, {self._name(theirs): v for theirs, v in values.items()})
        for name, value in self._slices.items():
            if name in known and not alike(known[name], value):
                return None, f"{name}: was {known[name]}, is fixed at {value} here"
        empty = [name for name in self._always if name not in known]
        if empty:
            return None, f"{', '.join(empty)}: no value in it, and others have one"
        return self.space.recalled(known)

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
        said = self.old.goal if self.measured == self.old.metric else None
        return self.asked.goal or said or self.metric.goal

    def table(self, points: Sequence[Point]) -> dict[str, str]:
        """Say how each parameter was translated, and the metric."""
        said = {p.name: self._how(p, points) for p in self.space.searched}
        there = dict.fromkeys(n for trial in self.old.trials for n in trial.point)
        for theirs in there:
            ours = self._name(theirs)
            if ours not in said:
                said[theirs] = self._left(theirs, ours)
        mark = "" if self.measured == self.metric.name else f" for {self.metric.name}"
        turned = (
            "" if self.goal == self.metric.goal else f", turned over: ours is {self.metric.goal}"
        )
        for each in self.bounds:
            broken = sum(_breaks(trial, each) for trial in self.old.trials)
            if broken:
                many = f"{broken} of {len(self.old.trials)} trials"
                where = "" if each in self.constraints else " there"
                said[f"constraint {each}{where}"] = f"broken by {many}: taken as failed"
        return {**said, f"metric {self.measured}": f"{self.goal}{mark}{turned}"}

    def _how(self, parameter: Searched, points: Sequence[Point]) -> str:
        theirs = next((t for t, ours in self.asked.rename.items() if ours == parameter.name), None)
        name = theirs or parameter.name
        if not any(name in trial.point for trial in self.old.trials):
            return f"not there: taken at {self.space.middles()[parameter.name]}"
        parts = ["as it is" if theirs is None else f"from {theirs}"]
        if isinstance(parameter, Float | Int):
            values = [point[parameter.name] for point in points if parameter.name in point]
            outside = sum(not inside(parameter, value) for value in values)
            if outside:
                parts.append(f"{outside} of {len(values)} values outside the bounds, still inform")
        tried = [trial.point[name] for trial in self.old.trials if name in trial.point]
        moved = sum(not alike(nearest(parameter, value), value) for value in tried)
        if moved:
            parts.append(f"{moved} of {len(tried)} values taken at the nearest of the list")
        return ", ".join(parts)

    def _left(self, theirs: str, ours: str) -> str:
        here = next((p for p in self.space.parameters if p.name == ours), None)
        tried = [t.point[theirs] for t in self.old.trials if theirs in t.point]
        if here is None:
            return f"no parameter here: left out{self._perhaps(theirs, tried)}"
        if isinstance(here, Fixed) and all(alike(value, here.value) for value in tried):
            return "as it is"
        values = set(map(str, tried))
        was = ", ".join(sorted(values)[:3]) + (", …" if len(values) > 3 else "")  # noqa: PLR2004  a glance
        now = f"fixed at {here.value}" if isinstance(here, Fixed) else "derived"
        return f"{now} here, was {was}"

    def _perhaps(self, theirs: str, tried: Sequence[Value]) -> str:
        """Name the one parameter that was not there and can have all values of one that is not here."""
        there = {self._name(name) for trial in self.old.trials for name in trial.point}
        new = [p for p in self.space.searched if p.name not in there]
        fits = [p.name for p in new if all(can_be(p, value) for value in tried)]
        if len(fits) != 1:
            return ""
        return f"; if it is {fits[0]} here, say rename: {{{theirs}: {fits[0]}}}"

    def _counts(self, theirs: str) -> bool:
        """Say whether no other parameter was renamed to the name of this one."""
        return theirs in self.asked.rename or theirs not in self.asked.rename.values()

    def _name(self, theirs: str) -> str:
        return self.asked.rename.get(theirs, theirs)

    @cached_property
    def _slices(self) -> Mapping[str, Value]:
        """What is fixed here, and was a value among others there; a budget of its own is none."""
        fixed = {p.name: p.value for p in self.space.parameters if isinstance(p, Fixed)}
        tried = [(self._name(n), v) for t in self.old.trials for n, v in t.point.items()]
        return {
            name: value
            for name, value in fixed.items()
            if any(n == name and alike(v, value) for n, v in tried)
        }

    @cached_property
    def _always(self) -> tuple[str, ...]:
        """Parameters that always live here, and that some trial there has a value of."""
        given = {
            self._name(theirs)
            for t in self.old.trials
            for theirs in t.point
            if self._counts(theirs)
        }
        return tuple(p.name for p in self.space.searched if p.when is None and p.name in given)

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


def _telling(gains: Sequence[float], most: int) -> list[int]:
    """Give the rows of all of few gains; of more the better half, and some spread over the rest."""
    if len(gains) <= most:
        return list(range(len(gains)))
    values = np.array([-math.inf if math.isnan(gain) else gain for gain in gains])
    order = np.argsort(-values, kind="stable")
    best, rest = order[: (most + 1) // 2], np.sort(order[(most + 1) // 2 :])
    spread = rest[np.linspace(0, len(rest) - 1, most - len(best)).astype(np.intp)]
    return sorted({*best.tolist(), *spread.tolist()})
