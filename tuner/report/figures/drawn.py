"""A chart as a picture, PNG or SVG, by matplotlib. The same chart gives the same bytes every time.

Nothing of a text is read as mathematics, and none of a person's matplotlib settings counts.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from tuner.report.figures import ticks
from tuner.report.figures.chart import Axis, Chart, Panel, Parallel, shown
from tuner.report.figures.ink import SIDE, Colours, ink

Form = Literal["png", "svg"]

SETTINGS: dict[Any, Any] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "tuner",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.edgecolor": "#b0b0b0",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 8,
}
DOTS = 140  # per inch, of a PNG
WIDE, TALL, LINE = 9.5, 4.6, 0.26  # inches: of a figure, a panel, and a line of text
SMALL, SMALL_TALL = 4.0, 3.2  # of one of several panels side by side
NOTE = 8  # of the font
ASIDE, LETTER = 1.4, 0.085  # inches: beside the axes of a panel with its colours, and a digit


def draw(chart: Chart, target: Path, form: Form) -> None:
    """Draw a chart into a file."""
    own = mpl.rcParams.copy()
    foreign = {name: v for name, v in mpl.rcParamsDefault.items() if own[name] != v}
    settings = {**foreign, **SETTINGS}  # to set them all takes longer than to draw
    kept: dict[str, Any] = {"Date": None} if form == "svg" else {"Software": None}
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that the font lacks
        sheet = _sheet(chart)
        if form == "svg":
            FigureCanvasSVG(sheet).print_svg(target, metadata=kept)  # type: ignore[no-untyped-call]  # matplotlib has no type
        else:
            FigureCanvasAgg(sheet).print_png(target, metadata=kept)  # type: ignore[no-untyped-call]


def _sheet(chart: Chart) -> Figure:
    columns = max(1, min(chart.columns, len(chart.panels)))
    rows = -(-len(chart.panels) // columns) or 1
    wide, tall = (WIDE, TALL) if columns == 1 else (SMALL * columns, SMALL_TALL)
    tall = max(tall, LINE * chart.rows + 1.2)
    below = 0.2 * len(chart.notes)
    size = (wide, tall * rows + 0.5 + below)
    height = size[1]
    layout = ConstrainedLayoutEngine(rect=(0, below / height, 1, 1 - below / height))
    sheet = Figure(figsize=size, layout=layout, facecolor="white", dpi=DOTS)
    sheet.suptitle(shown(chart.title, 100), x=0.01, ha="left", fontsize=12)
    for number, note in enumerate(reversed(chart.notes)):
        y = (0.07 + 0.2 * number) / height
        sheet.text(0.01, y, shown(note, 160), fontsize=NOTE, color="#666666", va="bottom")
    for place, panel in enumerate(chart.panels):
        room = (wide / columns - ASIDE) / LETTER
        _Side(sheet, sheet.add_subplot(rows, columns, place + 1), room).draw(panel)
    _legend(sheet)
    return sheet


def _legend(sheet: Figure) -> None:
    """Name the marks of all panels, each name once, beside the title."""
    found: dict[str, Any] = {}
    for axes in sheet.axes:
        handles, names = axes.get_legend_handles_labels()
        for handle, name in zip(handles, names, strict=True):
            found.setdefault(name, handle)
    if found:
        sheet.legend(list(found.values()), list(found), loc="outside upper right", ncols=6)


@dataclass
class _Side:
    """One panel while it is drawn."""

    sheet: Figure
    axes: Axes
    room: float

    def draw(self, panel: Panel) -> None:
        """Draw all of a panel."""
        colours = None if panel.shade is None else Colours(panel.shade)
        if panel.title:
            self.axes.set_title(shown(panel.title, SIDE * 2), fontsize=10, y=1.0)
        for mark in panel.marks:
            ink(self.axes, mark, colours)
        if not any(isinstance(mark, Parallel) for mark in panel.marks):
            _side(self.axes, panel.x, "x", self.room)
            _side(self.axes, panel.y, "y", self.room)
        if colours is not None:
            bar = self.sheet.colorbar(colours.mappable, ax=self.axes, pad=0.02, fraction=0.05)
            bar.set_label(shown(colours.shade.label, SIDE * 2))
            bar.outline.set_visible(False)


def _side(axes: Axes, axis: Axis, which: Literal["x", "y"], room: float) -> None:
    """Set up one side of a panel; `room`: characters that fit along x."""
    along = axes.xaxis if which == "x" else axes.yaxis
    if axis.log:
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    limits = axes.set_xlim if which == "x" else axes.set_ylim
    if axis.low is not None and axis.high is not None:
        limits(axis.low, axis.high)
    if axis.down:
        axes.invert_xaxis() if which == "x" else axes.invert_yaxis()
    along.set_label_text(shown(axis.label))
    if axis.ticks:
        along.set_ticks(
            [place for place, _ in axis.ticks], [shown(words, SIDE) for _, words in axis.ticks]
        )
    elif axis.log:
        low, high = sorted(axes.get_xlim() if which == "x" else axes.get_ylim())
        found = ticks.decades(low, high)
        if which == "x":
            found = ticks.sparse(found, room)
        along.set_ticks(found, [f"{number:.4g}" for number in found])
        along.set_ticks([], minor=True)
    else:
        axes.locator_params(axis=which, nbins=7)
