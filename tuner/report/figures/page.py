"""A chart as a page of its own, and what any page needs that shows one."""

import json
from importlib.util import find_spec
from pathlib import Path

from tuner.errors import UsageError
from tuner.report.figures.chart import Chart
from tuner.report.figures.plotly import figure
from tuner.report.figures.traces import escaped

LONGEST = 400  # characters of a note


def script() -> str:
    """Give Plotly's own JavaScript, which draws a figure in a page.

    Raises:
        UsageError: plotly is not installed.
    """
    found = find_spec("plotly")
    if found is None or not found.submodule_search_locations:
        raise UsageError("plotly is not there", hint="`pip install plotly` brings it")
    home = Path(next(iter(found.submodule_search_locations)))
    return (home / "package_data" / "plotly.min.js").read_text(encoding="utf-8")


def in_script(value: object) -> str:
    """Write JSON that may stand in a page's script, whatever its texts are."""
    text = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def document(chart: Chart) -> str:
    """Give a page with the figure and all it needs; it asks no other place for anything."""
    title, *notes = (_html(words) for words in (chart.title, *chart.notes))
    below = "".join(f"<p>{note}</p>\n" for note in notes)
    return _PAGE.format(title=title, notes=below, script=script(), figure=in_script(figure(chart)))


_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 1em auto; max-width: 1200px; padding: 0 1em; }}
p {{ margin: 0.2em 1em; opacity: 0.8; }}
</style>
<div id="figure"></div>
{notes}<script>{script}</script>
<script>
const figure = {figure};
const rest = document.body.offsetHeight + 40;  // notes and margins: a low figure takes what is left
figure.layout.height = Math.max(figure.layout.height, window.innerHeight - rest);
Plotly.newPlot("figure", figure.data, figure.layout, figure.config);
</script>
</html>
"""


def _html(words: str) -> str:
    return escaped(words, LONGEST).replace('"', "&quot;")
