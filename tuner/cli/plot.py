"""`tuner plot`: a figure of a study, in the terminal or as a file."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.cli.picture import form_of, write
from tuner.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from tuner.report.figures import Chart

LINES = 32
"""Of a figure that goes into a pipe."""


def plot(
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="What to draw; without one the kinds are listed."),
    ] = None,
    study: terminal.StudyArgument = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write it to FILE.png, FILE.svg or FILE.html.", show_default=False
        ),
    ] = None,
) -> None:
    """Draw a figure of a study.

    In the terminal, or with --out as a picture or a page that can be zoomed. Some kinds ask a model
    of the study, which is fitted to its trials for it.

    Example:
        tuner plot progress
        tuner plot parallel runs/quickstart --out parallel.html
    """
    from tuner.report.figures import KINDS, Nothing, draw

    if kind is None:
        wide = max(map(len, KINDS))
        for name, known in KINDS.items():
            terminal.echo(f"{name:<{wide}}  {known.line}")
        return
    if kind not in KINDS:
        raise _unknown(kind, study, KINDS)
    if out is not None:
        form_of(out)
    from tuner.cli.subject import subject_of

    chart = draw(kind, subject_of(terminal.read(study).history))
    if isinstance(chart, Nothing):
        raise UsageError(f"nothing to draw: {chart.reason}")
    if out is None:
        _print(chart)
    else:
        write(chart, out)


def _unknown(kind: str, study: str | None, known: "Collection[str]") -> UsageError:
    from tuner.expression import did_you_mean

    hint = f"kinds are {', '.join(known)}"
    if study in known or Path(kind).exists():
        first = study if study in known else "KIND"
        hint = f"the kind comes before the study: tuner plot {first} {kind}; {hint}"
    return UsageError(f"no kind of figure {kind!r}{did_you_mean(kind, known)}", hint=hint)


def _print(chart: "Chart") -> None:
    from tuner.report.figures.terminal import text
    from tuner.report.screen import in_colour, screen_width

    height = shutil.get_terminal_size().lines if sys.stdout.isatty() else LINES
    drawn = text(chart, width=screen_width(), height=height, colour=in_colour(sys.stdout))
    sys.stdout.write(drawn)
