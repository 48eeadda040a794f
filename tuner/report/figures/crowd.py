"""Figures of all trials in the space at once: parallel coordinates, failures. No model is asked."""

from tuner.report import numbers
from tuner.report.figures import ticks
from tuner.report.figures.chart import Axis, Chart, Nothing, Panel, Parallel
from tuner.report.figures.subject import Subject, shade
from tuner.space import UNSET

MOST_LINES, MOST_AXES = 2000, 14


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
