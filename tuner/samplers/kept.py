"""Points of an order that is settled beforehand, those left out that break a `require`.

A memo of a pure function and not a memory: the same order and the same space give the same points.
Used by `sobol.py` and `grid.py`, so that the hundredth suggestion does not judge again what the first
ninety-nine passed over.
"""

from collections.abc import Iterator

from tuner.space import Point, Space

MOST_MISSES = (
    10_000  # in a row, half a second: where less than that keeps `require`, chance is no way
)


class Kept:
    """The points of an iterator that keep every `require`, looked at only as far as asked for."""

    def __init__(self, points: Iterator[Point], space: Space) -> None:
        self._points = points
        self._space = space
        self._found: list[Point] = []
        self.ended = False

    def at(self, place: int) -> Point | None:
        """Give the point at a place; None if the iterator ends before, or finds none for too long."""
        misses = 0
        while len(self._found) <= place and not self.ended and misses < MOST_MISSES:
            point = next(self._points, None)
            if point is None:
                self.ended = True
            elif self._space.violations(point):
                misses += 1
            else:
                self._found.append(point)
                misses = 0
        return self._found[place] if place < len(self._found) else None
