"""The figure of what a study remembers of older ones: their weights, and how they go together."""

import math
from typing import TYPE_CHECKING

from tuner.errors import FitError
from tuner.report import numbers
from tuner.report.figures import ticks
from tuner.report.figures.chart import Axis, Chart, Heat, Line, Nothing, Panel, Shade, Tone
from tuner.report.figures.subject import Subject

if TYPE_CHECKING:
    from tuner.dataset import Floats
    from tuner.surrogates.make import Relations

LINES: tuple[Tone, ...] = ("main", "best", "model", "bad", "other", "extra", "muted")
MOST_NAMES = 24
SIGNED = Shade(label="correlation", low=-1.0, high=1.0, scale="signed")
FLAT = "no older study has two results that differ"
TITLES = {
    "beliefs": "how alike the studies' beliefs are",
    "tasks": "correlation of the tasks, as the model fitted it",
    "metrics": "correlation of the metrics, as a model of all of them fitted it",
}


def memory(subject: Subject) -> Chart | Nothing:
    """Draw how much each older study weighed by trial, and how all correlate."""
    if not subject.history.memories:
        return Nothing(reason="it remembers no older study; `warm_start.studies` names some")
    panels, notes = list(_weights(subject)), []
    try:
        relations = subject.relate()
    except FitError as error:
        relations = None
        notes.append(f"no heat map: {error}")
    if relations is not None:
        panels += correlations(relations)
        notes += doubts(relations)
    if not panels:
        return Nothing(reason=notes[0] if notes else FLAT)
    title = f"{subject.name}: what is remembered of older studies"
    return Chart(title=title, panels=tuple(panels), notes=tuple(notes))


def _weights(subject: Subject) -> list[Panel]:
    """Give the weights by trial, 0 where the model did without; none before it suggested anything."""
    trials = [trial for trial in subject.history.trials.values() if trial.learnt]
    if not any(trial.suggestion.memory for trial in trials):
        return []
    trials.sort(key=lambda trial: trial.id)
    xs = tuple(float(trial.id) for trial in trials)
    names = list(subject.history.memories)[: len(LINES)]
    lines = tuple(
        Line(
            xs=xs,
            ys=tuple(trial.suggestion.memory.get(name, 0.0) for trial in trials),
            name=name,
            tone=tone,
        )
        for name, tone in zip(names, LINES, strict=False)
    )
    low, high = xs[0] - 0.5, xs[-1] + 0.5
    x = Axis(label="trial", low=low, high=high, ticks=ticks.counts(low, high))
    y = Axis(label="weight in the suggestion")
    return [Panel(marks=lines, title="how much each weighed", x=x, y=y)]


def correlations(relations: "Relations") -> list[Panel]:
    """Give a heat map of how things go together, and one of their noise where it was measured."""
    panels = [_matrix(relations.names, _shown(relations), TITLES[relations.of])]
    if relations.noise is not None:
        panels.append(_matrix(relations.names, relations.noise, "correlation of their noise"))
    return panels


def doubts(relations: "Relations") -> list[str]:
    """Say which older studies the trials here cannot be related to yet, in a line."""
    if not relations.vague:
        return []
    here, *names = map(numbers.clean, (relations.names[0], *relations.vague))
    few = f"too few trials apart from each other to tell how {here} goes with {', '.join(names)}"
    return [f"{few}: functions that go either way fit them"]


def _shown(relations: "Relations") -> "Floats":
    """Give the correlations, nan for what nobody can tell."""
    shown = relations.correlation.copy()
    rows = [relations.names.index(name) for name in relations.vague]
    shown[0, rows] = shown[rows, 0] = math.nan
    return shown


def _matrix(names: tuple[str, ...], values: "Floats", title: str) -> Panel:
    kept = names[:MOST_NAMES]
    places = tuple(float(place) for place in range(len(kept)))
    heat = Heat(
        xs=places,
        ys=places,
        values=tuple(tuple(map(float, row[: len(kept)])) for row in values[: len(kept)]),
        figures=True,
    )
    rows = Axis.of([f"{n} {numbers.clean(name)}" for n, name in enumerate(kept, 1)], down=True)
    columns = Axis.of([str(number) for number, _ in enumerate(kept, 1)])
    return Panel(marks=(heat,), title=title, x=columns, y=rows, shade=SIGNED)
