"""Where metrics are read from once an attempt has ended: its log, or a file that it wrote.

Each source gives records: numbers that were said together. Nothing here chooses among them; that is
`readings.py`. Damaged or missing files give nothing; `missing.py` finds the words for that.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import assert_never

from tuner import wire
from tuner.runners.printed import flat, json_line, measured, plain, printed
from tuner.runners.tfevents import scalars
from tuner.study import Source

Records = Iterator[Mapping[str, float]]


def records_of(source: Source, names: Sequence[str], folder: Path, *, whole: bool) -> Records:
    """Give what an attempt said.

    Args:
        source: where to read.
        names: the metric first, then the constraints'.
        folder: the attempt's own.
        whole: it ended by itself, so its last line is not half a line.
    """
    where, stdout = source.where or "", folder / wire.STDOUT_NAME
    records: Records
    match source.kind:
        case "stdout":
            records = printed(lines_of(stdout, whole=whole), names)
        case "regex":
            records = matched(stdout, where, names[0], whole=whole)
        case "file":
            records = json_lines(folder / where, names, source.step, whole=whole)
        case "json":
            records = json_file(folder / where)
        case "csv":
            records = table(folder / where, names, source.step, whole=whole)
        case "tensorboard":
            records = scalars(folder, where, names)
        case "return":
            records = json_file(folder / wire.RESULT_NAME)
        case _:
            assert_never(source.kind)
    return records


def lines_of(path: Path, *, whole: bool) -> Iterator[str]:
    """Give the lines of a text, a carriage return ending one too; none if there is no such file."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if whole or line.endswith("\n"):
                    yield line.rstrip("\n")
    except OSError:
        return


def reported(folder: Path) -> Records:
    """Give what the script said with `tuner.report`."""
    for line in lines_of(folder / wire.REPORTS_NAME, whole=True):
        for _, metrics in wire.read_reports(line):
            yield metrics


def matched(path: Path, pattern: str, name: str, *, whole: bool) -> Records:
    """Give what a regular expression finds on standard output: its first group, or `value`."""
    for value, _ in matches(plain("\n".join(lines_of(path, whole=whole))), pattern):
        yield {name: value}


def matches(text: str, pattern: str) -> Iterator[tuple[float, re.Match[str]]]:
    """Give the numbers that a regular expression finds, each with its match."""
    finder = re.compile(pattern, re.MULTILINE)
    for match in finder.finditer(text):
        group: str | int = "value" if "value" in finder.groupindex else min(finder.groups, 1)
        try:
            yield float(match[group] or ""), match
        except ValueError:
            continue


def json_lines(path: Path, names: Sequence[str], step: str | None, *, whole: bool) -> Records:
    """Give every line of a JSONL file that is an object."""
    for line in lines_of(path, whole=whole):
        numbers = measured(json_line(line) or {}, names, step)
        if numbers:
            yield numbers


def json_file(path: Path) -> Records:
    """Give the one object of a JSON file."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return
    if isinstance(body, dict):
        yield flat(body)


def table(path: Path, names: Sequence[str], step: str | None, *, whole: bool) -> Records:
    """Give the rows of a CSV file; empty cells say nothing."""
    for row in csv.DictReader(lines_of(path, whole=whole), restkey=""):
        numbers = measured(numbers_of_row(row), names, step)
        if numbers:
            yield numbers


def numbers_of_row(row: Mapping[str | None, object]) -> dict[str, float]:
    """Give the numbers of a row of a table by the names of their columns."""
    cells = ((name, _cell(cell)) for name, cell in row.items() if name)
    return {name.strip(): value for name, value in cells if value is not None}


def _cell(text: object) -> float | None:
    try:
        return float(str(text))
    except ValueError:
        return None
