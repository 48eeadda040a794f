"""A ledger without a disk: for the Python API without a path, and for tests."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tuner.errors import LedgerError
from tuner.ledger.stamp import Stamp
from tuner.study import Fact, Record


class MemoryLedger:
    """Keeps records for as long as the process lives.

    Attributes:
        records: all of them, in order.
    """

    def __init__(self, stamp: Stamp) -> None:
        self.records: list[Record] = []
        self.damage: list[str] = []
        self.notices: list[str] = []
        self._stamp, self._closed = stamp, False
        self._thread = threading.RLock()

    def catch_up(self) -> list[Record]:
        """Give nothing: nobody else can write here."""
        return []

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Keep other threads out; may be nested."""
        with self._thread:
            yield

    def append(self, facts: Sequence[Fact]) -> list[Record]:
        """Keep facts."""
        if self._closed:
            raise LedgerError("the ledger was closed; nothing can be written any more")
        with self._thread:
            first, at, elapsed_s = len(self.records) + 1, self._stamp.at, self._stamp.elapsed_s
            made = [
                Record(number, at, elapsed_s, self._stamp.worker, fact)
                for number, fact in enumerate(facts, start=first)
            ]
            self.records.extend(made)
        return made

    def close(self) -> None:
        """Take no more facts."""
        self._closed = True
