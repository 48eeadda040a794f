"""How busy the places for jobs are, told from the facts alone: for whoever did not run the loop.

`tuner run` measures it (`loop/usage.py`). Here a place is what a job held from its `started` to its
`finished`, and was free until the next `started` of the same process; of that time a new suggestion
took what it says that it took, at most all of it. What follows the last start is not counted until
another one follows: whether there was something left to do, the facts do not tell.
"""

from collections import deque
from collections.abc import Mapping
from typing import Any

from tuner.study import Closed, Finished, History, Opened, Record, Started, Suggested


class Places:
    """Sums of slot seconds of the processes that work on a study now.

    Attributes:
        busy_s: jobs ran.
        starting_s: a place was taken, and its job did not run.
        proposing_s: a place was free and waited for a suggestion.
        offered_s: all of it, and what was lost otherwise.
    """

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self.busy_s = self.starting_s = self.proposing_s = self.offered_s = 0.0
        self._choosing_s = dict[int, float]()
        self._held = dict[int, tuple[str, float]]()
        self._free = dict[str, deque[float]]()

    def take(self, record: Record) -> None:
        """Take one more record in."""
        fact, now = record.fact, record.elapsed_s
        match fact:
            case Opened(joined=joined):
                if not joined:  # a new session of the study: what was before is over
                    self._begin()
                self._free[record.worker] = deque()
            case Closed():
                self._free.pop(record.worker, None)
            case Suggested(by_hand=False):
                self._choosing_s[fact.trial] = fact.seconds
            case Started() if record.worker in self._free:
                free, chose_s = self._free[record.worker], self._choosing_s.pop(fact.trial, 0.0)
                gap = max(0.0, now - free.popleft()) if free else 0.0
                self.proposing_s += min(gap, chose_s)
                self.offered_s += gap
                self._held[fact.trial] = record.worker, now
            case Finished() if fact.trial in self._held:
                worker, since = self._held.pop(fact.trial)
                if worker == record.worker and worker in self._free:
                    self._end(worker, now, held_s=max(0.0, now - since), ran_s=fact.wall_s)
            case _:
                pass

    def _end(self, worker: str, now: float, *, held_s: float, ran_s: float) -> None:
        self.busy_s += min(held_s, ran_s)
        self.starting_s += held_s - min(held_s, ran_s)
        self.offered_s += held_s
        self._free[worker].append(now)


def slots(history: History, workers: int, busy: int) -> int:
    """Give how many places there are: `resources.parallel` of each process, or as many as are in use."""
    resources: Any = (history.config or {}).get("resources")
    parallel = resources.get("parallel") if isinstance(resources, Mapping) else None
    return max(busy, workers * parallel if isinstance(parallel, int) else 0)
