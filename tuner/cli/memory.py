"""`tuner memory`: what a study remembers of older ones, and how they go together."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuner.cli import terminal
from tuner.cli.picture import form_of, write
from tuner.errors import FitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tuner.report.figures import Chart
    from tuner.report.memories import Memory
    from tuner.study import History
    from tuner.surrogates.make import Relations

HERE = "this study"


Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose", "-v", help="Also how parameters were translated, and what was left out."
    ),
]
Metrics = Annotated[
    bool,
    typer.Option(
        "--metrics", help="Also how the metrics of this study go together, and their noise."
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", "-o", help="Write the heat map to FILE.png, .svg or .html.", show_default=False
    ),
]


def memory(
    study: terminal.StudyArgument = None,
    verbose: Verbose = False,
    metrics: Metrics = False,
    out: Out = None,
    format_: terminal.FormatOption = "table",
) -> None:
    """Show what a study remembers of older ones.

    For each older study how many trials were read and how much it weighed in the last suggestions;
    then a heat map of how the studies go together, -1 for the other way round; and what is believed by
    `warm_start.prior`. csv has the table alone.

    Example:
        tuner memory runs/quickstart --verbose
        tuner memory --out memory.svg
    """
    from tuner.report import memories as report

    if out is not None:
        form_of(out)
    history = terminal.read(study).history
    rows = report.memories(history)
    beliefs, trials = report.beliefs_of(history), len(history.trials)
    if format_ == "table":
        terminal.say_all(report.put_aside(history))
        if not rows and not beliefs and not history.put_aside:
            terminal.say("it remembers no older study; `warm_start.studies` names some")
    if format_ == "csv":
        terminal.emit_csv(report.COLUMNS, [report.row(memory) for memory in rows])
    drawn = format_ != "csv" or out is not None
    found = _relations(history, older=bool(rows), metrics=metrics) if drawn else []
    if out is not None:
        _write(out, found)
    if format_ == "json":
        related = list(map(_plain, found))
        memories = list(map(report.record, rows))
        terminal.emit_json({"memories": memories, "believed": beliefs, "related": related})
    elif format_ == "table":
        _print(rows, found, report.averaged(history), verbose=verbose)
        for name, how in beliefs.items():
            terminal.echo(f"believed: {name} {how}; {report.strength(trials)}")


def _relations(history: "History", *, older: bool, metrics: bool) -> "list[Relations]":
    """Ask the models; what they cannot say is said on stderr."""
    if not (older or metrics):
        return []
    from tuner.assemble import metric_relations, older_relations
    from tuner.config import read_config
    from tuner.report.figures.past import FLAT

    config = read_config(history.config or {})
    asked: list[Callable[[], Relations | None]] = []
    if older:
        asked.append(partial(older_relations, history, config, HERE))
    if metrics:
        asked.append(partial(metric_relations, history, config))
    found = []
    for ask in asked:
        try:
            relations = ask()
        except FitError as error:
            terminal.say(f"no heat map: {error}")
            continue
        if relations is None:
            terminal.say(f"no heat map: {FLAT}")
        else:
            found.append(relations)
    return found


def _plain(found: "Relations") -> dict[str, Any]:
    return {
        "of": found.of,
        "names": list(found.names),
        "correlation": found.correlation.tolist(),
        "vague": list(found.vague),
        "noise": None if found.noise is None else found.noise.tolist(),
    }


def _chart(found: "Iterable[Relations]") -> "Chart":
    from tuner.report.figures import Chart
    from tuner.report.figures.past import correlations, doubts

    panels = [panel for one in found for panel in correlations(one)]
    notes = [note for one in found for note in doubts(one)]
    return Chart(title="how they go together", panels=tuple(panels), notes=tuple(notes))


def _print(
    rows: "Sequence[Memory]", found: "Iterable[Relations]", note: str, *, verbose: bool
) -> None:
    from tuner.report import memories as report
    from tuner.report.screen import Line, in_colour, screen_width

    width = screen_width()
    if rows:
        terminal.show([*report.table(rows, width), *([Line(note, "dim")] if note else [])])
        terminal.show(report.details(rows, width) if verbose else [])
    if not found:
        return
    from tuner.report.figures.terminal import text

    terminal.echo("")
    sys.stdout.write(text(_chart(found), width=width, height=0, colour=in_colour(sys.stdout)))


def _write(out: Path, found: "list[Relations]") -> None:
    if not found:
        raise UsageError(f"{out}: there is no heat map to write")
    write(_chart(found), out)
