"""`tuner tell`: say what a trial run by hand gave."""

from typing import Annotated, Literal

import typer

from tuner.cli import terminal
from tuner.cli.desks import assignments, trial_of, visiting
from tuner.errors import UsageError

Class = Literal["oom", "diverged", "timeout", "infra", "crash", "no_metric"]


def tell(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY] ID [METRIC=VALUE]...",
            help="The trial, as `ask` printed it, and what was measured; a bare number will do.",
        ),
    ],
    noise: Annotated[
        list[str] | None,
        typer.Option("--noise", metavar="[METRIC=]ERROR", help="A known standard error."),
    ] = None,
    failed: Annotated[
        Class | None, typer.Option("--failed", help="It gave no result, and why.")
    ] = None,
) -> None:
    """Say what a trial run by hand gave.

    Example:
        tuner tell 3 loss=0.12 --noise loss=0.01
        tuner tell runs/by-hand 4 --failed oom
    """
    from tuner.assemble import Desk

    study, word, results = terminal.split_words(words)
    if bool(results) == bool(failed):
        raise UsageError("give the metrics or --failed CLASS, one of the two")
    with visiting(study) as opening:
        desk, number = Desk(opening, stays=False), trial_of(opening, word).id
        if failed:
            desk.take_failure(number, failed)
        else:
            desk.take_result(number, _told(results), _told(noise or []))
        ended = opening.book.history.trials[number]
    why = ended.finish.message if ended.finish else None
    terminal.say(f"trial {number}: {ended.state}" + (f", {why}" if why else ""))


def _told(words: list[str]) -> float | dict[str, float]:
    """Read `NAME=NUMBER…`, or one bare number for the metric of the study."""
    if len(words) == 1 and "=" not in words[0]:
        return _number(words[0])
    return {name: _number(text) for name, text in assignments(words).items()}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a number") from None
