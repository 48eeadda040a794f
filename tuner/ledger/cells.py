r"""One cell of a table: a value as text that people and spreadsheets can read, and exactly back.

Numbers, `true`, `false` and `null` stand as they are. Text stands as it is too, except where a
reader would take it for something else or a spreadsheet would run it as a formula: then an
apostrophe comes first, which every spreadsheet understands as "this is text". An empty cell means
that there is no value. No cell ever holds a line break, so that a row is a line and a torn row
damages itself only: text with control characters or broken characters stands as a JSON string.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from tuner.study import Value

TEXT = "'"
JSON = '"'
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
WORDS: dict[str, Value] = {"null": None, "true": True, "false": False}
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|-?inf|nan")
_QUOTED = re.compile(r'[,"\r\n]')
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")
LONGEST_WHOLE = 4000  # digits; Python refuses to read many more


def cell(value: Value) -> str:
    r"""Write a value.

    Example:
        >>> [cell(v) for v in (1, 1.0, "1", True, "true", None, "", "adam", "=1+1", "a\nb")]
        ['1', '1.0', "'1", 'true', "'true", 'null', "'", 'adam', "'=1+1", '"a\\nb"']
    """
    return WRITERS[type(value)](value)


@lru_cache(maxsize=4096)
def _text(text: str) -> str:
    if _BREAKS.search(text):
        return json.dumps(text)
    if not text or text[0] in (TEXT, JSON) or text.startswith(FORMULA) or not _plain(text):
        return TEXT + text
    return text


def _as_plain(value: object) -> Value:
    """Take a subclass, or a scalar of numpy, for what it is."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float):
        return int(value) if isinstance(value, int) else float(value)
    return value.item()  # type: ignore[attr-defined, no-any-return]  # of numpy


def _plain(text: str) -> bool:
    return text not in WORDS and not _WHOLE.fullmatch(text) and not _FLOAT.fullmatch(text)


class _Writers(dict[type, Callable[[Any], str]]):
    """How a value of each type is written; one of no plain type, as what it stands for."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        return lambda value: cell(_as_plain(value))


WRITERS = _Writers(
    {
        str: _text,
        int: repr,
        float: repr,
        bool: {True: "true", False: "false"}.__getitem__,
        type(None): lambda _none: "null",
    }
)


def read_cell(text: str) -> Value:
    """Read what `cell` wrote, or what a person typed. The empty cell is the caller's business."""
    first = text[:1]
    if first == TEXT:
        return text[1:]
    if first == JSON:
        return _json_text(text)
    if text in WORDS:
        return WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text) if len(text) < LONGEST_WHOLE else text
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _json_text(text: str) -> str:
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return inner if isinstance(inner, str) else text


def list_cell(texts: Sequence[str]) -> str:
    """Write a list of texts: tags and device ids with blanks between them, anything else as JSON.

    Example:
        >>> list_cell(["exclude", "lucky"]), list_cell(["no way"])
        ('exclude lucky', '["no way"]')
    """
    tags = all(_TAG.fullmatch(text) for text in texts)
    return " ".join(texts) if tags else json.dumps(list(texts))


def read_list(text: str) -> list[str]:
    """Read what `list_cell` wrote, or what a person typed."""
    if text[:1] == "[":
        try:
            return [str(each) for each in json.loads(text)]
        except (ValueError, RecursionError):
            return [text]
    return text.split()


def row_line(cells: Sequence[str]) -> str:
    """Join cells to a line, without its line feed."""
    line = ",".join(cells)
    if '"' in line or line.count(",") >= len(cells):
        return ",".join(_quoted(text) for text in cells)
    return line


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text


def read_row(line: str) -> list[str]:
    """Take a line apart. Raises ValueError when its quotes do not match."""
    return list(_split(line))


_PIECE = re.compile(r'"((?:[^"]|"")*)"(,|$)|([^",]*)(,|$)')


def _split(line: str) -> Iterator[str]:
    place = 0
    while True:
        piece = _PIECE.match(line, place)
        if piece is None:
            raise ValueError("its quotes do not match")
        quoted, comma, bare, bare_comma = piece.groups()
        yield bare if quoted is None else quoted.replace('""', '"')
        if not (comma or bare_comma):
            return
        place = piece.end()
