"""`tuner stop`: stop a study that is running."""

from typing import Annotated

import typer

from tuner.cli import terminal
from tuner.cli.desks import visiting


def stop(
    study: terminal.StudyArgument = None,
    now: Annotated[
        bool, typer.Option("--now", help="Terminate the running jobs, with their grace period.")
    ] = False,
) -> None:
    """Stop a study that is running.

    Every process that works on it starts nothing new and waits for its jobs; with --now the jobs
    are terminated and run again when the study goes on. Nothing is lost either way.

    Example:
        tuner stop runs/digits --now
    """
    from tuner.assemble import steering

    with visiting(study) as opening:
        terminal.say(steering.stop(opening, now=now))
