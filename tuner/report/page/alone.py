"""One figure as a page of its own: the report's scripts, styles and policy around a single chart."""

from typing import Any

from tuner.report.figures import Chart
from tuner.report.figures.chart import Parallel
from tuner.report.page.document import filled
from tuner.report.page.drawing import Shared, drawing

START = "alone.js"
PLACE = "figure"
"""What the element is called that the figure is drawn into."""


def alone(chart: Chart) -> str:
    """Give a page with the figure and all it needs, as HTML; it asks no other place for anything.

    Raises:
        UsageError: plotly is not installed.
    """
    return filled("alone.html", START, _data_of(chart), chart=chart, place=PLACE)


def _data_of(chart: Chart) -> dict[str, Any]:
    """Give what the scripts draw, as plain JSON types; of the trials no more is known than their ids."""
    shared = Shared()
    figures = {PLACE: drawing(chart, shared)}
    marks = [mark for panel in chart.panels for mark in panel.marks]
    ids = [trial for mark in marks if isinstance(mark, Parallel) for trial in mark.trials]
    return {"figures": figures, **shared.plain(), "trials": {"columns": [{"values": ids}]}}
