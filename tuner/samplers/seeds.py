"""The best points of older studies first, chosen so that each of the studies is served by one of them."""

import math
from collections.abc import Callable, Sequence
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from tuner.errors import UsageError
from tuner.samplers.base import Sampler
from tuner.space import Encoding, Point, Space
from tuner.study import History, Remembered, Suggestion, TrialState

Array = npt.NDArray[np.float64]
Serving = Callable[[History, Array, int], list[int]]
"""Which so many of some rows serve the older studies best; `serving.py` says it."""

METHOD = "memory"

USUAL = {"auto": 2, "stack": 2, "rgpe": 2, "conditional": 2, "prior": 1}
"""Seeds of a mode where nobody says how many: measured in `benchmarks/transfer.py`."""

QUEUED = 3
"""The same where the older studies do nothing else."""

CONTENDERS = 3
"""Best points of each older study from which seeds are chosen."""


class Seeds:
    """Gives the seeds, then what another sampler gives.

    No more of them are tried once one ends in the worse half of what is known here: the older
    studies then know less than chance does.
    """

    def __init__(self, space: Space, otherwise: Sampler, serving: Serving) -> None:
        self._space, self._encoding = space, Encoding(space)
        self._otherwise, self._serving = otherwise, serving
        self._chosen: tuple[object, list[Point]] = ((), [])

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give the seeds that are left, and then others."""
        left = self._left(history) if history.memories else []
        seeds = [Suggestion(point=point, method=METHOD) for point in left[:count]]
        if len(seeds) == count:
            return seeds
        return [*seeds, *self._otherwise.suggest(history, count - len(seeds), rng)]

    def wanted(self, history: History) -> int:
        """Give how many seeds there are to try in all."""
        return len(self._of(history))

    def _left(self, history: History) -> list[Point]:
        known = {self._space.key(point) for point in history.points()}
        if _disappointed(history):
            return []
        return [point for point in self._of(history) if self._space.key(point) not in known]

    def _of(self, history: History) -> list[Point]:
        memories = [m for m in history.memories.values() if m.mode != "enqueue" and m.points]
        key = tuple(id(memory) for memory in memories)
        if key != self._chosen[0]:
            self._chosen = (key, self._choose(memories, history))
        return self._chosen[1]

    def _choose(self, memories: list[Remembered], history: History) -> list[Point]:
        """Choose among the best points of all older studies."""
        wanted = {m.memory: _wanted(m, USUAL.get(m.mode, 0)) for m in memories}
        count = max(wanted.values(), default=0)
        points = [
            point
            for memory in memories
            if wanted[memory.memory]
            for point in best_points(self._space, memory, CONTENDERS)
        ]
        if not points or not count:
            return []
        rows, _ = self._encoding.snap(self._encoding.encode(points))
        rows = np.unique(rows, axis=0)
        chosen = self._serving(history, rows, count)
        found = self._encoding.decode(rows[chosen])
        return [point for point in found if not self._space.violations(point)]


def best_points(space: Space, memory: Remembered, count: int) -> list[Point]:
    """Give the best points of an older study, the best first; numbers may be out of bounds."""
    gains = np.array([-math.inf if math.isnan(gain) else gain for gain in memory.gains])
    order = np.argsort(-gains, kind="stable")[:count]
    points = [memory.points[i] for i in order if math.isfinite(gains[i])]
    return [here for point in points if (here := space.usable(point)[0]) is not None]


def incumbents(space: Space, memories: Sequence[Remembered]) -> list[Point]:
    """Give the points of older studies that are worth trying first whatever the search is.

    The best of each study, then the second best of each, in all as many as the most that is asked for.
    """
    count = max((_wanted(memory, QUEUED) for memory in memories), default=0)
    each = [best_points(space, memory, count) for memory in memories if _wanted(memory, QUEUED)]
    ranked = [point for row in zip_longest(*each) for point in row if point is not None]
    legal = [_legal(space, point) for point in ranked]
    distinct: dict[str, Point] = {
        space.key(point): point for point in legal if not space.violations(point)
    }
    return list(distinct.values())[:count]


def _legal(space: Space, point: Point) -> Point:
    """Give a point as it is, or the nearest one of the space."""
    try:
        return space.point(point)
    except UsageError:
        encoding = Encoding(space)
        return encoding.decode(encoding.snap(encoding.encode([point]))[0])[0]


def _wanted(memory: Remembered, usual: int) -> int:
    asked = memory.asked.get("seeds")
    return usual if asked is None else int(asked)


def _disappointed(history: History) -> bool:
    """Say whether a seed ended in the worse half of what is known here, or failed."""
    name, gains, worst = history.metric.name, [], math.inf
    for trial in history.trials.values():
        if trial.open:
            continue
        good = trial.state == TrialState.COMPLETED and not trial.excluded
        gain = history.metric.gain(trial.metrics.get(name, math.nan)) if good else math.nan
        gains.append(gain if math.isfinite(gain) else -math.inf)
        if trial.suggestion.method == METHOD:
            worst = min(worst, gains[-1])
    return len(gains) >= 3 and worst < float(np.median(gains))  # noqa: PLR2004  fewer have no half
