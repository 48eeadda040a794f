"""When to give up: rules on a whole study. Rules on single trials (rungs) come with early stopping."""

from tuner.stopping.base import Standing, StudyRule, Verdict
from tuner.stopping.endings import Endings
from tuner.stopping.spec import Failures, Plateau, StopSpec
from tuner.stopping.study_rules import FIRST_FAILURES, FIRST_SECONDS

__all__ = [
    "FIRST_FAILURES",
    "FIRST_SECONDS",
    "Endings",
    "Failures",
    "Plateau",
    "Standing",
    "StopSpec",
    "StudyRule",
    "Verdict",
]
