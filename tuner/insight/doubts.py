"""Why what a model says may not be trusted, a sentence each."""

from tuner.insight.calibrated import calibration_of
from tuner.insight.crowding import USUAL
from tuner.insight.ground import Ground

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
    dataset, found = ground.dataset, []
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
            "the trials crowd around the best: what other places are like is less known, and "
            f"intervals are {wider / USUAL:.1f} times as wide for it"
        )
    if measured < FEW_A_PARAMETER * searched:
        found.append(f"{measured} results are few for {searched} parameters")
    failed = int(ground.whole.failed.sum())
    known = len(ground.whole.ids)
    if failed > MANY_FAILED * known:
        found.append(f"{failed} of {known} trials failed and say nothing here")
    if ground.fence is not None:
        fence = ground.metric.raw(ground.fence)
        side = "above" if ground.metric.goal == "minimize" else "below"
        found.append(f"values {side} {fence:.4g} lie far out and count as {fence:.4g}")
    if known - failed > len(dataset.ids):
        found.append(f"made of {len(dataset.ids)} of {known - failed} results")
    if ground.space.require:
        found.append("combinations that `require` forbids count as the model expects them to be")
    return tuple(found)
