import math

import pytest

from tuner.study import Constraint, Finished, Suggested, Trial, TrialState
from tuner.study.limits import broken, feasible

FAST, GOOD = (
    Constraint(metric="ms", op="<=", bound=20.0),
    Constraint(metric="acc", op=">=", bound=0.5),
)


def trial(state, **metrics):
    finish = Finished(trial=1, attempt=1, state=state, metrics=metrics)
    suggestion = Suggested(trial=1, point={}, method="sobol")
    return Trial(id=1, suggestion=suggestion, state=TrialState(state), finish=finish)


@pytest.mark.parametrize(
    ("state", "metrics", "breaks", "keeps"),
    [
        ("completed", {"ms": 20.0, "acc": 0.5}, (), True),
        ("completed", {"ms": 21.0, "acc": 0.5}, (FAST,), False),
        ("completed", {"ms": math.nan, "acc": 0.4}, (FAST, GOOD), False),
        ("completed", {"acc": 0.9}, (FAST,), False),
        ("stopped", {"acc": 0.9}, (), None),
        ("stopped", {"acc": 0.4}, (GOOD,), False),
        ("failed", {"ms": 99.0}, (), None),
    ],
)
def test_a_trial_is_held_to_what_it_measured(state, metrics, breaks, keeps):
    one = trial(state, **metrics)
    assert broken(one, (FAST, GOOD)) == breaks
    assert feasible(one, (FAST, GOOD)) is keeps


def test_where_there_are_no_constraints_nothing_is_said():
    assert feasible(trial("completed", ms=1.0), ()) is None
