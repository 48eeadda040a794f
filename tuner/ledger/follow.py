"""A study that others write, read again and again: only what is new, no lock, nothing written.

Nobody promises a reader that the file stays: it may be cut back by a writer that could not confirm
a write, be restored from a copy, moved away and made anew. Whenever what was read is no longer there
as it was, reading starts over with an empty history.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from tuner.ledger.csv_ledger import JOURNAL
from tuner.ledger.csv_ledger import NAME as CSV
from tuner.ledger.disk import Disk
from tuner.ledger.jsonl import NAME as JSONL
from tuner.ledger.read import Reading
from tuner.ledger.tail import Tail, collector_paused
from tuner.study import History, Record

ANCHOR = 256  # bytes before the place where reading stands, by which it is known again
Seen = tuple[int, int, int, int]  # device, inode, size, nanoseconds of the last change


class Follower:
    """Follows a ledger. Of a table that is the ledger, its journal: all that processes write is there.

    Args:
        path: a study's folder or its ledger; neither need be there yet.

    Attributes:
        history: the fold; another object whenever reading has started over.
        fresh: the last look read from the beginning.
        trouble: why there is nothing to read now; None if there is.
    """

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        self._path, self._disk = path, disk or Disk()
        self.trouble: str | None = None
        self._start_over()

    def news(self) -> Iterator[Record]:
        """Give the records that came since the last look, each folded in already; to be used up."""
        file, self.fresh = self.file, False
        try:
            descriptor = self._disk.open(file, os.O_RDONLY | os.O_NONBLOCK, follow=True)
        except FileNotFoundError:
            self.trouble = f"{file} is not there"
            return
        except OSError as error:
            self.trouble = f"{file} cannot be read: {error.strerror}"
            return
        try:
            yield from self._new(descriptor)
            self.trouble = None
        except OSError as error:
            self.trouble = f"{file} cannot be read: {error.strerror}"
        finally:
            self._disk.close(descriptor)

    @property
    def file(self) -> Path:
        """The file that is followed now."""
        if not self._path.is_dir():
            return self._journal_of(self._path)
        folder = self._path
        return self._journal_of(folder / CSV) if (folder / CSV).exists() else folder / JSONL

    @property
    def reading(self) -> Reading:
        """What was read so far; changes with the next look."""
        file = self.file
        return Reading(
            history=self.history,
            damage=self._tail.damage,
            folder=file.parent,
            file=file,
            bytes=self._tail.offset,
        )

    def _journal_of(self, file: Path) -> Path:
        return file.with_name(JOURNAL) if file.name == CSV else file

    def _start_over(self) -> None:
        self.history, self._tail = History(), Tail(self._disk)
        self._seen: Seen | None = None
        self._anchor, self.fresh = b"", True

    def _new(self, descriptor: int) -> Iterator[Record]:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is not a file")
        seen = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if seen == self._seen:
            return
        if self._seen is not None and not self._same(descriptor, seen):
            self._start_over()
        self.fresh = self._seen is None
        self._seen = seen
        with collector_paused() if self.fresh else nullcontext():
            for record in self._tail.records(descriptor):
                self.history.apply(record)
                yield record
        start = max(0, self._tail.offset - ANCHOR)
        self._anchor = self._disk.read(descriptor, self._tail.offset - start, start)

    def _same(self, descriptor: int, seen: Seen) -> bool:
        """Say whether what was read still stands there."""
        if self._seen is None or seen[:2] != self._seen[:2] or seen[2] < self._tail.offset:
            return False
        start = self._tail.offset - len(self._anchor)
        return self._disk.read(descriptor, len(self._anchor), start) == self._anchor
