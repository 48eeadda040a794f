"""Marks as Plotly's traces, plain dictionaries. Called by `plotly.py`, which puts them on their axes."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from tuner.report.figures.chart import (
    Band,
    Bars,
    Heat,
    Line,
    Mark,
    Parallel,
    Points,
    Spans,
    drawable,
    shown,
)
from tuner.report.figures.colours import TONES, rgb

Trace = dict[str, Any]

INK = "#7f8790"
LONG_HOVER = 400
SYMBOLS = {
    "dot": "circle",
    "cross": "x-thin",
    "ring": "circle-open",
    "star": "star",
    "dash": "line-ew",
}


def escaped(words: str, most: int = 48) -> str:
    """Write a text so that Plotly shows it as it is: it reads a part of HTML.

    Example:
        >>> escaped("<b>a & b</b>")
        '&lt;b&gt;a &amp; b&lt;/b&gt;'
    """
    words = shown(words, most)
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def trace_of(mark: Mark, colours: str | None) -> Trace:  # noqa: PLR0911  one for each mark
    """Give a mark as a trace; `colours` is the colour axis of its panel."""
    match mark:
        case Line():
            return _line(mark)
        case Band():
            return _band(mark)
        case Points():
            return _points(mark, colours)
        case Bars():
            return _bars(mark)
        case Heat():
            return _heat(mark, colours)
        case Spans():
            return _spans(mark)
        case Parallel():
            return _parallel(mark, colours)


def _line(mark: Line) -> Trace:
    style = {"color": TONES[mark.tone], "width": 1.2 if mark.thin else 2.2}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": _plain(mark.xs),
        "y": _plain(mark.ys),
        "line": style
        | {"shape": "hv" if mark.step else "linear", "dash": "dash" if mark.dashed else "solid"},
        "opacity": 0.7 if mark.thin else 1.0,
        **(_hover(mark.hover) if mark.hover else {"hoverinfo": "x+y"}),
    }


def _band(mark: Band) -> Trace:
    red, green, blue = rgb(TONES[mark.tone])
    xs, ys = outline(mark)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": _plain(xs),
        "y": _plain(ys),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},0.2)",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def outline(mark: Band) -> tuple[list[float], list[float]]:
    """Give the outlines of a band, one for each stretch without a gap, nan between them."""
    xs: list[float] = []
    ys: list[float] = []
    run: list[tuple[float, float, float]] = []
    for row in (*zip(mark.xs, mark.low, mark.high, strict=True), (math.nan,) * 3):
        if all(not math.isnan(drawable(value)) for value in row):
            if mark.step and run:
                run.append((row[0], run[-1][1], run[-1][2]))
            run.append(row)
            continue
        if run:
            xs += [x for x, _, _ in run] + [x for x, _, _ in reversed(run)] + [math.nan]
            ys += [low for _, low, _ in run] + [high for _, _, high in reversed(run)] + [math.nan]
        run = []
    return xs[:-1], ys[:-1]


def _points(mark: Points, colours: str | None) -> Trace:
    marker: Trace = {"symbol": SYMBOLS[mark.symbol], "size": 8, "color": TONES[mark.tone]}
    if mark.symbol == "star":
        marker |= {"size": 15, "line": {"width": 1, "color": "#ffffff"}}
    elif mark.symbol == "dash":
        marker |= {"size": 24, "line": {"width": 3, "color": TONES[mark.tone]}}
    elif mark.symbol == "cross":
        marker |= {"line": {"width": 2, "color": TONES[mark.tone]}}
    elif mark.symbol == "dot":
        marker |= {"line": {"width": 0.5, "color": "rgba(255,255,255,0.6)"}}
    if mark.shades and colours:
        marker |= {"color": _plain(mark.shades), "coloraxis": colours}
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": _plain(mark.xs),
        "y": _plain(mark.ys),
        "marker": marker,
        **_hover(mark.hover),
    }
    if mark.low:
        colour = TONES[mark.tone if mark.symbol == "dash" else "muted"]
        trace["error_y"] = _error(mark.ys, mark.low, mark.high, colour)
    return trace


def _error(
    values: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str
) -> Trace:
    return {
        "type": "data",
        "symmetric": False,
        "array": _plain(end - v for v, end in zip(values, high, strict=True)),
        "arrayminus": _plain(v - end for v, end in zip(values, low, strict=True)),
        "color": colour,
        "thickness": 1.2,
        "width": 3,
    }


def _bars(mark: Bars) -> Trace:
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": _plain(mark.lengths),
        "y": _plain(mark.places),
        "width": 0.7,
        "marker": {"color": TONES[mark.tone]},
        **_hover(mark.hover),
    }
    if mark.low:
        trace["error_x"] = _error(mark.lengths, mark.low, mark.high, INK)
    return trace


def _heat(mark: Heat, colours: str | None) -> Trace:
    values = [_plain(row) for row in mark.values]
    trace: Trace = {"x": _plain(mark.xs), "y": _plain(mark.ys), "z": values}
    trace |= {"coloraxis": colours, "hoverinfo": "x+y+z"}
    if mark.smooth:
        lines = {"coloring": "heatmap", "showlines": True}
        return trace | {
            "type": "contour",
            "contours": lines,
            "line": {"width": 0.5, "color": "#ffffff"},
        }
    trace |= {"type": "heatmap", "xgap": 2, "ygap": 2}
    if mark.figures:
        words = [["" if cell is None else f"{cell:+.2f}" for cell in row] for row in values]
        trace |= {"text": words, "texttemplate": "%{text}"}
    return trace


def _spans(mark: Spans) -> Trace:
    lengths = [end - start for start, end in zip(mark.starts, mark.ends, strict=True)]
    return {
        "type": "bar",
        "orientation": "h",
        "base": _plain(mark.starts),
        "x": _plain(lengths),
        "y": _plain(mark.rows),
        "width": 0.8,
        "marker": {"color": TONES[mark.tone], "line": {"width": 0.5, "color": "#ffffff"}},
        **_hover(mark.hover),
    }


def _parallel(mark: Parallel, colours: str | None) -> Trace:
    dimensions = [
        {
            "label": escaped(axis.label, 24),
            "values": _plain(line[place] for line in mark.lines),
            "range": [0, 1],
            "tickvals": [at for at, _ in axis.ticks],
            "ticktext": [escaped(words, 16) for _, words in axis.ticks],
        }
        for place, axis in enumerate(mark.axes)
    ]
    line = {"color": _plain(mark.shades), "coloraxis": colours}
    return {"type": "parcoords", "line": line, "dimensions": dimensions}


def _plain(values: Iterable[float]) -> list[float | None]:
    """Give numbers as JSON has them: null for what is not drawn."""
    found = map(drawable, values)
    return [None if math.isnan(value) else value for value in found]


def _hover(words: Sequence[str]) -> Trace:
    if not words:
        return {"hoverinfo": "skip"}
    return {"hovertext": [_lines(text) for text in words], "hoverinfo": "text"}


@lru_cache(maxsize=16384)
def _lines(words: str) -> str:
    """Escape a hover text; its own line feeds stay. Each panel of a figure asks for the same ones."""
    return "<br>".join(escaped(line, LONG_HOVER) for line in words.split("\n"))
