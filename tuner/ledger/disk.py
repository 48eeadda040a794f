"""The system calls of the ledger, in one small object, so that a test can make the n-th one fail.

Every file of the room is opened here: never through a symbolic link unless a reader asks for it,
never inherited by a job.
"""

import errno
import os
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_FOLDER_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF})  # some network file systems


class Disk:
    """The real one. Each method is one system call."""

    def open(self, path: Path, flags: int, *, follow: bool = False) -> int:
        """Open or create a file of mode 0600, or a folder."""
        flags |= os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
        return os.open(path, flags, 0o600)

    def close(self, descriptor: int) -> None:
        """Let go of a file."""
        os.close(descriptor)

    def read(self, descriptor: int, count: int, offset: int) -> bytes:
        """Give at most `count` bytes from `offset` on."""
        return os.pread(descriptor, count, offset)

    def write(self, descriptor: int, data: bytes) -> int:
        """Write, and say how many bytes went: fewer than all on a disk that is filling up."""
        return os.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        """Return once the bytes are safe."""
        os.fsync(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file."""
        os.ftruncate(descriptor, size)

    def size(self, descriptor: int) -> int:
        """Give the length of an open file."""
        return os.fstat(descriptor).st_size

    def rename(self, source: Path, target: Path) -> None:
        """Put a file in the place of another, in one step."""
        os.replace(source, target)  # noqa: PTH105  one system call a method

    def remove(self, path: Path) -> None:
        """Remove a name."""
        os.unlink(path)  # noqa: PTH108  one system call a method

    def names(self, folder: Path) -> list[str]:
        """List a folder."""
        return os.listdir(folder)  # noqa: PTH208  one system call a method


def write_all(disk: Disk, descriptor: int, data: bytes) -> None:
    """Write every byte; one call unless the disk cuts it short. Raises OSError when it is full."""
    done = disk.write(descriptor, data)
    while done < len(data):
        count = disk.write(descriptor, data[done:])
        if not count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done += count


def sync_folder(disk: Disk, folder: Path) -> None:
    """Make the names in a folder safe: new files and renames are only then."""
    descriptor = disk.open(folder, os.O_RDONLY | os.O_DIRECTORY, follow=True)
    try:
        disk.fsync(descriptor)
    except OSError as error:
        if error.errno not in NO_FOLDER_SYNC:
            raise
    finally:
        disk.close(descriptor)


def replace_file(disk: Disk, target: Path, data: bytes, *, mark: str) -> None:
    """Put new content in the place of a file: readers see all of the old or all of the new.

    `mark` tells the temporary files of several writers apart.
    """
    fresh = target.with_name(f".{target.name}.{mark}.tmp")
    descriptor = disk.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    try:
        try:
            write_all(disk, descriptor, data)
            disk.fsync(descriptor)
        finally:
            disk.close(descriptor)
        disk.rename(fresh, target)
    except OSError:
        discard(disk, fresh)
        raise
    sync_folder(disk, target.parent)


def discard(disk: Disk, path: Path) -> None:
    """Remove a file if that is possible."""
    try:
        disk.remove(path)
    except OSError:
        return
