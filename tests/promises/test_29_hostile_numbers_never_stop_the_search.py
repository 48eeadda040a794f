"""Promise 29: nan, infinities, constants, repeats, 1e308, 1e-320, 1e12, nothing but failures.

A sample of the promise; `benchmarks/hostile_numbers.py` runs 100 trials and 20 seeds of every case.
"""

import math

import numpy as np
import pytest

from tuner.samplers.make import make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Choice, Float, Space
from tuner.study import Finished, History, Opened, Record, Suggested

PLAIN = Space((Float(name="x", min=-1.0, max=1.0), Float(name="y", min=1e-3, max=1.0, log=True)))
MIXED = Space(
    (
        Float(name="x", min=-1.0, max=1.0),
        Choice(name="kind", values=("a", "b")),
        Float(name="z", min=0.0, max=1.0, when="kind == 'a'", or_zero=False),
    )
)

TRIALS = 12  # past the first anchor of the hyperparameters

CASES = {
    "a quarter nan": lambda k, x: math.nan if k % 4 == 1 else x,
    "plus infinity": lambda k, x: math.inf if k % 3 == 1 else x,
    "minus infinity": lambda k, x: -math.inf if k % 3 == 1 else x,
    "a constant": lambda k, x: 4.2,
    "two values only": lambda k, x: float(x > 0),
    "1e308 of both signs": lambda k, x: math.copysign(1e308, x),
    "1e-320": lambda k, x: 1e-320 * (k % 5),
    "an offset of 1e12": lambda k, x: 1e12 + x,
    "one outlier of 1e30": lambda k, x: 1e30 if k == 3 else x,
    "one divergence of 1e30": lambda k, x: -1e30 if k == 3 else x,
    "from 1e-320 to 1e308": lambda k, x: 10.0 ** (57 * (k % 12) - 320) * x,
    "every other one fails": lambda k, x: None if k % 2 else x,
    "nothing but failures": lambda k, x: None,
}


def run(space, measure, trials, seed):
    """Search for a while; give the suggestions."""
    history = History()

    def tell(fact):
        number = history.last + 1
        history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))

    tell(Opened(study="s", config={"metric": {"name": "m"}}, config_hash=""))
    sampler = make_sampler(SearchSpec(), space, seed=seed, devices_taken=True)
    given = []
    for k in range(trials):
        (suggestion,) = sampler.suggest(history, 1, np.random.default_rng([seed, k + 1]))
        given.append(suggestion)
        tell(Suggested(trial=k + 1, point=suggestion.point, method=suggestion.method))
        value = measure(k, suggestion.point["x"])
        state = {"state": "failed", "failure": "crash"} if value is None else {"state": "completed"}
        metrics = {} if value is None else {"m": value}
        tell(Finished(trial=k + 1, attempt=1, metrics=metrics, **state))
    return given


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("space", "seed"), [(PLAIN, 0), (MIXED, 1)], ids=["plain", "mixed"])
def test_29_every_suggestion_is_finite_and_in_bounds(case, space, seed):
    given = run(space, CASES[case], trials=TRIALS, seed=seed)

    assert len({space.key(suggestion.point) for suggestion in given}) == TRIALS
    for suggestion in given:
        assert space.point(suggestion.point) == suggestion.point
        for number in (suggestion.mean, suggestion.sd, suggestion.acquisition):
            assert number is None or math.isfinite(number)
    if case != "nothing but failures":
        late = given[-1]
        assert late.method == "bayes"
        assert late.reason is None
