import math

import pytest

from tuner.errors import UsageError
from tuner.study import Constraint, Metric, Source, constraints_of, metric_of


@pytest.mark.parametrize(("goal", "gain"), [("maximize", 3.0), ("minimize", -3.0)])
def test_larger_gain_is_always_better_and_there_is_a_way_back(goal, gain):
    metric = Metric(name="m", goal=goal)

    assert metric.gain(3.0) == gain
    assert metric.raw(metric.gain(3.0)) == 3.0


@pytest.mark.parametrize(
    ("op", "value", "holds"),
    [
        ("<=", 19.0, True),
        ("<=", 20.0, True),
        ("<=", 20.1, False),
        (">=", 20.0, True),
        (">=", 19.9, False),
        ("<=", math.nan, False),
        (">=", math.nan, False),
    ],
)
def test_a_constraint_holds_up_to_and_with_its_bound(op, value, holds):
    assert Constraint(metric="ms", op=op, bound=20.0).holds({"ms": value}) is holds


def test_what_was_not_measured_holds_nothing():
    assert not Constraint(metric="ms", op="<=", bound=20.0).holds({})


def test_slack_is_the_room_that_is_left():
    assert Constraint(metric="ms", op="<=", bound=20.0).slack(15.0) == 5.0
    assert Constraint(metric="acc", op=">=", bound=0.9).slack(0.95) == pytest.approx(0.05)
    assert str(Constraint(metric="ms", op="<=", bound=20.0)) == "ms <= 20"


def test_metric_and_constraints_are_read_from_a_normalised_config():
    config = {
        "metric": {
            "name": "acc",
            "goal": "maximize",
            "source": {"kind": "csv", "where": "log.csv"},
        },
        "constraints": [{"metric": "ms", "op": "<=", "bound": 20}],
    }

    assert metric_of(config) == Metric(
        name="acc", goal="maximize", source=Source(kind="csv", where="log.csv")
    )
    assert constraints_of(config) == (Constraint(metric="ms", op="<=", bound=20),)
    assert constraints_of({}) == ()


@pytest.mark.parametrize(
    "metric",
    [None, 5, "loss", [], {}, {"name": 5}, {"name": "a", "goal": "up"}, {"name": "a", "x": 1},
     {"name": "a", "source": 5}, {"name": "a", "source": {"x": 1}}, {"name": "a", "goal": []}],
    ids=repr,
)  # fmt: skip
def test_a_metric_that_is_none_is_an_error_for_a_person(metric):
    with pytest.raises(UsageError, match="metric"):
        metric_of({"metric": metric})


@pytest.mark.parametrize(
    "constraints",
    [5, [5], [{}], [{"metric": 1, "op": "<=", "bound": 1}],
     [{"metric": "a", "op": "<=", "bound": "1"}]],
    ids=repr,
)  # fmt: skip
def test_constraints_that_are_none_are_an_error_for_a_person(constraints):
    with pytest.raises(UsageError, match="constraints"):
        constraints_of({"constraints": constraints})
