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
    from tuner.config import FILLED, filled_in, read_value

    study, values = study_first(words)
    point = {name: read_value(text) for name, text in assignments(values).items()}
    with at_desk(study) as desk:
        trial, space = desk.enqueue(point), desk.config.space
        key = space.key(space.filled(point)) if trial is None else ""
        twins = [t.id for t in desk.history.trials.values() if space.key(t.params) == key]
    if trial is None:
        terminal.say(
            f"the study has seen this point already: trial {twins[0]}; "
            f"`tuner rerun {twins[0]}` runs it once more"
        )
    else:
        if added := filled_in(space, point, trial.params):
            terminal.say(f"not given: {', '.join(added)}; {FILLED}")
        terminal.say(f"trial {trial.id} waits")
