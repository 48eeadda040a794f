"""Pieces of a trial's logs, and of nothing else on the disk."""

import os
import stat
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.wire import STDERR_NAME, STDOUT_NAME

NAMES = {"stdout": STDOUT_NAME, "stderr": STDERR_NAME}
MOST = 64 * 1024
"""Bytes of one piece."""

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def piece(study: Path, trial: int, attempt: int, stream: str, start: int | None) -> dict[str, Any]:
    """Give what a log says from a byte on, or its end: text, where it begins and ends, its size.

    Links are not followed on the way from the study's folder.

    Raises:
        UsageError: there is no such log.
    """
    if stream not in NAMES:
        raise UsageError(f"a log is {' or '.join(NAMES)}")
    missing = UsageError(f"trial {trial} has no {stream} of attempt {attempt}")
    try:
        descriptor = _open(study, "trials", str(trial), f"attempt-{attempt}", NAMES[stream])
    except OSError as error:
        raise missing from error
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise missing
        begin = max(0, state.st_size - MOST) if start is None else min(max(0, start), state.st_size)
        data = os.pread(descriptor, MOST, begin)
    finally:
        os.close(descriptor)
    text = data.decode("utf-8", "replace")
    return {"text": text, "from": begin, "to": begin + len(data), "size": state.st_size}


def _open(study: Path, *parts: str) -> int:
    """Open a file below a folder, part by part, none of which may be a link."""
    at = os.open(study, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            below = os.open(part, FOLDER, dir_fd=at)
            os.close(at)
            at = below
        return os.open(parts[-1], FILE, dir_fd=at)
    finally:
        os.close(at)
