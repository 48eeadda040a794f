"""`tuner export`: the trials as a file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal, get_args

import typer

from tuner.cli import terminal
from tuner.errors import FAILED, UsageError

ExportFormat = Literal["csv", "json", "jsonl", "parquet"]
SinkKind = Literal["mlflow", "tensorboard", "wandb"]
SUFFIXES: dict[str, ExportFormat] = {
    ".csv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def export(
    study: terminal.StudyArgument = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file; standard output without.", show_default=False),
    ] = None,
    to: Annotated[
        SinkKind | None,
        typer.Option("--to", help="Not a file: what this sink lacks.", show_default=False),
    ] = None,
    format_: Annotated[
        ExportFormat | None,
        typer.Option("--format", help="By default what the file's name says; csv without a file."),
    ] = None,
) -> None:
    """Write the trials to a file.

    One row a trial: state, metrics, parameters, times, hosts, notes; all digits. csv is what
    `trials.csv` beside the ledger holds. The file is replaced in one step. parquet needs pyarrow.

    With --to, trials that a sink does not show yet are written to it, as `sinks:` says or with the
    defaults of its kind.

    Example:
        tuner export runs/quickstart -o trials.parquet
        tuner export runs/quickstart --to mlflow
        tuner export --format jsonl | jq .params
    """
    if to is not None:
        _show_to(study, to, out, format_)
        return
    _write(study, out, format_)


def _write(study: str | None, out: Path | None, format_: ExportFormat | None) -> None:
    chosen = format_ or ("csv" if out is None else _said_by(out))
    history = terminal.read(study).history
    if chosen == "parquet":
        from tuner.report.frame import write_parquet

        if out is None:
            raise UsageError("parquet goes into a file", hint="name it with -o trials.parquet")
        with fresh_file(out) as draft:
            write_parquet(history, draft)
        return
    from tuner.ledger import render
    from tuner.report import export as written

    trials, constraints = list(history.trials.values()), history.constraints
    match chosen:
        case "csv":
            text = render(trials, constraints).decode()
        case "json":
            text = written.to_json([written.record(trial, constraints) for trial in trials])
        case "jsonl":
            text = written.to_lines(trials, constraints)
    if out is None:
        terminal.echo(text.rstrip("\n"))
        return
    with fresh_file(out) as draft:
        draft.write_text(text, encoding="utf-8")
    terminal.say(f"{len(trials)} trials in {out}")


def _said_by(out: Path) -> ExportFormat:
    """Tell the format from the file's name."""
    chosen = SUFFIXES.get(out.suffix.lower())
    if chosen is None:
        raise UsageError(
            f"{out}: a table is {', '.join(SUFFIXES)}",
            hint=f"end the file's name so, or say --format {' | '.join(get_args(ExportFormat))}",
        )
    return chosen


def _show_to(
    study: str | None, kind: SinkKind, out: Path | None, format_: ExportFormat | None
) -> None:
    if out is not None or format_ is not None:
        raise UsageError("--to goes with neither --out nor --format", hint="leave them out")
    from tuner.assemble import export_to

    failed = False
    for shown in export_to(terminal.read(study), kind):
        terminal.say(f"{shown.written} trials written to {shown.label}")
        if shown.lacking:
            terminal.say(f"error: {shown.lacking} could not be written: {shown.error}")
            failed = True
    if failed:
        raise typer.Exit(FAILED)


@contextmanager
def fresh_file(target: Path) -> Iterator[Path]:
    """Give a draft beside the target that takes its place once it is whole and on the disk.

    Raises:
        UsageError: it cannot be written there.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        yield draft
        descriptor = os.open(draft, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.replace(target)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
