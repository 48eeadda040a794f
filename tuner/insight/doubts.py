"""Why what a model says may not be trusted, a sentence each."""

import math

from tuner.insight.calibrated import calibration_of
from tuner.insight.crowding import USUAL
from tuner.insight.ground import Ground
from tuner.study import History

POOR, WEAK = 0.3, 0.7
"""Shares of the variance, left out, below which a model hardly knows anything, or not much."""

FEW_A_PARAMETER = 5
"""Trials a parameter, below which there are few."""

MANY_FAILED = 0.2
"""Share of failed trials that is worth a word."""

CROWDED = 1.1
"""How many times wider than usual intervals are when that is worth a word."""

LUCKY = 0.85
"""Share of trials inside the 95 % interval, below which the model is too sure of itself."""


def doubts_of(ground: Ground, wider: float) -> tuple[str, ...]:
    """Say what speaks against the figures; nothing where the model is good.

    Args:
        ground: of the study.
        wider: how many times wider intervals are for the trials being crowded.
    """
    found = []
    calibration = calibration_of(ground)
    measured, searched = len(calibration.ids), len(ground.space.searched)
    if calibration.r2 < WEAK:
        said = "hardly foretells" if calibration.r2 < POOR else "foretells only in part"
        found.append(
            f"the model {said} trials that it has not seen: it explains "
            f"{max(0.0, calibration.r2):.0%} of their variance"
        )
    if calibration.inside < LUCKY:
        found.append(
            f"the model is too sure of itself: {calibration.inside:.0%} of the trials lie inside "
            "their 95% intervals"
        )
    if wider > CROWDED * USUAL:
        found.append(
            "the trials that the model is made of crowd around the best: what other places are like is less known, and "
            f"intervals are {wider / USUAL:.1f} times as wide for it"
        )
    if measured < FEW_A_PARAMETER * searched:
        found.append(
            f"{measured} results are few for {searched} parameters: bounds are less sure than they say"
        )
    failed = int(ground.whole.failed.sum())
    known = len(ground.whole.ids)
    if failed > MANY_FAILED * known:
        found.append(f"{failed} of {known} trials failed and say nothing here")
    if ground.fence is not None:
        fence = ground.metric.raw(ground.fence)
        side = "above" if ground.metric.goal == "minimize" else "below"
        found.append(f"values {side} {fence:.4g} lie far out and count as {fence:.4g}")
    results = _results(ground.history)
    if results > measured:
        found.append(f"made of {measured} of {results} results")
    if ground.space.require:
        found.append("combinations that `require` forbids count as the model expects them to be")
    return tuple(found)


def _results(history: History) -> int:
    """Count the trials that measured something, those included that a model is not made of."""
    name = history.metric.name
    trials = (t for t in history.trials.values() if not (t.open or t.excluded))
    return sum(math.isfinite(t.metrics.get(name, math.nan)) for t in trials)
