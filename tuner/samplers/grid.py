"""The full grid, in an order whose beginning is spread out too."""

import itertools
import time
from collections.abc import Iterator
from functools import cached_property

import numpy as np

from tuner.errors import SpaceExhaustedError, UsageError
from tuner.samplers.kept import Kept
from tuner.samplers.seen import Seen
from tuner.space import Point, Space
from tuner.study import History, Suggestion


class GridSampler:
    """Gives every point of the grid once.

    Integers, steps and choices take all their values, continuous ranges `levels` of them, ends
    included; a conditional parameter only where it is live. A grid of any size starts at once.
    """

    def __init__(self, space: Space, levels: int) -> None:
        self._space = space
        self._levels = levels
        found = space.lattice(levels=levels)
        if found is None:
            raise UsageError(
                "the conditions of this space have too many branches for a grid",
                hint="give the parameters that `when` names fewer values, or use method: sobol",
            )
        self._kept = Kept(map(found.point, found.spread()), space)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  a grid knows no chance
        """Give the next `count` points that no trial has.

        Raises:
            SpaceExhaustedError: there are none.
            UsageError: `require` leaves next to none, and it is not known whether any.
        """
        started = time.perf_counter()
        seen = Seen(self._space, history.points())
        given = sum(trial.method == "grid" for trial in history.trials.values())
        points: list[Point] = []
        for point in self._points(given):
            if len(points) == count:
                break
            if point not in seen:
                seen.add(point)
                points.append(point)
        if points:
            seconds = (time.perf_counter() - started) / len(points)
            return [Suggestion(point=point, method="grid", seconds=seconds) for point in points]
        if self._kept.ended or (self._narrow is not None and self._narrow.ended):
            raise SpaceExhaustedError("every point of the grid has been tried")
        raise UsageError(
            "no point of the grid that keeps `require` was found", hint="loosen `require`"
        )

    def _points(self, start: int) -> Iterator[Point]:
        """Give the points of the grid: in their order, and by counting where `require` is tight."""
        yield from _from(self._kept, start)
        if not self._kept.ended and self._narrow is not None:
            yield from _from(self._narrow, 0)

    @cached_property
    def _narrow(self) -> Kept | None:
        """The points that keep `require`, worked out beforehand because they are so few."""
        found = self._space.lattice(levels=self._levels, required=True)
        return None if found is None else Kept(map(found.point, found.spread()), self._space)


def _from(kept: Kept, start: int) -> Iterator[Point]:
    """Give the points from a place on, then those before it."""
    for places in (itertools.count(start), range(start)):
        for place in places:
            point = kept.at(place)
            if point is None:
                break
            yield point
