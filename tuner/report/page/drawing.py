"""Charts as data for the page's scripts: Plotly figures, and parallel coordinates that it draws itself.

Plotly draws parallel coordinates by WebGL and makes functions of text for it, which the page's policy
forbids; its other figures do not. Texts that many marks share are said once.
"""

from dataclasses import replace
from typing import Any

from tuner.report.figures import Chart
from tuner.report.figures.chart import Panel, Parallel, shown
from tuner.report.figures.colours import mixed, stops
from tuner.report.figures.plotly import figure

DIGITS = 9
"""Significant digits of what is drawn; the table of trials has all of them."""


BREAK = "<br>"  # between the lines of a text, as Plotly has it


class Texts:
    """Texts of figures, each kept once; one that goes on where another ends is kept as the rest.

    Attributes:
        all: texts, or the place of how they begin and what follows.
    """

    def __init__(self) -> None:
        self.all: list[str | tuple[int, str]] = []
        self._places: dict[str, int] = {}

    def place(self, text: str) -> int:
        """Give the place of a text among all."""
        known = self._places.get(text)
        if known is None:
            known = self._places[text] = len(self.all)
            self.all.append(self._rest(text))
        return known

    def _rest(self, text: str) -> str | tuple[int, str]:
        end = text.rfind(BREAK)
        while end > 0:
            start = self._places.get(text[:end])
            if start is not None:
                return start, text[end:]
            end = text.rfind(BREAK, 0, end)
        return text


def drawing(chart: Chart, texts: Texts) -> dict[str, Any]:
    """Give a chart as plain JSON types; texts beside points are places in `texts`."""
    panel = chart.panels[0]
    mark = panel.marks[0] if len(panel.marks) == 1 else None
    if isinstance(mark, Parallel):
        return {"parallel": _parallel(panel, mark)}
    made = figure(chart)
    traces = [_shared(trace, texts) for trace in made["data"]]
    found = {"data": traces, "layout": _layout(made["layout"])}
    if chart.columns > 1 and len(chart.panels) > 1:
        found["narrow"] = _layout(figure(replace(chart, columns=1))["layout"])
    return _rounded(found)  # type: ignore[no-any-return]  # a dictionary stays one


def _layout(layout: dict[str, Any]) -> dict[str, Any]:
    """Leave the title to the page's own heading."""
    margin = {**layout["margin"], "t": 40}
    return {**layout, "title": None, "margin": margin, "height": layout["height"] - 30}


def _shared(trace: dict[str, Any], texts: Texts) -> dict[str, Any]:
    hover = trace.get("hovertext")
    if not isinstance(hover, list):
        return trace
    return {**trace, "hovertext": [texts.place(text) for text in hover]}


def _parallel(panel: Panel, mark: Parallel) -> dict[str, Any]:
    shade = panel.shade
    paints = [mixed(shade, value) if shade else (128, 128, 128) for value in mark.shades]
    return {
        "axes": [
            {"label": shown(axis.label), "ticks": [[p, shown(words, 16)] for p, words in axis.ticks]}
            for axis in mark.axes
        ],
        "lines": [[round(place, 4) for place in line] for line in mark.lines],
        "colours": [f"rgb({red},{green},{blue})" for red, green, blue in paints],
        "trials": list(mark.trials),
        "shade": None
        if shade is None
        else {"label": shown(shade.label), "colours": list(stops(shade)), "ends": _ends(panel)},
    }


def _ends(panel: Panel) -> list[str]:
    shade = panel.shade
    return [] if shade is None else [f"{shade.low:.4g}", f"{shade.high:.4g}"]


def _rounded(value: Any) -> Any:  # noqa: ANN401  any JSON value
    match value:
        case float():
            return float(f"{value:.{DIGITS}g}")
        case dict():
            return {name: _rounded(inner) for name, inner in value.items()}
        case list():
            return [_rounded(inner) for inner in value]
        case _:
            return value
