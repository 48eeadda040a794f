"""How results came out beside what was foretold of them when they were proposed."""

import math

from tuner.study.history import History
from tuner.study.trial import Trial, TrialState

NORMAL_95 = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95 %."""


def z_score(trial: Trial, history: History) -> float | None:
    """Say by how many foretold standard deviations the result missed the foretold mean.

    None where nothing was foretold, or of the metric of before, or no finite number came of it.
    """
    origin, value = trial.suggestion, trial.metrics.get(history.metric.name)
    if origin.mean is None or not origin.sd or trial.id <= history.foretold_after:
        return None
    if value is None or not math.isfinite(value):
        return None
    return (value - origin.mean) / origin.sd


def kept(history: History) -> tuple[int, int]:
    """Count the completed trials inside the 95 % interval that was foretold, and all that had one."""
    done = [trial for trial in history.trials.values() if trial.state == TrialState.COMPLETED]
    scores = [score for trial in done if (score := z_score(trial, history)) is not None]
    return sum(abs(score) < NORMAL_95 for score in scores), len(scores)
