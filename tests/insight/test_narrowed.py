"""Narrower bounds: legal, around the best, and honest about what they leave out."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.insight.conftest import bowl
from tests.insight.test_every_history import EVERYTHING, KIND, LAYERS, RATE
from tuner.config import read_config
from tuner.insight.contest import Contest
from tuner.insight.make import understand
from tuner.numerics.sobol import SobolSequence
from tuner.report.insight import bounds_lines
from tuner.space import Bool, Choice, Float, Int, Space
from tuner.space.encoding import Encoding
from tuner.study import Finished

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import narrowed as benchmark

METRIC = {"name": "loss", "goal": "minimize"}
STEPPED = Float(name="depth", min=1.0, max=10.0, step=1.0)


def as_space(narrowed, require=()):
    """Read the nodes as a configuration does."""
    node = {
        "name": "next",
        "metric": METRIC,
        "parameters": dict(narrowed.parameters),
        "require": list(require),
        "runner": {"type": "command", "command": "echo"},
    }
    return read_config(node).space


@pytest.mark.parametrize("space", [EVERYTHING, Space((RATE, KIND, LAYERS))], ids=["all", "few"])
def test_the_nodes_are_a_legal_space_that_holds_the_best_trial(studies, space):
    found = understand(studies.sobol(space, bowl, 40), space)
    narrowed = found.narrowed()

    second = as_space(narrowed, space.require)
    assert [p.name for p in second.parameters] == [p.name for p in space.parameters]
    held = {p.name: found.best[p.name] for p in second.searched if p.name in found.best}
    point = second.point({**second.middles(), **held})
    assert all(point.get(name, held[name]) == held[name] for name in held)
    for parameter in second.parameters:
        if parameter.name in found.best and hasattr(parameter, "value"):
            assert parameter.value == found.best[parameter.name]


def test_a_clear_optimum_is_closed_in_upon_and_what_is_kept_is_said(studies):
    space = Space((RATE, KIND))
    narrowed = understand(studies.sobol(space, bowl, 40), space).narrowed()
    rate = narrowed.parameters["rate"]
    assert 1e-5 < rate["min"] < 1e-3 < rate["max"] < 1e-1
    assert rate["log"] is True
    assert {"rate", "kind"} >= set(narrowed.changed)
    assert narrowed.kept < 0.7
    assert narrowed.best_kept > 0.8


def test_where_nothing_is_known_little_is_promised_away(studies):
    space = Space((Float(name="x", min=0.0, max=1.0), Float(name="y", min=0.0, max=1.0)))
    rng = np.random.default_rng(0)
    history = studies.sobol(space, lambda p: float(rng.normal()), 30)
    narrowed = understand(history, space).narrowed()
    assert (narrowed.kept, narrowed.best_kept, narrowed.changed) == (1.0, 1.0, {})
    assert narrowed.parameters["x"] == {"type": "float", "min": 0.0, "max": 1.0}


def test_what_is_fixed_or_derived_stays_as_it_was(studies):
    narrowed = understand(studies.sobol(EVERYTHING, bowl, 40), EVERYTHING).narrowed()
    assert narrowed.parameters["epochs"] == {"value": 3}
    assert narrowed.parameters["steps"] == {"derive": "epochs * batch"}
    assert not {"epochs", "steps"} & set(narrowed.changed)


def test_a_zero_inside_a_range_is_a_value_like_any_other(studies):
    space = Space((Int(name="shift", min=-50, max=50, default=0),))
    history = studies.sobol(space, lambda p: ((p["shift"] - 30) / 20) ** 2, 30)
    narrowed = understand(history, space).narrowed()
    node = narrowed.parameters["shift"]
    assert 0 < node["min"] < 30 < node["max"] < 50
    assert node["min"] <= node["default"] <= node["max"]  # 0 would lie outside
    best = min(history.completed, key=lambda trial: trial.metrics["loss"])
    assert node["default"] == best.params["shift"]
    assert "default moved" in narrowed.changed["shift"]


def test_the_best_point_is_looked_for_where_the_constraints_hold(studies):
    space = Space((Float(name="x", min=0.0, max=1.0), Float(name="y", min=0.0, max=1.0)))
    history = studies.start(constraints=[{"metric": "speed", "op": ">=", "bound": 0.7}])
    for point in Encoding(space).from_unit(SobolSequence(2, 0).points(0, 30)):
        metrics = {"loss": (point["x"] - 0.3) ** 2 + point["y"], "speed": point["x"]}
        trial = studies.trial(history, point, None)
        end = Finished(trial=trial, attempt=1, state="completed", metrics=metrics)
        studies.write(history, end)
    x = understand(history, space).narrowed().parameters["x"]
    assert 0.55 < x["min"] < 0.7 < x["max"]


@pytest.mark.parametrize("depth", [Int(name="depth", min=1, max=10), STEPPED], ids=["int", "step"])
def test_a_whole_number_that_a_constraint_leaves_one_value_is_fixed(studies, depth):
    space = Space((Float(name="x", min=0.0, max=1.0), depth))
    history = studies.start(constraints=[{"metric": "cost", "op": "<=", "bound": 4}])
    for point in Encoding(space).from_unit(SobolSequence(2, 0).points(0, 30)):
        metrics = {
            "loss": (point["x"] - 0.3) ** 2 + (point["depth"] - 6) ** 2,
            "cost": point["depth"],
        }
        trial = studies.trial(history, point, None)
        end = Finished(trial=trial, attempt=1, state="completed", metrics=metrics)
        studies.write(history, end)
    narrowed = understand(history, space).narrowed()
    assert narrowed.parameters["depth"] == {"value": 4}
    assert narrowed.changed["depth"] == "the value of the best point, almost surely"
    assert narrowed.kept < 0.15
    assert as_space(narrowed).searched[0].name == "x"


def test_a_value_counts_as_its_share_of_the_values(studies):
    """Of a finite space that was measured wholly it is said so."""
    space = Space(
        (
            Choice(name="kind", values=("a", "b", "c")),
            Int(name="layers", min=2, max=3),
            Bool(name="bias"),
        )
    )
    costs = {"a": 1.0, "b": 0.5, "c": 2.0}
    history = studies.start()
    lattice = space.lattice()
    for number in range(12):
        point = lattice.point(number)
        cost = costs[point["kind"]] + 0.3 * (point["layers"] == 2) + 0.3 * point["bias"]
        studies.trial(history, point, cost)
        if number == 10:
            assert understand(history, space).narrowed().exhausted == 0
    narrowed = understand(history, space).narrowed()
    assert [node.get("value") for node in narrowed.parameters.values()] == ["b", 3, False]
    assert narrowed.kept == pytest.approx(1 / 12)
    assert narrowed.exhausted == 12
    said = "".join(text for text, _ in bounds_lines(narrowed, 200)[1].parts)
    assert "8% of the space" in said
    assert "all 12 points were measured" in said


@pytest.mark.parametrize(
    "depth",
    [Int(name="depth", min=1, max=10), Int(name="depth", min=1, max=500, log=True), STEPPED],
)
def test_a_range_of_whole_numbers_keeps_its_share_of_what_is_drawn(studies, depth):
    space = Space((depth, Float(name="x", min=0.0, max=1.0)))
    history = studies.sobol(space, lambda p: (p["depth"] - 4) ** 2 + p["x"], 40)
    narrowed = understand(history, space).narrowed()
    node = narrowed.parameters["depth"]
    encoding = Encoding(Space((depth,)))
    drawn = encoding.from_unit((np.arange(20_000)[:, None] + 0.5) / 20_000)
    low, high = (node[end] if end in node else node["value"] for end in ("min", "max"))
    share = np.mean([low <= point["depth"] <= high for point in drawn])
    width = narrowed.parameters["x"]
    assert narrowed.kept == pytest.approx(share * (width["max"] - width["min"]), abs=1e-3)
    assert low <= 4 <= high


MANY = Choice(name="kind", values=tuple(f"k{i}" for i in range(40)))


def of_many(studies, tried, cost, *, trials=30):
    """Search (kind, x) at some of the kinds only."""
    space = Space((MANY, Float(name="x", min=0.0, max=1.0)))
    history = studies.start()
    for number, [u] in enumerate(SobolSequence(1, 0).points(0, trials)):
        kind = tried[number % len(tried)]
        studies.trial(history, {"kind": kind, "x": float(u)}, cost(kind) + (float(u) - 0.3) ** 2)
    return understand(history, space)


def test_values_that_were_never_tried_stay_and_are_counted(studies):
    tried = MANY.values[:6]
    found = of_many(studies, tried, tried.index)
    narrowed = found.narrowed()
    assert tuple(narrowed.parameters["kind"]["values"]) == ("k0", *MANY.values[6:])
    said = "34 of 40 values were never tried"
    assert narrowed.changed["kind"] == f"88% of its range, {said}"
    assert narrowed.parameters["x"]["max"] < 0.7
    doubts = [d for d in found.importance().doubts if "never tried" in d]
    assert doubts == [
        "34 of 40 values of kind were never tried: what is said of kind is by the others"
    ]


def test_bad_values_go_where_all_were_tried(studies):
    found = of_many(studies, MANY.values, lambda kind: 1.0 + (kind != "k7"), trials=120)
    narrowed = found.narrowed()
    assert narrowed.parameters["kind"] == {"value": "k7"}
    assert narrowed.changed["kind"] == "the value of the best point, almost surely"
    assert not [d for d in found.importance().doubts if "never tried" in d]


def test_many_values_that_are_as_good_are_not_left_out_one_by_one(studies):
    narrowed = of_many(studies, MANY.values, lambda kind: 0.0, trials=120).narrowed()
    left = narrowed.parameters["kind"].get("values", ())
    assert len(left) > 0.6 * len(MANY.values)


def test_the_best_trial_with_each_other_value_is_a_candidate(studies):
    """A value that was tried far from the best numbers only has no candidate of good mean."""
    space = Space((Choice(name="kind", values=("a", "b")), Float(name="x", min=0.0, max=1.0)))
    history = studies.start()
    for number in range(24):
        x = number / 23
        studies.trial(history, {"kind": "a", "x": x}, 10 * (x - 0.2) ** 2 + 0.02 * (number % 3))
    studies.trial(history, {"kind": "b", "x": 0.95}, 5.6)
    found = understand(history, space)
    shown, most = Contest.of(found.ground).of_values(space.parameters[0])
    assert shown.sum() == pytest.approx(1.0)
    assert most[1] > max(0.05, shown[1])
    assert "kind" not in found.narrowed().changed


@pytest.mark.parametrize(("trials", "narrower"), [(11, False), (12, True)])
def test_few_results_narrow_nothing(studies, trials, narrower):
    space = Space(tuple(Float(name=f"x{i}", min=0.0, max=1.0) for i in range(4)))
    history = studies.sobol(space, lambda p: sum((v - 0.4) ** 2 for v in p.values()), trials)
    found = understand(history, space)
    assert bool(found.narrowed().changed) == narrower
    assert any("are few for 4 parameters" in doubt for doubt in found.importance().doubts)


@pytest.mark.slow
def test_a_second_study_inside_gets_there_in_fewer_than_half_the_trials():
    found = benchmark.measure("forest_diamonds", 30, 0)
    assert found["needed"] < 15
    assert found["kept"] < 0.5
