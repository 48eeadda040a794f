"""Around every sampler: no point twice, every `require` kept, and no point forgotten at the end."""

import itertools
import time
from dataclasses import replace
from functools import cached_property

import numpy as np

from tuner.errors import SpaceExhaustedError, UsageError
from tuner.samplers.base import Sampler
from tuner.samplers.seen import Seen
from tuner.space import Lattice, Point, Space
from tuner.study import History, Suggestion

MOST_DRAWS = 10_000  # before chance is given up; half a second
MOST_DRAWS_OF_FEW = 1_000  # where the points can be counted through instead
MOST_COUNTED = 200_000  # points looked at one by one, beyond those already tried


class Distinct:
    """Keeps what is new and allowed of the points another sampler gives.

    What is missing then comes from `spare`, and in a finite space from counting through what is left.
    A sampler without a spare is asked for more and more itself: it costs nothing.
    """

    def __init__(self, space: Space, sampler: Sampler, *, spare: Sampler | None = None) -> None:
        self._space = space
        self._sampler = sampler
        self._spare = spare

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give `count` points, fewer if there are no more.

        Raises:
            SpaceExhaustedError: every point has been tried.
            UsageError: `require` leaves next to none, and it is not known whether any.
        """
        started = time.perf_counter()
        sieve = _Sieve(self._space, history, count)
        if self._spare is None:
            self._draw(sieve, self._sampler, history, rng)
        else:
            sieve.take(_given(self._sampler, history, count, rng))
            if sieve.missing:
                sieve.reason = "the model proposed nothing else that is new and keeps `require`"
                self._draw(sieve, self._spare, history, rng)
        if sieve.missing:
            sieve.reason = "few points are left: taken from what has not been tried"
            self._count_through(sieve, rng)
        share = (time.perf_counter() - started) / len(sieve.found)
        return [s if s.seconds else replace(s, seconds=share) for s in sieve.found]

    @cached_property
    def _lattice(self) -> Lattice | None:
        return self._space.lattice(required=True) or self._space.lattice()

    def _draw(
        self, sieve: "_Sieve", sampler: Sampler, history: History, rng: np.random.Generator
    ) -> None:
        """Ask for more and more until enough are new, none come or it has been tried enough."""
        ask = sieve.missing
        drawn = 0
        while True:
            given = _given(sampler, history, ask, rng)
            drawn += len(given)
            sieve.take(given)
            if not sieve.missing or len(given) < ask:
                return
            most = MOST_DRAWS if self._lattice is None else MOST_DRAWS_OF_FEW
            if drawn >= most:
                return
            ask = min(2 * ask + 6, most)

    def _count_through(self, sieve: "_Sieve", rng: np.random.Generator) -> None:
        """Look at the points one by one, from a random one on."""
        lattice = self._lattice
        most = MOST_COUNTED + sieve.tried
        if lattice is not None:
            numbers = lattice.spread(shift=int(rng.integers(1 << 62)))
            for number in itertools.islice(numbers, most):
                sieve.take([Suggestion(point=lattice.point(number), method="random")])
                if not sieve.missing:
                    return
        if sieve.found:
            return
        if lattice is not None and lattice.size <= most:
            raise SpaceExhaustedError("every point of the space has been tried")
        raise UsageError(
            "no new point that keeps `require` was found", hint="loosen `require` or the ranges"
        )


def _given(
    sampler: Sampler, history: History, count: int, rng: np.random.Generator
) -> list[Suggestion]:
    try:
        return sampler.suggest(history, count, rng)
    except SpaceExhaustedError:
        return []  # judged by counting


class _Sieve:
    """What has been tried, and what was found that has not."""

    def __init__(self, space: Space, history: History, count: int) -> None:
        self.tried = len(history.trials)
        self.found: list[Suggestion] = []
        self.reason: str | None = None
        self._space = space
        self._seen = Seen(space, history.points())
        self._count = count

    @property
    def missing(self) -> int:
        return self._count - len(self.found)

    def take(self, suggestions: list[Suggestion]) -> None:
        for suggestion in suggestions:
            if self.missing and self._is_new(suggestion.point):
                self.found.append(replace(suggestion, reason=suggestion.reason or self.reason))

    def _is_new(self, point: Point) -> bool:
        if point in self._seen or self._space.violations(point):
            return False
        self._seen.add(point)
        return True
