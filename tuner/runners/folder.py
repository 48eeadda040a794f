"""The folder of an attempt: made here, once, inside of the study and nowhere else."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from tuner import wire
from tuner.errors import UsageError

PRIVATE = 0o700
DIRECTORY = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def make_folder(study_dir: Path, folder: Path, *, new: bool = True) -> None:
    """Make `folder` and what is missing above it, without ever passing through a link.

    Args:
        study_dir: the study's own folder, which must be there.
        folder: somewhere below it.
        new: refuse one that is there, unless an attempt that never went left it behind.

    Raises:
        UsageError: the folder would lie outside of the study, or has been used.
    """
    try:
        parts = folder.relative_to(study_dir).parts
    except ValueError:
        parts = ()
    if not parts or ".." in parts:
        raise UsageError(f"{folder} does not lie inside of the study's folder {study_dir}")
    at = os.open(study_dir, os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            at = _enter(at, part, folder)
        if new:
            _make_new(at, parts[-1], folder)
        else:
            at = _enter(at, parts[-1], folder)
    finally:
        os.close(at)


def _enter(at: int, part: str, folder: Path) -> int:
    """Go down one step, making it where it is missing; `at` is closed."""
    with suppress(FileExistsError):
        os.mkdir(part, PRIVATE, dir_fd=at)
    try:
        below = os.open(part, DIRECTORY, dir_fd=at)
    except OSError as wrong:
        raise UsageError(f"{folder}: {part} is a link or no folder") from wrong
    os.close(at)
    return below


def _make_new(at: int, part: str, folder: Path) -> None:
    try:
        os.mkdir(part, PRIVATE, dir_fd=at)
    except FileExistsError:
        _remove_unused(at, part, folder)
        os.mkdir(part, PRIVATE, dir_fd=at)


def _remove_unused(at: int, part: str, folder: Path) -> None:
    """Remove what a tuner prepared that died before it could write the fact: nothing ran there."""
    if not stat.S_ISDIR(os.stat(part, dir_fd=at, follow_symlinks=False).st_mode):
        raise UsageError(f"{folder} exists already and is no folder of ours")
    inside = os.open(part, DIRECTORY, dir_fd=at)
    try:
        names = os.listdir(inside)  # noqa: PTH208 - by descriptor, so that no link can interfere
        if names not in ([], [wire.PARAMS_NAME]):
            raise UsageError(
                f"{folder} has been used already",
                hint="another study may share this folder; give each its own `dir`",
            )
        for name in names:
            os.unlink(name, dir_fd=inside)
    finally:
        os.close(inside)
    os.rmdir(part, dir_fd=at)


def remove_unused(folder: Path) -> None:
    """Remove the folder of an attempt that was prepared and did not go; one in use stays."""
    with suppress(OSError, UsageError):
        at = os.open(folder.parent, DIRECTORY)
        try:
            _remove_unused(at, folder.name, folder)
        finally:
            os.close(at)


def write_new(path: Path, text: str) -> None:
    """Write a private file that must not exist."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
