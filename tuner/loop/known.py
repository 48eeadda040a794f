"""Which points a study has seen: their keys, computed once each."""

from collections.abc import Callable
from itertools import islice

from tuner.study import History, Point


class Known:
    """Grows with the history.

    Args:
        key: equal exactly for equal points of the space.
    """

    def __init__(self, key: Callable[[Point], str]) -> None:
        self._key = key
        self._keys: set[str] = set()
        self._trials = 0

    def __call__(self, history: History, point: Point) -> bool:
        """Say whether some trial has this point."""
        if len(history.trials) != self._trials:
            newest = islice(reversed(history.trials.values()), len(history.trials) - self._trials)
            self._keys.update(self._key(trial.params) for trial in newest)
            self._trials = len(history.trials)
        return self._key(point) in self._keys
