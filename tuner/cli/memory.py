"""`tuner memory`: what a study remembers of older ones, and how they go together."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuner.cli import terminal
from tuner.errors import FitError, UsageError

if TYPE_CHECKING:
    from tuner.study import History
    from tuner.surrogates.related import Relations

FORMS = {".svg": "svg", ".html": "html", ".htm": "html"}
HERE = "this study"
TITLES = {
    "beliefs": "correlation of what each study believes over the space",
    "tasks": "correlation of the tasks, as the model fitted it",
    "metrics": "correlation of the metrics, as a model of all of them fitted it",
}


def memory(
    study: terminal.StudyArgument = None,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose", "-v", help="Also how parameters were translated, and what was left out."
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Write the heat map to FILE.svg or FILE.html.", show_default=False
        ),
    ] = None,
    format_: terminal.FormatOption = "table",
) -> None:
    """Show what a study remembers of older ones.

    For each older study how many trials were read and how much it weighed in the last suggestions;
    then a heat map of how the studies go together, -1 for the other way round. csv has the table
    alone.

    Example:
        tuner memory runs/quickstart --verbose
        tuner memory --out memory.svg
    """
    from tuner.report import memories as report

    form = _form(out)
    history = terminal.read(study).history
    rows = report.memories(history)
    if format_ == "csv" and out is None:
        terminal.emit_csv(report.COLUMNS, [report.row(memory) for memory in rows])
        return
    found = _relations(history) if rows else None
    if out is not None:
        _write(out, form, found)
    if format_ == "json":
        related = None if found is None else _plain(found)
        terminal.emit_json({"memories": list(map(report.record, rows)), "related": related})
    elif format_ == "csv":
        terminal.emit_csv(report.COLUMNS, [report.row(memory) for memory in rows])
    elif not rows:
        terminal.say("it remembers no older study; `warm_start.studies` names some")
    else:
        from tuner.report.screen import screen_width

        width = screen_width()
        terminal.show(report.table(rows, width))
        if verbose:
            terminal.show(report.details(rows, width))
        if found is not None:
            _print(found, width)


def _form(out: Path | None) -> str:
    if out is None:
        return ""
    if out.suffix.lower() not in FORMS:
        raise UsageError(f"{out}: a heat map is .svg or .html", hint="name it with -o memory.svg")
    return FORMS[out.suffix.lower()]


def _relations(history: "History") -> "Relations | None":
    """Ask the models; what they cannot say is said on stderr."""
    from tuner.config import read_config
    from tuner.samplers.relating import relations_of

    try:
        found = relations_of(read_config(history.config or {}).space, history, HERE)
    except FitError as error:
        terminal.say(f"no heat map: {error}")
        return None
    if found is None:
        terminal.say("no heat map: no older study has two results")
    return found


def _plain(found: "Relations") -> dict[str, Any]:
    return {
        "of": found.of,
        "names": list(found.names),
        "correlation": found.correlation.tolist(),
        "noise": None if found.noise is None else found.noise.tolist(),
    }


def _maps(found: "Relations") -> list[Any]:
    from tuner.report.heat import heat_map

    maps = [heat_map(found.names, found.correlation.tolist(), TITLES[found.of])]
    if found.noise is not None:
        maps.append(heat_map(found.names, found.noise.tolist(), "correlation of their noise"))
    return maps


def _print(found: "Relations", width: int) -> None:
    from tuner.report.heat import print_map
    from tuner.report.screen import in_colour

    for one in _maps(found):
        terminal.echo("")
        print_map(one, sys.stdout, width, colour=in_colour(sys.stdout))


def _write(out: Path, form: str, found: "Relations | None") -> None:
    from tuner.cli.export import fresh_file
    from tuner.report.heat import picture

    if found is None:
        raise UsageError(f"{out}: there is no heat map to write")
    with fresh_file(out) as draft:
        draft.write_text(picture(_maps(found), form, "tuner memory"), encoding="utf-8")
    terminal.say(f"heat map of {len(found.names)} in {out}")
