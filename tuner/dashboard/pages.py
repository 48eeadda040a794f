"""The page of the dashboard, and the scripts and styles that it shares with the report."""

from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from tuner.report.page.document import SCRIPTS, STYLES, resource, scripts


def page(token: str, root: str, *, control: bool) -> str:
    """Give the page; its scripts ask for everything else."""
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(
        _own("dashboard.html")
    )
    return template.render(token=token, root=root, control=control)


@cache
def script() -> str:
    """Give the scripts of the report and of the dashboard as one."""
    return scripts(SCRIPTS) + "\n" + _own("dashboard.js")


@cache
def styles() -> str:
    """Give the styles of the report and of the dashboard as one."""
    return resource(STYLES) + _own("dashboard.css")


def _own(name: str) -> str:
    return (files("tuner.dashboard") / name).read_text(encoding="utf-8")
