"""A CSV file of anybody as rows of texts."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tuner.errors import UsageError
from tuner.interop.documents import read_text

DELIMITERS = (",", ";", "\t")
MOST_COLUMNS = 10_000


@dataclass(frozen=True)
class Sheet:
    """A table as it is written.

    Attributes:
        rows: line number and cells by column; empty cells are left out.
        unread: lines that are no rows, by number, with the reason.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    unread: tuple[tuple[int, str], ...] = ()


def columns_of(head: str) -> tuple[str, ...]:
    """Give the columns that the first line of a table names; () where it is none."""
    try:
        return tuple(name.strip() for name in next(csv.reader([head], delimiter=_mark(head)), []))
    except csv.Error:
        return ()


def read_sheet(path: Path) -> Sheet:
    """Read a table with a header; commas, semicolons or tabs between cells.

    Raises:
        UsageError: it is none, or its header names a column twice.
    """
    rows, unread = [], []
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_mark(text[: text.find("\n")]))
    try:
        columns = tuple(name.strip() for name in next(reader, []))
        _check(path, columns)
        for cells in reader:
            if len(cells) == len(columns):
                row = {n: c for n, c in zip(columns, cells, strict=True) if c and n}
                rows.append((reader.line_num, row))
            elif any(cells):
                said = f"it has {len(cells)} cells where the header has {len(columns)}"
                unread.append((reader.line_num, said))
    except csv.Error as wrong:
        raise UsageError(
            f"{path}: line {reader.line_num} is no line of a table: {wrong}"
        ) from wrong
    return Sheet(columns, tuple(rows), tuple(unread))


def _mark(head: str) -> str:
    """Give what stands between the cells: what the header has most of."""
    return max(DELIMITERS, key=head.count)


def _check(path: Path, columns: tuple[str, ...]) -> None:
    if not any(columns):
        raise UsageError(f"{path} has no header that names columns")
    if len(columns) > MOST_COLUMNS:
        raise UsageError(
            f"{path} has {len(columns)} columns; {MOST_COLUMNS} is the most that is read"
        )
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    if twice:
        raise UsageError(f"{path} names the column {twice[0]!r} twice", hint="rename one of them")
