"""What is understood of any history at all: answers that are finite, or a reason a person understands."""

import math

import numpy as np
import pytest

from tests.insight.conftest import bowl
from tuner.errors import FitError, UsageError
from tuner.insight.make import health, understand, why
from tuner.space import Bool, Choice, Derived, Fixed, Float, Int, Space
from tuner.study import Finished

RATE = Float(name="rate", min=1e-5, max=1e-1, log=True)
KIND = Choice(name="kind", values=("adam", "sgd", "on"))
LAYERS = Int(name="layers", min=1, max=4)
EVERYTHING = Space(
    (
        RATE,
        KIND,
        LAYERS,
        Float(name="momentum", min=0.0, max=0.99, when="kind == 'sgd'"),
        Choice(name="batch", values=(16, 32, 64), ordered=True),
        Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
        Bool(name="amp"),
        Fixed(name="epochs", value=3),
        Derived(name="steps", derive="epochs * batch"),
    ),
    require=("layers * batch <= 128",),
)


def all_answers(history, space):
    """Ask everything; give what was understood."""
    found = understand(history, space)
    importance = found.importance()
    assert {weight.name for weight in importance.weights} == {p.name for p in space.searched}
    for weight in importance.weights:
        for one in (weight.first, weight.total):
            assert 0.0 <= one.low <= one.high <= 1.0
            assert 0.0 <= one.value <= 1.0
    assert sorted(found.order()) == sorted(weight.name for weight in importance.weights)
    assert found.varying() == tuple(line.name for line in found.slices())
    calibration = found.calibration()
    assert np.isfinite(calibration.z).all()
    for line in found.slices(levels=9):
        assert len(line.levels) == len(line.mean) == len(line.low)
        assert (line.low <= line.high).all()
    race = found.against_sobol()
    assert math.isnan(race.chance) if race.doubt else 0.0 <= race.chance <= 1.0
    narrowed = found.narrowed()
    assert set(narrowed.parameters) == {p.name for p in space.parameters}
    assert 0.0 < narrowed.kept <= 1.0
    assert 0.0 <= narrowed.best_kept <= 1.0
    assert health(history, space, found)
    return found


@pytest.mark.parametrize(
    ("values", "why_not"),
    [
        ([], "0 of 0 ended trials"),
        ([0.5], "1 of 1 ended trials"),
        (["crash"] * 12, "0 of 12 ended trials"),
        ([math.nan] * 12, "0 of 12 ended trials"),
        ([0.3, 0.2, 0.1, 0.0], "4 of 4 ended trials"),
        ([0.3] * 12, "all 12 trials measured the same loss, 0.3"),
        ([0.1, 0.2, "oom", math.inf, 0.3, 0.4], "4 of 6 ended trials"),
    ],
)
def test_too_little_is_told_with_what_is_missing(studies, values, why_not):
    space, history = Space((RATE, LAYERS)), studies.start()
    for number, value in enumerate(values):
        studies.trial(history, {"rate": 10.0 ** -(2 + number % 3), "layers": 1 + number % 4}, value)

    with pytest.raises(FitError) as refused:
        understand(history, space)
    assert why_not in str(refused.value)
    assert refused.value.hint
    health(history, space, None)  # what the ledger shows needs no model
    for number in history.trials:
        assert why(history, space, number).trial == number


def test_a_space_with_nothing_to_search_is_told(studies):
    history = studies.start()
    with pytest.raises(FitError, match="no parameter is searched"):
        understand(history, Space((Fixed(name="epochs", value=3),)))


def test_every_kind_of_parameter_is_understood(studies):
    history = studies.sobol(EVERYTHING, bowl, 40)
    found = all_answers(history, EVERYTHING)

    assert found.importance().weights[0].name == "rate"
    assert any("`require`" in doubt for doubt in found.importance().doubts)
    for line in found.slices():
        for level in line.levels:
            point = EVERYTHING.trim({**EVERYTHING.middles(), **line.at, line.name: level})
            assert EVERYTHING.violations(point) == []
    assert "momentum" not in {line.name for line in found.slices({**found.best, "kind": "adam"})}
    mean, sd = found.predict([found.best])
    assert np.isfinite(mean).all()
    assert (sd > 0).all()


@pytest.mark.parametrize("size", [1e308, 1e-308, 1e150])
def test_values_of_any_size_are_understood(studies, size):
    space = Space((RATE, LAYERS))
    history = studies.sobol(space, lambda p: size * (bowl(p) / 5 - 0.5), 25)
    found = all_answers(history, space)
    mean, _ = found.predict([found.best])
    assert abs(mean[0]) <= 2 * size
    assert found.importance().weights[0].name == "rate"


def test_one_category_alone_is_understood(studies):
    space, history = Space((KIND,)), studies.start()
    for number in range(9):
        kind = KIND.values[number % 3]
        studies.trial(
            history, {"kind": kind}, {"adam": 0.1, "sgd": 0.5, "on": 0.9}[kind] + number / 99
        )
    found = all_answers(history, space)

    [line] = found.slices()
    assert line.levels == ("adam", "sgd", "on")
    assert line.mean.argmin() == 0
    assert found.pairs() == ()


def test_trials_that_failed_or_measured_nothing_take_no_part(studies):
    space = Space((RATE, LAYERS))
    history = studies.sobol(space, bowl, 20)
    alone = understand(history, space).importance()
    for number in range(6):
        studies.trial(history, {"rate": 0.09, "layers": 4}, "oom" if number % 2 else math.nan)
    studies.trial(history, {"rate": 0.05, "layers": 3}, None)
    found = all_answers(history, space)
    assert found.importance().weights == alone.weights


def test_constraints_decide_what_is_best(studies):
    space = Space((RATE,))
    constraint = {"metric": "loss", "op": ">=", "bound": 1.0}
    history = studies.sobol(space, bowl, 20, constraints=[constraint])
    found = all_answers(history, space)
    value, _ = found.predict([found.best])
    assert value[0] > 0.8  # and not the 0 in the middle
    ours = found.against_sobol().ours
    assert np.nanmin(ours) >= 1.0


def test_where_no_trial_keeps_the_constraints_nothing_is_promised(studies):
    space = Space((RATE,))
    constraint = {"metric": "loss", "op": ">=", "bound": 1000.0}
    found = understand(studies.sobol(space, bowl, 20, constraints=[constraint]), space)
    assert math.isnan(found.against_sobol().chance)
    assert found.narrowed().changed == {}
    findings = health(found.ground.history, space, found)
    assert not any("Sobol" in finding.text for finding in findings)


def test_sobol_points_must_keep_the_constraints_too(studies):
    space = Space((RATE,))
    constraint = {"metric": "loss", "op": ">=", "bound": 1.0}
    free = understand(studies.sobol(space, bowl, 20), space)
    bound = understand(studies.sobol(space, bowl, 20, constraints=[constraint]), space)
    assert free.against_sobol().sobol[-1] < 0.3
    assert bound.against_sobol().sobol[-1] > 0.7


def test_a_study_of_stopped_trials_alone_is_understood(studies):
    space, history = Space((RATE,)), studies.start()
    for number in range(8):
        trial = studies.trial(history, {"rate": 10.0 ** -(1 + number / 2)}, None)
        end = {"state": "stopped", "metrics": {"loss": float(number)}}
        studies.write(history, Finished(trial=trial, attempt=1, **end))
    found = understand(history, space)
    assert found.against_sobol().ours.shape == (0,)
    assert health(history, space, found)


def test_repeats_of_the_best_make_nothing_look_far_out_or_crowded(studies):
    space = Space((RATE, LAYERS))
    history = studies.sobol(space, bowl, 15)
    alone = understand(history, space).importance()
    best = min(history.completed, key=lambda trial: trial.metrics["loss"])
    for number in range(20):
        value = best.metrics["loss"] + number / 1e4
        studies.trial(history, best.params, value, method="confirm", of=best.id)
    found = understand(history, space)
    assert found.ground.fence is None
    assert found.importance().doubts == alone.doubts
    assert len(found.against_sobol().ours) == 15


def test_repeats_with_noise_and_told_errors_are_understood(studies):
    space, history = Space((RATE,)), studies.start()
    rng = np.random.default_rng(0)
    for number in range(24):
        point = {"rate": 10.0 ** -(1 + number % 4)}
        studies.trial(history, point, bowl(point) + 0.3 * float(rng.normal()))
    found = all_answers(history, space)
    _, sd = found.predict([{"rate": 1e-3}])
    assert sd[0] < 0.4  # six repeats


def test_a_point_of_another_space_is_refused(studies):
    space = Space((RATE, LAYERS))
    found = understand(studies.sobol(space, bowl, 12), space)
    with pytest.raises(FitError, match="none of this space"):
        found.predict([{"rate": "fast", "layers": 2}])
    with pytest.raises(UsageError, match="two numbers"):
        found.contour("rate", "colour")
    with pytest.raises(UsageError, match="twice"):
        found.contour("rate", "rate")


def test_a_map_has_its_values_where_its_axes_say(studies):
    space = Space((RATE, LAYERS))
    found = understand(studies.sobol(space, bowl, 30), space)
    flat = found.contour("rate", "layers")
    assert flat.mean.shape == (len(flat.ys), len(flat.xs)) == (4, 25)
    assert (flat.log_x, flat.log_y) == (True, False)
    mean, sd = found.predict([{"rate": flat.xs[3], "layers": 2}])
    assert flat.mean[1, 3] == pytest.approx(mean[0])
    assert flat.sd[1, 3] == pytest.approx(sd[0])


def test_a_study_of_a_thousand_trials_is_thinned_and_says_so(studies):
    space = Space((RATE, LAYERS))
    history = studies.sobol(space, bowl, 1100)
    found = understand(history, space)
    assert "made of 300 of 1100 results" in found.importance().doubts
    assert len(found.calibration().ids) == 300
    best = min(history.completed, key=lambda trial: trial.metrics["loss"])
    assert best.id in found.calibration().ids
