"""How the trials of a study ended, in order, as the rules need to know it.

Kept by the judge, ending by ending: a look at a study of 100,000 trials costs no more than one at a
study of ten. The rare facts that turn earlier ones over (marks, retries, a changed configuration)
make it count afresh.
"""

import math
from typing import Self

from tuner.study import History, Trial, TrialState


class Endings:
    """Grows with a history.

    Args:
        since: number of the last record of earlier sessions.

    Attributes:
        ended, failed: trials that ended in this session, and how many of them failed.
        failures_in_a_row: the last ones of this session, so that a resumed study gets a new chance.
        best: the best feasible gain among counted trials, after each of them that ended, in the
            order of finishing and over all sessions; -inf while there is none.
        aside: the best feasible gain of trials that do not count: repeats, and results added.
    """

    def __init__(self, since: int = 0) -> None:
        self._since = since
        self._taken, self._revised = 0, -1
        self._forget()

    @classmethod
    def of(cls, history: History) -> Self:
        """Look through a whole history as one session."""
        endings = cls()
        endings.follow(history)
        return endings

    def _forget(self) -> None:
        self.ended = self.failed = self.failures_in_a_row = 0
        self.best: list[float] = []
        self.aside = -math.inf

    @property
    def top(self) -> float:
        """The best feasible gain of all; -inf while there is none."""
        return max(self.aside, self.best[-1]) if self.best else self.aside

    def follow(self, history: History) -> None:
        """Take in what has ended since the last call."""
        if history.revised != self._revised:
            self._revised = history.revised
            self._metric, self._constraints = history.metric, history.constraints
            self._forget()
            ended = [trial for trial in history.trials.values() if not trial.open]
            ended.sort(key=lambda trial: trial.finish_number)
        else:
            ended = [history.trials[number] for number in history.endings[self._taken :]]
        self._taken = len(history.endings)
        for trial in ended:
            self._take(trial)

    def _take(self, trial: Trial) -> None:
        if trial.finish_number > self._since:
            failed = trial.state == TrialState.FAILED
            self.ended += 1
            self.failed += failed
            self.failures_in_a_row = self.failures_in_a_row + 1 if failed else 0
        gain = self._gain(trial)
        if trial.counted:
            self.best.append(max(gain, self.best[-1]) if self.best else gain)
        else:
            self.aside = max(self.aside, gain)

    def _gain(self, trial: Trial) -> float:
        value = trial.metrics.get(self._metric.name, math.nan)
        usable = trial.state == TrialState.COMPLETED and not trial.excluded
        if not usable or not math.isfinite(value):
            return -math.inf
        feasible = all(constraint.holds(trial.metrics) for constraint in self._constraints)
        return self._metric.gain(value) if feasible else -math.inf
