"""How a study and its older ones go together, and its metrics, by what models make of them.

Loaded when needed: numpy, and torch where a fit needs it.
"""

import numpy as np

from tuner.dataset import dataset_of
from tuner.errors import FitError
from tuner.space import Space
from tuner.study import History, TrialState
from tuner.surrogates.make import Relations, related, together

FEWEST_TRIALS, MOST_TRIALS, MOST_METRICS = 8, 120, 6
"""Trials that say something about noise, and what a fit of some seconds can hold."""


def relations_of(space: Space, history: History, here: str) -> Relations | None:
    """Relate the study, called `here`, to what it remembers; None where that says too little.

    Raises:
        FitError: no model can be fitted.
    """
    return related(dataset_of(history, space), here)


def metrics_of(space: Space, history: History) -> Relations:
    """Relate the metrics that the last completed trials all have, constants left out.

    Raises:
        FitError: there are too few of either.
    """
    dataset = dataset_of(history, space)
    trials = [history.trials[number] for number in dataset.ids]
    rows = [i for i, trial in enumerate(trials) if trial.state == TrialState.COMPLETED]
    rows = rows[-MOST_TRIALS:]
    told = [trials[i].metrics for i in rows]
    names = [
        name
        for name in dict.fromkeys([history.metric.name, *(n for one in told for n in one)])
        if len({one.get(name) for one in told}) > 1
        and all(np.isfinite(one.get(name, np.nan)) for one in told)
    ][:MOST_METRICS]
    if len(rows) < FEWEST_TRIALS or len(names) < 2:  # noqa: PLR2004  a pair
        raise FitError(
            f"{len(rows)} completed trials have {len(names)} metrics that vary; "
            f"it takes {FEWEST_TRIALS} with two"
        )
    Y = np.array([[one[name] for name in names] for one in told])
    return together(dataset.columns, dataset.X[rows], names, Y)
