"""Results files: one JSON object a line, appended as runs end, so that a run cut short goes on."""

import json
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def read(path: Path) -> list[Line]:
    """Read a results file, if it is there; a last line that was cut off is none."""
    if not path.exists():
        return []
    whole, newline, _ = path.read_text(encoding="utf-8").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()] if newline else []


def append(path: Path, line: Line) -> None:
    """Append one line, in place of one that was cut off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(line, separators=(",", ":")).encode() + b"\n")


def done(path: Path, trials: int, options: str = "") -> set[tuple[str, int]]:
    """Say which problems and seeds were run for so many trials, or as far as the tool came.

    Where options of a run are told, only of those with the same ones.
    """
    return {
        (line["problem"], line["seed"])
        for line in read(path)
        if (line["trials"] >= trials or "error" in line) and line.get("options", "") == options
    }
