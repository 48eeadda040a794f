"""Importances of functions whose Sobol indices are known, and the benchmark that measures more of them."""

import sys
from pathlib import Path

import numpy as np
import pytest

from tuner.insight.make import understand
from tuner.space import Choice, Float, Int, Space

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import importance as benchmark


@pytest.fixture(scope="module")
def runs():
    """Every function that is judged by with sixty and a hundred Sobol trials."""
    return [
        run
        for name in benchmark.JUDGED
        for trials, seed in ((60, 1), (100, 2))
        for run in benchmark.measure(name, [trials], "sobol", seed)
    ]


def test_the_true_index_lies_inside_most_intervals(runs):
    said = benchmark.summary(runs)
    assert said["inside"] >= 0.8
    assert said["first"]["inside"] >= 0.8
    assert said["total"]["inside"] >= 0.75


def test_intervals_are_not_so_wide_that_they_say_nothing(runs):
    said = benchmark.summary(runs)
    assert said["total"]["width"] < 0.2
    assert said["total"]["error"] < 0.03


def test_what_clearly_matters_more_comes_first(runs):
    assert benchmark.summary(runs)["ordered"] == 1.0


def test_the_indices_of_the_formulas_are_the_ones_that_sampling_finds():
    """Pick and freeze with the formulas themselves."""
    for function in (made() for made in benchmark.FUNCTIONS.values()):
        k = len(function.first)
        A, B = np.random.default_rng(0).random((2, 200_000, k))
        at = function.values(A)
        for j in range(k):
            mixed = A.copy()
            mixed[:, j] = B[:, j]
            found = function.values(mixed)
            total = 0.5 * np.mean((at - found) ** 2) / at.var()
            assert total == pytest.approx(function.total[j], abs=0.02)


def test_a_parameter_that_does_nothing_may_do_nothing(studies):
    space = Space(
        (
            Float(name="rate", min=1e-5, max=1e-1, log=True),
            Choice(name="kind", values=("adam", "sgd")),
            Float(name="dull", min=0.0, max=1.0),
        )
    )
    history = studies.sobol(
        space, lambda p: np.log10(p["rate"]) ** 2 + 4 * (p["kind"] == "sgd"), 60
    )
    understood = understand(history, space)
    found = understood.importance()

    by_name = {weight.name: weight for weight in found.weights}
    assert understood.order() == ("rate", "kind", "dull")
    assert [weight.name for weight in found.weights][-1] == "dull"
    assert by_name["dull"].total.low == 0.0
    assert by_name["dull"].total.high < 0.02
    assert by_name["kind"].total.low > 0.05
    assert all(w.total.low <= w.total.value <= w.total.high for w in found.weights)
    assert all(0.0 <= w.first.low <= w.first.high <= 1.0 for w in found.weights)


def test_what_two_do_together_is_told_from_what_each_does_alone(studies):
    space = Space(tuple(Float(name=name, min=-1.0, max=1.0) for name in "abc"))
    found = understand(studies.sobol(space, lambda p: p["a"] * p["b"] + p["c"], 80), space)

    strongest, *others = found.pairs()
    assert set(strongest.names) == {"a", "b"}
    assert strongest.share.low <= 0.25 <= strongest.share.high  # (1/9) / (1/9 + 1/3)
    assert all(pair.share.high < 0.1 for pair in others)


def test_parameters_of_two_branches_are_no_pair(studies):
    space = Space(
        (
            Choice(name="kind", values=("tree", "net")),
            Float(name="depth", min=0.0, max=1.0, when="kind == 'tree'"),
            Float(name="width", min=0.0, max=1.0, when="kind == 'net'"),
            Float(name="rate", min=0.0, max=1.0),
        )
    )
    history = studies.sobol(space, lambda p: p.get("depth", p.get("width")) * (1 + p["rate"]), 60)
    pairs = {frozenset(pair.names) for pair in understand(history, space).pairs()}

    assert {frozenset(two) for two in (("kind", "depth"), ("depth", "rate"))} <= pairs
    assert frozenset(("depth", "width")) not in pairs
    assert len(pairs) == 5


def test_the_goal_changes_no_importance(studies):
    space = Space((Float(name="a", min=0.0, max=1.0), Int(name="b", min=1, max=8)))
    up, down = (
        understand(
            studies.sobol(space, lambda p, s=sign: s * (p["a"] ** 2 + p["b"]), 30, goal=goal), space
        )
        for sign, goal in ((1, "minimize"), (-1, "maximize"))
    )
    assert up.importance() == down.importance()


def test_the_same_question_has_the_same_answer(studies):
    space = Space((Float(name="a", min=0.0, max=1.0), Int(name="b", min=1, max=8)))
    history = studies.sobol(space, lambda p: p["a"] * p["b"], 20)
    assert understand(history, space).importance() == understand(history, space).importance()


def test_doubts_are_stated(studies):
    space = Space(tuple(Float(name=name, min=0.0, max=1.0) for name in "abcd"))
    noise = np.random.default_rng(0)
    history = studies.sobol(space, lambda p: float(noise.normal()), 15)
    for number in range(8):
        studies.trial(history, {"a": 0.1 * number, "b": 0.5, "c": 0.5, "d": 0.5}, "crash")

    doubts = " ".join(understand(history, space).importance().doubts)
    assert "hardly foretells" in doubts
    assert "15 results are few for 4 parameters" in doubts
    assert "8 of 23 trials failed" in doubts


def test_values_that_are_absurd_do_not_become_all_there_is(studies):
    space = Space((Float(name="a", min=0.0, max=1.0), Float(name="b", min=0.0, max=1.0)))
    history = studies.sobol(
        space, lambda p: 1e30 if p["b"] > 0.95 else p["a"] ** 2 + 0.1 * p["b"], 60
    )
    found = understand(history, space).importance()
    assert any("lie far out and count as" in doubt for doubt in found.doubts)
    assert all(np.isfinite(weight.total.value) for weight in found.weights)
