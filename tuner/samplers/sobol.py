"""Scrambled Sobol points: one sequence for a study."""

from collections.abc import Iterator

import numpy as np

from tuner.numerics.sobol import SobolSequence
from tuner.samplers.kept import Kept
from tuner.space import Encoding, Point, Space
from tuner.study import History, Suggestion, Value

FEWEST, MOST = 8, 256  # points made at a time


class SobolSampler:
    """Gives the next points of the study's sequence; the defaults come first if there are any.

    With `centred` the middle of the space stands in for defaults: where a person drew the bounds
    around a guess, that is the guess. A `first` point stands in for both.

    The place in the sequence is the number of its points in the history, so a resumed study goes on
    where it was. Points that break a `require` are no part of the sequence.
    """

    def __init__(
        self, space: Space, seed: int, *, centred: bool = False, first: Point | None = None
    ) -> None:
        self._encoding = Encoding(space)
        self._sequence = SobolSequence(self._encoding.width, seed)
        default = first or (space.centre() if centred else space.default_point())
        self._first: list[Point] = [] if default is None else [default]
        self._kept = Kept(self._all(), space) if space.require else None

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  the sequence is settled by the study's seed
        """Give the next `count` points, fewer where `require` leaves next to none."""
        start = sum(trial.method == "sobol" for trial in history.trials.values())
        points = self._stretch(start, count)
        return [Suggestion(point=point, method="sobol") for point in points]

    def _stretch(self, start: int, count: int) -> list[Point]:
        if self._kept is not None:
            found = map(self._kept.at, range(start, start + count))
            return list(iter(lambda: next(found, None), None))  # up to the first that is not there
        first = self._first[start:][:count]
        place = max(0, start - len(self._first))
        return [*first, *self._decoded(place, count - len(first))]

    def _decoded(self, start: int, count: int) -> list[dict[str, Value]]:
        return self._encoding.from_unit(self._sequence.points(start, count))

    def _all(self) -> Iterator[Point]:
        yield from self._first
        start, count = 0, FEWEST
        while True:
            yield from self._decoded(start, count)
            start, count = start + count, min(MOST, 2 * count)
