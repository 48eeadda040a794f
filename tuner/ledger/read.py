"""What a command that only reads sees: no lock, nothing written, damage named and stepped over."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tuner.errors import LedgerError, UsageError
from tuner.ledger.csv_ledger import JOURNAL, read_table, settled
from tuner.ledger.csv_ledger import NAME as CSV
from tuner.ledger.disk import Disk
from tuner.ledger.jsonl import NAME as JSONL
from tuner.ledger.tail import Tail, collector_paused
from tuner.study import History, Record


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A study as its ledger tells it.

    Attributes:
        damage: what was skipped, each with its place; empty for a sound ledger.
        bytes: read from the ledger.
    """

    history: History
    damage: list[str]
    folder: Path
    file: Path
    bytes: int


def find(path: Path) -> Path:
    """Give the ledger file that was meant: the file itself, or the one in a study's folder."""
    if path.is_dir():
        for name in (JSONL, CSV):
            if (path / name).is_file():
                return path / name
        raise UsageError(
            f"there is no study in {path}: neither {JSONL} nor {CSV}",
            hint="name the folder of a study, the `dir` of its configuration",
        )
    if path.exists():
        return path
    raise UsageError(
        f"{path} does not exist",
        hint="name the folder of a study, or a ledger; `tuner run config.yaml` makes one",
    )


def read_study(path: Path, disk: Disk | None = None) -> Reading:
    """Read a whole study: its folder or its ledger.

    A last line that is being written, or was cut off by a crash, is left out without a word; see
    `verify` for those.

    Raises:
        UsageError: nothing is there.
        LedgerError: it cannot be read.
    """
    disk, file = disk or Disk(), find(path)
    with collector_paused():
        if file.suffix == ".csv":
            return _read_csv(disk, file)
        tail = Tail(disk)
        history = History.replay(_records(disk, file, tail))
    return Reading(
        history=history, damage=tail.damage, folder=file.parent, file=file, bytes=tail.offset
    )


def _read_csv(disk: Disk, file: Path) -> Reading:
    journal, tail, history = file.with_name(JOURNAL), Tail(disk), History()
    if file.name == CSV and journal.exists():
        history = History.replay(_records(disk, journal, tail))
    try:
        table, size = read_table(disk, file), file.stat().st_size
    except OSError as error:
        raise _unreadable(file, error) from error
    records, damage = settled(history, table, history.last_at or "", "")
    for record in records:
        history.apply(record)
    damage = [*damage, *tail.damage]
    return Reading(history=history, damage=damage, folder=file.parent, file=file, bytes=size)


def iterate(path: Path, disk: Disk | None = None) -> Iterator[Record]:
    """Give every record of a study, one by one, in order."""
    disk, file = disk or Disk(), find(path)
    if file.suffix != ".csv":
        yield from _records(disk, file, Tail(disk))
        return
    journal, history = file.with_name(JOURNAL), History()
    if file.name == CSV and journal.exists():
        for record in _records(disk, journal, Tail(disk)):
            history.apply(record)
            yield record
    try:
        table = read_table(disk, file)
    except OSError as error:
        raise _unreadable(file, error) from error
    yield from settled(history, table, history.last_at or "", "")[0]


def _records(disk: Disk, file: Path, tail: Tail) -> Iterator[Record]:
    try:
        descriptor = disk.open(file, os.O_RDONLY | os.O_NONBLOCK, follow=True)
    except OSError as error:
        raise _unreadable(file, error) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{file} is not a file", hint="name the folder of a study")
        yield from tail.records(descriptor)
    except OSError as error:
        raise _unreadable(file, error) from error
    finally:
        with suppress(OSError):
            disk.close(descriptor)


def _unreadable(file: Path, error: OSError) -> LedgerError | UsageError:
    if isinstance(error, FileNotFoundError):
        return UsageError(f"{file} is not there any more", hint="see whether it was moved")
    return LedgerError(f"{file} cannot be read: {error.strerror}", hint="see that you may read it")
