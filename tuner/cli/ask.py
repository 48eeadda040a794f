"""`tuner ask`: suggest points to run by hand."""

from typing import Annotated, Literal

import typer

from tuner.cli import terminal
from tuner.cli.desks import at_desk


def ask(
    study: terminal.StudyArgument = None,
    count: Annotated[
        int | None,
        typer.Option(
            "--count", "-n", min=1, help="How many points; one if not given.", show_default=False
        ),
    ] = None,
    style: Annotated[
        Literal["table", "json", "csv", "args"],
        typer.Option("--format", "-f", help="How to print."),
    ] = "table",
) -> None:
    """Suggest points to run by hand.

    Each becomes a trial that waits for `tuner tell`; nothing is started. Points put in line by
    `tuner enqueue` come first. A configuration that has no study yet begins one. As JSON a point is
    {"id": ..., "params": {...}}: alone without -n, in a list with it, -n 1 included.

    Example:
        tuner ask configs/ask_tell.yaml --format json
    """
    from tuner.report.winner import to_args

    with at_desk(study) as desk:
        trials = desk.hand_out_several(1 if count is None else count)
        flags = (desk.history.config or {}).get("runner", {}).get("flags", {})
    rows = [{"id": trial.id, **trial.params} for trial in trials]
    if style == "json":
        said = [{"id": trial.id, "params": dict(trial.params)} for trial in trials]
        terminal.emit_json(said[0] if count is None else said)
    elif style == "args":
        for trial in trials:
            terminal.say(f"trial {trial.id}: `tuner tell {trial.id} METRIC=VALUE` takes its result")
            terminal.echo(to_args(trial.params, flags))
    elif style == "csv":
        terminal.emit_csv(list(dict.fromkeys(name for row in rows for name in row)), rows)
    else:
        from tuner.report.tables import asked

        terminal.show(asked(trials))
