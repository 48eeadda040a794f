"""What a running job prints of its metric, as points of a curve: few, however much it prints.

A look reads what the log has gained since the last one. The first `ROUND` prints all become points,
then every second one does until there are `ROUND` more, then every fourth, and so on: a million
prints give some 1400. A value that waits for that is given after a while all the same.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuner.runners.printed import plain, printed, step_of
from tuner.runners.readings import MOST_NAMES
from tuner.runners.sources import matches
from tuner.study import Metric

WINDOW = 1 << 16  # bytes of a log that one look reads; of more, the end
ROUND = 100
PATIENCE_S = 1.0  # that a value waits at least, for the next print or the end


@dataclass(frozen=True, slots=True)
class Point:
    """What was printed together: its number among the prints, from 1, and the step on its line."""

    number: int
    step: float | None
    metrics: dict[str, float]


class Curve:
    """Follows the standard output of one attempt.

    A job that prints its metric once, at the end, has no curve: the result says it all.

    Args:
        metric: with the source `stdout` or `regex`.
        names: the metric first, then the constraints'.
        log: the file that the supervisor writes; it need not be there yet.
        cap: bytes that this file may have. Up to half of them come as they are printed; the
            end of a log that is longer takes its place in the file only when the job is over.
    """

    def __init__(self, metric: Metric, names: Sequence[str], log: Path, cap: int) -> None:
        self._metric, self._names, self._log = metric, names, log
        self._head = cap // 2 - cap // 16
        self._place = self._seen = self._prints = self._given = 0
        self._last, self._held = Point(0, None, {}), False
        self._given_number, self._stride = 0, 1
        self._began = self._given_at = math.nan

    def look(self, now: float, *, over: bool = False, whole: bool = False) -> list[Point]:
        """Give the points that came since the last look.

        Args:
            now: monotonic seconds.
            over: the job has ended; the last point is given.
            whole: it ended by itself, so its last line is not half a line.
        """
        tail = over and self._place > self._head
        records = list(self._records(self._gained(tail=tail, whole=whole)))
        if tail:
            records = [record for record in records[-1:] if record != self._said]
        points = []
        for step, metrics in records:
            if step is None and self._last.step is not None:
                continue  # a summary, not a point of the curve
            if self._held and self._last.number - self._given_number >= self._stride:
                points.append(self._give(now))
            self._prints += 1
            self._last, self._held = Point(self._prints, step, metrics), True
        if math.isnan(self._began) and self._held:
            self._began = self._given_at = now
        patience_s = max(PATIENCE_S, (now - self._began) / ROUND)
        waited = now - self._given_at >= patience_s
        if self._held and (waited or (over and self._given > 0)):
            points.append(self._give(now))
        return points

    @property
    def _said(self) -> tuple[float | None, dict[str, float]]:
        return self._last.step, self._last.metrics

    def _give(self, now: float) -> Point:
        self._held, self._given_at = False, now
        self._given_number = self._last.number
        self._given += 1
        if self._given % ROUND == 0:
            self._stride *= 2
        return self._last

    def _gained(self, *, tail: bool, whole: bool) -> str:
        """Read the new lines, the last ones where they are many, and guess the prints left out."""
        try:
            size = self._log.stat().st_size
            if size == self._seen and not whole:
                return ""
            begin = max(size - WINDOW, 0 if tail else self._place - 1, 0)
            with self._log.open("rb") as file:
                file.seek(begin)
                data = file.read(size - begin)
        except OSError:
            return ""
        self._seen = size
        first = _first(data) if begin else 0
        end = len(data) if whole else max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if end <= first:
            return ""
        text = data[first:end].decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
        skipped = begin + first - self._place
        if skipped > 0 and not tail:
            prints = sum(1 for _ in self._records(text))
            self._prints += round(prints * skipped / (end - first))
        self._place = begin + end
        return text

    def _records(self, text: str) -> Iterator[tuple[float | None, dict[str, float]]]:
        """Give the step and the numbers of every print of the metric."""
        name, source = self._metric.name, self._metric.source
        if source.kind == "regex":
            text = plain(text)
            for value, match in matches(text, source.where or ""):
                begin, end = text.rfind("\n", 0, match.start()) + 1, text.find("\n", match.end())
                line = text[begin : end if end >= 0 else None]
                yield step_of(line, self._names), {name: value}
            return
        for line in text.split("\n"):
            for record in printed([line], self._names):
                if name in record:
                    kept = dict(list(record.items())[:MOST_NAMES])
                    yield step_of(line, self._names), {**kept, name: record[name]}


def _first(data: bytes) -> int:
    """Give where the first line ends, a carriage return ending one too; 0 where none does."""
    ends = [place + 1 for end in (b"\n", b"\r") if (place := data.find(end)) >= 0]
    return min(ends, default=0)
