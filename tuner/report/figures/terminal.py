"""A chart as text for a terminal: panels by plotext, tables of figures by our own lines.

plotext keeps one figure for the whole process; it is cleared for every panel and nobody else uses it.
Escape sequences come from our colours only: every text is cleaned before.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import plotext

from tuner.report import numbers
from tuner.report.figures import ticks
from tuner.report.figures.chart import (
    Axis,
    Band,
    Bars,
    Chart,
    Heat,
    Line,
    Mark,
    Numbers,
    Panel,
    Parallel,
    Points,
    Spans,
    Tone,
    drawable,
    finite,
    shown,
)
from tuner.report.figures.colours import TONES, mixed, rgb, share
from tuner.report.screen import Line as Words
from tuner.report.screen import aligned, folded

NARROWEST, SHORTEST, TALLEST = 40, 12, 40
BESIDE = 52  # columns that a panel needs to have another one beside it
LABEL, TICK = 20, 12  # characters
CROSS = "\N{MULTIPLICATION SIGN}"
DASHES: dict[Tone, str] = {"main": "•", "muted": "·", "other": "◆", "bad": CROSS, "extra": "▪"}
SYMBOLS = {"cross": CROSS, "ring": "○", "star": "★"}
SOLID: dict[Tone, str] = {"main": "█", "best": "█", "muted": "░", "other": "▒", "bad": CROSS}
CELLS = " ░▒▓█"
MOST_LINES = 20  # across upright axes
FRAME = 8  # columns that an axis takes


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
    lines += _legend(chart, colour=colour)
    for note in chart.notes:
        lines += folded(numbers.clean(note), width)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _panel(panel: Panel, width: int, height: int, *, colour: bool) -> list[str]:
    """Draw a panel as lines."""
    for mark in panel.marks:
        if isinstance(mark, Heat) and mark.figures:
            return _table(panel, mark, width)
    rows = len(panel.y.ticks)
    if any(isinstance(mark, Bars | Spans) for mark in panel.marks):
        height = min(height, 2 * rows + 4) if rows * 2 + 4 <= height else max(height, rows + 4)
    canvas = _Canvas(panel, width, height, colour=colour)
    return canvas.lines()


class _Canvas:
    """One panel on plotext's figure; coordinates are what is seen: logarithms, and upside down."""

    def __init__(self, panel: Panel, width: int, height: int, *, colour: bool) -> None:
        plotext.terminal.limit(width=False, height=False)
        self.figure: Any = plotext.figure
        self.figure.clear()
        self.figure.theme("colorless")
        self.figure.legend(active=False)
        self.figure.plot_size(width, height)
        self.panel, self.width, self.height, self.colour = panel, width, height, colour

    def lines(self) -> list[str]:
        """Draw all, and give the lines."""
        panel = self.panel
        if panel.title:
            self.figure.title(shown(panel.title, self.width - 2))
        for mark in panel.marks:
            self.mark(mark)
        if not any(isinstance(mark, Parallel) for mark in panel.marks):
            self.axis(panel.x, "x")
            self.axis(panel.y, "y")
        drawn: str = self.figure.build().string(colorless=not self.colour)
        return drawn.rstrip("\n").split("\n")

    def axis(self, axis: Axis, which: str) -> None:
        """Set up one side."""
        ruler = self.figure.ruler(which)
        if axis.label:
            self.figure.label(shown(axis.label, LABEL * 2), which)
        low, high = axis.low, axis.high
        if low is None or high is None:
            low, high = _extent(self.panel, which)
        ends = _seen(axis, (low, high))
        ruler.lim(min(ends), max(ends))
        found = [
            (place, shown(words, LABEL if which == "y" else TICK)) for place, words in axis.ticks
        ]
        if not found:
            count = 5 if which == "y" else max(2, self.width // 14)
            places = ticks.decades(low, high) if axis.log else ticks.linear(low, high, count)
            found = [(p, numbers.number(p, 4)) for p in places if low <= p <= high]
        found = found[:: self._stride(which, found)]
        ruler.ticks(_seen(axis, [p for p, _ in found]), [words for _, words in found])

    def _stride(self, which: str, found: Sequence[tuple[float, str]]) -> int:
        """Say which of the ticks there is room for: all, or every second one."""
        if which == "y" or not found:
            return max(1, -(-len(found) // max(1, self.height - 4)))
        room = max(1, (self.width - FRAME) // (max(len(words) for _, words in found) + 2))
        return -(-len(found) // room)

    def signal(
        self, xs: Sequence[float], ys: Sequence[float], marker: str, colour: tuple[int, int, int]
    ) -> Any:  # noqa: ANN401  plotext has no types
        """Give places on the canvas, not yet drawn."""
        pixel = plotext.pixel(foreground=_palette(colour)) if self.colour else plotext.pixel()
        return self.figure.signal(
            _seen(self.panel.x, xs),
            _seen(self.panel.y, ys),
            marker=plotext.marker(marker, pixel=pixel),
        )

    def stroke(self, xs: Numbers, ys: Numbers, marker: str, colour: tuple[int, int, int]) -> None:
        """Draw a line, with its gaps."""
        for run in _runs(self.panel, xs, ys):
            self.figure.draw(
                self.signal([x for x, _ in run], [y for _, y in run], marker, colour).lines(
                    active=True
                )
            )

    def mark(self, mark: Mark) -> None:
        """Draw one mark."""
        match mark:
            case Line():
                xs, ys = _steps(mark.xs, mark.ys) if mark.step else (mark.xs, mark.ys)
                self.stroke(xs, ys, "braille", rgb(TONES[mark.tone]))
            case Band():
                self.edges(mark)
            case Points():
                self.points(mark)
            case Bars():
                self.bars(mark)
            case Heat():
                self.cells(mark)
            case Spans():
                self.spans(mark)
            case Parallel():
                self.parallel(mark)

    def edges(self, mark: Band) -> None:
        """Draw both ends of a band as dots: lines would hide what lies inside."""
        for side in (mark.low, mark.high):
            for run in _runs(self.panel, mark.xs, side):
                xs, ys = zip(*run, strict=True)
                self.figure.draw(self.signal(xs, ys, "⠐", rgb(TONES[mark.tone])))

    def points(self, mark: Points) -> None:
        """Draw places, and where there are few of them their intervals."""
        colour = rgb(TONES[mark.tone])
        if mark.low and len(mark.xs) <= self.width:
            for x, low, high in zip(mark.xs, mark.low, mark.high, strict=True):
                self.stroke((x, x), (low, high), "│", rgb(TONES["muted"]))
        shade = self.panel.shade
        groups: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
        for place, at in enumerate(zip(mark.xs, mark.ys, strict=True)):
            own = mixed(shade, mark.shades[place]) if shade and mark.shades else colour
            if _inside(self.panel, *at):
                groups.setdefault(own, []).append(at)
        for own, some in groups.items():
            xs, ys = zip(*some, strict=True)
            self.figure.draw(self.signal(xs, ys, _symbol(mark), own))

    def bars(self, mark: Bars) -> None:
        """Draw bars, and the ends of their intervals."""
        colour = rgb(TONES[mark.tone])
        for place, (at, length) in enumerate(zip(mark.places, mark.lengths, strict=True)):
            self.stroke((0.0, length), (at, at), SOLID.get(mark.tone, "█"), colour)
            if mark.low:
                ends = (mark.low[place], mark.high[place])
                self.stroke(ends, (at, at), "─", rgb(TONES["plain"]))

    def spans(self, mark: Spans) -> None:
        """Draw bars in rows; of two that touch one is lighter."""
        colour = rgb(TONES[mark.tone])
        solid = SOLID.get(mark.tone, "▚")
        for place, (row, start, end) in enumerate(
            zip(mark.rows, mark.starts, mark.ends, strict=True)
        ):
            other = "▓" if solid == "█" and place % 2 else solid
            self.stroke((start, end), (row, row), other, colour)

    def cells(self, mark: Heat) -> None:
        """Fill the canvas with the nearest values."""
        shade = self.panel.shade
        if shade is None:
            return
        wide, tall = max(2, self.width - FRAME - 4), max(2, self.height - 4)
        columns = [round(i * (len(mark.xs) - 1) / (wide - 1)) for i in range(wide)]
        rows = [round(i * (len(mark.ys) - 1) / (tall - 1)) for i in range(tall)]
        groups: dict[tuple[int, str], list[tuple[float, float]]] = {}
        for row in rows:
            for column in columns:
                value = mark.values[row][column]
                if math.isnan(drawable(value)):
                    continue
                light = CELLS[min(int(share(shade, value) * len(CELLS)), len(CELLS) - 1)]
                key = (_palette(mixed(shade, value)), "█" if self.colour else light)
                groups.setdefault(key, []).append((mark.xs[column], mark.ys[row]))
        for (colour, cell), some in groups.items():
            xs, ys = zip(*some, strict=True)
            pixel = plotext.pixel(foreground=colour) if self.colour else plotext.pixel()
            places = (_seen(self.panel.x, xs), _seen(self.panel.y, ys))
            self.figure.draw(self.figure.signal(*places, marker=plotext.marker(cell, pixel=pixel)))

    def parallel(self, mark: Parallel) -> None:
        """Draw the last lines, which are the best, with the ticks beside their axes."""
        shade = self.panel.shade
        across = [float(place) for place in range(len(mark.axes))]
        for line, value in list(zip(mark.lines, mark.shades, strict=True))[-MOST_LINES:]:
            colour = mixed(shade, value) if shade else rgb(TONES["main"])
            self.stroke(tuple(across), line, "braille", colour)
        for place, axis in zip(across, mark.axes, strict=True):
            self.figure.line(place, 1)
            for at, words in axis.ticks:
                self.figure.draw(self.figure.text(place, at, f" {shown(words, TICK)}"))
        self.figure.ruler("x").lim(0, len(mark.axes) - 0.4)
        room = max(4, self.width // max(1, len(mark.axes)) - 1)
        names = [shown(axis.label, room) for axis in mark.axes]
        self.figure.ruler("x").ticks(across, names)
        self.figure.ruler("y").lim(-0.03, 1.03)
        self.figure.ruler("y").ticks([], [])


def _seen(axis: Axis, values: Sequence[float]) -> list[float]:
    sign = -1.0 if axis.down else 1.0
    return [sign * (math.log10(value) if axis.log else value) for value in values]


def _inside(panel: Panel, x: float, y: float) -> bool:
    """Say whether a place can be drawn."""
    places = ((panel.x, drawable(x)), (panel.y, drawable(y)))
    return all(not math.isnan(value) and (value > 0 or not axis.log) for axis, value in places)


def _runs(panel: Panel, xs: Numbers, ys: Numbers) -> Iterator[list[tuple[float, float]]]:
    """Part a line at its gaps; what lies beyond an axis that is cut is drawn on its edge."""
    run: list[tuple[float, float]] = []
    for x, y in zip(xs, ys, strict=True):
        if _inside(panel, x, y):
            run.append((_cut(panel.x, x), _cut(panel.y, y)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _cut(axis: Axis, value: float) -> float:
    if axis.low is None or axis.high is None:
        return value
    return min(axis.high, max(axis.low, value))


def _steps(xs: Numbers, ys: Numbers) -> tuple[Numbers, Numbers]:
    places = list(zip(xs, ys, strict=True))
    found = places[:1]
    for (_, before), (x, y) in pairwise(places):
        found += [(x, before), (x, y)]
    return tuple(x for x, _ in found), tuple(y for _, y in found)


def _symbol(mark: Points) -> str:
    return SYMBOLS.get(mark.symbol) or DASHES.get(mark.tone, "•")


def _palette(colour: tuple[int, int, int]) -> int:
    """Give the nearest of the 216 colours that nearly every terminal has."""
    red, green, blue = (round(part / 255 * 5) for part in colour)
    return 16 + 36 * red + 6 * green + blue


def _extent(panel: Panel, which: str) -> tuple[float, float]:
    """Measure the marks along a side."""
    found: list[float] = []
    for mark in panel.marks:
        match mark:
            case Line() | Points() | Heat():
                found += mark.xs if which == "x" else mark.ys
                if isinstance(mark, Points) and which == "y":
                    found += [*mark.low, *mark.high]
            case Band():
                found += mark.xs if which == "x" else (*mark.low, *mark.high)
            case Bars():
                found += (0.0, *mark.lengths, *mark.high) if which == "x" else mark.places
            case Spans():
                found += (*mark.starts, *mark.ends) if which == "x" else mark.rows
            case Parallel():
                pass
    axis = panel.x if which == "x" else panel.y
    kept = [value for value in finite(map(drawable, found)) if value > 0 or not axis.log]
    if not kept:
        return (1.0, 10.0) if axis.log else (0.0, 1.0)
    low, high = min(kept), max(kept)
    if high > low:
        return low, high
    return (low / 2, high * 2) if axis.log else (low - 1.0, high + 1.0)


def _table(panel: Panel, mark: Heat, width: int) -> list[str]:
    """Write a heat map as figures: a row each, columns by their numbers."""
    names = [shown(words, LABEL * 2) for _, words in panel.y.ticks]
    table: dict[str, list[Words]] = {
        "<": [Words(f"{number} {name}") for number, name in enumerate(names, 1)]
    }
    for column in range(len(mark.xs)):
        cells = [row[column] for row in mark.values]
        table[f">{column + 1}"] = [Words(_figure(value)) for value in cells]
    title = [panel.title] if panel.title else []
    return [*title, *(line.plain for line in aligned(table, width))]


def _figure(value: float) -> str:
    return f"{value:+.2f}" if math.isfinite(value) else "-"


def _side_by_side(drawn: Sequence[Sequence[str]], width: int) -> list[str]:
    """Put panels beside each other; their lines are all as wide as the panel."""
    tall = max(map(len, drawn))
    blank = " " * width
    columns = [[*lines, *([blank] * (tall - len(lines)))] for lines in drawn]
    return ["".join(parts) for parts in zip(*columns, strict=True)]


def _legend(chart: Chart, *, colour: bool) -> list[str]:
    """Name the marks, each once, behind how it looks."""
    found: dict[str, str] = {}
    for panel in chart.panels:
        for mark in panel.marks:
            name = getattr(mark, "name", "")
            if name:
                look = _look(mark)
                if colour:
                    tone = rgb(TONES[getattr(mark, "tone", "main")])
                    look = f"\x1b[38;5;{_palette(tone)}m{look}\x1b[0m"
                found.setdefault(f"{look} {shown(name)}", "")
    return ["  ".join(found)] if found else []


def _look(mark: Mark) -> str:
    match mark:
        case Points():
            return _symbol(mark)
        case Bars():
            return SOLID.get(mark.tone, "█")
        case Spans():
            return SOLID.get(mark.tone, "▚")
        case Band():
            return "⠐⠐"
        case _:
            return "⠤⠤"
