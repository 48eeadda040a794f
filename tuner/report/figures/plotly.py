"""A chart as a Plotly figure: a dictionary that is ready for JSON. Plotly itself is not imported.

Backgrounds are transparent and writing is in a grey that stands out on white and on black; a page that
has themes sets `font.color` and the colours of the grid by its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tuner.report.figures.chart import Axis, Chart, Mark, Panel, Parallel, Shade
from tuner.report.figures.colours import stops
from tuner.report.figures.traces import INK, Trace, escaped, trace_of

ROW_PX, LINE_PX, LEAST_PX = 380, 22, 300
GRID = "rgba(128,128,128,0.22)"
GAP_X, GAP_Y, BAR = 0.07, 0.12, 0.11
MOST_MARKS = 3  # so few that a log axis has 2 and 5 beside its powers of ten, not all digits
CONFIG = {
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["sendChartToCloud"],  # it would hand the data to a far server
}


def figure(chart: Chart) -> dict[str, Any]:
    """Give the figure: `data`, `layout` and `config` for Plotly's own `newPlot`."""
    sheet = _Sheet(chart)
    for place, panel in enumerate(chart.panels):
        sheet.add(place, panel)
    return {"data": sheet.data, "layout": sheet.layout, "config": CONFIG}


@dataclass
class _Sheet:
    """A figure while panels are put on it."""

    chart: Chart
    data: list[Trace] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)
    legends: set[str] = field(default_factory=set)
    shades: list[Shade] = field(default_factory=list)

    def __post_init__(self) -> None:
        columns = max(1, min(self.chart.columns, len(self.chart.panels)))
        self.columns = columns
        self.rows = -(-len(self.chart.panels) // columns) or 1
        tall = max(LEAST_PX, ROW_PX, self.chart.rows * LINE_PX + 120)
        if columns > 1:
            tall = max(LEAST_PX, self.chart.rows * LINE_PX + 120)
        self.layout |= {
            "title": {"text": escaped(self.chart.title, 100), "x": 0.01, "font": {"size": 17}},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"color": INK, "size": 12},
            "height": 90 + tall * self.rows,
            "margin": {"l": 20, "r": 20, "t": 70, "b": 40},
            "hoverlabel": {"align": "left"},
            "hovermode": "closest",
            "barmode": "overlay",
            "legend": {
                "orientation": "h",
                "yref": "container",
                "y": 0.99,
                "yanchor": "top",
                "x": 1,
                "xanchor": "right",
            },
            "annotations": [],
        }

    def add(self, place: int, panel: Panel) -> None:
        """Put a panel on the sheet."""
        x, y = self._domain(place, coloured=panel.shade is not None)
        colours = None if panel.shade is None else self._shade(panel.shade, x, y)
        suffix = "" if place == 0 else str(place + 1)
        for mark in panel.marks:
            trace = trace_of(mark, colours)
            if isinstance(mark, Parallel):
                trace["domain"] = {"x": [x[0] + 0.02, x[1] - 0.02], "y": [y[0], y[1] - 0.06]}
            else:
                trace |= {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
            self._name(trace, mark)
            self.data.append(trace)
        if not any(isinstance(mark, Parallel) for mark in panel.marks):
            self.layout[f"xaxis{suffix}"] = {**_axis(panel.x), "domain": x, "anchor": f"y{suffix}"}
            self.layout[f"yaxis{suffix}"] = {**_axis(panel.y), "domain": y, "anchor": f"x{suffix}"}
        if panel.title:
            self.layout["annotations"].append(_heading(panel.title, x, y))

    def _domain(self, place: int, *, coloured: bool) -> tuple[list[float], list[float]]:
        row, column = divmod(place, self.columns)
        wide = (1 - GAP_X * (self.columns - 1)) / self.columns
        gap = min(GAP_Y, 0.4 / self.rows)
        tall = (1 - gap * (self.rows - 1)) / self.rows
        left, low = column * (wide + GAP_X), 1 - row * (tall + gap) - tall
        right = left + wide - (BAR if coloured and self.columns > 1 else 0)
        return [left, right], [max(low, 0.0), low + tall]

    def _shade(self, shade: Shade, x: Sequence[float], y: Sequence[float]) -> str:
        """Give the name of the colour axis of a shade; the first panel that has it gets its bar."""
        if shade not in self.shades:
            self.shades.append(shade)
            self.layout[_coloraxis(len(self.shades))] = {
                "cmin": shade.low,
                "cmax": shade.high if shade.high > shade.low else shade.low + 1,
                "colorscale": _scale(shade),
                "colorbar": {
                    "title": {"text": escaped(shade.label, 30), "side": "right"},
                    "x": x[1] + 0.01,
                    "y": (y[0] + y[1]) / 2,
                    "len": y[1] - y[0],
                    "thickness": 12,
                    "outlinewidth": 0,
                },
            }
        return _coloraxis(self.shades.index(shade) + 1)

    def _name(self, trace: Trace, mark: Mark) -> None:
        """Let a name stand in the legend once, whatever the number of panels."""
        name = escaped(getattr(mark, "name", ""))
        group = f"{name}/{getattr(mark, 'tone', '')}"
        trace["showlegend"] = bool(name) and group not in self.legends
        if name and trace["type"] != "parcoords":
            trace |= {"name": name, "legendgroup": group}
            self.legends.add(group)


def _coloraxis(number: int) -> str:
    return "coloraxis" if number == 1 else f"coloraxis{number}"


def _scale(shade: Shade) -> list[list[Any]]:
    colours = stops(shade)
    return [[place / (len(colours) - 1), colour] for place, colour in enumerate(colours)]


def _heading(words: str, x: Sequence[float], y: Sequence[float]) -> dict[str, Any]:
    return {
        "text": escaped(words),
        "x": (x[0] + x[1]) / 2,
        "y": y[1],
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13},
    }


def _axis(axis: Axis) -> dict[str, Any]:
    found: dict[str, Any] = {
        "title": {"text": escaped(axis.label), "standoff": 8},
        "type": "log" if axis.log else "linear",
        "gridcolor": GRID,
        "linecolor": GRID,
        "zeroline": False,
        "automargin": True,
        "exponentformat": "e",
    }
    if axis.log:
        found |= _logarithms(axis)
    if axis.ticks:
        found["tickvals"] = [place for place, _ in axis.ticks]
        found["ticktext"] = [escaped(words, 28) for _, words in axis.ticks]
    low, high = axis.low, axis.high
    if low is not None and high is not None:
        ends = [math.log10(end) if axis.log else end for end in (low, high)]
        found["range"] = ends[::-1] if axis.down else ends
    elif axis.down:
        found["autorange"] = "reversed"
    return found


def _logarithms(axis: Axis) -> dict[str, Any]:
    """Label the powers of ten alone where two of them are in sight, else few numbers in full."""
    if axis.low is None or axis.high is None:
        return {"minorloglabels": "none"}
    low, high = math.log10(axis.low), math.log10(axis.high)
    if math.floor(high) - math.ceil(low) >= 1:
        return {"minorloglabels": "none"}
    fewer = {"nticks": MOST_MARKS} if high - low >= 1 else {}
    return {"minorloglabels": "complete", **fewer}
