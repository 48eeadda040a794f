"""Charts as data for the page's scripts: Plotly figures, and parallel coordinates that it draws itself.

Plotly draws parallel coordinates by WebGL and makes functions of text for it, which the page's policy
forbids; its other figures do not. Texts that many marks share are said once.
"""

import re
from dataclasses import replace
from typing import Any

from tuner.report.figures import Chart
from tuner.report.figures.chart import Panel, Parallel, shown
from tuner.report.figures.colours import mixed, stops
from tuner.report.figures.plotly import figure

DIGITS = 7
"""Significant digits of what is drawn; the table of trials has all of them."""


BREAK = "<br>"  # between the lines of a text, as Plotly has it
MARK = "\x01"
NUMBER = re.compile(r"\d[\d.]*")
LEGEND = {"x": 0, "xanchor": "left", "yref": "container", "y": 1, "yanchor": "top"}
LONG = 40  # values of a list that is worth sharing


class Shared:
    """What figures have in common, kept once: texts without their numbers, and long lists.

    Attributes:
        texts: of each the place of the text that it goes on from (-1 for none), its form, and the
            numbers that belong into the form.
        forms: texts with a mark for every number.
        lists: of numbers, or of places of texts.
    """

    def __init__(self) -> None:
        self.texts: list[tuple[int, int, str]] = []
        self.forms: dict[str, int] = {}
        self.lists: list[list[Any]] = []
        self._texts: dict[str, int] = {}
        self._lists: dict[tuple[Any, ...], int] = {}

    def plain(self) -> dict[str, Any]:
        """Give all of it as plain JSON types."""
        return {"texts": self.texts, "forms": list(self.forms), "lists": self.lists}

    def text(self, text: str) -> int:
        """Give the place of a text."""
        known = self._texts.get(text)
        if known is None:
            known = self._texts[text] = len(self.texts)
            self.texts.append(self._parts(text))
        return known

    def _parts(self, text: str) -> tuple[int, int, str]:
        start, rest = self._begun(text)
        form = NUMBER.sub(MARK, rest)
        return start, self.forms.setdefault(form, len(self.forms)), " ".join(NUMBER.findall(rest))

    def _begun(self, text: str) -> tuple[int, str]:
        """Part a text into one that is known, and what follows."""
        end = text.rfind(BREAK)
        while end > 0:
            start = self._texts.get(text[:end])
            if start is not None:
                return start, text[end:]
            end = text.rfind(BREAK, 0, end)
        return -1, text

    def list_of(self, values: list[Any]) -> dict[str, int]:
        """Give where a list lies among all."""
        key = tuple(values)
        place = self._lists.setdefault(key, len(self.lists))
        if place == len(self.lists):
            self.lists.append(values)
        return {"list": place}


def drawing(chart: Chart, shared: Shared) -> dict[str, Any]:
    """Give a chart as plain JSON types; its texts and long lists lie in `shared`."""
    panel = chart.panels[0]
    mark = panel.marks[0] if len(panel.marks) == 1 else None
    if isinstance(mark, Parallel):
        return {"parallel": _parallel(panel, mark)}
    made = figure(chart)
    traces = [_shared(trace, shared) for trace in _rounded(made["data"])]
    found = {"data": traces, "layout": _layout(made["layout"])}
    if chart.columns > 1 and len(chart.panels) > 1:
        found["narrow"] = _layout(figure(replace(chart, columns=1))["layout"])
    return found


def _layout(layout: dict[str, Any]) -> dict[str, Any]:
    """Leave the title to the page's own heading, and the room for it to the legend."""
    legend = {**layout["legend"], **LEGEND}
    return {**layout, "title": None, "legend": legend}


def _shared(trace: dict[str, Any], shared: Shared) -> dict[str, Any]:
    found = dict(trace)
    hover = trace.get("hovertext")
    if isinstance(hover, list):
        found["hovertext"] = [shared.text(text) for text in hover]
    for name in ("x", "y", "base", "hovertext"):
        values = found.get(name)
        if isinstance(values, list) and len(values) > LONG:
            found[name] = shared.list_of(values)
    return found


def _parallel(panel: Panel, mark: Parallel) -> dict[str, Any]:
    shade = panel.shade
    paints = [mixed(shade, value) if shade else (128, 128, 128) for value in mark.shades]
    return {
        "axes": [
            {
                "label": shown(axis.label),
                "ticks": [[p, shown(words, 16)] for p, words in axis.ticks],
            }
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
