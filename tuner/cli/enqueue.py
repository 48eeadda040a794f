"""`tuner enqueue`: put a point of yours first in line."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import assignments, at_desk


def enqueue(
    values: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="The point; defaults fill the rest.")
    ],
    study: Annotated[
        str | None, typer.Option("--study", "-s", help="Folder, ledger or configuration.")
    ] = None,
) -> None:
    """Put a point of yours first in line.

    A running study takes it as soon as a place is free; otherwise the next `tuner run` or
    `tuner ask` does.

    Example:
        tuner enqueue lr=0.001 optimizer=adamw
    """
    from tuner.config import read_value

    point = {name: read_value(text) for name, text in assignments(values).items()}
    with at_desk(study) as desk:
        trial = desk.enqueue(point)
    if trial is None:
        terminal.say("the study has seen this point already")
    else:
        terminal.say(f"trial {trial.id} waits")
