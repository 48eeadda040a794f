"""`tuner watch`: the board of a study that another process runs."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from tuner.cli import terminal
from tuner.errors import TERMINATED

if TYPE_CHECKING:
    from tuner.ledger import Follower
    from tuner.study import History, Pulse, Watcher

LOOK_S = 0.2


def watch(
    study: terminal.StudyArgument = None,
    stay: Annotated[
        bool, typer.Option("--stay", help="Wait for it to begin, and stay when it is over.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only wait, and say how it ended.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="A line an event, reports included.")
    ] = False,
) -> None:
    """Watch a study that runs, from another terminal.

    The board of `tuner run`, drawn from the ledger: it takes no lock, writes nothing and disturbs
    nobody. It ends when the study is over; Ctrl-C ends it before that and leaves the study alone.
    Into a pipe it prints a line an event.

    Example:
        tuner watch runs/quickstart
        tuner watch --stay runs/quickstart
    """
    from tuner.ledger import Follower
    from tuner.report.plain import PlainLines

    follower = Follower(terminal.place_of(study) if stay else terminal.find_study(study))
    look = Look(follower)
    watcher = _watcher(look, follower, quiet=quiet, verbose=verbose)
    lines, first, there = watcher if isinstance(watcher, PlainLines) else None, True, False
    with _ended_by_signals():
        try:
            while True:
                for record in follower.news():
                    look.places.take(record)
                    if not (first or there) or not follower.fresh:
                        watcher.on_record(record, follower.history)
                there = there or follower.history.last > 0
                watcher.on_pulse(look.pulse(), follower.history)
                if lines is not None and (first or follower.fresh):
                    terminal.say(_said(look, follower))
                first = False
                if look.over and not stay:
                    break
                if lines is not None and lines.alone:
                    raise BrokenPipeError
                time.sleep(LOOK_S)
        finally:
            watcher.close()
    terminal.say(_said(look, follower))


def _watcher(look: "Look", follower: "Follower", *, quiet: bool, verbose: bool) -> "Watcher":
    from tuner.report.live import make_watcher

    return make_watcher(
        quiet=quiet,
        verbose=verbose,
        out=sys.stdout,
        standing=look.standing,
        parting=lambda _history: [_said(look, follower)],
    )


def _said(look: "Look", follower: "Follower") -> str:
    state, detail = look.standing(follower.history)
    return f"{follower.file.parent}: {state}, {detail}; {follower.history.ended:,} ended"


class Look:
    """How the study stands at this look, as the loop would say it."""

    def __init__(self, follower: "Follower") -> None:
        from tuner.report.places import Places

        self._follower, self.places = follower, Places()

    def standing(self, history: "History") -> tuple[str, str]:
        """Give the state of the study and a few words on it."""
        from tuner.report.standing import standing

        if history.config is None:
            return "waiting", self._follower.trouble or "nothing was opened in it yet"
        return standing(history, self._alive, datetime.now(UTC))

    @property
    def over(self) -> bool:
        """The study was closed, and nobody works on it."""
        return self._follower.history.closed is not None and not self._alive

    @property
    def _alive(self) -> list[str]:
        return terminal.alive_workers(self._follower.reading)

    def pulse(self) -> "Pulse":
        """Give what the loop tells a watcher, as far as the facts tell it."""
        from tuner.report import numbers
        from tuner.report.places import slots
        from tuner.study import Pulse

        history, now, alive = self._follower.history, datetime.now(UTC), self._alive
        ages = [numbers.since(t.started_at, now) or 0.0 for t in history.running] if alive else []
        since = (numbers.since(history.last_at, now) or 0.0) if alive else 0.0
        trouble = self._follower.trouble
        return Pulse(
            slots=slots(history, len(alive), len(ages)),
            busy=len(ages),
            elapsed_s=history.wall_s + since,
            busy_s=self.places.busy_s + sum(ages),
            offered_s=self.places.offered_s + sum(ages),
            proposing_s=self.places.proposing_s,
            starting_s=self.places.starting_s,
            message=f"{trouble}; waiting for it" if trouble and history.last else None,
        )


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the verb in order, as Ctrl-C does."""

    def end(_number: int, _frame: object) -> None:
        raise SystemExit(TERMINATED)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
