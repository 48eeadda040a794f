"""Where the next study can look: the part of the space in which the best point probably lies.

Shapes: k candidates, d columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from tuner.acquisition.region import Tried
from tuner.dataset import Bools, Floats
from tuner.insight.base import Narrowed
from tuner.insight.calibrated import calibration_of
from tuner.insight.contest import Contest
from tuner.insight.ground import Ground
from tuner.space import Space
from tuner.space.birth import identity
from tuner.space.parameter import (
    UNSET,
    Bool,
    Choice,
    Derived,
    Fixed,
    Float,
    Int,
    Parameter,
    Searched,
)
from tuner.space.scale import Cells, LogCells, Scale, scale_of
from tuner.study import Point, Value

TAIL, MARGIN = 0.05, 0.05
"""Chance of the best point that may be left out on either side of a range, and what is left beside it."""

RARE = 0.05
"""Chance of the best point below which the categories that are left out have it, all together."""

FORETOLD = 0.05
"""Share of the variance, left out, below which results are noise and bounds would follow it."""

FEWEST_A_PARAMETER = 3
"""Results a parameter, below which bounds are a guess: of quadratic bowls in 2, 4 and 8 parameters the
best point lay inside in 63 %, 38 % and 29 % of studies by two to two and a half Sobol points a
parameter, and 80 % or more had been said."""

WORTH = 0.85
"""Share of a range above which narrowing it is not worth the risk."""

TYPES: dict[type[Parameter], str] = {Float: "float", Int: "int", Bool: "bool"}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A parameter that was made narrower, the share of it that is left, and which candidates are inside.

    Where `moved`, its default would lie outside, and the best point's value has taken its place: the
    next study still begins with a point of defaults. `missed` is the chance of the best point that
    values have which are left out, where no candidate shows it.
    """

    parameter: Parameter
    kept: float
    inside: Bools
    moved: bool = False
    missed: float = 0.0


def narrowed_of(ground: Ground) -> Narrowed:
    """Give bounds around where the best point probably is, the best trial inside.

    A parameter that is dead in the best point stays as it is, and so does all where no trial is foretold
    by the others, where none keeps the constraints, and where results are few. A value of a category
    that was never tried stays: nothing that was measured is about it.
    """
    few = len(ground.dataset.ids) < FEWEST_A_PARAMETER * len(ground.space.searched)
    if few or not ground.whole.feasible.any() or calibration_of(ground).r2 < FORETOLD:
        nodes = {p.name: node_of(p) for p in ground.space.parameters}
        return Narrowed(parameters=nodes, changed={}, kept=1.0, best_kept=1.0)
    contest = Contest.of(ground)
    points, chances = contest.points, contest.chances
    changed: dict[str, str] = {}
    parameters: list[Parameter] = []
    kept, seen, inside = 1.0, 1.0, np.ones(len(points), dtype=np.bool_)
    for parameter in ground.space.parameters:
        cut = None
        if not isinstance(parameter, Fixed | Derived) and parameter.name in ground.best:
            cut = _cut(parameter, contest)
        if cut is None or not _stands(ground.space, [*parameters, cut.parameter]):
            parameters.append(parameter)
            continue
        parameters.append(cut.parameter)
        changed[parameter.name] = _words(cut) + _untried(ground, parameter)
        kept *= cut.kept
        seen *= 1.0 - cut.missed
        inside &= cut.inside
    return Narrowed(
        parameters={p.name: node_of(p) for p in parameters},
        changed=changed,
        kept=float(kept),
        best_kept=float(min(1.0, seen * chances[inside].sum())),
        exhausted=_exhausted(ground),
    )


def _cut(parameter: Searched, contest: Contest) -> Cut | None:
    """Give a narrower parameter; None where it is to stay as it is."""
    points, chances, best = contest.points, contest.chances, contest.ground.best[parameter.name]
    alive = np.array([parameter.name in point for point in points])
    if not chances[alive].sum() > 0:
        return None
    match parameter:
        case Float() | Int():
            return _range(parameter, points, chances, alive, best)
        case Choice(ordered=True):
            return _stretch(parameter, points, chances, alive, best)
        case Choice() | Bool():
            return _values(parameter, contest, alive, best)


def _range(
    parameter: Float | Int, points: Sequence[Point], chances: Floats, alive: Bools, best: Value
) -> Cut | None:
    """Give nearer bounds; a single value that is left is a fixed one."""
    if parameter.or_zero and (best == 0 or not isinstance(best, int | float)):
        return None
    scale = scale_of(parameter)
    low, high = _middle(parameter, scale, points, chances, alive, best)
    if high - low > WORTH:
        return None
    least, most = _floats(scale.values(np.array([low, high])))
    kept = _share(scale, least, most, high - low)
    if kept >= 1.0:
        return None
    inside = [_within(parameter, point.get(parameter.name), least, most) for point in points]
    held = np.array(inside) | ~alive
    if least == most and not parameter.or_zero:
        fixed = Fixed(name=parameter.name, value=best, when=parameter.when)
        return Cut(parameter=fixed, kept=kept, inside=held)
    default = parameter.default
    moved = default is not None and not _within(parameter, default, least, most)
    kind = int if isinstance(parameter, Int) else float
    ends: dict[str, Any] = {"min": kind(least), "max": kind(most)}
    try:
        new: Parameter = replace(parameter, **ends | ({"default": best} if moved else {}))
    except ValueError:  # too narrow for its step or its digits
        return None
    return Cut(parameter=new, kept=kept, inside=held, moved=moved)


def _share(scale: Scale, least: float, most: float, width: float) -> float:
    """Give the share of a range that is left: of the width, or of the values as they are drawn."""
    match scale:
        case Cells():
            first, last = scale.cells(scale.places([least, most])).tolist()
            return float((last - first + 1) / scale.levels)
        case LogCells():
            return float(np.diff(scale.places([least - 0.5, most + 0.5]))[0])
        case _:
            return width


def _floats(values: Sequence[Value]) -> list[float]:
    return [float(value) for value in values if isinstance(value, int | float)]


def _within(parameter: Float | Int, value: Value, least: float, most: float) -> bool:
    """Say whether a value is in narrower bounds; a zero beside the range stays."""
    if not isinstance(value, int | float):
        return False
    return least <= value <= most or (parameter.or_zero and value == 0)


def _stretch(
    parameter: Choice, points: Sequence[Point], chances: Floats, alive: Bools, best: Value
) -> Cut | None:
    """Cut ordered values at both ends."""
    scale = scale_of(parameter)
    ends = _middle(parameter, scale, points, chances, alive, best)
    low, high = scale.values(np.array(ends))
    marks = [identity(value) for value in parameter.values]
    left = parameter.values[marks.index(identity(low)) : marks.index(identity(high)) + 1]
    return _of_values(parameter, left, points, alive, best)


def _values(parameter: Choice | Bool, contest: Contest, alive: Bools, best: Value) -> Cut | None:
    """Leave out values that were tried and that, all together, hardly hold the best point."""
    shown, most = contest.of_values(parameter)
    stay = {identity(value) for value in (best, *contest.ground.untried(parameter))}
    marks = [identity(value) for value in parameter.values]
    out: set[object] = set()
    lost = missed = 0.0
    for place in np.argsort(most, kind="stable").tolist():
        if marks[place] in stay:
            continue
        lost += float(most[place])
        if lost >= RARE:
            break
        out.add(marks[place])
        missed += float(most[place] - shown[place])
    left = tuple(v for v, mark in zip(parameter.values, marks, strict=True) if mark not in out)
    cut = _of_values(parameter, left, contest.points, alive, best)
    return None if cut is None else replace(cut, missed=missed)


def _of_values(
    parameter: Choice | Bool,
    left: tuple[Value, ...],
    points: Sequence[Point],
    alive: Bools,
    best: Value,
) -> Cut | None:
    """Give a parameter of fewer values; a single one is a fixed value."""
    if len(left) == len(parameter.values):
        return None
    marks = {identity(value) for value in left}
    new: Parameter
    moved = False
    if len(left) == 1 or not isinstance(parameter, Choice):
        new = Fixed(name=parameter.name, value=left[0], when=parameter.when)
    else:
        default = parameter.default
        moved = default is not UNSET and identity(default) not in marks
        new = replace(parameter, values=left, default=best if moved else default)
    inside = [
        not lives or identity(point[parameter.name]) in marks
        for point, lives in zip(points, alive, strict=True)
    ]
    share = len(left) / len(parameter.values)
    return Cut(parameter=new, kept=share, inside=np.array(inside), moved=moved)


def _middle(
    parameter: Searched,
    scale: Scale,
    points: Sequence[Point],
    chances: Floats,
    alive: Bools,
    best: Value,
) -> tuple[float, float]:
    """Give the places between which the best point lies but for TAIL on either side, with a margin."""
    zero = getattr(parameter, "or_zero", False)
    pairs = [
        (point[parameter.name], chance)
        for point, chance, lives in zip(points, chances, alive, strict=True)
        if lives and chance > 0 and not (zero and point[parameter.name] == 0)
    ]
    places = scale.places([best, *(value for value, _ in pairs)])
    weights = np.array([0.0, *(chance for _, chance in pairs)])
    order = np.argsort(places, kind="stable")
    reached = np.cumsum(weights[order])
    ends = np.searchsorted(reached, [TAIL * reached[-1], (1 - TAIL) * reached[-1]])
    low, high = places[order][np.minimum(ends, len(places) - 1)]
    low, high = min(low, places[0]) - MARGIN, max(high, places[0]) + MARGIN
    return max(0.0, float(low)), min(1.0, float(high))


def _stands(space: Space, parameters: list[Parameter]) -> bool:
    """Say whether a space with other parameters in the first places is still one."""
    try:
        Space((*parameters, *space.parameters[len(parameters) :]), space.require)
    except ValueError:
        return False
    return True


def _words(cut: Cut) -> str:
    if isinstance(cut.parameter, Fixed):
        return "the value of the best point, almost surely"
    moved = ", its default moved to the best point's value" if cut.moved else ""
    return f"{max(0.01, cut.kept):.0%} of its range{moved}"


def _exhausted(ground: Ground) -> int:
    """Count the points of a small finite space of which each was measured; 0 where one was not."""
    everything = ground.region.everything
    if everything is None:
        return 0
    rows, _, _ = ground.region.legal(ground.whole.X[ground.whole.measured])
    return 0 if Tried(rows).untried(everything).any() else len(everything)


def _untried(ground: Ground, parameter: Parameter) -> str:
    """Say of how many values nothing is known; empty where all were tried."""
    if not isinstance(parameter, Choice | Bool) or not (untried := ground.untried(parameter)):
        return ""
    return f", {len(untried)} of {len(parameter.values)} values were never tried"


def node_of(parameter: Parameter) -> dict[str, object]:
    """Write a parameter as a configuration has it: what differs from defaults."""
    kind = TYPES.get(type(parameter))
    node: dict[str, object] = {} if kind is None else {"type": kind}
    for entry in fields(parameter):
        value = getattr(parameter, entry.name)
        if entry.name != "name" and value is not entry.default and value != entry.default:
            node[entry.name] = list(value) if isinstance(value, tuple) else value
    return node
