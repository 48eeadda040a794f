"""`tuner trials`: the table of all trials."""

import math
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tuner.cli import terminal

if TYPE_CHECKING:
    from tuner.study import History, Trial

Order = Literal["id", "metric", "wall"]
State = Literal[
    "waiting", "suggested", "running", "asked", "left open", "completed", "stopped", "failed"
]


def trials(
    study: terminal.StudyArgument = None,
    sort: Annotated[
        Order, typer.Option("--sort", help="By id, by the metric (best first), or longest first.")
    ] = "id",
    state: Annotated[
        State | None, typer.Option("--state", help="Only trials in this state.", show_default=False)
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", min=1, help="So many at most.", show_default=False),
    ] = None,
    format_: terminal.FormatOption = "table",
) -> None:
    """List the trials of a study.

    A metric with a star is the last report of a trial that has not ended; a state with `!` is of a
    trial that breaks a constraint, and sorted by the metric such trials stand behind those that keep
    them all. Numbers on the screen are short; json and csv have all digits. A trial that waits is
    `suggested` there, and one that was left open or that somebody asked for is `running`.

    Example:
        tuner trials runs/quickstart --sort metric --limit 10
        tuner trials --format csv > trials.csv
    """
    from tuner.report.standing import called

    reading = terminal.read(study)
    history, at_work = reading.history, bool(terminal.alive_workers(reading))
    rows = [
        trial
        for trial in history.trials.values()
        if state in (None, trial.state, called(trial, at_work=at_work))
    ]
    rows = _sorted(rows, sort, history)[:limit]
    if format_ == "json":
        from tuner.report.export import record

        constraints = history.constraints
        terminal.emit_json([record(trial, constraints) for trial in rows])
    elif format_ == "csv":
        terminal.emit_table(rows, history)
    else:
        from tuner.report import tables
        from tuner.report.screen import screen_width

        lines = tables.trials(rows, history, screen_width(), at_work=at_work)
        if sort == "metric":
            lines += tables.apart(rows, history, screen_width())
        terminal.show(lines)


def _sorted(rows: "list[Trial]", order: Order, history: "History") -> "list[Trial]":
    if order == "wall":
        return sorted(rows, key=lambda trial: -trial.wall_s)
    if order == "metric":
        from tuner.study.limits import broken

        metric, constraints = history.metric, history.constraints

        def place(trial: "Trial") -> tuple[bool, bool, float]:
            value = trial.metrics.get(metric.name, math.nan)
            counts = trial.state in ("completed", "stopped") and math.isfinite(value)
            breaks = bool(broken(trial, constraints))
            return not counts, breaks, -metric.gain(value) if counts else 0.0

        return sorted(rows, key=place)
    return sorted(rows, key=lambda trial: trial.id)
