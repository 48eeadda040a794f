"""When to give up: rules on a whole study. Rules on single trials (rungs) come with early stopping."""

from tuner.stopping.base import Standing, StudyRule, Verdict
from tuner.stopping.spec import Failures, Plateau, StopSpec

__all__ = ["Failures", "Plateau", "Standing", "StopSpec", "StudyRule", "Verdict"]
