"""Why a trial was proposed: what the ledger says of it, and what had ended nearby."""

import math

import pytest

from tests.insight.conftest import bowl
from tuner.errors import FitError, UsageError
from tuner.insight.make import understand, why
from tuner.space import Choice, Float, Space
from tuner.study import Remembered

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


def test_points_that_break_a_constraint_are_not_better(studies):
    constraint = {"metric": "loss", "op": ">=", "bound": 1.0}
    found = studies.sobol(SPACE, bowl, 10, constraints=[constraint])
    kept = [trial for trial in found.completed if trial.metrics["loss"] >= 1.0]
    best = min(kept, key=lambda trial: trial.metrics["loss"])
    assert (why(found, SPACE, best.id).rank, why(found, SPACE, best.id).broken) == (0, ())
    broken = [trial for trial in found.completed if trial.metrics["loss"] < 1.0]
    assert all(why(found, SPACE, trial.id).rank >= len(kept) for trial in broken)
    assert all(why(found, SPACE, trial.id).broken == ("loss >= 1",) for trial in broken)
    studies.trial(found, best.params, 0.5, method="rerun", of=best.id)
    assert why(found, SPACE, best.id).broken == ("loss >= 1",)


def test_what_repeats_measured_later_was_not_known_then(history, studies):
    before = why(history, SPACE, 11)
    best = min((t for t in history.completed if t.id < 11), key=lambda t: t.metrics["loss"])
    repeat = studies.trial(history, best.params, 9.0, method="rerun", of=best.id)
    assert why(history, SPACE, 11).best == before.best
    assert why(history, SPACE, repeat).rank == why(history, SPACE, best.id).rank > 0


def test_the_first_point_is_that_of_the_defaults(studies):
    space = Space((Float(name="x", min=0.0, max=1.0, default=0.25),))
    history = studies.start()
    for x in (0.25, 0.5, 0.25):
        studies.trial(history, {"x": x}, x)
    words = [why(history, space, number).what for number in (1, 2, 3)]
    assert words == ["the point of the defaults", "", ""]


def test_a_seed_names_the_older_study_whose_best_it_is(studies):
    space = Space((Float(name="x", min=0.0, max=1.0),))
    history = studies.start()
    for name, best in (("one", 0.1), ("other", 0.9)):
        points = ({"x": 0.5}, {"x": best}, {"x": 0.3})
        studies.write(history, Remembered(memory=name, points=points, gains=(0.2, 1.0, math.nan)))
    for x in (0.9, 0.5, 0.7):
        studies.trial(history, {"x": x}, x, method="memory")
    words = [why(history, space, number).what for number in (1, 2, 3)]
    assert words == [
        "the best point of other",
        "a best point of one",
        "a best point of older studies",
    ]


def test_where_trials_failed_more_of_them_is_no_advice(studies):
    history = studies.start()
    for x in (0.1, 0.2, 0.3):
        studies.trial(history, {"rate": x / 10, "kind": "a"}, "no_metric")
    with pytest.raises(FitError) as refused:
        understand(history, SPACE)
    assert refused.value.hint == "3 trials failed by no_metric; `tuner logs 3` shows the last one"
