"""What grows while a job runs, and what is new in it: lines of a log, rows of a table, events.

A look costs what the file has gained, and of much of that its end only. Where nothing can grow, as in
a JSON file that is written once, there is nothing to follow. Called by `curve.py`.
"""

import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple, Protocol, assert_never

from tuner import wire
from tuner.runners.printed import STEPS, json_line, measured, plain, printed, step_of
from tuner.runners.readings import MOST_NAMES
from tuner.runners.sources import matches, numbers_of_row
from tuner.runners.tfevents import records, scalars_of
from tuner.study import Metric

WINDOW = 1 << 16  # bytes of a file that one look reads; of more, the end
LOOKS = 10  # of which one searches for new event files

Said = tuple[float | None, dict[str, float]]
"""A step, if one is named, and numbers that were said together."""


class Gained(NamedTuple):
    """What came since the last look.

    Attributes:
        skipped: about how many records were left out before them.
        again: they may have been given before; of these only the last one can be new.
    """

    said: Sequence[Said] = ()
    skipped: int = 0
    again: bool = False


class Growing(Protocol):
    """Something that a job appends to."""

    def gained(self, *, over: bool, whole: bool) -> Gained:
        """Give what came since the last call.

        Args:
            over: the job has ended.
            whole: it ended by itself, so its last line is not half a line.
        """


def growing(metric: Metric, names: Sequence[str], folder: Path, cap: int) -> Growing | None:
    """Give what grows with a metric's values, None where they come at once.

    Args:
        metric: with the source that they are read from.
        names: the metric first, then the constraints'.
        folder: the attempt's own.
        cap: bytes that the log of the standard output may have.
    """
    source = metric.source
    log, file = folder / wire.STDOUT_NAME, folder / (source.where or "")
    head = cap // 2 - cap // 16
    match source.kind:
        case "stdout":
            return Lines(log, lambda text: _prints(text, names), head)
        case "regex":
            return Lines(log, lambda text: _found(text, source.where or "", names), head)
        case "file":
            return Lines(file, lambda text: _objects(text, names, source.step))
        case "csv":
            return Lines(file, lambda text: _rows(text, file, names, source.step))
        case "tensorboard":
            return Events(folder, source.where or names[0], names)
        case "json" | "return":
            return None
        case _:
            assert_never(source.kind)


class Lines:
    """Follows a text by its lines.

    Args:
        path: need not be there yet; one that becomes shorter begins anew.
        parse: from whole lines to what they say.
        head: of a log with a cap, the bytes that come as they are printed: the end of one that is
            longer takes its place in the file only when the job is over.
    """

    def __init__(
        self, path: Path, parse: Callable[[str], Iterator[Said]], head: float = math.inf
    ) -> None:
        self._path, self._parse, self._head = path, parse, head
        self._place = self._seen = 0

    def gained(self, *, over: bool, whole: bool) -> Gained:
        """Read the new lines, the last ones where they are many, and guess the records left out."""
        again = over and self._place > self._head
        try:
            size = self._path.stat().st_size
            if size == self._seen and not whole:
                return Gained()
            if size < self._place and math.isinf(self._head):
                self._place = 0
            begin = max(size - WINDOW, 0 if again else self._place - 1, 0)
            with self._path.open("rb") as file:
                file.seek(begin)
                data = file.read(size - begin)
        except OSError:
            return Gained()
        self._seen = size
        first = _first(data) if begin else 0
        end = len(data) if whole else max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if end <= first:
            return Gained()
        text = data[first:end].decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        said = list(self._parse(text))
        gap = 0 if again else max(0, begin + first - self._place)
        self._place = begin + end
        return Gained(said, round(len(said) * gap / (end - first)), again)


class Events:
    """Follows the event files of TensorBoard below a folder.

    Args:
        folder: searched from time to time for new files.
        tag: of the metric, which is `names[0]`; the other names are tags too.
    """

    def __init__(self, folder: Path, tag: str, names: Sequence[str]) -> None:
        self._folder, self._name = folder, names[0]
        self._wanted = {**{name: name for name in names[1:]}, tag: names[0]}
        self._places: dict[Path, int] = {}
        self._looks = 0

    def gained(self, *, over: bool, whole: bool) -> Gained:  # noqa: ARG002  no record is half a line
        """Read the new events of all files; what belongs to a step is said together."""
        if over or self._looks % LOOKS == 0:
            for path in sorted(self._folder.rglob("*tfevents*")):
                self._places.setdefault(path, 0)
        self._looks += 1
        by_step: dict[int, dict[str, float]] = {}
        for path, place in self._places.items():
            for end, record in records(path, place, longest=WINDOW):
                self._places[path] = end
                for step, tag, value in scalars_of(record):
                    if tag in self._wanted:
                        by_step.setdefault(step, {})[self._wanted[tag]] = value
        return Gained([(float(s), by_step[s]) for s in sorted(by_step) if self._name in by_step[s]])


def _prints(text: str, names: Sequence[str]) -> Iterator[Said]:
    for line in text.split("\n"):
        for record in printed([line], names):
            if names[0] in record:
                yield step_of(line, names), _kept(record, names[0])


def _found(text: str, pattern: str, names: Sequence[str]) -> Iterator[Said]:
    text = plain(text)
    for value, match in matches(text, pattern):
        begin, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
        yield step_of(text[begin : end if end >= 0 else None], names), {names[0]: value}


def _objects(text: str, names: Sequence[str], step: str | None) -> Iterator[Said]:
    for line in text.split("\n"):
        yield from _said(json_line(line) or {}, names, step)


def _rows(text: str, path: Path, names: Sequence[str], step: str | None) -> Iterator[Said]:
    """Give the rows of a table, whose first line has the names; that line itself says nothing."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.readline()
    except OSError:
        return
    for row in csv.DictReader(chain([head], text.split("\n")), restkey=""):
        yield from _said(numbers_of_row(row), names, step)


def _said(record: Mapping[str, float], names: Sequence[str], step: str | None) -> Iterator[Said]:
    """Give a record that holds the metric, its step apart: of the key that is named, else a usual one."""
    keys = [step] if step else [key for key in STEPS if key not in names]
    at = next((record[key] for key in keys if math.isfinite(record.get(key, math.nan))), None)
    numbers = measured(record, names, step)
    if names[0] in numbers:
        yield at, _kept(numbers, names[0])


def _kept(record: Mapping[str, float], name: str) -> dict[str, float]:
    return {**dict(list(record.items())[:MOST_NAMES]), name: record[name]}


def _first(data: bytes) -> int:
    """Give where the first line ends, a carriage return ending one too; 0 where none does."""
    ends = [place + 1 for end in (b"\n", b"\r") if (place := data.find(end)) >= 0]
    return min(ends, default=0)
