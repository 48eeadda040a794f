"""`tuner retry`: run failed trials once more."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from tuner.cli import terminal
from tuner.cli.desks import study_and_names, trial_of, visiting
from tuner.errors import UsageError
from tuner.study.facts import Failure

if TYPE_CHECKING:
    from tuner.assemble import Opening
    from tuner.study import Trial

ALL = "failed"
CLASSES = (ALL, *get_args(Failure))


def retry(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY] ID…",
            help="The trials, by id, all that `failed`, or those of a class as in `crash`; before "
            "them the study.",
        ),
    ],
) -> None:
    """Run failed or stopped trials once more.

    The same point and seed as another attempt of the same trial: by a running study as soon as a
    place is free, otherwise by the next `tuner run`. Until then a failure says nothing about its
    neighbourhood any more.

    Example:
        tuner retry 7
        tuner retry runs/quickstart failed
        tuner retry crash oom 12
    """
    from tuner.assemble import steering

    study, named = _parted(words)
    with visiting(study) as opening, opening.book.turn():
        said = steering.retry(opening, *(trial.id for trial in _meant(opening, named)))
    terminal.say_all(said)


def _parted(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """Part `[STUDY] ID…`; a word that names trials is no study."""
    study, named = study_and_names(words, _names_trials)
    wrong = next((word for word in named if not _names_trials(word)), None)
    if not named or wrong is not None:
        said = "which trials?" if wrong is None else f"{wrong!r} names no trial;"
        known = ", ".join(CLASSES)
        raise UsageError(f"{said} give ids, or one of {known}", hint="`tuner trials` lists them")
    return study, named


def _names_trials(word: str) -> bool:
    return word.isdecimal() or word in ("best", "last", *CLASSES)


def _meant(opening: "Opening", named: Sequence[str]) -> "list[Trial]":
    """Give the trials that were named, each once."""
    meant: dict[int, Trial] = {}
    for word in named:
        found = _of_class(opening, word) if word in CLASSES else [trial_of(opening, word)]
        meant |= {trial.id: trial for trial in found}
    return list(meant.values())


def _of_class(opening: "Opening", word: str) -> "list[Trial]":
    failed = [t for t in opening.book.history.trials.values() if t.state == "failed"]
    found = [trial for trial in failed if word in (ALL, trial.failure)]
    if not found:
        classes = ", ".join(dict.fromkeys(str(trial.failure) for trial in failed))
        hint = f"those that failed did by {classes}" if classes else "none has failed"
        raise UsageError(
            f"no trial ended by {word}" if word != ALL else "no trial failed", hint=hint
        )
    return found
