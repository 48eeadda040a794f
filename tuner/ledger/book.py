"""History and ledger kept in step: append, then fold, then notify. Nothing acts on less.

The loop and the Python API write through it and through nothing else.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from tuner.errors import LedgerError
from tuner.ledger.base import Ledger
from tuner.ledger.tail import collector_paused
from tuner.study import Fact, History, Pulse, Record, Watcher


class Book:
    """A ledger, and everything that it says so far.

    The first look, at what was there before, is silent: watchers hear of what happens from then on.
    They hear of it once the lock is free again, so that a slow one keeps nobody else waiting.

    Attributes:
        history: the fold; always the same object.
        closed: nothing more can be written.
        complaints: what a person should know once: watchers that failed and were dropped, and what
            the ledger has to say about its place and about damage.
    """

    def __init__(self, ledger: Ledger, watchers: Sequence[Watcher] = ()) -> None:
        self.ledger, self.history = ledger, History()
        self._watchers = list(watchers)
        self._complaints: list[str] = []
        self._unheard: list[Record] = []
        self._turns = 0
        self._began = False
        self._mutex = threading.RLock()  # threads of a program may share a study
        self.closed = False

    @property
    def complaints(self) -> list[str]:
        """Give what a person should know once."""
        return [*self.ledger.notices, *self.ledger.damage, *self._complaints]

    def hear(self, watchers: Sequence[Watcher]) -> None:
        """Let more watchers hear of what happens from now on."""
        self._watchers += watchers

    def catch_up(self) -> list[Record]:
        """Take in what others wrote since the last time."""
        with self._mutex:
            records = self._catch_up()
            self._tell()
        return records

    def write(self, *facts: Fact) -> list[Record]:
        """Write facts down and take them in.

        Raises LedgerError if they could not be confirmed; then none of them has happened.
        """
        with self.turn():
            records = self.ledger.append(facts)
            self._fold(records)
        return records

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock with a history that lacks nothing; may be nested."""
        with self._mutex:
            try:
                with self.ledger.turn():
                    self._turns += 1
                    try:
                        self._catch_up()
                        yield
                    finally:
                        self._turns -= 1
            finally:
                self._tell()

    def pulse(self, pulse: Pulse) -> None:
        """Let watchers know how the loop stands."""
        for watcher in list(self._watchers):
            try:
                watcher.on_pulse(pulse, self.history)
            except Exception as error:  # noqa: BLE001  a watcher never ends a study
                self._drop(watcher, error)

    def close(self) -> None:
        """Let watchers put things in order, then let go of the ledger."""
        self.closed = True
        self._tell()
        for watcher in list(self._watchers):
            try:
                watcher.close()
            except Exception as error:  # noqa: BLE001  a watcher never ends a study
                self._drop(watcher, error)
        self._watchers.clear()
        self.ledger.close()

    def _catch_up(self) -> list[Record]:
        if self._began:
            records = self.ledger.catch_up()
            self._fold(records)
            return records
        with collector_paused():
            records = self.ledger.catch_up()
            for record in records:
                self.history.apply(record)
        self._began = True
        return records

    def _fold(self, records: Sequence[Record]) -> None:
        for record in records:
            self.history.apply(record)
        if self._watchers:
            self._unheard.extend(records)

    def _tell(self) -> None:
        """Notify, outside of every turn."""
        if self._turns:
            return
        unheard, self._unheard = self._unheard, []
        for record in unheard:
            for watcher in list(self._watchers):
                try:
                    watcher.on_record(record, self.history)
                except Exception as error:  # noqa: BLE001  a watcher never ends a study
                    self._drop(watcher, error)

    def _drop(self, watcher: Watcher, error: Exception) -> None:
        self._watchers.remove(watcher)
        with suppress(Exception):  # it may hold a terminal or a file
            watcher.close()
        name = type(watcher).__name__
        hint = f" ({error.hint})" if isinstance(error, LedgerError) and error.hint else ""
        self._complaints.append(f"{name} failed and was dropped: {error}{hint}")
