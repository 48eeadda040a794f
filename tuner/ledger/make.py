"""Spec -> Ledger, and the folder it lives in."""

import os
from pathlib import Path
from typing import assert_never

from tuner.errors import UsageError
from tuner.ledger.base import Ledger
from tuner.ledger.csv_ledger import NAME as CSV
from tuner.ledger.csv_ledger import CsvLedger
from tuner.ledger.disk import Disk, sync_folder
from tuner.ledger.jsonl import NAME as JSONL
from tuner.ledger.jsonl import JsonlLedger, ledger_error
from tuner.ledger.lock import PATIENCE_S, LocalLock, Lock
from tuner.ledger.shared_lock import SHARED, SharedLock, file_system
from tuner.ledger.spec import LedgerSpec
from tuner.ledger.stamp import Stamp
from tuner.ledger.workers import remove_leftovers

LOCK = "ledger.lock"
SHARED_LOCK = "ledger.lock.shared"
OTHER = {JSONL: CSV, CSV: JSONL}


def make_ledger(
    folder: Path,
    spec: LedgerSpec,
    stamp: Stamp,
    *,
    disk: Disk | None = None,
    patience_s: float = PATIENCE_S,
    kind: str | None = None,
    take_over: bool = False,
) -> Ledger:
    """Open or create the ledger of a study. Long because of what its arguments need said.

    Args:
        folder: made with mode 0700 if it is not there.
        spec: which format.
        stamp: who writes, and the sources of time.
        disk: the system calls; the real ones when None.
        patience_s: how long to wait for another holder of the lock.
        kind: of file system; looked up when None.
        take_over: a person said that the holder on another host is gone.

    Raises:
        UsageError: the folder is another user's, or holds a ledger of the other format.
        LedgerLockedError: another process holds the lock.
        LedgerError: a file cannot be opened or made.
    """
    disk = disk or Disk()
    make_folder(folder)
    remove_leftovers(folder, disk)
    name = JSONL if spec.format == "jsonl" else CSV
    if (folder / OTHER[name]).exists():
        raise UsageError(
            f"{folder} holds a ledger in {OTHER[name]}, and {name} was asked for",
            hint="set `ledger: {format: …}` to the format that is there, or choose another `dir`",
        )
    kind = file_system(folder) if kind is None else kind
    lock = _lock(folder, stamp, disk, kind=kind, patience_s=patience_s, take_over=take_over)
    ledger: JsonlLedger | CsvLedger
    match spec.format:
        case "jsonl":
            ledger = JsonlLedger(folder / JSONL, stamp, lock, disk)
        case "csv":
            ledger = CsvLedger(folder, stamp, lock, disk)
        case _:
            assert_never(spec.format)
    try:
        sync_folder(disk, folder)
    except OSError as error:
        ledger.close()
        raise ledger_error(folder, "made safe", error) from error
    if kind in SHARED:
        ledger.notices.append(
            f"{folder} is on {kind}: a lock that works between hosts is used; should a host die "
            "while it holds the lock, `--take-over` breaks it"
        )
    return ledger


def make_folder(folder: Path) -> None:
    """Make the folder of a study, mode 0700, or see that the one there is ours."""
    try:
        for missing in [p for p in (folder, *folder.parents) if not p.exists()][::-1]:
            missing.mkdir(mode=0o700, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise UsageError(
            f"the folder {folder} cannot be used: {error.strerror}",
            hint="choose another `dir`, or see that this one may be written to",
        ) from error
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", hint="choose another `dir`")
    if owner != os.geteuid():
        raise UsageError(
            f"the folder {folder} belongs to another user",
            hint="choose another `dir`: whoever owns the folder could change the study",
        )


def _lock(
    folder: Path, stamp: Stamp, disk: Disk, *, kind: str, patience_s: float, take_over: bool
) -> Lock:
    if kind in SHARED:
        path = folder / SHARED_LOCK
        return SharedLock(path, stamp, disk, patience_s=patience_s, take_over=take_over)
    return LocalLock(folder / LOCK, stamp, disk, patience_s=patience_s)
