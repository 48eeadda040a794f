"""The best points of older studies first, chosen so that each of the studies is served by one of them."""

import math
from collections.abc import Callable, Sequence
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from tuner.dataset import informs
from tuner.errors import UsageError
from tuner.samplers.base import Sampler
from tuner.samplers.seen import Seen
from tuner.space import Encoding, Key, Point, Space
from tuner.study import History, Remembered, Suggestion, TrialState

Array = npt.NDArray[np.float64]
Serving = Callable[[History, Array, int], list[int]]
"""Which so many of some rows serve the older studies best; `serving.py` says it."""

METHOD = "memory"

SEEDING = frozenset({"auto", "stack", "rgpe", "conditional", "icm", "lmc"})
"""Modes with seeds where nobody says how many; `prior` has one."""

FEWEST, STUDIES_A_SEED = 2, 2
"""Two seeds, and of four studies and more one for every two, and another: they differ in what is best
for them. Measured in `benchmarks/transfer.py`."""

SECOND = 1
"""Trials before the one that is no seed: the usual first point."""

QUEUED = 3
"""The same where the older studies do nothing else."""

CONTENDERS = 3
"""Best points of each older study from which seeds are chosen, or as many as seeds are asked for."""


class Seeds:
    """Gives the seeds, then what another sampler gives; after the first seed its first point.

    That one says how good the first seed is, and how far apart good and bad lie here. No more seeds are
    tried once one ends in the worse half of what was tried here without model and memory: the older
    studies then know less than chance does.
    """

    def __init__(self, space: Space, otherwise: Sampler, serving: Serving) -> None:
        self._space, self._encoding = space, Encoding(space)
        self._otherwise, self._serving = otherwise, serving
        self._chosen: tuple[list[Remembered], list[Point]] = ([], [])

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give the seeds that are left, and then others."""
        left = self._left(history)
        if left and _disappointed(history):
            left = []
        first = len(history.trials)
        turns = sum(trial != SECOND for trial in range(first, first + count))
        seeds = [Suggestion(point=point, method=METHOD) for point in left[:turns]]
        if len(seeds) == count:
            return seeds
        keys = {self._space.key(seed.point) for seed in seeds}
        others = self._otherwise.suggest(history, count, rng)
        new = [other for other in others if self._space.key(other.point) not in keys]
        return [*seeds, *new[: count - len(seeds)]]

    def initial(self, history: History, usual: int) -> int:
        """Give the number of trials from which the model takes over; `usual` without seeds.

        Not before the seeds are tried, whatever else was, and the usual number where they disappoint.
        """
        if not history.memories or not self._of(history):
            return usual
        if not self._left(history):
            return min(usual, _tried(history) + 1)
        return usual if _disappointed(history) else len(history.trials) + 1

    def _left(self, history: History) -> list[Point]:
        """Give the seeds that are no trials yet."""
        chosen = self._of(history) if history.memories else []
        if not chosen or _tried(history) >= len(chosen):
            return []
        seen = Seen(self._space, history.points())
        return [point for point in chosen if point not in seen]

    def _of(self, history: History) -> list[Point]:
        memories = list(history.memories.values())
        if list(map(id, memories)) != list(map(id, self._chosen[0])):
            seeding = [memory for memory in memories if _seeds(memory, 1) and memory.points]
            self._chosen = (memories, self._choose(seeding, history))
        return self._chosen[1]

    def _choose(self, memories: list[Remembered], history: History) -> list[Point]:
        """Choose among the best points of all older studies."""
        count = max((_seeds(memory, len(memories)) for memory in memories), default=0)
        ranked = _in_turn(self._space, memories, max(CONTENDERS, count))
        if not ranked:
            return []
        rows, _ = self._encoding.snap(self._encoding.encode(ranked))
        rows = rows[np.sort(np.unique(rows, axis=0, return_index=True)[1])]
        here = self._encoding.decode(rows)
        rows = rows[[i for i, point in enumerate(here) if not self._space.violations(point)]]
        if not len(rows):
            return []
        try:
            chosen = self._serving(history, rows, count)
        except Exception:  # noqa: BLE001  as in `Ladder`: nothing may end a study that is running
            chosen = list(range(min(count, len(rows))))
        return list(self._encoding.decode(rows[chosen]))


def best_points(space: Space, memory: Remembered, count: int) -> list[Point]:
    """Give the best points of an older study, the best first; numbers may be out of bounds."""
    gains = np.array([-math.inf if math.isnan(gain) else gain for gain in memory.gains])
    order = np.argsort(-gains, kind="stable")[:count]
    points = [memory.points[i] for i in order if math.isfinite(gains[i])]
    return [here for point in points if (here := space.recalled(point)[0]) is not None]


def _in_turn(space: Space, memories: Sequence[Remembered], count: int) -> list[Point]:
    """Give the best point of each older study, then the second best of each, and so on."""
    each = [best_points(space, memory, count) for memory in memories]
    return [point for row in zip_longest(*each) for point in row if point is not None]


def incumbents(space: Space, memories: Sequence[Remembered]) -> list[Point]:
    """Give the points of older studies that are worth trying first whatever the search is.

    The best of each study, then the second best of each, in all as many as the most that is asked for.
    """
    count = max((_wanted(memory, QUEUED) for memory in memories), default=0)
    ranked = _in_turn(space, [m for m in memories if _wanted(m, QUEUED)], count)
    legal = [_legal(space, point) for point in ranked]
    distinct: dict[Key, Point] = {
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


def _tried(history: History) -> int:
    """Count the seeds that are trials."""
    return sum(trial.suggestion.method == METHOD for trial in history.trials.values())


def _wanted(memory: Remembered, usual: int) -> int:
    asked = memory.asked.get("seeds")
    return max(0, asked) if type(asked) is int else usual  # a ledger may say anything


def _seeds(memory: Remembered, studies: int) -> int:
    """Give how many seeds are wanted of so many older studies because of this one."""
    if memory.mode == "enqueue":
        return 0
    many = max(FEWEST, 1 + studies // STUDIES_A_SEED) if memory.mode in SEEDING else 0
    return _wanted(memory, 1 if memory.mode == "prior" else many)


def _disappointed(history: History) -> bool:
    """Say whether a seed was no better than the middle of what came from elsewhere, or failed.

    What the machine is to blame for, and what a person took out, says nothing.
    """
    metric, others, worst = history.metric, list[float](), math.inf
    for trial in history.trials.values():
        if trial.open or trial.excluded or not informs(trial, metric):
            continue
        good = trial.state != TrialState.FAILED
        gain = metric.gain(trial.metrics.get(metric.name, math.nan)) if good else math.nan
        gain = gain if math.isfinite(gain) else -math.inf
        if trial.suggestion.method == METHOD:
            worst = min(worst, gain)
        elif not trial.learnt:
            others.append(gain)
    return bool(others) and worst < float(np.median(others))
