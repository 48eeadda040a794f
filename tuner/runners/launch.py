"""A supervisor process and the two pipes to it: how one is started, told, heard and outlived."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tuner import wire
from tuner.runners.command import Invocation
from tuner.runners.spec import JobSpec
from tuner.study import Started

SUPERVISOR = Path(__file__).with_name("supervisor.py")
LOOK_S = 0.02
UNKILLABLE_S = 2.0  # a process that does not end so long after a SIGKILL is given up


def plan_of(
    spec: JobSpec,
    made: Invocation,
    folder: Path,
    *,
    gpus: float,
    needles: Iterable[str],
    pattern: str | None,
    secrets: Iterable[str],
) -> bytes:
    """Write the plan that a supervisor reads first; secrets are in it by name only."""
    fields: list[tuple[str, object]] = [
        ("folder", folder),
        ("cwd", made.cwd),
        ("grace", spec.grace_s),
        ("timeout", spec.timeout_s),
        ("log_cap", spec.log_cap),
        ("gpus", gpus),
        ("limit_memory", spec.limit_memory),
        ("limit_file", spec.limit_file),
        ("limit_cpu", spec.limit_cpu_s),
        ("pattern", pattern),
        *(("arg", text) for text in made.argv),
        *(("set", f"{name}={text}") for name, text in made.env.items()),
        *(("needle", text) for text in needles),
        *(("secret", name) for name in secrets),
    ]
    said = (f"{name}={value}" for name, value in fields if value is not None)
    return b"".join(os.fsencode(field) + b"\0" for field in said) + b"\0"


class Launched:
    """One supervisor, from its start until it is reaped. It waits for a plan, and then for `go`.

    Attributes:
        status: becomes readable when it has said how the job ended, or is gone.
        ticks: when it was started, in clock ticks since boot.
    """

    def __init__(self) -> None:
        self.status, theirs = os.pipe()
        control, self._control = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-E", str(SUPERVISOR), str(theirs), str(os.getpid())],
                stdin=control,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs,),
                start_new_session=True,  # a terminal's Ctrl-C is for the tuner alone
            )
        except OSError:
            os.close(self.status)
            os.close(self._control)
            raise
        finally:
            os.close(theirs)
            os.close(control)
        self.pid = self._process.pid
        self.ticks = wire.start_ticks(self.pid)
        self._heard = b""

    @property
    def gone(self) -> bool:
        """It has ended, of itself or killed by somebody."""
        return self._process.poll() is not None

    def say(self, command: bytes) -> None:
        """Send a command; a supervisor that is gone hears nothing."""
        with suppress(OSError):
            while command:
                command = command[os.write(self._control, command) :]

    def hear(self) -> bool:
        """Take in what it says without waiting; True when no more will come."""
        # It may be gone without an end of file: a process that another thread forked just when the
        # pipe was made holds it open.
        gone = self.gone
        while readable(self.status):
            data = os.read(self.status, 65536)
            self._heard += data
            if not data or data.endswith(b"\n"):
                return True
        return gone

    def finish(self) -> str:
        """Let go of it, wait until it is gone, and give what it said."""
        os.close(self._control)
        self._process.wait()
        os.close(self.status)
        return self._heard.decode(errors="replace")


def readable(descriptor: int) -> bool:
    """Say whether there is something to read, or nothing more to come."""
    return wait_readable([descriptor], 0.0)


def wait_readable(descriptors: Iterable[int], timeout_s: float) -> bool:
    """Sleep until one of them can be read, at most `timeout_s`."""
    poll = select.poll()
    for descriptor in descriptors:
        poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(timeout_s * 1000))


class Orphans:
    """Attempts of dead tuners, whose supervisors are given the time to clear up.

    Args:
        patience_s: from the first look on; what is left then is killed.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._until: dict[str, float] = {}

    def gone(self, start: Started) -> bool:
        """Say whether nothing of an attempt is left. Looks and never waits: ask again."""
        now = time.monotonic()
        until = self._until.setdefault(start.folder, now + self._patience_s)
        if now > until + UNKILLABLE_S:
            return True
        if not alive(start):
            return not kill_marked(start.folder)
        if now > until:
            with suppress(OSError):
                os.kill(start.pid, signal.SIGKILL)
        return False


def alive(start: Started) -> bool:
    """Say whether the supervisor of an attempt is still there: the same process, not its pid."""
    if start.pid <= 0 or start.boot_id != wire.boot_id() or not start.pid_started:
        return False
    return wire.start_ticks(start.pid) == start.pid_started


def sweep(folder: str) -> None:
    """Kill what a job left that lost its supervisor, and wait until it is gone.

    The one case in which that happens is a SIGKILL to the supervisor itself.
    """
    until = time.monotonic() + UNKILLABLE_S
    while kill_marked(folder) and time.monotonic() < until:
        time.sleep(LOOK_S)


def kill_marked(folder: str) -> bool:
    """Kill whatever has an attempt's folder in its environment; True if there was such a process.

    Where there is no /proc nothing is found.
    """
    mark = os.fsencode(f"{wire.TRIAL_DIR}={folder}")
    marked = [pid for pid in pids() if pid != os.getpid() and mark in environment_of(pid)]
    for pid in marked:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    return bool(marked)


def pids() -> list[int]:
    """Give the processes of this machine."""
    try:
        return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    except OSError:
        return []


def environment_of(pid: int) -> list[bytes]:
    """Give the environment a process was started with; empty where it is not ours to see."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
