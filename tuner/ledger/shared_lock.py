"""The lock for disks that several hosts share, where `flock` may hold on one host only.

A file made with O_EXCL that names its holder: host, boot, process, start time. Left behind by a
process of this host that is dead, it is broken; left behind by another host, only with leave.
"""

import os
from pathlib import Path
from typing import Any

import orjson

from tuner.errors import LedgerError
from tuner.ledger.disk import discard
from tuner.ledger.lock import Lock
from tuner.ledger.workers import Worker

SHARED = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "lustre",
        "beegfs",
        "fuse.sshfs",
        "fuse.glusterfs",
    }
)


def file_system(path: Path, mounts: str | None = None) -> str:
    r"""Name the type of file system under a path; empty where the system does not say.

    Example:
        >>> file_system(
        ...     Path("/data/a"),
        ...     "1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / /data rw,a shared:1 - nfs4 h:/x rw",
        ... )
        'nfs4'
    """
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    path = path.resolve()
    found, depth = "", -1
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(), right.split()
        if len(fields) < 5 or not kind:  # noqa: PLR2004  the mount point is the fifth field
            continue
        point = Path(_unescaped(fields[4]))
        if path.is_relative_to(point) and len(point.parts) >= depth:
            found, depth = kind[0], len(point.parts)
    return found


def _unescaped(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text


class SharedLock(Lock):
    """O_EXCL: for a disk that other hosts see as well.

    Attributes:
        take_over: a person said that the holder on the other host is gone.
    """

    between_hosts = True

    def __init__(self, *args: Any, take_over: bool = False, **options: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **options)
        self.take_over = take_over

    def _take(self) -> bool:
        try:
            descriptor = self._disk.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return self._break() and self._take()
        try:
            self._disk.write(descriptor, orjson.dumps(self.note()))
        except OSError:
            discard(self._disk, self.path)
            raise
        finally:
            self._disk.close(descriptor)
        return True

    def _give(self) -> None:
        try:
            self._disk.remove(self.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise LedgerError(
                f"the lock {self.path} cannot be removed: {error.strerror}",
                hint="remove it by hand once this process has ended",
            ) from error

    def _break(self) -> bool:
        """Remove the lock of a dead holder; True if that was done.

        Two processes may find the same dead holder. Only one of them can make the file named after
        it, and looks again before it removes anything: a dead process takes no lock any more, so
        what it then sees is still the dead one's, or nothing to touch.
        """
        note = self.read_note()
        if not self._may_break(note):
            return False
        right = self.path.with_name(f"{self.path.name}.{note.get('pid')}.{note.get('start')}")
        try:
            self._disk.close(self._disk.open(right, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        try:
            if self.read_note() == note:
                self._disk.remove(self.path)
                self.take_over = False  # leave was given for one holder
        finally:
            discard(self._disk, right)
        return True

    def _may_break(self, note: dict[str, object]) -> bool:
        try:
            holder = Worker(*(str(note[name]) for name in Worker._fields))
        except KeyError:
            return self.take_over  # made, and its name never written
        if holder.host == Worker.parse(self._stamp.worker).host:
            return not holder.runs_here()
        return self.take_over
