"""`tuner rerun`: repeat a trial with other seeds."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import trial_of, visiting


def rerun(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY] ID", help="The trial's id, or `best`; before it the study."
        ),
    ],
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many repeats.")] = 1,
) -> None:
    """Repeat a trial with other seeds.

    Each repeat is a trial of its own that points back to the first; it costs nothing of the budget
    of trials. They run at once in a running study, otherwise with the next `tuner run`. What all runs
    measured together, mean and spread, is in `tuner show ID`.

    Example:
        tuner rerun best --seeds 3
    """
    from tuner.assemble import repeats

    study, word = terminal.study_and_id(words)
    with visiting(study) as opening:
        number = trial_of(opening, word).id
        with opening.book.turn():
            facts = repeats(opening.book.history, opening.config, number, seeds)
            opening.book.write(*facts)
    waiting = ", ".join(str(fact.trial) for fact in facts)
    terminal.say(f"trials {waiting} wait: repeats of trial {number}")
