"""The page itself: a template, styles and scripts of ours, Plotly's script, and data.

The policy in its head lets exactly these scripts and these styles act, by their hashes, and no request
leave. Every text in the template is escaped, all data stand in blocks that no browser runs.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from tuner.report.figures.page import in_script, script
from tuner.report.page.drawing import Shared, drawing
from tuner.report.page.given import Section
from tuner.report.page.rows import MOST

STYLES = "page.css"
SCRIPTS = ("figures.js", "parallel.js", "table.js", "page.js")
START = "start.js"


def document(
    name: str, parts: Sequence[Section], trials: dict[str, Any], best: int | None = None
) -> str:
    """Give the page as HTML.

    Args:
        name: what the study is called.
        parts: in their order.
        trials: the table of trials, as `rows.table` gives it.
        best: id of the best trial.

    Raises:
        UsageError: plotly is not installed.
    """
    left_out = trials["left_out"]
    data = data_of(parts, trials, best)
    return filled("page.html", START, data, name=name, parts=parts, most=MOST, left_out=left_out)


def filled(page: str, start: str, data: dict[str, Any], **words: object) -> str:
    """Give a page with its scripts, styles and the policy that lets nothing else act.

    Args:
        page: the name of its template.
        start: the script that begins, after those that draw.
        data: what the scripts draw, as plain JSON types.
        words: what the template has places for.

    Raises:
        UsageError: plotly is not installed.
    """
    library, ours, styles = inert(script()), scripts((*SCRIPTS, start)), resource(STYLES)
    return template(page).render(
        **words,
        policy=policy([library, ours], [styles]),
        styles=Markup(styles),  # noqa: S704  our own file
        scripts=[Markup(text) for text in (library, ours)],  # noqa: S704  Plotly's and our own
        data=Markup(in_script(data)),  # noqa: S704  JSON without a bracket
    )


def data_of(parts: Sequence[Section], trials: dict[str, Any], best: int | None) -> dict[str, Any]:
    """Give what the scripts draw, as plain JSON types."""
    shared, figures = Shared(), {}
    for part in parts:
        for number, chart in enumerate(part.charts, 1):
            figures[f"{part.key}-{number}"] = drawing(chart, shared)
    return {"figures": figures, **shared.plain(), "trials": trials, "best": best}


def fragment(parts: Sequence[Section], trials: dict[str, Any]) -> str:
    """Give the parts alone, as HTML, for a page that is there already."""
    return template("parts.html").render(parts=parts, most=MOST, left_out=trials["left_out"])


def template(name: str) -> Template:
    """Give a template that lies beside this module; every text that is put into it is escaped."""
    room = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        loader=FunctionLoader(resource),
    )
    return room.get_template(name)


def resource(name: str) -> str:
    """Read a file that lies beside this module."""
    text = (files("tuner.report.page") / name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def scripts(names: Sequence[str]) -> str:
    """Give scripts of ours as one."""
    return inert("\n".join(map(resource, names)))


def inert(text: str) -> str:
    r"""Keep a script from ending the element that it stands in, and from being read as a comment.

    Example:
        >>> inert("a = '</script>'; b = '<!--'")
        "a = '<\\/script>'; b = '\\x3c!--'"
    """
    text = text.replace("\r\n", "\n").replace("</script", "<\\/script")
    return text.replace("<!--", "\\x3c!--")


def policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    """Give the Content-Security-Policy: these texts act and nothing else does, nothing is loaded.

    Plotly fills an empty style element rule by rule, and places labels by style attributes, which
    cannot act. What it brings for maps stays out.
    """
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(digest, scripts))}",
            f"style-src {' '.join(map(digest, (*styles, '')))}",
            "style-src-attr 'unsafe-inline'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def digest(text: str) -> str:
    """Give the hash of an inline text as a policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
