"""`tuner retry`: run a failed trial once more."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import trial_of, visiting


def retry(
    words: Annotated[
        list[str], typer.Argument(metavar="[STUDY] ID", help="The trial; before it the study.")
    ],
) -> None:
    """Run a failed trial once more.

    The same point and seed as another attempt of the same trial: by a running study as soon as a
    place is free, otherwise by the next `tuner run`.

    Example:
        tuner retry 7
    """
    from tuner.assemble import steering

    study, word = terminal.study_and_id(words)
    with visiting(study) as opening, opening.book.turn():
        said = steering.retry(opening, trial_of(opening, word).id)
    terminal.say(said)
