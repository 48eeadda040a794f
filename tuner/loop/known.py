"""Which points a study has seen, and which trial had each first: their keys, computed once each."""

from collections.abc import Callable, Hashable
from itertools import islice

from tuner.study import History, Point


class Known:
    """Grows with the history.

    Args:
        key: equal exactly for equal points of the space.
    """

    def __init__(self, key: Callable[[Point], Hashable]) -> None:
        self._key = key
        self._first: dict[Hashable, int] = {}
        self._trials = 0

    def __call__(self, history: History, point: Point) -> bool:
        """Say whether some trial has this point."""
        return self.first(history, point) is not None

    def first(self, history: History, point: Point) -> int | None:
        """Give the id of the first trial that has this point, None if there is none."""
        if len(history.trials) != self._trials:
            newest = islice(reversed(history.trials.values()), len(history.trials) - self._trials)
            for trial in reversed(list(newest)):
                self._first.setdefault(self._key(trial.params), trial.id)
            self._trials = len(history.trials)
        return self._first.get(self._key(point))
