"""Figures of all trials in the space at once: parallel coordinates, failures. No model is asked."""

import math
from collections import Counter
from collections.abc import Sequence

from tuner.report import numbers
from tuner.report.figures import ticks
from tuner.report.figures.chart import (
    Axis,
    Bars,
    Chart,
    Mark,
    Nothing,
    Panel,
    Parallel,
    Points,
    Tone,
)
from tuner.report.figures.course import failure
from tuner.report.figures.subject import Subject, shade
from tuner.space import UNSET, Searched
from tuner.study import Trial, TrialState

MOST_LINES, MOST_AXES = 2000, 14
CLASSES: tuple[Tone, ...] = ("bad", "other", "model", "extra")
"""Tones of the classes of failures, the most frequent first; all further ones share the last."""


def parallel(subject: Subject) -> Chart | Nothing:
    """Draw each completed trial as a line across its parameters, the best vivid."""
    trials = sorted(subject.scored, key=lambda t: subject.metric.gain(subject.value(t)))
    if not trials:
        return Nothing(reason="no completed trial yet")
    trials = trials[-MOST_LINES:]
    parameters = subject.space.searched[:MOST_AXES]
    axes, columns = [], []
    for parameter in parameters:
        values = [trial.params.get(parameter.name, UNSET) for trial in trials]
        scale = ticks.Scale.of(parameter, values)
        axes.append(scale.axis())
        columns.append([scale.place(value) for value in values])
    colours, shades = shade(subject.metric, [subject.value(trial) for trial in trials])
    axes.append(_last(colours.label, colours.low, colours.high))
    width = colours.high - colours.low
    columns.append([min(1.0, max(0.0, (value - colours.low) / width)) for value in shades])
    mark = Parallel(
        axes=tuple(axes),
        lines=tuple(zip(*columns, strict=True)),
        shades=shades,
        hover=tuple(subject.said(trial) for trial in trials),
        trials=tuple(trial.id for trial in trials),
    )
    notes = []
    if len(subject.scored) > MOST_LINES:
        notes.append(f"the best {MOST_LINES} of {len(subject.scored)} trials")
    if len(subject.space.searched) > MOST_AXES:
        notes.append(f"the first {MOST_AXES} of {len(subject.space.searched)} parameters")
    panel = Panel(marks=(mark,), shade=colours)
    title = f"{subject.name}: parameters of completed trials"
    return Chart(title=title, panels=(panel,), notes=tuple(notes))


def _last(label: str, low: float, high: float) -> Axis:
    """Give the axis of the metric."""
    found = ticks.linear(low, high)
    places = tuple(((n - low) / (high - low), numbers.number(n, 4)) for n in found)
    return Axis(label=label, low=0.0, high=1.0, ticks=places)


def failures(subject: Subject) -> Chart | Nothing:
    """Draw failed trials by class, and where they live: over the parameters that tell them apart."""
    ended = [trial for trial in subject.history.trials.values() if not trial.open]
    failed = [trial for trial in ended if trial.state == TrialState.FAILED]
    if not failed:
        return Nothing(reason="no trial failed" if ended else "no trial has ended yet")
    classes = Counter(str(trial.failure or "failed") for trial in failed).most_common()
    bars = Bars(
        places=tuple(float(place) for place in range(len(classes))),
        lengths=tuple(float(count) for _, count in classes),
        tone="bad",
        hover=tuple(_messages(name, failed) for name, _ in classes),
    )
    counts = Panel(
        marks=(bars,),
        title=f"{len(failed)} of {len(ended)} trials failed",
        x=_counted(classes[0][1]),
        y=Axis.of([name for name, _ in classes], down=True),
    )
    where = _where(subject, ended, [name for name, _ in classes])
    title = f"{subject.name}: failures"
    return Chart(title=title, panels=(counts, *where), columns=1 + len(where), rows=14)


def _counted(most: int) -> Axis:
    """Give an axis of whole numbers."""
    found = dict.fromkeys(map(round, ticks.linear(0.0, most)))
    places = tuple((float(number), str(number)) for number in found)
    return Axis(label="trials", low=0.0, high=most * 1.05, ticks=places)


def _messages(name: str, failed: Sequence[Trial]) -> str:
    """Give the most frequent last words of a class."""
    words = Counter(
        trial.finish.message
        for trial in failed
        if trial.failure == name and trial.finish and trial.finish.message
    )
    said = [f"{count}: {numbers.clean(text)}" for text, count in words.most_common(3)]
    return "\n".join([name, *said])


def _where(subject: Subject, ended: Sequence[Trial], classes: Sequence[str]) -> list[Panel]:
    """Give the trials over the two parameters that tell failed ones from others best."""
    rows = [
        (_apart(parameter, ended), -place, parameter)
        for place, parameter in enumerate(subject.space.searched)
    ]
    best = [row[2] for row in sorted(rows, key=lambda row: row[:2], reverse=True)[:2]]
    if not best:
        return []
    columns = []
    for parameter in best:
        values = [trial.params.get(parameter.name, UNSET) for trial in ended]
        scale = ticks.Scale.of(parameter, values)
        columns.append((scale.axis(), [scale.place(value) for value in values]))
    (x, xs), (y, ys) = columns[0], columns[-1]
    if len(columns) == 1:
        y, ys = Axis(label="trial"), [float(trial.id) for trial in ended]
    marks: list[Mark] = []
    for number, name in enumerate(["", *classes]):
        some = [
            place
            for place, trial in enumerate(ended)
            if (str(trial.failure or "failed") if trial.state == TrialState.FAILED else "") == name
        ]
        if not some:
            continue
        marks.append(
            Points(
                xs=tuple(xs[place] for place in some),
                ys=tuple(ys[place] for place in some),
                name=name or "did not fail",
                tone=CLASSES[min(number, len(CLASSES)) - 1] if name else "muted",
                symbol="cross" if name else "dot",
                hover=tuple(failure(subject, ended[place]) for place in some),
            )
        )
    return [Panel(marks=tuple(marks), title="where they live", x=_roomy(x), y=_roomy(y))]


def _roomy(axis: Axis) -> Axis:
    if axis.low is None or axis.high is None:
        return axis
    return Axis(label=axis.label, low=axis.low - 0.04, high=axis.high + 0.04, ticks=axis.ticks)


def _apart(parameter: Searched, ended: Sequence[Trial]) -> float:
    """Say how well a parameter tells failed trials from others: 0 not at all, 1 wholly.

    For places on its axis |2 AUC - 1| (Mann and Whitney, 1947), for a middle against both ends the
    same of the distance from the others' median.
    """
    values = [trial.params.get(parameter.name, UNSET) for trial in ended]
    scale = ticks.Scale.of(parameter, values)
    places = [scale.place(value) for value in values]
    bad = [trial.state == TrialState.FAILED for trial in ended]
    others = sorted(place for place, failed in zip(places, bad, strict=True) if not failed)
    if not others:
        return 0.0
    middle = others[len(others) // 2]
    return max(_auc(places, bad), _auc([abs(place - middle) for place in places], bad))


def _auc(places: Sequence[float], bad: Sequence[bool]) -> float:
    """Give |2 AUC - 1| by ranks, ties shared."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    ranks = [0.0] * len(places)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and places[order[end + 1]] == places[order[start]]:
            end += 1
        for number in order[start : end + 1]:
            ranks[number] = (start + end) / 2 + 1
        start = end + 1
    n = sum(bad)
    m = len(bad) - n
    if not n or not m:
        return 0.0
    total = math.fsum(rank for rank, failed in zip(ranks, bad, strict=True) if failed)
    return abs(2 * (total - n * (n + 1) / 2) / (n * m) - 1)
