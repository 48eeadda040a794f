"""Promise 30: one value of 1e30 among 25 trials costs less than a tenth of the final rank.

The rank of a search is the share of random searches of the same length that it beats. Searches with
and without the outlier share their seeds; what is measured is the truth at the best honest value.
"""

import numpy as np
import pytest

from tuner.samplers.make import make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Float, Space
from tuner.study import Finished, History, Opened, Record, Suggested

TRIALS, SEEDS, OUTLIER_AT = 25, 4, 8
SPACE = Space(tuple(Float(name=f"x{j}", min=0.0, max=1.0) for j in range(3)))


def loss(point):
    x = np.array([point[f"x{j}"] for j in range(3)])
    return float(((x - [0.2, 0.7, 0.45]) ** 2).sum() + 0.1 * np.sin(9 * x).sum())


def search(seed, outlier=None):
    """Give the best honest loss after TRIALS."""
    history, honest = History(), []

    def tell(fact):
        number = history.last + 1
        history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))

    tell(Opened(study="s", config={"metric": {"name": "m"}}, config_hash=""))
    sampler = make_sampler(SearchSpec(), SPACE, seed=seed, devices_taken=True)
    for k in range(1, TRIALS + 1):
        (suggestion,) = sampler.suggest(history, 1, np.random.default_rng([seed, k]))
        tell(Suggested(trial=k, point=suggestion.point, method=suggestion.method))
        value = loss(suggestion.point)
        if outlier is not None and k == OUTLIER_AT:
            value = outlier
        else:
            honest.append(value)
        tell(Finished(trial=k, attempt=1, state="completed", metrics={"m": value}))
    return min(honest)


@pytest.fixture(scope="module")
def random_searches():
    U = np.random.default_rng(0).random((2000, TRIALS, 3))
    losses = ((U - [0.2, 0.7, 0.45]) ** 2).sum(axis=2) + 0.1 * np.sin(9 * U).sum(axis=2)
    return losses.min(axis=1)


@pytest.fixture(scope="module")
def clean():
    return [search(seed) for seed in range(SEEDS)]


@pytest.mark.parametrize("outlier", [1e30, -1e30], ids=["a divergence", "too good to be true"])
def test_one_outlier_costs_less_than_a_tenth_of_the_final_rank(outlier, clean, random_searches):
    disturbed = [search(seed, outlier) for seed in range(SEEDS)]

    def rank(found):
        return float(np.mean([np.mean(random_searches > value) for value in found]))

    assert rank(clean) > 0.95  # a search that finds nothing would lose nothing
    assert rank(disturbed) > rank(clean) - 0.1
