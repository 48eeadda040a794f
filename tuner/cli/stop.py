"""`tuner stop`: stop a study that is running, or trials of it."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import study_and_names, trial_of, visiting
from tuner.errors import UsageError


def stop(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[STUDY] [ID…]",
            help="The study; the trials to end, by id, where not all of it is meant.",
            show_default=False,
        ),
    ] = None,
    now: Annotated[
        bool, typer.Option("--now", help="Terminate the running jobs, with their grace period.")
    ] = False,
) -> None:
    """Stop a study that is running, or end some of its trials.

    Every process that works on it starts nothing new and waits for its jobs; with --now the jobs
    are terminated and run again when the study goes on. Nothing is lost either way.

    A trial that hangs, or of which enough was seen, is ended by its id, with the grace period: it
    counts as stopped, keeps its last report and makes place for the next. `tuner retry` runs it again.

    Example:
        tuner stop runs/digits --now
        tuner stop runs/digits 7
    """
    from tuner.assemble import steering

    study, named = study_and_names(words or [], str.isdecimal)
    wrong = next((word for word in named if not word.isdecimal()), None)
    if wrong is not None:
        raise UsageError(f"{wrong!r} is no id of a trial", hint="`tuner trials` lists them")
    if now and named:
        raise UsageError("a trial is always ended at once", hint="leave --now away")
    with visiting(study) as opening:
        if not named:
            terminal.say(steering.stop(opening, now=now))
            return
        with opening.book.turn():
            said = steering.end(opening, *(trial_of(opening, word).id for word in named))
    terminal.say_all(said)
