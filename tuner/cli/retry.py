"""`tuner retry`: run a failed trial once more."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import trial_of, visiting
from tuner.errors import UsageError


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
    from tuner.study import Noted, TrialState

    study, word = terminal.study_and_id(words)
    with visiting(study) as opening, opening.book.turn():
        trial = trial_of(opening, word)
        number = trial.id
        if trial.state not in (TrialState.FAILED, TrialState.STOPPED):
            raise UsageError(
                f"trial {number} is {trial.state}: only a failed or stopped one can be retried",
                hint=f"`tuner rerun {number}` repeats a completed one",
            )
        opening.book.write(Noted(kind="retry", trial=number))
    terminal.say(f"trial {number} waits for attempt {trial.attempt + 1}")
