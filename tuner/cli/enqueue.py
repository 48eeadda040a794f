"""`tuner enqueue`: put a point of yours first in line."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import assignments, at_desk, study_first


def enqueue(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY] NAME=VALUE...",
            help="The point, defaults fill the rest; before it the study.",
        ),
    ],
) -> None:
    """Put a point of yours first in line.

    A running study takes it as soon as a place is free; otherwise the next `tuner run` or
    `tuner ask` does.

    Example:
        tuner enqueue runs/digits lr=0.001 optimizer=adamw
    """
    from tuner.config import read_value

    study, values = study_first(words)
    point = {name: read_value(text) for name, text in assignments(values).items()}
    with at_desk(study) as desk:
        trial = desk.enqueue(point)
    if trial is None:
        terminal.say("the study has seen this point already")
    else:
        terminal.say(f"trial {trial.id} waits")
