"""What `tuner clean` finds and removes: inside the trials' folders, never through a link."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tuner.wire import CHECKPOINT_NAME, STDERR_NAME, STDOUT_NAME

LOGS = (STDOUT_NAME, STDERR_NAME)


def find(trials: Path, ids: Iterable[int], *, logs: bool, checkpoints: bool) -> list[Path]:
    """Name what would go of these trials; their whole folders unless a kind is asked for."""
    found = []
    for number in ids:
        folder = trials / str(number)
        if folder.is_symlink() or not folder.is_dir():
            continue
        if not logs and not checkpoints:
            found.append(folder)
            continue
        if checkpoints and _is_there(folder / CHECKPOINT_NAME):
            found.append(folder / CHECKPOINT_NAME)
        if logs:
            found += _logs_of(folder)
    return found


def _logs_of(folder: Path) -> list[Path]:
    attempts = [a for a in sorted(folder.glob("attempt-*")) if a.is_dir() and not a.is_symlink()]
    return [attempt / name for attempt in attempts for name in LOGS if _is_there(attempt / name)]


def _is_there(path: Path) -> bool:
    """A link counts as itself: it is removed, and what it points to is not."""
    return path.is_symlink() or path.exists()


def size_of(path: Path) -> int:
    """Count the bytes of a file or of all files below a folder; links count as nothing."""
    if path.is_symlink():
        return 0
    if not path.is_dir():
        return path.stat().st_size
    total = 0
    for folder, _, files in os.walk(path):  # does not follow links
        for name in files:
            total += (Path(folder) / name).lstat().st_size
    return total


def remove(path: Path) -> None:
    """Remove a file, a link, or a folder with all below it; `rmtree` steps through no link."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
    else:
        shutil.rmtree(path)
