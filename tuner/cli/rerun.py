"""`tuner rerun`: repeat a trial with other seeds."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import trial_of, visiting
from tuner.errors import UsageError


def rerun(
    which: Annotated[str, typer.Argument(metavar="ID|best", help="The trial.")],
    study: terminal.StudyArgument = None,
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many repeats.")] = 1,
) -> None:
    """Repeat a trial with other seeds.

    Each repeat is a trial of its own that points back to the first; it costs nothing of the budget
    of trials. They run at once in a running study, otherwise with the next `tuner run`.

    Example:
        tuner rerun best --seeds 3
    """
    from tuner.assemble import best_trial, repeats

    with visiting(study) as opening:
        if which == "best":
            found = best_trial(opening.book.history, opening.config)
            if found is None:
                raise UsageError("no trial has completed yet")
            number = found.trial.id
        elif which.isdigit():
            number = trial_of(opening, int(which)).id
        else:
            raise UsageError(f"{which!r} is neither a trial's number nor best")
        with opening.book.turn():
            facts = repeats(opening.book.history, opening.config, number, seeds)
            opening.book.write(*facts)
    waiting = ", ".join(str(fact.trial) for fact in facts)
    terminal.say(f"trials {waiting} wait: repeats of trial {number}")
