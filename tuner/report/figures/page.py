"""What any page needs that shows a figure: Plotly's script, and data that may stand in a page."""

import json
from importlib.util import find_spec
from pathlib import Path

from tuner.errors import UsageError


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
