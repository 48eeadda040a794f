"""Which trials keep the constraints, judged by what was measured.

Standard library only: every table that a person reads asks this of each of its rows.
"""

from collections.abc import Sequence

from tuner.study.metric import Constraint
from tuner.study.trial import Trial, TrialState

JUDGED = frozenset({TrialState.COMPLETED, TrialState.STOPPED})


def broken(trial: Trial, constraints: Sequence[Constraint]) -> tuple[Constraint, ...]:
    """Give the constraints that a trial breaks, none while it has no result.

    What a completed trial did not measure is broken, as `Constraint.holds` has it; a trial that was
    stopped early is only held to what it reported.
    """
    if trial.state not in JUDGED:
        return ()
    metrics, whole = trial.metrics, trial.state == TrialState.COMPLETED
    return tuple(c for c in constraints if (whole or c.metric in metrics) and not c.holds(metrics))


def feasible(trial: Trial, constraints: Sequence[Constraint]) -> bool | None:
    """Say whether a trial keeps every constraint; None where it cannot be told, or there are none."""
    if not constraints or trial.state not in JUDGED:
        return None
    if broken(trial, constraints):
        return False
    return True if all(c.holds(trial.metrics) for c in constraints) else None
