"""`tuner logs`: what a trial wrote, now or as it comes."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import UsageError
from tuner.wire import STDERR_NAME, STDOUT_NAME

if TYPE_CHECKING:
    from tuner.study import Trial

CHUNK = 1 << 16
PAUSE_S, LOOK_S = 0.2, 1.0  # between looks at the log; at the ledger, where it is quick to read


def logs(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[STUDY] ID", help="The trial's id, `best` or `last`; before it the study."
        ),
    ],
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on printing until the trial has ended.")
    ] = False,
    attempt: Annotated[
        int | None,
        typer.Option("--attempt", min=1, help="Which attempt; the last by default."),
    ] = None,
    stderr: Annotated[bool, typer.Option("--stderr", help="Standard error instead.")] = False,
) -> None:
    """Print what a trial wrote.

    Standard output of its last attempt. With -f it goes on until the trial has ended, over to the
    next attempt if there is one; Ctrl-C leaves the trial alone.

    Example:
        tuner logs 12
        tuner logs runs/quickstart 12 -f --stderr
    """
    study, word = terminal.study_and_id(words)
    reading = terminal.read(study)
    number = terminal.pick(reading.history, word).id
    look = Look(reading.file, number)
    name = STDERR_NAME if stderr else STDOUT_NAME
    folder = reading.folder / "trials" / str(number)
    if follow:
        follow_trial(folder, name, look, attempt)
    else:
        print_log(folder, name, look(), attempt)


def print_log(folder: Path, name: str, trial: "Trial", attempt: int | None) -> None:
    """Print one log; say so if it is the other one that has something to tell.

    Raises:
        UsageError: it is not there.
    """
    number = attempt or trial.attempt
    log = folder / f"attempt-{number}" / name
    if not log.is_file():
        if trial.logged and not trial.open and number <= trial.attempt:
            raise UsageError(
                f"no {log}: the trial did run, but its logs are deleted, as `tuner clean` does",
                hint=f"its results are kept: tuner show {trial.id}",
            )
        there = [path.name for path in sorted(folder.glob("attempt-*"))]
        raise UsageError(
            f"no {log}",
            hint=f"there is {', '.join(there)}" if there else "the trial has not been started",
        )
    if copy(log, 0) == 0:
        other = STDERR_NAME if name == STDOUT_NAME else STDOUT_NAME
        size = (log.parent / other).stat().st_size if (log.parent / other).is_file() else 0
        if size:
            terminal.say(f"nothing there, but {other} holds {size} bytes")


def copy(log: Path, offset: int) -> int:
    """Print a log from a byte on; give where it ended. A log that has shrunk is not repeated."""
    try:
        with log.open("rb") as file:
            file.seek(offset)
            while piece := file.read(CHUNK):
                sys.stdout.buffer.write(piece)
                offset += len(piece)
    except FileNotFoundError:
        return offset
    sys.stdout.flush()
    return offset


class Look:
    """Looks at a trial in the ledger, which it reads again only when it has grown."""

    def __init__(
        self, ledger: Path, number: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ledger, self._number, self._clock = ledger, number, clock
        self._size, self._next = -1, 0.0
        self._trial: Trial | None = None

    def __call__(self) -> "Trial":
        """Give the trial as it stands; reading takes a tenth of the time at most."""
        from tuner.ledger import read_study

        size, now = self._ledger.stat().st_size, self._clock()
        if self._trial is None or (size != self._size and now >= self._next):
            self._size = size
            self._trial = read_study(self._ledger).history.trials[self._number]
            self._next = now + max(LOOK_S, 10 * (self._clock() - now))
        return self._trial


def follow_trial(folder: Path, name: str, look: Look, only: int | None) -> None:
    """Print logs as they grow, attempt after attempt, until nothing more can come."""
    for attempt in attempts(look, only):
        log, offset = folder / f"attempt-{attempt}" / name, 0
        terminal.say(f"attempt {attempt}: {log}")
        while going(look(), attempt):
            offset = copy(log, offset)
            time.sleep(PAUSE_S)
        copy(log, offset)
    terminal.say(f"the trial is {look().state}")


def attempts(look: Look, only: int | None) -> Iterator[int]:
    """Give the attempts to follow, each once it has begun."""
    attempt = only or max(1, look().attempt)
    while True:
        while look().open and look().attempt < attempt:
            time.sleep(PAUSE_S)
        if look().attempt < attempt:
            return
        yield attempt
        if only is not None or not look().open:
            return
        attempt += 1


def going(trial: "Trial", attempt: int) -> bool:
    """Say whether this attempt may still write."""
    return trial.state == "running" and trial.attempt == attempt
