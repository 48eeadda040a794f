"""The stop rules: budget of trials, hours or GPU hours; target; plateau; failures. Pure functions."""

import math
from dataclasses import dataclass

from tuner.stopping.base import Standing, Verdict
from tuner.stopping.spec import Plateau

FIRST_FAILURES, FIRST_SECONDS = 3, 60.0  # as W&B's agent: three of three within a minute


@dataclass(frozen=True)
class TrialBudget:
    """So many trials in total, also after a resume."""

    trials: int

    def __call__(self, standing: Standing) -> Verdict | None:
        """Judge."""
        counted = standing.history.counted
        if counted < self.trials:
            return None
        beyond = counted - self.trials
        more = f"{counted} trials, {beyond} beyond the budget of {self.trials}"
        reason = more if beyond else f"{counted} of {self.trials} trials"
        return Verdict(reason=reason, kind="budget")


@dataclass(frozen=True)
class WallBudget:
    """So many seconds of a tuner at work, over all sessions."""

    wall_s: float

    def __call__(self, standing: Standing) -> Verdict | None:
        """Judge."""
        if standing.past_s + standing.elapsed_s < self.wall_s:
            return None
        return Verdict(reason=f"{self.wall_s:g} s of wall time are used up", kind="spent")


@dataclass(frozen=True)
class GpuBudget:
    """So many GPU hours, running attempts included as far as they have come."""

    gpu_hours: float

    def __call__(self, standing: Standing) -> Verdict | None:
        """Judge."""
        if (standing.history.gpu_s + standing.running_gpu_s) / 3600 < self.gpu_hours:
            return None
        return Verdict(reason=f"{self.gpu_hours:g} GPU hours are used up", kind="spent")


@dataclass(frozen=True)
class TargetReached:
    """A feasible trial is at least as good as the target."""

    target: float

    def __call__(self, standing: Standing) -> Verdict | None:
        """Judge."""
        if standing.endings.top < standing.history.metric.gain(self.target):
            return None
        return Verdict(reason=f"the target {self.target:g} is reached", kind="goal")


@dataclass(frozen=True)
class PlateauReached:
    """The last so many ended trials brought no improvement worth the name."""

    plateau: Plateau

    def __call__(self, standing: Standing) -> Verdict | None:
        """Judge: compare the best before the last `trials` ended trials with the best of them."""
        endings = standing.endings
        if len(endings.best) <= self.plateau.trials:
            return None
        before = max(endings.aside, endings.best[-1 - self.plateau.trials])
        if before == -math.inf or endings.top - before > self.plateau.min_delta:
            return None
        count, least = self.plateau.trials, self.plateau.min_delta
        reason = f"{count} trials without an improvement of more than {least:g}"
        return Verdict(reason=reason, kind="goal")


@dataclass(frozen=True)
class ConsecutiveFailures:
    """So many failed trials in a row."""

    consecutive: int

    def __call__(self, standing: Standing) -> Verdict | None:
        """Judge."""
        if standing.endings.failures_in_a_row < self.consecutive:
            return None
        return Verdict(reason=f"{self.consecutive} trials in a row failed", kind="failed")


@dataclass(frozen=True)
class FirstFailures:
    """The first trials of a session all failed at once: something is wrong with the command."""

    def __call__(self, standing: Standing) -> Verdict | None:
        """Judge."""
        ended, failed = standing.endings.ended, standing.endings.failed
        all_failed = ended >= FIRST_FAILURES and failed == ended
        if not all_failed or standing.elapsed_s > FIRST_SECONDS:
            return None
        resumed = standing.history.ended > ended
        session = " of this session" if resumed else ""
        reason = f"the first {ended} trials{session} all failed"
        return Verdict(reason=reason, kind="failed", waivable=True)
