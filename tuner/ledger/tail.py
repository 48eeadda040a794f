"""The records of a growing file of lines, from where the last look ended.

The rule that makes a torn tail harmless: a line whose checksum fails is skipped, counted and named,
and a last line without its line feed is left alone until it has one, or is whole by its checksum.
"""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import cast

from tuner.ledger.bulk import decode_all, in_order
from tuner.ledger.codec import LONGEST, Damaged, decode
from tuner.ledger.disk import Disk
from tuner.ledger.shapes import LARGEST
from tuner.study import Record

CHUNK = 1 << 17  # bytes; larger ones are fetched from the system anew each time, page by page
MOST_NAMED = 1000  # damaged lines; the rest is counted


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the garbage collector out while a ledger is read: it would look at every trial again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # and back: what was read counts as old at once, and is not looked at twice
        gc.unfreeze()
        if was_on:
            gc.enable()


class Tail:
    """Where reading stands in a file.

    Attributes:
        offset: bytes taken in.
        line: lines taken in.
        last: the highest record number seen.
        torn: bytes behind `offset` that are not a record yet, and may never be.
        damage: what was skipped, each with its line and byte.
    """

    def __init__(self, disk: Disk) -> None:
        self.offset = self.line = self.last = self.torn = self.skipped = 0
        self.damage: list[str] = []
        self._disk = disk
        self._unended = False  # the last record taken in had no line feed yet

    def records(self, descriptor: int) -> Iterator[Record]:
        """Give what is new, each number once, in order."""
        return chain.from_iterable(self.batches(descriptor))

    def batches(self, descriptor: int) -> Iterator[list[Record]]:
        """Give what is new, in lists: what a batch holds counts as taken in once it is given."""
        rest = b""
        while chunk := self._disk.read(descriptor, CHUNK, self.offset + len(rest)):
            if self._unended:
                self._unended = False
                if chunk[:1] == b"\n":
                    self.offset += 1
                    chunk = chunk[1:]
            *lines, rest = (rest + chunk).split(b"\n")
            if lines:
                yield self._take(lines)
            if len(rest) > LONGEST:
                self._skip_long(descriptor, len(rest))
                rest = b""
        self.torn = len(rest)
        if rest:
            yield self._whole(rest)

    def _take(self, lines: list[bytes]) -> list[Record]:
        records = self._sound(lines)
        self.line += len(lines)
        self.offset += sum(map(len, lines)) + len(lines)
        return records

    def _sound(self, lines: list[bytes]) -> list[Record]:
        """Choose the lines that are records, and among them the first of each number."""
        found = decode_all(lines)
        if in_order(found, self.last):
            records = cast("list[Record]", found)
            self.last = records[-1].number
            return records
        records = []
        for place, each in enumerate(found):
            if isinstance(each, Damaged):
                if lines[place]:
                    self._damaged(str(each), lines, place)
            elif each.number > LARGEST:
                self._damaged(f"a record cannot have the number {each.number}", lines, place)
            elif each.number > self.last:  # a writer that could not confirm a write repeats it
                self.last = each.number
                records.append(each)
        return records

    def _whole(self, rest: bytes) -> list[Record]:
        """Take the last line in without its line feed if it is complete all the same."""
        try:
            record = decode(rest)
        except Damaged:
            return []
        self.line += 1
        self.offset += len(rest)
        self.torn, self._unended = 0, True
        if record.number <= self.last:
            return []
        self.last = record.number
        return [record]

    def _skip_long(self, descriptor: int, seen: int) -> None:
        """Step over a line that no writer of ours would write, without holding it in memory."""
        self._damaged("it is too long")
        self.line += 1
        self.offset += seen
        while chunk := self._disk.read(descriptor, CHUNK, self.offset):
            end = chunk.find(b"\n")
            self.offset += len(chunk) if end < 0 else end + 1
            if end >= 0:
                return

    def _damaged(self, why: str, lines: Sequence[bytes] = (), place: int = 0) -> None:
        """Name a line: the next one, or the one at `place` among the next ones."""
        self.skipped += 1
        if len(self.damage) < MOST_NAMED:
            byte = self.offset + sum(map(len, lines[:place])) + place
            self.damage.append(f"line {self.line + place + 1} (byte {byte}): {why}; skipped")
        else:
            self.damage[-1] = f"and {self.skipped - MOST_NAMED + 1} more damaged lines"

    def give_up_torn(self) -> None:
        """Count a torn last line as damage: called under the lock, where nobody is writing it."""
        if self.torn:
            self._damaged("it is incomplete")
            self.line += 1
            self.offset += self.torn
            self.torn = 0

    def wrote(self, end: int, lines: int, last: int) -> None:
        """Step over what this process has just written itself."""
        self.offset, self.line, self.last = end, self.line + lines, last
        self._unended = False
