"""The ledger: one fact a line, appended under the lock, safe on disk before anyone acts on it.

Written by every process that works on the study. What a crash may leave behind, a torn last line,
is ended by the next writer and skipped by every reader.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from tuner.errors import LedgerError, LedgerFullError
from tuner.ledger.bulk import encode_all
from tuner.ledger.disk import FULL, Disk, write_all
from tuner.ledger.lock import Lock
from tuner.ledger.stamp import Stamp
from tuner.ledger.tail import Tail, collector_paused
from tuner.study import Fact, Record

NAME = "ledger.jsonl"


class JsonlLedger:
    """Keeps the promises of `Ledger` with one file of lines.

    Attributes:
        damage: lines that were skipped, each with its number and byte.
        notices: what a person should know about this place.
    """

    def __init__(self, file: Path, stamp: Stamp, lock: Lock, disk: Disk) -> None:
        self.file, self.notices = file, list[str]()
        self._stamp, self._lock, self._disk = stamp, lock, disk
        self._tail = Tail(disk)
        self._read: list[Record] = []  # taken in, not yet asked for
        self._closed = False
        self._descriptor: int | None = None
        with self._told("opened"):
            self._open()

    @property
    def damage(self) -> list[str]:
        """Lines that were skipped."""
        return self._tail.damage

    def catch_up(self) -> list[Record]:
        """Give the records written since the last call, by anyone.

        Outside of a turn nothing is given while another process is writing: what it has not
        confirmed yet, it may take back.
        """
        if self._lock.between_hosts and not self._lock.depth:
            self._drop()
        if self._something_new() and self._lock.acquire(0):
            try:
                self._take_in()
            finally:
                self._lock.release()
        records, self._read = self._read, []
        return records

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock; may be nested."""
        with self._lock:
            if self._lock.between_hosts and self._lock.depth == 1:
                self._drop()
            yield

    def append(self, facts: Sequence[Fact]) -> list[Record]:
        """Write facts down; when this returns they survive."""
        if not facts:
            return []
        with self.turn():
            return self.commit(self.draft(facts))

    def draft(self, facts: Sequence[Fact]) -> list[Record]:
        """Give facts their numbers, inside a turn; nothing is written."""
        if self._closed:
            raise LedgerError(f"{self.file} was closed; nothing can be written any more")
        self._take_in()
        first, at, elapsed_s = self._tail.last + 1, self._stamp.at, self._stamp.elapsed_s
        return [
            Record(number, at, elapsed_s, self._stamp.worker, fact)
            for number, fact in enumerate(facts, start=first)
        ]

    def commit(self, records: list[Record]) -> list[Record]:
        """Write what `draft` gave, in the same turn."""
        lines = encode_all(records)
        self._tail.give_up_torn()
        with self._told("written"):
            start = self._disk.size(self._open())
            try:
                self._put(lines)
            except OSError:
                self._cut_back(start)
                raise
            try:
                self._disk.fsync(self._open())
            except OSError:
                self._put_again(lines, start)
            end = self._disk.size(self._open())
        self._tail.wrote(end, len(lines), records[-1].number)
        return records

    def close(self) -> None:
        """Let go of the file."""
        self._closed = True
        self._drop()

    def _something_new(self) -> bool:
        with self._told("read"):
            return not self._closed and self._disk.size(self._open()) != self._tail.offset

    def _take_in(self) -> None:
        """Read what is new, under the lock: every line is finished, or never will be."""
        large = collector_paused() if not self._tail.offset else nullcontext()
        with self._told("read"), large:
            descriptor = self._open()
            self._check_place(descriptor)
            self._read.extend(self._tail.records(descriptor))

    def _check_place(self, descriptor: int) -> None:
        """See that the file is still there and has not lost what was read from it."""
        ours, there = os.fstat(descriptor), None
        with suppress(FileNotFoundError):
            there = self.file.stat(follow_symlinks=False)
        if there is None or not os.path.samestat(ours, there):
            raise LedgerError(
                f"{self.file} was moved or replaced while the study was open",
                hint="put it back, and run the same command again",
            )
        if ours.st_size < self._tail.offset:
            raise LedgerError(
                f"{self.file} lost {self._tail.offset - ours.st_size} bytes while the study was open",
                hint="run the same command again: it goes on from what is left",
            )

    def _open(self) -> int:
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK
            descriptor = self._disk.open(self.file, flags)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                self._disk.close(descriptor)
                raise LedgerError(f"{self.file} is not a file")
            self._descriptor = descriptor
        return self._descriptor

    def _drop(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with suppress(OSError):
                self._disk.close(descriptor)

    def _put(self, lines: list[bytes]) -> None:
        """One write a line; a line feed first where a crash left a line without one."""
        descriptor = self._open()
        size = self._disk.size(descriptor)
        if size and self._disk.read(descriptor, 1, size - 1) != b"\n":
            lines = [b"\n" + lines[0], *lines[1:]]
        for line in lines:
            write_all(self._disk, descriptor, line)

    def _put_again(self, lines: list[bytes], start: int) -> None:
        """Answer an error of fsync: the same lines under the same numbers, in a file opened anew.

        A second fsync on the same descriptor could succeed without the data being anywhere: the
        kernel has marked the pages clean. Readers drop a number that they have seen.
        """
        self._drop()
        try:
            self._put(lines)
            self._disk.fsync(self._open())
        except OSError:
            self._cut_back(start)
            self._drop()
            raise

    def _cut_back(self, size: int) -> None:
        """Take back what could not be confirmed, so that it may be written later, once."""
        try:
            self._disk.truncate(self._open(), size)
        except OSError as error:
            self.close()
            raise LedgerError(
                f"{self.file} could neither be written nor cut back: {error.strerror}",
                hint="run the same command again once the disk is in order; nothing confirmed is lost",
            ) from error

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ledger_error(self.file, what, error) from error


def ledger_error(file: Path, what: str, error: OSError) -> LedgerError:
    """Say for a person why a file of the ledger could not be opened, read or written."""
    if error.errno in FULL:
        return LedgerFullError(
            f"{file} could not be {what}: {error.strerror}",
            hint="make space on that disk; results are held until there is some",
        )
    if error.errno == errno.ELOOP:
        return LedgerError(
            f"{file} is a symbolic link, and a ledger must not be one", hint="remove the link"
        )
    return LedgerError(
        f"{file} could not be {what}: {error.strerror}",
        hint="see that the disk is in order and the folder can be written to",
    )
