"""`tuner clean`: delete what ended trials have left on the disk. Never the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError

if TYPE_CHECKING:
    from tuner.ledger import Reading


def clean(
    study: terminal.StudyArgument = None,
    logs: Annotated[bool, typer.Option("--logs", help="Logs of the attempts.")] = False,
    checkpoints: Annotated[bool, typer.Option("--checkpoints", help="Checkpoint folders.")] = False,
    all_but_best: Annotated[
        int | None,
        typer.Option(
            "--all-but-best",
            min=0,
            metavar="N",
            help="Spare the N best trials; alone: delete the whole folders of all others.",
            show_default=False,
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete logs and checkpoints of ended trials.

    Says what would go and how much it is, then asks. Trials that wait or run are left alone, the
    ledger keeps every result, and links are never followed.

    Example:
        tuner clean runs/quickstart --checkpoints --all-but-best 3
        tuner clean --logs --yes
    """
    from tuner.cli.broom import find, remove, size_of
    from tuner.report import numbers

    if not logs and not checkpoints and all_but_best is None:
        raise UsageError(
            "clean what?", hint="--logs, --checkpoints, --all-but-best N, or several of them"
        )
    reading = terminal.read(study)
    spared = _best_ids(reading, all_but_best or 0)
    ended = [t.id for t in reading.history.trials.values() if not t.open and t.id not in spared]
    found = find(trials_folder(reading.folder), ended, logs=logs, checkpoints=checkpoints)
    if reading.history.open:
        terminal.say(f"left alone: {len(reading.history.open)} trials that wait or run")
    if not found:
        terminal.say("nothing to delete")
        return
    total = sum(map(size_of, found))
    for path in found:
        terminal.echo(str(path))
    terminal.say(f"{len(found)} files and folders, {numbers.size(total)}")
    if not yes and not typer.confirm("delete them?", err=True):
        raise typer.Exit
    for path in found:
        remove(path)
    terminal.say(f"deleted {numbers.size(total)}")


def _best_ids(reading: "Reading", count: int) -> set[int]:
    from tuner.study.ranking import ranked

    rows = ranked(reading.history) if count else []
    return {row.trial.id for row in rows[:count]}


def trials_folder(study: Path) -> Path:
    """Give the one folder in which anything is ever deleted.

    Raises:
        UsageError: it is a link, or not there.
    """
    folder = study / "trials"
    if folder.is_symlink():
        raise UsageError(f"{folder} is a link: nothing is deleted behind it")
    if not folder.is_dir():
        raise UsageError(f"{study} has no folder of trials")
    return folder
