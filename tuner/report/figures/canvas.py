"""One panel on plotext's figure. Called by `terminal.py`.

plotext keeps one figure for the whole process; it is cleared for every panel and nobody else uses it.
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
    shown,
)
from tuner.report.figures.colours import TONES, mixed, rgb, share
from tuner.report.figures.extent import extent

LABEL, TICK = 20, 12  # characters
FRAME = 8  # columns that an axis takes
CROSSES: dict[Tone, str] = {"other": "+", "model": "#", "extra": "%"}
CROSS = "\N{MULTIPLICATION SIGN}"
DASHES: dict[Tone, str] = {"main": "•", "muted": "·", "other": "◆", "bad": CROSS, "extra": "▪"}
SYMBOLS = {"dash": "━", "ring": "○", "star": "★"}
SOLID: dict[Tone, str] = {"main": "█", "other": "▒", "bad": CROSS}
LIGHTER: dict[Tone, str] = {"muted": "░"}  # bars of two kinds lie over each other
WHISKER, DOTTED, NEXT = "─", "·", "▓"
"""An interval, a dashed line, and of two spans that touch the second one."""
CELLS = " ░▒▓█"
MOST_LINES = 20  # across upright axes


class Canvas:
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
            room = self.width // (3 if which == "y" else 2)
            self.figure.label(shown(axis.label, room), which)
        low, high = axis.low, axis.high
        if low is None or high is None:
            low, high = extent(self.panel, which)
        ends = _seen(axis, (low, high))
        ruler.lim(min(ends), max(ends))
        room = max(LABEL, self.width // 3) if which == "y" else TICK
        found = [(place, shown(words, room)) for place, words in axis.ticks]
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
        pixel = plotext.pixel(foreground=palette(colour)) if self.colour else plotext.pixel()
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
                self.stroke(xs, ys, DOTTED if mark.dashed else "braille", rgb(TONES[mark.tone]))
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
            if mark.low:
                ends = (mark.low[place], mark.high[place])
                self.stroke(ends, (at, at), WHISKER, rgb(TONES["plain"]))
            # the bar is seen in front of its interval, and a bar in front of a lighter one
            self.stroke((0.0, length), (at, at), LIGHTER.get(mark.tone, "█"), colour)

    def spans(self, mark: Spans) -> None:
        """Draw bars in rows; of two that touch one is lighter."""
        colour = rgb(TONES[mark.tone])
        solid = SOLID.get(mark.tone, "▚")
        for place, (row, start, end) in enumerate(
            zip(mark.rows, mark.starts, mark.ends, strict=True)
        ):
            other = NEXT if solid == "█" and place % 2 else solid
            self.stroke((start, end), (row, row), other, colour)

    def cells(self, mark: Heat) -> None:
        """Fill the canvas with the nearest values."""
        shade = self.panel.shade
        if shade is None:
            return
        columns = _nearest(_seen(self.panel.x, mark.xs), self.width)
        rows = _nearest(_seen(self.panel.y, mark.ys), self.height)
        groups: dict[tuple[int, str], list[tuple[float, float]]] = {}
        for y, row in rows:
            for x, column in columns:
                value = mark.values[row][column]
                if math.isnan(drawable(value)):
                    continue
                light = CELLS[min(int(share(shade, value) * len(CELLS)), len(CELLS) - 1)]
                key = (palette(mixed(shade, value)), "█" if self.colour else light)
                groups.setdefault(key, []).append((x, y))
        for (colour, cell), some in groups.items():
            xs, ys = map(list, zip(*some, strict=True))
            pixel = plotext.pixel(foreground=colour) if self.colour else plotext.pixel()
            self.figure.draw(self.figure.signal(xs, ys, marker=plotext.marker(cell, pixel=pixel)))

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


def _nearest(places: Sequence[float], count: int) -> list[tuple[float, int]]:
    """Give `count` places from the first to the last, each with the number of the nearest."""
    first, last = places[0], places[-1]
    found, at = [], 0
    for step in range(count):
        here = first + (last - first) * step / max(1, count - 1)
        while at + 1 < len(places) and abs(places[at + 1] - here) <= abs(places[at] - here):
            at += 1
        found.append((here, at))
    return found


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
    if mark.symbol == "cross":
        return CROSSES.get(mark.tone, CROSS)
    return SYMBOLS.get(mark.symbol) or DASHES.get(mark.tone, "•")


def palette(colour: tuple[int, int, int]) -> int:
    """Give the nearest of the 216 colours that nearly every terminal has."""
    red, green, blue = (round(part / 255 * 5) for part in colour)
    return 16 + 36 * red + 6 * green + blue


def look(mark: Mark) -> str:
    """Give what a mark looks like, for a legend."""
    match mark:
        case Points():
            return _symbol(mark)
        case Bars():
            return LIGHTER.get(mark.tone, "█")
        case Spans():
            return SOLID.get(mark.tone, "▚")
        case Band():
            return "⠐⠐"
        case Line(dashed=True):
            return DOTTED * 2
        case _:
            return "⠤⠤"
