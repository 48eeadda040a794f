"""A ledger that somebody else writes, followed as it grows: only what is new is read, no lock is taken.

For readers that stay: `read_study` reads everything once. A ledger that was replaced, cut or deleted
is begun anew, and its reader is told.
"""

import os
from contextlib import suppress
from pathlib import Path

from tuner.errors import TunerError
from tuner.ledger.csv_ledger import NAME as CSV
from tuner.ledger.disk import Disk
from tuner.ledger.jsonl import NAME as JSONL
from tuner.ledger.read import read_study
from tuner.ledger.tail import Tail
from tuner.study import History, Record

SEAM = 64
"""Bytes before the place where reading stands that must still be the same."""

Mark = tuple[int, ...]


class Follower:
    """Reads on in the ledger of one study.

    A table that is the ledger is rewritten with every trial, and so is read whole when it has changed.

    Attributes:
        history: as far as it was read.
        fresh: the records that the last look took in; all of them where it began anew.
        anew: the last look began anew, because the ledger is another one now.
        trouble: why it cannot be read, a line; empty where it can.
        damage: what was skipped.
    """

    def __init__(self, folder: Path, disk: Disk | None = None) -> None:
        self.folder = folder
        self.history = History()
        self.fresh: list[Record] = []
        self.anew = False
        self.trouble = ""
        self.damage: list[str] = []
        self._disk = disk or Disk()
        self._mark: Mark = ()
        self._begin()

    def _begin(self) -> None:
        self._tail, self._seam, self._place = Tail(self._disk), b"", 0
        self._file: Mark = ()

    @property
    def file(self) -> Path:
        """The ledger."""
        journal = self.folder / JSONL
        return (
            journal if journal.is_file() or not (self.folder / CSV).is_file() else self.folder / CSV
        )

    def look(self) -> bool:
        """Read what is new; say whether anything has changed."""
        before = (self.history.last, self.trouble)
        self.fresh, self.anew = [], False
        try:
            file = self.file
            if file.name == CSV:
                self._look_at_table(file)
            else:
                self._look_at_lines(file)
            self.trouble = ""
        except FileNotFoundError:
            self.trouble = "the ledger is not there any more"
            self._mark = ()
        except (OSError, TunerError) as error:
            self.trouble = f"the ledger cannot be read: {error}"
        return self.anew or (self.history.last, self.trouble) != before

    def _look_at_lines(self, file: Path) -> None:
        descriptor = self._disk.open(file, os.O_RDONLY | os.O_NONBLOCK, follow=True)
        try:
            state = os.fstat(descriptor)
            mark = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
            if mark == self._mark:
                return
            if not self._goes_on(descriptor, mark):
                self._begin()
                self.anew = self.history.last > 0
                self.history = History()
            records = [record for batch in self._tail.batches(descriptor) for record in batch]
            for record in records:
                self.history.apply(record)
            self.fresh, self.damage = records, self._tail.damage
            self._mark, self._file = mark, mark[:2]
            self._place = max(0, self._tail.offset - SEAM)
            self._seam = self._disk.read(descriptor, self._tail.offset - self._place, self._place)
        finally:
            with suppress(OSError):
                self._disk.close(descriptor)

    def _goes_on(self, descriptor: int, mark: Mark) -> bool:
        """Say whether the file is the one that was read, with something behind."""
        if mark[:2] != self._file or mark[2] < self._tail.offset:
            return False
        return self._disk.read(descriptor, len(self._seam), self._place) == self._seam

    def _look_at_table(self, file: Path) -> None:
        state = file.stat()
        mark = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
        if mark == self._mark:
            return
        reading = read_study(self.folder)
        self.history, self.damage = reading.history, reading.damage
        self._mark, self.anew = mark, True
