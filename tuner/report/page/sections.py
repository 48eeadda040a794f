"""What stands in a report and in which order, and why a part of it is empty."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from tuner.report.figures import Chart, Nothing, draw
from tuner.report.page import overview
from tuner.report.page.given import Given, Section, Table


class Part(NamedTuple):
    """A part that is made of figures alone."""

    key: str
    title: str
    lead: str
    kinds: tuple[str, ...]


PARTS = (
    Part(
        "progress",
        "Progress",
        "Every trial by its number, the best so far, and what the model foretold with its doubt.",
        ("progress",),
    ),
    Part(
        "parallel",
        "Parameters together",
        "A line a trial, the best vivid. Draw along an axis to choose a range; "
        "the table of trials follows.",
        ("parallel",),
    ),
    Part(
        "importance",
        "Importance",
        "The share of the metric's variance that each parameter explains, alone and with its "
        "interactions, and the pairs that act together; intervals hold 95\u00a0%.",
        ("importance", "interactions"),
    ),
    Part(
        "slices",
        "Slices",
        "What the model expects along each parameter, the others as in the best trial; bands hold 95\u00a0%.",
        ("slices",),
    ),
    Part(
        "contours",
        "Contours",
        "What the model expects over pairs of numbers, and how unsure it is there.",
        ("contours",),
    ),
    Part(
        "calibration",
        "Calibration",
        "Every trial foretold from all others, against what was measured.",
        ("calibration",),
    ),
    Part(
        "sobol",
        "Against Sobol points",
        "What an even sweep of the space would have got, by the model.",
        ("sobol",),
    ),
    Part("timeline", "Timeline", "Which trial ran when and where.", ("timeline",)),
    Part("learning", "Learning curves", "The metric as trials reported it.", ("learning",)),
)


def sections(given: Given) -> tuple[Section, ...]:
    """Make all parts of a report, in the order of the page; the table of trials is not among them."""
    return (
        overview.summary(given),
        overview.winner(given),
        *(_drawn(part, given) for part in PARTS),
        _failures(given),
        _memory(given),
        overview.health(given),
        overview.configuration(given),
    )


def _drawn(part: Part, given: Given, tables: Iterable[Table] = ()) -> Section:
    drawn = [draw(kind, given.subject) for kind in part.kinds]
    charts = _noted_once(chart for chart in drawn if isinstance(chart, Chart))
    reasons = dict.fromkeys(chart.reason for chart in drawn if isinstance(chart, Nothing))
    return Section(
        key=part.key,
        title=part.title,
        lead=part.lead if charts else "",
        tables=tuple(tables),
        charts=charts,
        nothing=tuple(reasons),
    )


def _noted_once(charts: Iterable[Chart]) -> tuple[Chart, ...]:
    """Let a note stand below the first figure of a part that has it."""
    found: list[Chart] = []
    seen: set[str] = set()
    for chart in charts:
        notes = tuple(note for note in chart.notes if note not in seen)
        seen.update(notes)
        found.append(replace(chart, notes=notes))
    return tuple(found)


def _failures(given: Given) -> Section:
    lead = "By class, and where in the space they live."
    part = Part("failures", "Failures", lead, ("failures",))
    if not overview.failed(given.subject.history):
        return Section(key=part.key, title=part.title, nothing=("no trial failed",))
    return _drawn(part, given, overview.failure_table(given.subject.history))


def _memory(given: Given) -> Section:
    lead = "What older studies weighed in the suggestions, and how they go together with this one."
    part = Part("memory", "Older studies", lead, ("memory",))
    if not given.subject.history.memories:
        reason = "the study learnt from no older one"
        return Section(key=part.key, title=part.title, nothing=(reason,))
    return _drawn(part, given, overview.memory_table(given.subject.history))
