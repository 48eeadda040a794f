"""The full grid, in an order whose beginning is spread out too."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tuner.errors import SpaceExhaustedError, UsageError
from tuner.samplers.kept import Kept
from tuner.samplers.seen import Seen
from tuner.space import Lattice, Point, Space
from tuner.study import History, Suggestion


class GridSampler:
    """Gives every point of the grid once.

    Integers, steps and choices take all their values, continuous ranges `levels` of them, ends
    included; a conditional parameter only where it is live. A grid of any size starts at once.
    """

    def __init__(self, space: Space, levels: int) -> None:
        self._space = space
        found = space.lattice(levels=levels, required=True) or space.lattice(levels=levels)
        if found is None:
            raise UsageError(
                "the conditions of this space have too many branches for a grid",
                hint="give the parameters that `when` names fewer values, or use method: sobol",
            )
        self._kept = Kept((found.point(number) for number in spread(found)), space)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  a grid knows no chance
        """Give the next `count` points that no trial has.

        Raises:
            SpaceExhaustedError: there are none.
            UsageError: `require` leaves next to none, and it is not known whether any.
        """
        started = time.perf_counter()
        seen = Seen(self._space, history.points())
        given = sum(trial.method == "grid" for trial in history.trials.values())
        found: list[Suggestion] = []
        for point in self._from(given):
            if len(found) == count:
                break
            if point not in seen:
                found.append(Suggestion(point=point, method="grid"))
        if found:
            seconds = (time.perf_counter() - started) / len(found)
            return [replace(suggestion, seconds=seconds) for suggestion in found]
        if self._kept.ended:
            raise SpaceExhaustedError("every point of the grid has been tried")
        raise UsageError(
            "no point of the grid that keeps `require` was found", hint="loosen `require`"
        )

    def _from(self, start: int) -> Iterator[Point]:
        """Give the points of the grid from a place on, then those before it."""
        place = start
        while len(points := self._kept.upto(place + 1)) > place:
            yield points[place]
            place += 1
        yield from self._kept.upto(start)


def spread(lattice: Lattice) -> Iterator[int]:
    """Give every number of a lattice once, each stretch of them spread over the whole.

    Steps of the golden section: by the three-gap theorem the first n numbers leave no gap much
    larger than another, whatever n is.
    """
    stride = max(1, lattice.size * 6_180_339_887 // 10_000_000_000)
    while math.gcd(stride, lattice.size) > 1:
        stride += 1
    number = stride // 2  # not the corner where every value is the smallest
    for _ in range(lattice.size):
        yield number
        number = (number + stride) % lattice.size
