"""`tuner show`: everything about one trial."""

from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal

if TYPE_CHECKING:
    from tuner.study import History, Trial

TrialWords = Annotated[
    list[str],
    typer.Argument(
        metavar="[STUDY] ID", help="The trial's id, `best` or `last`; before it the study."
    ),
]


def show(words: TrialWords, format_: terminal.FormatOption = "table") -> None:
    """Show everything about one trial.

    Its values in full, what the model expected and what came out, every attempt with its host,
    devices and end, and the command as it was started, ready to be copied.

    Example:
        tuner show 12
        tuner show runs/quickstart best
    """
    from tuner.ledger import iterate
    from tuner.report.biography import attempts_of, biography, command_line, life

    study, word = terminal.study_and_id(words)
    reading = terminal.read(study)
    trial = terminal.pick(reading.history, word)
    attempts = attempts_of(iterate(reading.file), trial.id)
    folder = reading.folder / "trials" / str(trial.id)
    if format_ == "table":
        from tuner.report import tables
        from tuner.report.screen import screen_width

        at_work = bool(terminal.alive_workers(reading))
        sections = biography(trial, attempts, reading.history, folder, at_work=at_work)
        if trial.method == "memory":
            sections["suggested"]["method"] += _whose(reading.history, trial)
        terminal.show(tables.facts(sections, screen_width()))
        if trial.start is not None and trial.start.argv:
            terminal.echo(f"\ncommand\n{command_line(trial.start.argv)}")  # never wrapped
        return
    found = life(trial, attempts, reading.history, folder)
    if format_ == "json":
        terminal.emit_json(found)
    else:
        terminal.emit_table([trial], reading.history)


def _whose(history: "History", trial: "Trial") -> str:
    """Say which older study a point is of; nothing where the configuration is of another version."""
    from tuner.config import read_config
    from tuner.errors import ConfigError
    from tuner.insight.make import what
    from tuner.report import numbers

    try:
        space = read_config(history.config or {}).space
    except ConfigError:
        return ""
    return f": {numbers.clean(what(history, space, trial.id))}"
