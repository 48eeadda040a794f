"""Who works on a study: the name of a process, and whether it still lives. No wall clock anywhere.

Called when a study is opened, and by the loop for trials that another process left open. A process
of this host is looked up by its pid and start time; one of another host leaves a heartbeat in the
study's folder, and counts as dead once that has stood still for a minute of our own clock.
"""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from tuner import wire
from tuner.ledger.disk import Disk, discard

FOLDER = "workers"
BEAT_S = 5.0
STILL_S = 60.0
SEPARATORS = 3


class Worker(NamedTuple):
    """The parts of a worker's name, `host/boot/pid/start`."""

    host: str
    boot: str
    pid: str
    start: str

    @classmethod
    def parse(cls, name: str) -> Self:
        """Take a name apart; one of another form is a host and nothing else."""
        parts = name.rsplit("/", 3)
        return cls(*parts) if len(parts) == len(cls._fields) else cls(name, "", "0", "0")

    def runs_here(self) -> bool:
        """Say whether it runs on this host: false after a reboot, and when the pid is another's."""
        if self.boot != wire.boot_id() or not self.pid.isdecimal():
            return False
        ticks = wire.start_ticks(int(self.pid))
        return ticks > 0 and f"{ticks:.0f}" == self.start

    @property
    def file(self) -> str:
        """Name of its heartbeat: no separators, whatever a foreign ledger says."""
        return "~".join("".join(c for c in part if c.isalnum() or c in ".-_") for part in self)


def this_worker() -> str:
    """Name this process for ever: `host/boot/pid/start`."""
    pid = os.getpid()
    return f"{os.uname().nodename}/{wire.boot_id()}/{pid}/{wire.start_ticks(pid):.0f}"


class Presence:
    """The heartbeat of this process, and what it sees of the others'.

    Beats from a thread of its own, unless `beat_s` is 0: then only when `beat` is called.
    """

    def __init__(
        self,
        folder: Path,
        worker: str | None = None,
        *,
        beat_s: float = BEAT_S,
        monotonic: Callable[[], float] = time.monotonic,
        disk: Disk | None = None,
    ) -> None:
        self.worker = worker or this_worker()
        self.folder = folder / FOLDER
        self._own = self.folder / Worker.parse(self.worker).file
        self._monotonic, self._disk = monotonic, disk or Disk()
        self._seen: dict[str, tuple[bytes, float]] = {}
        self._count, self._mutex = 0, threading.Lock()
        self._over = threading.Event()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.beat()
        if beat_s:
            threading.Thread(
                target=self._keep_beating, args=(beat_s,), name="tuner-heartbeat", daemon=True
            ).start()

    def _keep_beating(self, beat_s: float) -> None:
        while not self._over.wait(beat_s):
            self.beat()
            self.others_alive()

    def beat(self) -> None:
        """Show once more that this process lives. A full disk may keep it from doing so."""
        with self._mutex:
            if self._over.is_set():
                return
            self._count += 1
            with suppress(OSError):
                descriptor = self._disk.open(self._own, os.O_WRONLY | os.O_CREAT)
                try:
                    self._disk.write(descriptor, b"%020d\n" % self._count)
                finally:
                    self._disk.close(descriptor)

    def is_alive(self, worker: str) -> bool:
        """Say whether a process that wrote facts still works; on another host, after a while."""
        if worker == self.worker:
            return True
        them, us = Worker.parse(worker), Worker.parse(self.worker)
        if them.host == us.host:
            return them.runs_here()
        return self._beats(them)

    def _beats(self, them: Worker) -> bool:
        now, count = self._monotonic(), self._read(self.folder / them.file)
        known, since = self._seen.get(them.file, (None, now))
        if known != count:
            since = now
        self._seen[them.file] = count, since
        return now - since < STILL_S

    def _read(self, path: Path) -> bytes:
        try:
            descriptor = self._disk.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
            return b""
        try:
            return self._disk.read(descriptor, 32, 0)
        except OSError:
            return b""
        finally:
            self._disk.close(descriptor)

    def others_alive(self) -> bool:
        """Say whether other processes work on the study; clears up after those that are dead."""
        alive = False
        with suppress(OSError):
            for name in set(self._disk.names(self.folder)) - {self._own.name}:
                if self.is_alive(name.replace("~", "/")):
                    alive = True
                else:
                    discard(self._disk, self.folder / name)
        return alive

    def close(self) -> None:
        """Leave the study."""
        with self._mutex:
            self._over.set()
            discard(self._disk, self._own)


def is_alive(worker: str, presence: Presence) -> bool:
    """Say whether a process that wrote facts still works, as far as `presence` has seen."""
    return presence.is_alive(worker)


def remove_leftovers(folder: Path, disk: Disk) -> None:
    """Remove temporary files of processes of this host that were killed while they wrote one."""
    here = os.uname().nodename
    with suppress(OSError):
        for name in disk.names(folder):
            if name.startswith(".") and name.endswith(".tmp") and name.count("~") == SEPARATORS:
                them = Worker.parse(name.removesuffix(".tmp").replace("~", "/"))
                if them.host.endswith(f".{here}") and not them.runs_here():
                    discard(disk, folder / name)
