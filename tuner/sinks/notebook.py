"""What a sink has been given: a file of lines beside it, so that nothing is given twice or never.

`begun` is on disk before a trial is written and `written` after it: what a killed process had begun
is taken back and written again. Standard library only: `tuner status` reads it.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tuner.sinks.spec import KINDS, label_of
from tuner.study import History, Trial

FOLDER = "sinks"
What = Literal["begun", "written", "failed"]


@dataclass(kw_only=True)
class Standing:
    """How far a sink is.

    Attributes:
        written, begun: id of a trial to the number of the record that ended it.
        error: what was said when something failed last, and nothing has been written since.
    """

    label: str
    written: dict[int, int] = field(default_factory=dict)
    begun: dict[int, int] = field(default_factory=dict)
    error: str = ""

    def take(self, line: dict[str, Any]) -> None:
        """Take one more line in."""
        trial, finish = int(line.get("trial", 0)), int(line.get("finish", 0))
        match line.get("what"):
            case "begun":
                self.begun[trial] = finish
                self.written.pop(trial, None)
            case "written":
                self.written[trial], self.error = finish, ""
                self.begun.pop(trial, None)
            case "failed":
                self.error = str(line.get("error", ""))
            case _:
                pass  # of a newer version

    def record(self, history: History) -> dict[str, Any]:
        """Give it as plain JSON types."""
        lacking = len(self.lacking(history))
        error = self.error or None
        return {
            "sink": self.label,
            "written": len(self.written),
            "lacking": lacking,
            "error": error,
        }

    def in_words(self, history: History) -> str:
        """Say on one line what it lacks, and why."""
        lacking = len(self.lacking(history))
        trials = "1 trial is" if lacking == 1 else f"{lacking:,} trials are"
        return f"sink {self.label}: {trials} not written: {self.error}"

    def lacking(self, history: History) -> list[Trial]:
        """Give the trials that have ended and are not written as they ended, in that order."""
        ended = (trial for trial in history.trials.values() if not trial.open)
        absent = [t for t in ended if self.written.get(t.id) != t.finish_number]
        return sorted(absent, key=lambda trial: trial.finish_number)

    def gone(self, history: History) -> Iterable[int]:
        """Give the trials that are written and run once more."""
        return [n for n in self.written if n in history.trials and history.trials[n].open]


def standing_of(folder: Path, label: str) -> Standing:
    """Read how far a sink of a study is."""
    standing = Standing(label=label)
    try:
        lines = _file(folder, label).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return standing
    for text in lines:
        try:
            standing.take(json.loads(text))
        except (ValueError, TypeError, AttributeError):  # cut off by a crash
            continue
    return standing


def standings(folder: Path, history: History) -> list[Standing]:
    """Read how far every sink is that the study's configuration names."""
    found = []
    for node in (history.config or {}).get("sinks") or ():
        try:
            label = label_of(KINDS[node["type"]](**node))
        except (LookupError, TypeError, ValueError):  # of a newer version
            continue
        found.append(standing_of(folder, label))
    return found


class Notebook:
    """The file, open for writing; what stands there is `standing`."""

    def __init__(self, folder: Path, label: str) -> None:
        self.standing = standing_of(folder, label)
        file = _file(folder, label)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(file, flags, 0o600)
        os.write(self._descriptor, b"\n" if file.stat().st_size else b"")  # behind a torn line

    def note(self, what: What, trial: Trial, error: str = "") -> None:
        """Write a line and see that it is on disk."""
        line: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "what": what}
        line |= {"trial": trial.id, "finish": trial.finish_number}
        line |= {"error": error} if error else {}
        os.write(self._descriptor, json.dumps(line).encode() + b"\n")
        os.fsync(self._descriptor)
        self.standing.take(line)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def _file(folder: Path, label: str) -> Path:
    return folder / FOLDER / f"{label}.jsonl"
