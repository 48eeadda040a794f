r"""One cell of a table: a value as text that people and spreadsheets can read, and exactly back.

Numbers, `true`, `false` and `null` stand as they are. Text stands as it is too, except where a
reader would take it for something else or a spreadsheet would run it as a formula: then an
apostrophe comes first, which every spreadsheet understands as "this is text". An empty cell means
that there is no value. No cell ever holds a line break, so that a row is a line and a torn row
damages itself only: text with control characters or broken characters stands as a JSON string.
"""

import json
import re
from collections.abc import Iterator, Sequence

from tuner.study import Value

TEXT = "'"
JSON = '"'
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
WORDS: dict[str, Value] = {"null": None, "true": True, "false": False}
_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|-?inf|nan")
_QUOTED = re.compile(r'[,"\r\n]')
LONGEST_WHOLE = 4000  # digits; Python refuses to read many more


def cell(value: Value) -> str:
    r"""Write a value.

    Example:
        >>> [cell(v) for v in (1, 1.0, "1", True, "true", None, "", "adam", "=1+1", "a\nb")]
        ['1', '1.0', "'1", 'true', "'true", 'null', "'", 'adam', "'=1+1", '"a\\nb"']
    """
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return int.__repr__(value)
    return float.__repr__(value)


def _text(text: str) -> str:
    if _BREAKS.search(text):
        return json.dumps(text)
    if not text or text[0] in (TEXT, JSON) or text.startswith(FORMULA) or not _plain(text):
        return TEXT + text
    return text


def _plain(text: str) -> bool:
    return text not in WORDS and not _WHOLE.fullmatch(text) and not _FLOAT.fullmatch(text)


def read_cell(text: str) -> Value:
    """Read what `cell` wrote, or what a person typed. The empty cell is the caller's business."""
    first = text[:1]
    if first == TEXT:
        return text[1:]
    if first == JSON:
        return _json_text(text)
    if text in WORDS:
        return WORDS[text]
    if _WHOLE.fullmatch(text) and len(text) < LONGEST_WHOLE:
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _json_text(text: str) -> str:
    try:
        inner = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return inner if isinstance(inner, str) else text


def row_line(cells: Sequence[str]) -> str:
    """Join cells to a line, without its line feed."""
    return ",".join(_quoted(text) for text in cells)


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
