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
            help="The point, or a part of it; before it the study.",
        ),
    ],
) -> None:
    """Put a point of yours first in line.

    What you do not name gets its default, else the middle of its range, and you are told.

    A running study takes it as soon as a place is free; otherwise the next `tuner run` or
    `tuner ask` does.

    Example:
        tuner enqueue runs/digits lr=0.001 optimizer=adamw
    """
    from tuner.assemble import steering

    study, values = study_first(words)
    with at_desk(study) as desk:
        said = steering.enqueue(desk, assignments(values))
    for line in said:
        terminal.say(line)
