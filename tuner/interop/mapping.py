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
from tuner.interop.results import Results
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
    words, results = Words(old, asked, space), Results(old, asked, metric, constraints)
    kept, left = _parted(old, words, results)
    rows = _telling([gain for _, gain, _ in kept], asked.max_trials)
    errors = tuple(kept[i][2] for i in rows)
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
        errors=() if all(map(math.isnan, errors)) else errors,
        parameters={**words.table([point for point, *_ in kept]), **results.table()},
        left_out=(*left, *old.unread),
        unused=len(old.trials) - len(rows) + len(old.unread),
        notes=tuple(old.notes),
    )


def _parted(
    old: OldStudy, words: "Words", results: Results
) -> tuple[list[tuple[Point, float, float]], list[str]]:
    """Part the trials into points with gains here and their errors, and lines on those that are none."""
    kept: list[tuple[Point, float, float]] = []
    why: dict[tuple[str, str], list[str]] = {}
    for trial in old.trials:
        point, reason = words.point(trial)
        gain, no_gain = results.gain(trial)
        if point is None or gain is None:
            said = reason if point is None else no_gain
            why.setdefault((said, trial.place), []).append(trial.label)
        else:
            kept.append((point, gain, results.error(trial)))
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
    """The translation of the parameters of one older study."""

    old: OldStudy
    asked: MemorySpec
    space: Space

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

    def table(self, points: Sequence[Point]) -> dict[str, str]:
        """Say how each parameter was translated; nothing where nothing was tried."""
        if not self.old.trials:
            return {}
        said = {p.name: self._how(p, points) for p in self.space.searched}
        there = dict.fromkeys(n for trial in self.old.trials for n in trial.point)
        for theirs in there:
            ours = self._name(theirs)
            if ours not in said:
                said[theirs] = self._left(theirs, ours)
        return said

    def _how(self, parameter: Searched, points: Sequence[Point]) -> str:
        theirs = next((t for t, ours in self.asked.rename.items() if ours == parameter.name), None)
        name = theirs or parameter.name
        there = any(name in trial.point for trial in self.old.trials)
        if not there or not self._counts(name) or self._name(name) != parameter.name:
            away = f", as its {name} is {self._name(name)} here" if there else ""
            return f"not there: taken at {self.space.middles()[parameter.name]}{away}"
        parts = ["as it is" if theirs is None else f"from {theirs}"]
        if theirs is not None and self._unused(parameter.name):
            parts.append(f"its own {parameter.name} left out")
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

    def _unused(self, ours: str) -> bool:
        """Say whether it had a parameter of a name that stands for another of its parameters here."""
        return not self._counts(ours) and any(ours in trial.point for trial in self.old.trials)

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


def _telling(gains: Sequence[float], most: int) -> list[int]:
    """Give the rows of all of few gains; of more the better half, and some spread over the rest."""
    if len(gains) <= most:
        return list(range(len(gains)))
    values = np.array([-math.inf if math.isnan(gain) else gain for gain in gains])
    order = np.argsort(-values, kind="stable")
    best, rest = order[: (most + 1) // 2], np.sort(order[(most + 1) // 2 :])
    spread = rest[np.linspace(0, len(rest) - 1, most - len(best)).astype(np.intp)]
    return sorted({*best.tolist(), *spread.tolist()})
