"""Spec to rules."""

from tuner.stopping.base import StudyRule
from tuner.stopping.spec import StopSpec
from tuner.stopping.study_rules import (
    ConsecutiveFailures,
    FirstFailures,
    GpuBudget,
    PlateauReached,
    TargetReached,
    TrialBudget,
    WallBudget,
)


def make_rules(spec: StopSpec, *, keep_going: bool = False) -> tuple[StudyRule, ...]:
    """Build what `spec` describes; `keep_going` leaves out the check of the first trials."""
    made: list[StudyRule | None] = [
        TargetReached(spec.target) if spec.target is not None else None,
        ConsecutiveFailures(spec.failures.consecutive) if spec.failures else None,
        None if keep_going else FirstFailures(),
        PlateauReached(spec.plateau) if spec.plateau else None,
        GpuBudget(spec.gpu_hours) if spec.gpu_hours is not None else None,
        WallBudget(spec.wall_s) if spec.wall_s is not None else None,
        TrialBudget(spec.trials) if spec.trials is not None else None,
    ]
    return tuple(rule for rule in made if rule is not None)
