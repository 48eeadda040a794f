"""Name the best trial: by what was measured, or by the model's posterior mean when that is noisy."""

from dataclasses import replace

from tuner.config import StudyConfig
from tuner.samplers.make import posterior_of
from tuner.study import History
from tuner.study.ranking import Ranked, best, noisy, ranked


def best_trial(history: History, config: StudyConfig) -> Ranked | None:
    """Give the best feasible trial.

    Where the metric is noisy (standard errors were told, or repeats of one point differ) the
    measured best is mostly a lucky one, so the trials are compared by the posterior mean of the
    model at their points, and the winner carries the probability that it is truly the best of
    them. Confirmed winners and studies of a single trial need no model.
    """
    chosen = best(history)
    confirmed = any(trial.method == "confirm" for trial in history.completed)
    if chosen is None or confirmed or not noisy(history):
        return chosen
    rows = [row for row in ranked(history) if row.feasible]
    beliefs = posterior_of(config.search, config.space, history, [r.trial.params for r in rows])
    if beliefs is None:
        return chosen
    gain = history.metric.gain
    row, belief = max(zip(rows, beliefs, strict=True), key=lambda pair: gain(pair[1].mean))
    return replace(row, chance=belief.chance)
