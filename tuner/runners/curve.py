"""What a running job says of its metric, as points of a curve: few, however much it says.

A look takes what the source has gained since the last one (`growing.py`). The first `ROUND` records
all become points, then every second one does until there are `ROUND` more, then every fourth, and so
on: a million records give some 1400. A value that waits for that is given after a while all the same.
"""

import math
from dataclasses import dataclass

from tuner.runners.growing import Growing

ROUND = 100
PATIENCE_S = 1.0  # that a value waits at least, for the next print or the end


@dataclass(frozen=True, slots=True)
class Point:
    """What was said together: its number among the records, from 1, and the step that it names."""

    number: int
    step: float | None
    metrics: dict[str, float]


class Curve:
    """Follows what one attempt says of its metric.

    A job that says its metric once, at the end, has no curve: the result says it all.
    """

    def __init__(self, source: Growing) -> None:
        self._source = source
        self._count = self._given = 0
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
        said, skipped, again = self._source.gained(over=over, whole=whole)
        if again:
            said = [one for one in said[-1:] if one != (self._last.step, self._last.metrics)]
        self._count += skipped
        points = []
        for step, metrics in said:
            if step is None and self._last.step is not None:
                continue  # a summary, not a point of the curve
            if self._held and self._last.number - self._given_number >= self._stride:
                points.append(self._give(now))
            self._count += 1
            self._last, self._held = Point(self._count, step, metrics), True
        if math.isnan(self._began) and self._held:
            self._began = self._given_at = now
        patience_s = max(PATIENCE_S, (now - self._began) / ROUND)
        waited = now - self._given_at >= patience_s
        if self._held and (waited or (over and self._given > 0)):
            points.append(self._give(now))
        return points

    def _give(self, now: float) -> Point:
        self._held, self._given_at = False, now
        self._given_number = self._last.number
        self._given += 1
        if self._given % ROUND == 0:
            self._stride *= 2
        return self._last
