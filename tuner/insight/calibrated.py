"""How well the model foretells: every trial from all others."""

import numpy as np

from tuner.insight.base import Calibration
from tuner.insight.ground import Ground
from tuner.study.foretold import NORMAL_95


def calibration_of(ground: Ground) -> Calibration:
    """Leave each trial with a result out once, in closed form.

    Rasmussen & Williams (2006), "Gaussian Processes for Machine Learning", section 5.4.2, with the
    hyperparameters and the constant mean of all trials. Failed trials have no result to foretell.
    """
    form = ground.form
    mean, variance = form.mixed(*form.left_out())
    y = form.evidence.y
    sd = np.sqrt(variance)
    z = (y - mean) / sd
    with np.errstate(over="ignore"):
        slope = form.scale.slope(mean)
        raw = ground.raw(mean)
        wide = slope * sd
    gains = form.dataset.Y[:, 0]
    return Calibration(
        ids=form.dataset.ids,
        observed=gains if ground.metric.goal == "maximize" else -gains,
        mean=raw,
        sd=wide,
        z=z,
        r2=float(1.0 - ((y - mean) ** 2).sum() / max(((y - y.mean()) ** 2).sum(), 1e-300)),
        inside=float((np.abs(z) <= NORMAL_95).mean()),
    )
