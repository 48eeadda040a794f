"""Files of other tools as text and JSON: bounded in size, and every failure one line for a person.

Nothing here makes anything but texts, numbers, lists and dictionaries.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuner.errors import UsageError

MIB = 1024 * 1024
LARGEST = 512 * MIB  # what is read whole has to fit into memory several times over


def read_bytes(path: Path, limit: int = LARGEST) -> bytes:
    """Give what a regular file holds.

    Raises:
        UsageError: it is none, is too large, or cannot be read.
    """
    try:
        if not path.is_file():
            raise UsageError(f"{path} {'is no file' if path.exists() else 'does not exist'}")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise UsageError(f"{path} is larger than {limit / MIB:g} MiB, more than is read at once")
    return data


def read_text(path: Path, limit: int = LARGEST) -> str:
    """Give the text of a UTF-8 file. Raises UsageError as `read_bytes`, and where it is none."""
    try:
        return read_bytes(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise UsageError(f"{path} is not UTF-8 text: byte {wrong.start} does not fit") from wrong


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401  any JSON
    """Read one JSON document, nan and infinities included; ValueError says what is wrong with it."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None


def read_json(path: Path) -> Any:  # noqa: ANN401  any JSON
    """Read a JSON file. Raises UsageError naming it."""
    try:
        return parse_json(read_text(path))
    except ValueError as wrong:
        raise UsageError(f"{path} is not JSON: {wrong}") from wrong


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Give the objects of a file with one JSON document a line, with line numbers from 1.

    A line that is none comes as a ValueError in its place; a last line without its end is left out
    when it is none: it is being written.
    """
    lines = read_bytes(path).split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield number, parse_json(line)
        except ValueError as wrong:
            if number < len(lines):
                yield number, wrong
