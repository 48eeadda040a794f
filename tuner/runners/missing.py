"""Words for a metric that was not found: what is there instead, and what it looks like.

Called only when an attempt ended well and said nothing, so it may read files once more.
"""

import csv
import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import assert_never

from tuner import wire
from tuner.runners.printed import BEFORE, BETWEEN, NUMBER, flat, json_line, plain
from tuner.runners.sources import lines_of
from tuner.runners.tfevents import tags
from tuner.study import Source

NAMED = re.compile(rf"(?<![\w./-])[\"']?([^\W\d][\w./-]*){BETWEEN}({NUMBER})(?![\w%])")
MOST_LINES, MOST_NAMES, SHOWN = 200_000, 500, 3


def explain(name: str, source: Source, folder: Path) -> str:
    """Say in one line why there is no value for `name`."""
    where = source.where or ""
    match source.kind:
        case "stdout":
            return _not_printed(name, folder)
        case "regex":
            return f"nothing on standard output matches {where!r}{_quiet(folder)}"
        case "tensorboard":
            return _among(where or name, tags(folder), "the event files", "tags")
        case "return":
            found = _keys_of_json(folder / wire.RESULT_NAME)
            return _among(name, found or [], "what the function returned", "names")
        case "file" | "json" | "csv":
            return _not_in_file(name, source, folder / where)
    assert_never(source.kind)


def _not_printed(name: str, folder: Path) -> str:
    odd = _odd(name, folder / wire.STDOUT_NAME)
    if odd:
        return f"{name} is followed by {odd!r}, which is not a plain number"
    names = names_in(folder / wire.STDOUT_NAME)
    if name in names_in(folder / wire.STDERR_NAME):
        return f"{name} was printed on standard error; only standard output is read"
    return _among(name, names, "standard output", "names") + _quiet(folder)


def _odd(name: str, path: Path) -> str | None:
    """Give the text that stands where a number should, the last time that the name occurs."""
    pattern = re.compile(rf"{BEFORE}{re.escape(name)}{BETWEEN}(\S{{1,40}})")
    odd = None
    for line in lines_of(path, whole=True):
        if name in line and (match := pattern.search(plain(line))) and re.search(r"\d", match[1]):
            odd = match[1].rstrip(",;")
    return odd


def names_in(path: Path) -> dict[str, str]:
    """Give what looks like a named number in a text, with the last number of each."""
    found: dict[str, str] = {}
    for count, raw in enumerate(lines_of(path, whole=True)):
        if count > MOST_LINES or len(found) > MOST_NAMES:
            break
        line = plain(raw)
        body = json_line(line)
        if body is not None:
            found.update((key, f"{value:g}") for key, value in body.items())
        else:
            found.update((match[1], match[2]) for match in NAMED.finditer(line))
    return found


def _not_in_file(name: str, source: Source, path: Path) -> str:
    where = source.where or ""
    if not path.exists():
        stray = Path(where)
        advice = f"write it to {{trial.dir}}/{where} (or ${wire.TRIAL_DIR})"
        if stray.exists():
            return f"{where} is in the working folder, where trials overwrite each other; {advice}"
        return f"there is no file {where} in the trial's folder; {advice}"
    match source.kind:
        case "csv":
            found = next(csv.reader(lines_of(path, whole=True)), [])
        case "file":
            bodies = (json_line(line) or {} for line in lines_of(path, whole=True))
            found = list(dict.fromkeys(key for body in bodies for key in body))
        case _:
            keys = _keys_of_json(path)
            if keys is None:
                return f"{where} is no JSON object"
            found = keys
    return _among(name, found, where, "columns" if source.kind == "csv" else "names")


def _keys_of_json(path: Path) -> list[str] | None:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return list(flat(body)) if isinstance(body, dict) else None


def _among(name: str, found: Iterable[str], place: str, kind: str) -> str:
    """Say that a name is not there, and which come nearest."""
    there = list(found)
    if not there:
        return f"there is no {name} in {place}, which has no {kind} with numbers"
    shown = nearest(name, there)
    numbers = found if isinstance(found, dict) else {}
    listed = ", ".join(f"{key}={numbers[key]}" if key in numbers else key for key in shown)
    return f"there is no {name} in {place}; nearest: {listed}"


def nearest(name: str, there: list[str]) -> list[str]:
    """Give the names that look most like one, at most three.

    Example:
        >>> nearest("val_acc", ["epoch", "valid_acc", "val/acc", "loss"])
        ['val/acc', 'valid_acc']
    """
    by_shape = {re.sub(r"[\W_]", "", each.lower()): each for each in reversed(there)}
    shape = re.sub(r"[\W_]", "", name.lower())
    close = get_close_matches(shape, by_shape, n=SHOWN, cutoff=0.5)
    inside = [each for each in by_shape if each not in close and (each in shape or shape in each)]
    return [by_shape[each] for each in (*close, *inside)][:SHOWN] or there[:SHOWN]


def _quiet(folder: Path) -> str:
    """Add that nothing was printed at all, if so."""
    try:
        empty = (folder / wire.STDOUT_NAME).stat().st_size == 0
    except OSError:
        empty = True
    return " (the job printed nothing)" if empty else ""
