"""Figures of what a model expects around the best trial: along each parameter, and over two numbers.

The numbers come from `tuner.insight`; nothing is fitted here.
"""

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from tuner.report import numbers
from tuner.report.figures.chart import (
    Axis,
    Band,
    Chart,
    Heat,
    Line,
    Mark,
    Nothing,
    Panel,
    Points,
    Shade,
    drawable,
    finite,
    within,
)
from tuner.report.figures.model import ALONE, more
from tuner.report.figures.subject import Sight, Subject
from tuner.report.figures.ticks import level_of, number_of
from tuner.space import UNSET, Bool, Choice, Searched
from tuner.study import Trial

if TYPE_CHECKING:
    from tuner.insight.base import Contour, Slice

MOST_SLICES, BESIDE = 12, 3


def slices(subject: Subject) -> Chart | Nothing:
    """Draw what is expected along each parameter through the best trial, the most important first."""
    found = {one.name: one for one in subject.understood.slices()}
    names = [name for name in subject.understood.order() if name in found]
    if not names:
        return Nothing(reason=ALONE)
    sight = _sight_of(subject, [found[name] for name in names])
    panels = [_slice(subject, found[name], sight.axis) for name in names[:MOST_SLICES]]
    title = f"{subject.name}: what the model expects around the best trial"
    notes = (
        "mean and 95 %; the star is the best trial; dots are the others, whose other parameters differ",
        *_elsewhere(subject, found),
        *sight.notes,
        *more(len(names), MOST_SLICES, "parameters"),
    )
    return Chart(title=title, panels=tuple(panels), columns=min(BESIDE, len(panels)), notes=notes)


def _elsewhere(subject: Subject, found: Collection[str]) -> tuple[str, ...]:
    """Name the parameters that the best trial does not have."""
    best = subject.best.params if subject.best is not None else {}
    names = [p.name for p in subject.space.searched if p.name not in {*found, *best}]
    return (f"not shown, as the best trial has no {', '.join(names)}",) if names else ()


def _sight_of(subject: Subject, some: "Sequence[Slice]") -> Sight:
    values = [subject.value(trial) for trial in subject.scored]
    expected = [drawable(float(value)) for one in some for value in one.mean]
    return subject.sight([*values, *expected])


def _slice(subject: Subject, one: "Slice", y: Axis) -> Panel:
    parameter = _parameter(subject, one.name)
    places, x = _along(parameter, one)
    mean, low, high = (within(map(float, values), y) for values in (one.mean, one.low, one.high))
    marks: list[Mark] = [_seen(subject, one, x, subject.scored)]
    if x.ticks:
        marks.append(Points(xs=places, ys=mean, low=low, high=high, tone="model", symbol="dash"))
    else:
        marks.append(Band(xs=places, low=low, high=high, tone="model"))
        marks.append(Line(xs=places, ys=mean, tone="model"))
    if subject.best is not None:
        best = _seen(subject, one, x, [subject.best])
        marks.append(Points(xs=best.xs, ys=best.ys, hover=best.hover, tone="best", symbol="star"))
    return Panel(marks=tuple(marks), title=one.name, x=x, y=y)


def _parameter(subject: Subject, name: str) -> Searched | None:
    return next((p for p in subject.space.searched if p.name == name), None)


def _along(parameter: Searched | None, one: "Slice") -> tuple[tuple[float, ...], Axis]:
    """Give the places of a slice's levels and its axis."""
    if parameter is None or isinstance(parameter, Choice | Bool):
        words = [numbers.text(level) for level in one.levels]
        return tuple(float(place) for place in range(len(words))), Axis.of(words)
    places = [number_of(level) for level in one.levels]
    kept = [place for place in places if not math.isnan(place) and (place > 0 or not one.log)]
    if not kept:
        return tuple(places), Axis()
    low, high = min(kept), max(kept)
    if not high > low:
        low, high = (low / 2, high * 2) if one.log else (low - 1, high + 1)
    pad = (high / low) ** 0.03 if one.log else 0.03 * (high - low)
    ends = (low / pad, high * pad) if one.log else (low - pad, high + pad)
    shown = tuple(place if place > 0 or not one.log else math.nan for place in places)
    return shown, Axis(log=one.log, low=ends[0], high=ends[1])


def _seen(subject: Subject, one: "Slice", x: Axis, trials: Sequence[Trial]) -> Points:
    """Give measured trials on the axis of a parameter."""
    xs = []
    for trial in trials:
        value = trial.params.get(one.name, UNSET)
        if x.ticks:
            level = level_of(one.levels, value)
            xs.append(math.nan if level is None else float(level))
        else:
            number = number_of(value)
            xs.append(math.nan if x.log and not number > 0 else number)
    return Points(
        xs=tuple(xs),
        ys=tuple(subject.value(trial) for trial in trials),
        tone="muted",
        hover=tuple(subject.said(trial) for trial in trials),
    )


def contours(subject: Subject) -> Chart | Nothing:
    """Draw what is expected over the two numbers that matter most, and how far that is known."""
    understood = subject.understood
    alive = set(understood.varying())
    names = [
        name
        for name in understood.order()
        if name in alive and not isinstance(_parameter(subject, name), Choice | Bool | None)
    ]
    if len(names) < 2:  # noqa: PLR2004  it takes two
        return Nothing(reason="it takes two parameters that are numbers and vary")
    found = understood.contour(names[0], names[1])
    mean = tuple(tuple(map(float, row)) for row in found.mean)
    sd = tuple(tuple(map(float, row)) for row in found.sd)
    low, high = _ends(mean)
    flip = subject.metric.goal == "minimize"
    expected = Shade(label=subject.metric.name, low=low, high=high, scale="even", reverse=flip)
    known = Shade(label="standard deviation", low=0.0, high=_ends(sd)[1], scale="even")
    panels = (
        _map(subject, found, mean, expected, "expected"),
        _map(subject, found, sd, known, "uncertain by"),
    )
    title = f"{subject.name}: {found.x} and {found.y} around the best trial"
    notes = ("the star is the best trial; dots are others, elsewhere in what remains",)
    return Chart(title=title, panels=panels, columns=2, notes=notes, rows=14)


def _ends(values: Sequence[Sequence[float]]) -> tuple[float, float]:
    found = finite(drawable(value) for row in values for value in row)
    return (min(found), max(found)) if found else (0.0, 1.0)


def _map(
    subject: Subject,
    found: "Contour",
    values: tuple[tuple[float, ...], ...],
    shade: Shade,
    title: str,
) -> Panel:
    def axis(name: str, places: tuple[float, ...], *, log: bool) -> Axis:
        return Axis(label=name, log=log, low=min(places), high=max(places))

    x = axis(found.x, found.xs, log=found.log_x)
    y = axis(found.y, found.ys, log=found.log_y)
    marks: list[Mark] = [Heat(xs=found.xs, ys=found.ys, values=values, smooth=True)]
    best = [subject.best] if subject.best is not None else []
    for some, symbol in ((subject.scored, "dot"), (best, "star")):
        if not some:
            continue
        xs = tuple(number_of(trial.params.get(found.x, UNSET)) for trial in some)
        ys = tuple(number_of(trial.params.get(found.y, UNSET)) for trial in some)
        star = symbol == "star"
        marks.append(
            Points(
                xs=xs,
                ys=ys,
                tone="best" if star else "muted",
                symbol="star" if star else "dot",
                hover=tuple(subject.said(trial) for trial in some),
            )
        )
    return Panel(marks=tuple(marks), title=title, x=x, y=y, shade=shade)
