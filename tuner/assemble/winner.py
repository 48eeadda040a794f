"""Name the best trial: by what was measured, or by the model's posterior mean when that is noisy."""

from collections.abc import Sequence
from dataclasses import replace

from tuner.config import StudyConfig
from tuner.samplers.make import posterior_of
from tuner.study import History
from tuner.study.ranking import Ranked, best, model_judges, ranked


def best_trial(history: History, config: StudyConfig) -> Ranked | None:
    """Give the best feasible trial.

    Where the metric is noisy (standard errors were told, or repeats of one point differ) the
    measured best is mostly a lucky one, so the trials are compared by the posterior mean of the
    model at their points, and the winner carries the probability that it is truly the best of
    them. Confirmed winners and studies of a single trial need no model.
    """
    return best_of(history, judged(history, config))


def best_of(history: History, rows: Sequence[Ranked]) -> Ranked | None:
    """Choose the best of the rows that `judged` gave."""
    if not rows or rows[0].believed is None:
        return best(history)
    gain = history.metric.gain
    return max(rows, key=lambda row: gain(row.value if row.believed is None else row.believed))


def judged(history: History, config: StudyConfig) -> list[Ranked]:
    """Give every feasible point in the order of what was measured, with the model's word on each.

    There is no such word where the metric is not noisy, where winners were confirmed, and where no
    model can be fitted.
    """
    rows = [row for row in ranked(history) if row.feasible]
    if not rows or not model_judges(history):
        return rows
    beliefs = posterior_of(config.search, config.space, history, [r.trial.params for r in rows])
    if beliefs is None:
        return rows
    return [
        replace(row, chance=belief.chance, believed=belief.mean, believed_sd=belief.sd)
        for row, belief in zip(rows, beliefs, strict=True)
    ]
