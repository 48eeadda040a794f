"""What the model expects of the trials that are under way or wait: gains in the metric's own units."""

import math
from dataclasses import dataclass

from tuner.study import History, Metric, Trial


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What was predicted of one trial when it was suggested, against the best value of now.

    Attributes:
        mean, sd: of the metric, in its units.
        gain: expected improvement over the best, in the metric's units; None while nothing is best.
        chance: of beating it.
        acquisition: value of the acquisition function, in its own units; None if not told.
    """

    trial: int
    mean: float
    sd: float
    gain: float | None
    chance: float | None
    acquisition: float | None


def prospects(history: History, metric: Metric, best: float | None) -> list[Prospect]:
    """Give what is expected of the open trials that carry a prediction, the largest gain first."""
    found = [_prospect(trial, metric, best) for trial in history.open]
    told = [prospect for prospect in found if prospect is not None]
    return sorted(told, key=lambda prospect: -(prospect.gain or 0.0))


def _prospect(trial: Trial, metric: Metric, best: float | None) -> Prospect | None:
    said = trial.suggestion
    if said.mean is None or said.sd is None or not math.isfinite(said.mean + said.sd):
        return None
    gain, chance = None, None
    if best is not None:
        gain, chance = improvement(metric.gain(said.mean) - metric.gain(best), said.sd)
    return Prospect(
        trial=trial.id,
        mean=said.mean,
        sd=said.sd,
        gain=gain,
        chance=chance,
        acquisition=said.acquisition,
    )


def improvement(ahead: float, sd: float) -> tuple[float, float]:
    """Give the expected positive part of a normal variable, and the chance that it is positive.

    Args:
        ahead: its mean.
        sd: its standard deviation.

    The closed form of Mockus 1975 and Jones, Schonlau & Welch 1998.

    Example:
        >>> gain, chance = improvement(0.0, 1.0)
        >>> round(gain, 4), chance
        (0.3989, 0.5)
        >>> improvement(2.0, 0.0), improvement(-2.0, 0.0)
        ((2.0, 1.0), (0.0, 0.0))
    """
    if sd <= 0:
        return max(0.0, ahead), float(ahead > 0)
    z = ahead / sd
    chance = 0.5 * math.erfc(-z / math.sqrt(2))
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return max(0.0, ahead * chance + sd * density), chance
