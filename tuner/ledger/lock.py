"""One writer at a time: an advisory lock on a file beside the ledger that names who holds it.

`flock` on a local disk: the kernel lets go of it when its holder dies, however it dies. The file
itself is never removed. For disks that several hosts share see `shared_lock.py`.
"""

import errno
import fcntl
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from tuner.errors import LedgerError, LedgerLockedError
from tuner.ledger.disk import Disk
from tuner.ledger.stamp import Stamp
from tuner.ledger.workers import Worker

PATIENCE_S = 30.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.0005, 0.02
BUSY = frozenset({errno.EAGAIN, errno.EACCES})
NOTE_WIDTH = 319
LONGEST_NOTE = 4096


class Lock(ABC):
    """A lock that its holder may take again; safe between threads, processes, and hosts if shared.

    Attributes:
        path: the file.
        patience_s: how long to wait for another holder.
        between_hosts: the disk is shared, and what others wrote shows in files opened anew only.
    """

    between_hosts = False

    def __init__(
        self,
        path: Path,
        stamp: Stamp,
        disk: Disk,
        *,
        patience_s: float = PATIENCE_S,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.path, self.patience_s = path, patience_s
        self._stamp, self._disk = stamp, disk
        self._monotonic, self._sleep = monotonic, sleep
        self._thread = threading.RLock()
        self._depth = 0

    @abstractmethod
    def _take(self) -> bool:
        """Try once; False when another holds it. Raises OSError when it cannot be tried."""

    @abstractmethod
    def _give(self) -> None:
        """Let go."""

    @property
    def depth(self) -> int:
        """How often this process holds it."""
        return self._depth

    def acquire(self, patience_s: float | None = None) -> bool:
        """Hold the lock, or say after `patience_s` seconds that another does."""
        patience_s = self.patience_s if patience_s is None else patience_s
        if not self._thread.acquire(timeout=patience_s):
            return False
        try:
            taken = self._depth > 0 or self._wait(patience_s)
        except BaseException:
            self._thread.release()
            raise
        if not taken:
            self._thread.release()
            return False
        self._depth += 1
        return True

    def release(self) -> None:
        """Let go, once for each `acquire`."""
        self._depth -= 1
        try:
            if not self._depth:
                self._give()
        finally:
            self._thread.release()

    def _wait(self, patience_s: float) -> bool:
        give_up_at = self._monotonic() + patience_s
        pause_s = FIRST_PAUSE_S
        while not self._try():
            if self._monotonic() >= give_up_at:
                return False
            share = self._monotonic() * 1e6 % 1  # spreads out those who wait together
            self._sleep(pause_s * (1 + share) / 2)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        return True

    def _try(self) -> bool:
        try:
            return self._take()
        except OSError as error:
            raise self._broken(error) from error

    def _broken(self, error: OSError) -> LedgerError:
        if error.errno == errno.ELOOP:
            return LedgerError(
                f"{self.path} is a symbolic link, and a lock must not be one",
                hint="remove the link",
            )
        return LedgerError(
            f"the ledger cannot be locked: {self.path}: {error.strerror}",
            hint="see that the folder exists and can be written to",
        )

    def __enter__(self) -> Self:
        if not self.acquire():
            raise LedgerLockedError(
                f"{self.path.parent} is being written by {self.holder()}",
                hint="wait for it, or end that process; this one waited "
                f"{self.patience_s:g} s and changed nothing",
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def note(self) -> dict[str, object]:
        """Give what the holder writes about itself."""
        worker = Worker.parse(self._stamp.worker)
        return {**worker._asdict(), "at": self._stamp.at}

    def read_note(self) -> dict[str, object]:
        """Give what the present or last holder wrote about itself; empty if it cannot be read."""
        try:
            descriptor = self._disk.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return {}
        try:
            note = orjson.loads(self._disk.read(descriptor, LONGEST_NOTE, 0))
        except (OSError, ValueError):
            return {}
        finally:
            self._disk.close(descriptor)
        return note if isinstance(note, dict) else {}

    def holder(self) -> str:
        """Name the holder for a person."""
        note = self.read_note()
        if "pid" not in note:
            return "an unknown process"
        said = f"process {note['pid']} on {note.get('host')} (since {note.get('at')})"
        return "".join(filter(str.isprintable, said))


class LocalLock(Lock):
    """`flock`: for a disk of this machine."""

    _descriptor: int | None = None

    def _take(self) -> bool:
        descriptor = self._disk.open(self.path, os.O_RDWR | os.O_CREAT)
        try:
            if not self._flock(descriptor):
                self._disk.close(descriptor)
                return False
        except BaseException:
            self._disk.close(descriptor)
            raise
        self._descriptor = descriptor
        self._sign(descriptor)
        return True

    def _flock(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in BUSY:
                return False
            raise
        try:  # somebody may have removed the file, and others lock its successor
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path))  # noqa: PTH116
        except FileNotFoundError:
            return False

    def _sign(self, descriptor: int) -> None:
        """Say who holds the lock. On a full disk it stays unsaid; the lock holds all the same.

        One write over what stood there: ext4 takes a file that is cut to nothing and written for
        one that must reach the disk at once, and every turn would wait for that.
        """
        note = orjson.dumps(self.note()).ljust(NOTE_WIDTH) + b"\n"
        with suppress(OSError):
            self._disk.write(descriptor, note)
            if self._disk.size(descriptor) > len(note):
                self._disk.truncate(descriptor, len(note))

    def _give(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            self._disk.close(descriptor)  # which lets go of the lock
