"""A CSV file of anybody as rows of texts, numbers with a decimal point."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuner.errors import UsageError
from tuner.interop.documents import read_text
from tuner.interop.values import mostly_numbers

DELIMITERS = (",", ";", "\t")
MOST_COLUMNS = 10_000
ONE_WAY = "write all numbers in one way"

POINTED = re.compile(r"[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?")
COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
DOTTED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]+)?")  # dots between thousands
PLAIN = re.compile(r"[+-]?[0-9]+(?:[eE][+-]?[0-9]+)?|nan|<?na>?|#?n/a|-?inf", re.IGNORECASE)
THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")


@dataclass(frozen=True)
class Sheet:
    """A table as it is written.

    Attributes:
        rows: line number and cells by column; empty cells are left out.
        unread: lines that are no rows, by number, with the reason.
        notes: what was decided about decimal commas.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    unread: tuple[tuple[int, str], ...] = ()
    notes: tuple[str, ...] = ()


def columns_of(head: str) -> tuple[str, ...]:
    """Give the columns that the first line of a table names; () where it is none."""
    try:
        return tuple(name.strip() for name in next(csv.reader([head], delimiter=_mark(head)), []))
    except csv.Error:
        return ()


def read_sheet(path: Path) -> Sheet:
    """Read a table with a header; commas, semicolons or tabs between cells.

    Where commas do not part cells they may be decimal ones, as spreadsheets write them in half of Europe.

    Raises:
        UsageError: it is none, or its header names a column twice.
    """
    rows, unread = [], []
    text = read_text(path)
    mark = _mark(text[: text.find("\n")])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
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
    notes = [] if mark == "," else _pointed([row for _, row in rows], columns)
    return Sheet(columns, tuple(rows), tuple(unread), tuple(notes))


def _pointed(rows: list[dict[str, str]], columns: tuple[str, ...]) -> list[str]:
    """Write decimal commas as points, in place, and say so; none where the table has points already.

    A point parts thousands in all of the table where one cell of a column of numbers leaves no doubt:
    1.234,5 or 1.234.567.

    Example:
        >>> rows = [{"lr": "0,1", "opt": "a,b"}, {"lr": "1e-3", "opt": "c"}]
        >>> _pointed(rows, ("lr", "opt")), rows[0]
        (['read with decimal commas: lr'], {'lr': '0.1', 'opt': 'a,b'})
    """
    cells = {name: [row[name].strip() for row in rows if name in row] for name in columns}
    dots = any(map(_parts_thousands, cells.values()))

    def foreign(cell: str) -> bool:
        return bool(COMMA.fullmatch(cell) or (dots and DOTTED.fullmatch(cell)))

    commas = {name: [cell for cell in found if foreign(cell)] for name, found in cells.items()}
    numeric = [
        name
        for name, found in commas.items()
        if found
        and mostly_numbers([foreign(cell) or bool(PLAIN.fullmatch(cell)) for cell in cells[name]])
    ]
    if not numeric:
        return []
    pointed = next(
        (
            name
            for name, found in cells.items()
            if any(POINTED.fullmatch(cell) and not foreign(cell) for cell in found)
        ),
        None,
    )
    if pointed is not None:
        why = f"for {pointed} has decimal points; {ONE_WAY}"
        texts = {
            name: [cell for cell in commas[name] if not POINTED.fullmatch(cell)] for name in numeric
        }
        texts = {name: found for name, found in texts.items() if found}
        return [f"{', '.join(texts)}: {next(iter(texts.values()))[0]} is taken as a text, {why}"]
    for name in numeric:
        for row in rows:
            if name in row and foreign(row[name].strip()):
                row[name] = row[name].strip().replace(".", "").replace(",", ".")
    notes = [f"read with decimal commas: {', '.join(numeric)}"]
    if dots:
        notes.append("read with points between thousands")
    return [*notes, *_doubtful({name: commas[name] for name in numeric})]


def _parts_thousands(cells: Sequence[str]) -> bool:
    """Say whether a column of numbers has one that can only have points between thousands."""
    if not any(DOTTED.fullmatch(cell) and not POINTED.fullmatch(cell) for cell in cells):
        return False
    ways = (DOTTED, COMMA, PLAIN)
    return mostly_numbers([any(way.fullmatch(cell) for way in ways) for cell in cells])


def _doubtful(commas: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Say which columns would look the same if their commas parted thousands."""
    for name, cells in commas.items():
        if all(map(THOUSANDS.fullmatch, cells)):
            advice = "if it means thousands, write it without the comma"
            yield f"{name}: {cells[0]} is read as {cells[0].replace(',', '.')}; {advice}"


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
