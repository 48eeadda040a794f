"""Which points serve older studies best, by what each of them believes. Numpy; loaded when needed."""

import numpy as np

from tuner.dataset import Floats, dataset_of
from tuner.space import Space
from tuner.study import History
from tuner.surrogates.make import basis_of
from tuner.surrogates.spec import Priors


def serving(space: Space, history: History, rows: Floats, count: int) -> list[int]:
    """Choose so many of some rows (k, d), one after the other.

    Greedily, the one that raises most the sum over older studies of the best that each believes to
    have (Wistuba, Schilling & Schmidt-Thieme 2015, "Sequential model-free hyperparameter tuning").
    """
    basis = basis_of(dataset_of(history, space), Priors())
    believed = np.zeros((len(rows), 1)) if basis is None else basis.of(rows)
    reached = np.full(believed.shape[1], -np.inf)
    chosen: list[int] = []
    while len(chosen) < min(count, len(rows)):
        sums = np.maximum(believed, reached).sum(axis=1)
        sums[chosen] = -np.inf
        chosen.append(int(np.argmax(sums)))
        reached = np.maximum(reached, believed[chosen[-1]])
    return chosen
