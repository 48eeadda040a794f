"""The last line that a failed trial wrote, where its message does not tell it already. Reads logs."""

import os
from pathlib import Path

from tuner.study import Trial
from tuner.wire import STDERR_NAME, STDOUT_NAME

TAIL = 4096  # bytes of a log that are looked at


def last_words(trial: Trial) -> str:
    """Give the last line of its standard error, else of its output; empty where there is none."""
    if trial.start is None or not trial.start.folder:
        return ""
    said = trial.finish.message or "" if trial.finish else ""
    for name in (STDERR_NAME, STDOUT_NAME):
        line = last_line(Path(trial.start.folder) / name)
        if line:
            return "" if line in said else line
    return ""


def silent(trial: Trial) -> bool:
    """Say whether there is nothing in its standard error; not where the log cannot be found."""
    if trial.start is None or not trial.start.folder:
        return False
    try:
        return (Path(trial.start.folder) / STDERR_NAME).stat().st_size == 0
    except OSError:
        return False


def last_line(log: Path) -> str:
    """Give the last line of a file that says something; empty if it cannot be read."""
    try:
        descriptor = os.open(log, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            start = max(0, os.fstat(descriptor).st_size - TAIL)
            end = os.pread(descriptor, TAIL, start)
        finally:
            os.close(descriptor)
    except OSError:
        return ""
    lines = (line.strip() for line in reversed(end.decode(errors="replace").splitlines()))
    return next((line for line in lines if line), "")
