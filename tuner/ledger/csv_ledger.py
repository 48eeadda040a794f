"""The table as the truth: `ledger: {format: csv}`. One row for each trial that has ended.

What no row can hold (trials in flight, configuration, notes on the study) stands in a journal
beside it, through which several processes hear of each other. When the two disagree, because a
person edited the table or a crash came between the two writes, the table is right: the difference
is written into the journal as facts when the study is next opened. Without the journal, the table
alone resumes; only what was in flight is lost. Edit the table while nobody works on the study.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tuner.errors import LedgerError, TunerError, UsageError
from tuner.ledger.csv_table import (
    Table,
    cells_of,
    ended,
    line_of,
    parse,
    records_of,
    render,
    same,
)
from tuner.ledger.disk import Disk, replace_file, write_all
from tuner.ledger.jsonl import JsonlLedger, ledger_error
from tuner.ledger.lock import Lock
from tuner.ledger.stamp import Stamp
from tuner.ledger.workers import Worker
from tuner.study import Fact, History, Noted, Record, Trial

NAME = "ledger.csv"
JOURNAL = "journal.jsonl"
DAMAGED = "ledger.csv.damaged"
CHUNK = 1 << 20
LONGEST_HEADER = 1 << 20
LARGEST = 4 << 30
Rows = dict[int, dict[str, str]]  # cells by column, by trial
GONE = "its row was taken out of ledger.csv"


def read_table(disk: Disk, file: Path) -> Table:
    """Read a table. Raises OSError, and UsageError when it is not one of trials."""
    descriptor = disk.open(file, os.O_RDONLY | os.O_NONBLOCK, follow=True)
    chunks, size = list[bytes](), 0
    try:
        while chunk := disk.read(descriptor, CHUNK, size):
            chunks.append(chunk)
            size += len(chunk)
            if size > LARGEST:
                raise UsageError(f"{file} is too large for a table of trials")
    finally:
        disk.close(descriptor)
    table = parse(b"".join(chunks))
    if (table.rows or table.damage) and not {"trial", "state"} <= set(table.columns):
        raise UsageError(
            f"{file}: the first line must name the columns, trial and state among them",
            hint="save it with commas between the cells, as it was",
        )
    return table


def settled(
    history: History, table: Table | None, stamp_at: str, worker: str
) -> tuple[list[Record], list[str]]:
    """Give the records that bring a history in line with a table, and what was wrong with rows.

    A trial without its row counts as taken out by a person, unless rows were damaged.
    """
    if table is None:
        return [], []
    rows, told = [], set[int]()
    for row in table.rows:
        number = int(row.cells["trial"])
        told.add(number)
        trial = history.trials.get(number)
        if trial is None or trial.open or not same(row.cells, cells_of(trial)):
            rows.append(row)
    records, damage = records_of(rows, history.last + 1, worker)
    damage = [*table.damage, *damage]
    if not damage:
        gone = [t for t in ended(history.trials.values()) if t.id not in told and not t.excluded]
        said: list[Fact] = []
        for trial in gone:
            said.append(Noted(kind="mark", trial=trial.id, text="exclude"))
            said.append(Noted(kind="note", trial=trial.id, text=GONE))
        first = history.last + len(records) + 1
        numbered = enumerate(said, start=first)
        records += [Record(number, stamp_at, 0.0, worker, fact) for number, fact in numbered]
    return records, damage


class CsvLedger:
    """Keeps the promises of `Ledger` with a table, and a journal for what a table cannot hold.

    Attributes:
        damage: rows and lines that were skipped.
        notices: what a person should know about this place.
    """

    def __init__(self, folder: Path, stamp: Stamp, lock: Lock, disk: Disk) -> None:
        self.file, self.notices = folder / NAME, list[str]()
        self._stamp, self._disk = stamp, disk
        self._journal = JsonlLedger(folder / JOURNAL, stamp, lock, disk)
        self._history = History()
        self._read: list[Record] = []
        self._damage: list[str] = []
        try:
            with self.turn():
                self._settle()
        except TunerError:
            self.close()
            raise

    @property
    def damage(self) -> list[str]:
        """Rows and lines that were skipped."""
        return [*self._damage, *self._journal.damage]

    def catch_up(self) -> list[Record]:
        """Give the records written since the last call, by anyone."""
        self._take_in()
        records, self._read = self._read, []
        return records

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock; may be nested."""
        with self._journal.turn():
            yield

    def append(self, facts: Sequence[Fact]) -> list[Record]:
        """Write facts down; when this returns they survive.

        A row is written before the journal: a crash between the two then leaves a result without
        its fact, which the next opening puts right, and never a fact without its row.
        """
        if not facts:
            return []
        with self.turn():
            self._take_in()
            records = self._journal.draft(facts)
            before, after = self._history, self._history.snapshot()
            for record in records:
                after.apply(record)
            touched = {trial for fact in facts if (trial := getattr(fact, "trial", None))}
            was, now = self._rows(before, touched), self._rows(after, touched)
            if was.keys() <= now.keys():
                take_back = self._put(was, now, before, after)
                try:
                    self._journal.commit(records)
                except LedgerError:
                    take_back()
                    raise
            else:  # a trial is tried again: its row goes once that is a fact
                self._journal.commit(records)
                self._rewrite(after)
            self._history = after
        return records

    def close(self) -> None:
        """Let go of the files."""
        self._journal.close()

    def _take_in(self) -> None:
        new = self._journal.catch_up()
        for record in new:
            self._history.apply(record)
        self._read.extend(new)

    def _settle(self) -> None:
        self._take_in()
        table = None
        if self.file.exists():
            with self._told("read"):
                table = read_table(self._disk, self.file)
        worker = self._stamp.worker
        records, damage = settled(self._history, table, self._stamp.at, worker)
        self._damage = damage
        if table is not None and damage:
            self._keep_damaged()
        if records:
            self._journal.commit(records)
            for record in records:
                self._history.apply(record)
            self._read.extend(records)
        if table is None or damage or not table.columns:
            self._rewrite(self._history)

    def _keep_damaged(self) -> None:
        """Keep the table as it was found: what could not be read may still be paid for."""
        with self._told("kept as it was"):
            copy = self.file.with_name(DAMAGED)
            replace_file(self._disk, copy, self.file.read_bytes(), mark=self._mark)

    @staticmethod
    def _rows(history: History, touched: set[int]) -> Rows:
        trials = (history.trials.get(number) for number in touched)
        return {t.id: cells_of(t) for t in trials if t is not None and not t.open}

    def _put(self, was: Rows, now: Rows, before: History, after: History) -> Callable[[], None]:
        """Bring the table in line with what is about to be a fact; give the way to undo that."""
        new = [cells for number, cells in now.items() if number not in was]
        changed = any(now[number] != cells for number, cells in was.items())
        if not new and not changed:
            return lambda: None
        size = self.file.stat().st_size if self.file.exists() else 0
        if not changed and self._append(new):
            return lambda: self._cut_back(size)
        self._rewrite(after)
        return lambda: self._write_back(before)

    def _append(self, rows: list[dict[str, str]]) -> bool:
        """Put rows at the end; False when the table has to be written anew for them."""
        with self._told("written"):
            descriptor = self._disk.open(self.file, os.O_RDWR | os.O_APPEND)
            try:
                columns, size = self._columns(descriptor), self._disk.size(descriptor)
                if any(not cells.keys() <= set(columns) for cells in rows):
                    return False
                data = b"".join(line_of(cells, columns) for cells in rows)
                try:
                    write_all(self._disk, descriptor, data)
                except OSError:
                    self._disk.truncate(descriptor, size)
                    raise
                try:
                    self._disk.fsync(descriptor)
                except OSError:
                    return False  # a file written anew has an fsync of its own
            finally:
                self._disk.close(descriptor)
        return True

    def _cut_back(self, size: int) -> None:
        """Take rows back; should that fail, they are results that may be told again."""
        with suppress(OSError):
            descriptor = self._disk.open(self.file, os.O_WRONLY)
            try:
                self._disk.truncate(descriptor, size)
            finally:
                self._disk.close(descriptor)

    def _write_back(self, history: History) -> None:
        with suppress(LedgerError):
            self._rewrite(history)

    def _columns(self, descriptor: int) -> tuple[str, ...]:
        """Give the columns of the table as it is now; none when no row may be put behind it."""
        size = self._disk.size(descriptor)
        head, feed, _ = self._disk.read(descriptor, LONGEST_HEADER, 0).partition(b"\n")
        if not feed or self._disk.read(descriptor, 1, size - 1) != b"\n":
            return ()
        return parse(head + feed).columns

    def _rewrite(self, history: History) -> None:
        trials: list[Trial] = list(ended(history.trials.values()))
        with self._told("written"):
            replace_file(self._disk, self.file, render(trials), mark=self._mark)

    @property
    def _mark(self) -> str:
        return Worker.parse(self._stamp.worker).file

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ledger_error(self.file, what, error) from error
