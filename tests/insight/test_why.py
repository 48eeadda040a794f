"""Why a trial was proposed: what the ledger says of it, and what had ended nearby."""

import pytest

from tests.insight.conftest import bowl
from tuner.errors import UsageError
from tuner.insight.make import understand, why
from tuner.space import Choice, Float, Space

SPACE = Space(
    (Float(name="rate", min=1e-5, max=1e-1, log=True), Choice(name="kind", values=("a", "sgd")))
)


@pytest.fixture
def history(studies):
    """Ten Sobol trials and one of the model's, the best of all."""
    found = studies.sobol(SPACE, bowl, 10)
    studies.trial(
        found,
        {"rate": 1e-3, "kind": "a"},
        -0.5,
        method="bayes",
        mean=0.1,
        sd=0.2,
        acquisition=-3.0,
        memory={"older": 0.25},
    )
    return found


def test_what_was_foretold_is_held_against_what_came(history):
    found = why(history, SPACE, 11)
    assert (found.method, found.mean, found.sd, found.acquisition) == ("bayes", 0.1, 0.2, -3.0)
    assert (found.observed, found.rank, found.seen) == (-0.5, 0, 10)
    assert found.z == pytest.approx(-3.0)
    assert found.memory == {"older": 0.25}
    values = [trial.metrics["loss"] for trial in history.completed if trial.id < 11]
    assert found.best == min(values)


def test_only_what_had_ended_is_near_and_the_nearest_comes_first(history):
    found = why(history, SPACE, 6)
    assert {near.trial for near in found.near} <= {1, 2, 3, 4, 5}
    distances = [near.distance for near in found.near]
    assert distances == sorted(distances)
    assert why(history, SPACE, 1).near == ()


def test_the_model_says_how_far_a_length_scale_goes(history):
    by_model = why(history, SPACE, 11, understand(history, SPACE))
    assert by_model == why(history, SPACE, 11)
    assert len(by_model.near) == 5


def test_a_trial_without_a_result_has_none(history, studies):
    failed = studies.trial(history, {"rate": 1e-2, "kind": "a"}, "crash")
    open_ = studies.trial(history, {"rate": 1e-2, "kind": "sgd"}, None)
    for number in (failed, open_):
        found = why(history, SPACE, number)
        assert (found.observed, found.z, found.rank) == (None, None, None)


def test_a_trial_that_is_not_there_is_refused(history):
    with pytest.raises(UsageError, match="no trial 99"):
        why(history, SPACE, 99)
