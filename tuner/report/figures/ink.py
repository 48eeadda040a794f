"""Marks drawn by matplotlib on a panel. Called by `drawn.py`, which sets up the panels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize

from tuner.dataset import Floats
from tuner.report.figures.chart import (
    Band,
    Bars,
    Heat,
    Line,
    Mark,
    Parallel,
    Points,
    Shade,
    Spans,
    drawable,
    shown,
)
from tuner.report.figures.colours import LIGHT, TONES, share, stops

SIDE = 22  # characters of a label beside an axis
MARKERS = {"dot": "o", "cross": "x", "ring": "o", "star": "*", "dash": "_"}
SIZES = {"dot": 16, "cross": 26, "ring": 18, "star": 140, "dash": 260}
MANY = 300  # points from here on are drawn smaller
MOST_LEVEL, NARROW = 7, 12  # upright axes, and characters, whose labels fit side by side


@dataclass
class Colours:
    """A shade as matplotlib has it."""

    shade: Shade

    def __post_init__(self) -> None:
        shade = self.shade
        self.map = LinearSegmentedColormap.from_list("shade", list(stops(shade)))
        high = shade.high if shade.high > shade.low else shade.low + 1
        self.norm = Normalize(shade.low, high, clip=True)
        self.mappable = ScalarMappable(self.norm, self.map)


def _named(name: str) -> str | None:
    """Give a name as a legend takes it: what begins with an underscore it would leave out."""
    if not name:
        return None
    return f" {shown(name)}" if name.startswith("_") else shown(name)


def _plain(values: Sequence[float]) -> Floats:
    return np.array([drawable(value) for value in values], dtype=np.float64)


def ink(axes: Axes, mark: Mark, colours: Colours | None) -> None:
    """Draw one mark."""
    match mark:
        case Line():
            _line(axes, mark)
        case Band():
            _band(axes, mark)
        case Points():
            _points(axes, mark, colours)
        case Bars():
            _bars(axes, mark)
        case Heat():
            _heat(axes, mark, colours)
        case Spans():
            _spans(axes, mark)
        case Parallel():
            _parallel(axes, mark, colours)


def _line(axes: Axes, mark: Line) -> None:
    axes.plot(
        _plain(mark.xs),
        _plain(mark.ys),
        color=TONES[mark.tone],
        linewidth=0.8 if mark.thin else 1.8,
        alpha=0.6 if mark.thin else 1.0,
        linestyle="--" if mark.dashed else "-",
        drawstyle="steps-post" if mark.step else "default",
        label=_named(mark.name),
    )


def _band(axes: Axes, mark: Band) -> None:
    axes.fill_between(
        _plain(mark.xs),
        _plain(mark.low),
        _plain(mark.high),
        step="post" if mark.step else None,
        color=TONES[mark.tone],
        alpha=0.18,
        linewidth=0,
        label=_named(mark.name),
    )


def _points(axes: Axes, mark: Points, colours: Colours | None) -> None:
    xs, ys = _plain(mark.xs), _plain(mark.ys)
    if mark.low:
        reach = np.abs(np.stack([ys - _plain(mark.low), _plain(mark.high) - ys]))
        strong = mark.symbol == "dash"
        axes.errorbar(
            xs,
            ys,
            reach,
            fmt="none",
            ecolor=TONES[mark.tone if strong else "muted"],
            elinewidth=2.0 if strong else 0.7,
            alpha=1.0 if strong else 0.6,
            zorder=3 if strong else 1,
        )
    size = SIZES[mark.symbol] * (0.5 if len(xs) > MANY else 1)
    look: dict[str, Any] = {"color": TONES[mark.tone]}
    if mark.shades and colours is not None:
        look = {"c": _plain(mark.shades), "cmap": colours.map, "norm": colours.norm}
    if mark.symbol == "ring":
        look = {"facecolors": "none", "edgecolors": TONES[mark.tone]}
    elif mark.symbol == "dash":
        look |= {"linewidths": 2.5}
    elif mark.symbol != "cross":
        look |= {"edgecolors": "white", "linewidths": 0.3}
    axes.scatter(
        xs, ys, s=size, marker=MARKERS[mark.symbol], label=_named(mark.name), zorder=3, **look
    )


def _bars(axes: Axes, mark: Bars) -> None:
    lengths = _plain(mark.lengths)
    reach = None
    if mark.low:
        reach = np.abs(np.stack([lengths - _plain(mark.low), _plain(mark.high) - lengths]))
    axes.barh(
        _plain(mark.places),
        lengths,
        height=0.7,
        color=TONES[mark.tone],
        xerr=reach,
        error_kw={"ecolor": "#555555", "elinewidth": 1.0, "capsize": 2},
        label=_named(mark.name),
    )


def _heat(axes: Axes, mark: Heat, colours: Colours | None) -> None:
    values = np.array([_plain(row) for row in mark.values])
    xs, ys = _plain(mark.xs), _plain(mark.ys)
    look: dict[str, Any] = {} if colours is None else {"cmap": colours.map, "norm": colours.norm}
    axes.grid(visible=False)
    if mark.smooth:
        axes.pcolormesh(xs, ys, values, shading="gouraud", rasterized=True, **look)
        if np.nanmin(values) < np.nanmax(values):
            axes.contour(xs, ys, values, 8, colors="white", linewidths=0.4)
        return
    axes.pcolormesh(xs, ys, values, shading="nearest", edgecolors="white", linewidth=1, **look)
    if not mark.figures:
        return
    for y, row in zip(ys, values, strict=True):
        for x, value in zip(xs, row, strict=True):
            if math.isfinite(value):
                dark = colours is not None and _is_dark(colours.shade, float(value))
                axes.text(
                    x,
                    y,
                    f"{value:+.2f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if dark else "black",
                )


def _is_dark(shade: Shade, value: float) -> bool:
    place = share(shade, value)
    return abs(2 * place - 1) > LIGHT if shade.scale == "signed" else place < LIGHT


def _spans(axes: Axes, mark: Spans) -> None:
    axes.grid(visible=False, axis="y")
    corners = zip(_plain(mark.rows), _plain(mark.starts), _plain(mark.ends), strict=True)
    boxes = [
        [(start, row - 0.4), (end, row - 0.4), (end, row + 0.4), (start, row + 0.4)]
        for row, start, end in corners
    ]
    look = {"facecolors": TONES[mark.tone], "edgecolors": "white", "linewidths": 0.3}
    axes.add_collection(PolyCollection(boxes, label=_named(mark.name), **look))  # type: ignore[arg-type]  # its stub knows no mixed keywords


def _parallel(axes: Axes, mark: Parallel, colours: Colours | None) -> None:
    places = np.arange(len(mark.axes), dtype=np.float64)
    segments = [np.column_stack([places, _plain(line)]) for line in mark.lines]
    lines = LineCollection(segments, linewidths=0.8, alpha=0.7)
    if colours is not None:
        lines.set_cmap(colours.map)
        lines.set_norm(colours.norm)
        lines.set_array(_plain(mark.shades))
    axes.add_collection(lines)
    axes.set_xlim(-0.15, len(mark.axes) - 0.6)
    axes.set_ylim(-0.03, 1.03)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.set_yticks([])
    slanted = len(mark.axes) > MOST_LEVEL or any(len(a.label) > NARROW for a in mark.axes)
    axes.set_xticks(
        places,
        [shown(axis.label, SIDE) for axis in mark.axes],
        rotation=20 if slanted else 0,
        ha="right" if slanted else "center",
    )
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8}
    for place, axis in zip(places, mark.axes, strict=True):
        axes.axvline(place, color="#909090", linewidth=0.8)
        for at, words in axis.ticks:
            said = axes.text(
                place + 0.03, at, shown(words, NARROW), fontsize=7, va="center", bbox=box
            )
            said.set_in_layout(False)  # it lies inside, and to measure it takes long
