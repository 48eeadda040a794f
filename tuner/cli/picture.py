"""A figure into a file: which forms there are, and how one is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.report.figures import Chart

Form = Literal["png", "svg", "html"]
FORMS: dict[str, Form] = {".png": "png", ".svg": "svg", ".html": "html", ".htm": "html"}


def form_of(out: Path) -> Form:
    """Say what a file is to hold, by its name.

    Raises:
        UsageError: nothing that a figure can be.
    """
    form = FORMS.get(out.suffix.lower())
    if form is None:
        hint = f"name it {out.stem or 'figure'}.png"
        raise UsageError(f"{out}: a figure is .png, .svg or .html", hint=hint)
    return form


def write(chart: "Chart", out: Path) -> None:
    """Write a figure; the file is replaced in one step.

    Raises:
        UsageError: it cannot be written there.
    """
    from tuner.cli.export import fresh_file

    form = form_of(out)
    with fresh_file(out) as draft:
        if form == "html":
            from tuner.report.page import alone

            draft.write_text(alone(chart), encoding="utf-8")
        else:
            with _undocumented():
                from tuner.report.figures.drawn import draw

            draw(chart, draft, form)
    terminal.say(f"figure in {out}")


@contextmanager
def _undocumented() -> Iterator[None]:
    """Let matplotlib be imported without the docstrings that it writes for every class of marks.

    They take a quarter of a second, and nobody reads them here.
    """
    from matplotlib import artist

    written = artist.kwdoc
    artist.kwdoc = lambda artist: ""  # noqa: ARG005  its name is part of the type
    try:
        yield
    finally:
        artist.kwdoc = written
