"""A chart as text for a terminal: panels by plotext, tables of figures by our own lines.

Escape sequences come from our colours only: every text is cleaned before.
"""

import math
from collections.abc import Sequence

from tuner.report import numbers
from tuner.report.figures.canvas import LABEL, NEXT, WHISKER, Canvas, look, palette
from tuner.report.figures.chart import Bars, Chart, Heat, Panel, Spans, shown
from tuner.report.figures.colours import LIGHT, TONES, rgb
from tuner.report.screen import Line, aligned, folded, render, width_of

NARROWEST, SHORTEST, TALLEST = 40, 12, 40
BESIDE = 52  # columns that a panel needs to have another one beside it


def text(chart: Chart, *, width: int, height: int, colour: bool) -> str:
    """Draw a chart in a terminal of so many columns and lines."""
    width = max(NARROWEST, width)
    lines = [shown(chart.title, width)]
    tall = min(max(SHORTEST, height - 4 - len(chart.notes)), TALLEST)
    beside = min(chart.columns, len(chart.panels), max(1, width // BESIDE))
    if len(chart.panels) > 1:
        tall = max(SHORTEST, tall * 2 // 3)
    for first in range(0, len(chart.panels), beside):
        row = chart.panels[first : first + beside]
        drawn = [_panel(panel, width // beside, tall, colour=colour) for panel in row]
        lines += _side_by_side(drawn, width // beside) if len(row) > 1 else drawn[0]
    lines += _legend(chart, width, colour=colour)
    for note in (*_explained(chart), *chart.notes):
        lines += folded(numbers.clean(note), width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _panel(panel: Panel, width: int, height: int, *, colour: bool) -> list[str]:
    """Draw a panel as lines."""
    for mark in panel.marks:
        if isinstance(mark, Heat) and mark.figures:
            return _table(panel, mark, width, colour=colour)
    rows = len(panel.y.ticks)
    if any(isinstance(mark, Bars | Spans) for mark in panel.marks):
        height = 2 * rows + 5 if 2 * rows + 5 <= height else max(height, rows + 5)
    return Canvas(panel, width, height, colour=colour).lines()


def _table(panel: Panel, mark: Heat, width: int, *, colour: bool) -> list[str]:
    """Write a heat map as figures: a row each, columns by their numbers."""
    names = [shown(words, LABEL * 2) for _, words in panel.y.ticks]
    table = {"<": [Line(name) for name in names]}
    for column, (_, words) in enumerate(panel.x.ticks):
        table[f">{shown(words, LABEL)}"] = [_cell(row[column]) for row in mark.values]
    title = [Line(shown(panel.title, width), "bold")] if panel.title else []
    return render([*title, *aligned(table, width)], colour=colour).rstrip("\n").split("\n")


def _cell(value: float) -> Line:
    """Write a value: red for what goes together, blue for what is the other way round."""
    if not math.isfinite(value):
        return Line("-", "dim")
    strong = "red" if value > LIGHT else "blue" if value < -LIGHT else ""
    return Line(f"{value:+.2f}", strong)


def _side_by_side(drawn: Sequence[Sequence[str]], width: int) -> list[str]:
    """Put panels beside each other; their lines are all as wide as the panel."""
    tall = max(map(len, drawn))
    blank = " " * width
    columns = [[*lines, *([blank] * (tall - len(lines)))] for lines in drawn]
    return ["".join(parts) for parts in zip(*columns, strict=True)]


def _explained(chart: Chart) -> list[str]:
    """Say what characters mean that only a terminal has, of those marks that have no name for it."""
    marks = [mark for panel in chart.panels for mark in panel.marks]
    found = []
    if any(isinstance(mark, Bars) and mark.low for mark in marks):
        found.append(f"{WHISKER} the 95 % interval")
    spans = [mark for mark in marks if isinstance(mark, Spans)]
    if any(look(mark) == "█" and len(mark.rows) > 1 for mark in spans):
        found.append(
            f"█ and {NEXT} take turns, so that trials that follow each other are told apart"
        )
    return found


def _legend(chart: Chart, width: int, *, colour: bool) -> list[str]:
    """Name the marks, each once, behind how it looks; in as many lines as it takes."""
    lines: list[str] = []
    used, seen = width + 1, set()
    for mark in (mark for panel in chart.panels for mark in panel.marks):
        name, sign = shown(getattr(mark, "name", ""), width - LABEL), look(mark)
        if not name or (name, sign) in seen:
            continue
        seen.add((name, sign))
        wide = width_of(f"{sign} {name}")
        if colour:
            tone = rgb(TONES[getattr(mark, "tone", "main")])
            sign = f"\x1b[38;5;{palette(tone)}m{sign}\x1b[0m"
        if used + 2 + wide > width:
            lines.append(f"{sign} {name}")
            used = wide
        else:
            lines[-1] += f"  {sign} {name}"
            used += 2 + wide
    return lines
