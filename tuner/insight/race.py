"""Was the search better than Sobol points? By the model's account of what they would have had."""

import math

import numpy as np

from tuner.dataset import Floats
from tuner.insight.base import Race
from tuner.insight.calibrated import calibration_of
from tuner.insight.doubts import hardly, too_good
from tuner.insight.ground import Ground
from tuner.numerics.sobol import shifted
from tuner.study.ranking import ranked
from tuner.surrogates.make import Functions

DRAWS, SEQUENCES, MOST = 8, 8, 200
"""Functions of each process, sequences of points, and trials that are raced over."""


def race_of(ground: Ground) -> Race:
    """Race the study against Sobol points on functions drawn from the model, as noisy as trials are.

    Trials that broke a constraint have no value; points that the model expects to break one get the
    worst that is drawn. Repeats are no trials of their own. Of a model that hardly foretells the trials
    of the study, left out one by one, or that does not believe its best, there is a doubt and no chance.
    """
    ours = best_so_far(ground)
    if not len(ours):
        return Race(ours=ours, sobol=ours, low=ours, high=ours, chance=math.nan)
    functions = Functions.of(ground.form, DRAWS, ground.rng(2))
    rng = ground.rng(3)
    t = min(len(ours), MOST)
    noise = np.sqrt(np.median(ground.form.noise, axis=1))[:, None, None]
    runs = []
    for _ in range(SEQUENCES):
        rows = ground.region.encoding.spread(shifted(ground.region.width, t, rng))
        values = functions.at(rows)
        values = values + noise * rng.standard_normal(values.shape)
        kept = rng.random(t) < ground.holding(rows)
        values = np.where(kept[:, None], values, values.min())
        runs.append(np.maximum.accumulate(values, axis=1).swapaxes(1, 2).reshape(-1, t))
    standard = np.concatenate(runs)
    share = np.tile(np.repeat(ground.form.share / DRAWS / SEQUENCES, DRAWS), SEQUENCES)
    quantiles = [quantile(standard, share, q) for q in (0.025, 0.5, 0.975)]
    low, middle, high = (ground.raw(values) for values in quantiles)
    last = ground.form.scale.apply(np.array([ground.metric.gain(float(ours[t - 1]))]))
    valued = math.isfinite(ours[t - 1])
    doubt = (too_good(ground)[1] or hardly(calibration_of(ground))) if valued else ""
    told = valued and not doubt
    chance = float(share @ (standard[:, -1] < last[0])) if told else math.nan
    return Race(
        ours=ours[:t],
        sobol=middle,
        low=np.minimum(low, high),
        high=np.maximum(low, high),
        chance=chance,
        doubt=doubt,
    )


def best_so_far(ground: Ground) -> Floats:
    """Give (t,) the best value after each completed trial, nan before the first."""
    history, gain = ground.history, ground.metric.gain
    values = {row.origin: row.value for row in ranked(history) if row.feasible}
    done = [trial for trial in history.completed if trial.suggestion.of is None]
    found, best = [], math.nan
    for trial in sorted(done, key=lambda trial: trial.finish_number):
        value = values.get(trial.id, math.nan)
        if math.isnan(best) or gain(value) > gain(best):
            best = value
        found.append(best)
    return np.array(found, dtype=np.float64)


def quantile(values: Floats, share: Floats, q: float) -> Floats:
    """Give weighted quantiles (t,) of rows (s, t)."""
    order = np.argsort(values, axis=0)
    reached = np.cumsum(share[order], axis=0)
    place = np.minimum((reached < q * reached[-1]).sum(axis=0), len(values) - 1)
    found: Floats = np.take_along_axis(np.take_along_axis(values, order, 0), place[None], 0)[0]
    return found
