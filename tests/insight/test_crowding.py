"""For how much of the whole space the trials of a study speak."""

import numpy as np
import pytest

from tuner.insight.crowding import say_of
from tuner.insight.ground import ground_of
from tuner.insight.make import health, understand
from tuner.space import Choice, Float, Space

SPACE = Space(
    (
        *(Float(name=name, min=0.0, max=1.0) for name in "abc"),
        Choice(name="kind", values=("p", "q")),
    )
)


def say(history, space=SPACE):
    ground = ground_of(history, space, 0)
    return say_of(ground.region.encoding, ground.dataset.X, 0)


def worth(history):
    return say(history).worth


def formula(point):
    return point["a"] * (1 + point["b"]) + (point["kind"] == "q")


@pytest.fixture
def at(studies):
    """Give a study whose trials lie where a function of uniform numbers (3,) puts them."""

    def made(place, trials=48):
        history, rng = studies.start(), np.random.default_rng(0)
        for number in range(trials):
            a, b, c = map(float, place(number, rng.random(3)))
            point = {"a": a, "b": b, "c": c, "kind": "pq"[number % 2]}
            studies.trial(history, point, formula(point))
        return history

    return made


def test_trials_that_are_spread_count_and_the_more_evenly_the_more(studies, at):
    assert worth(studies.sobol(SPACE, formula, 48, seed=3)) > 0.9
    assert worth(at(lambda _, u: u)) > 0.4


def test_trials_that_crowd_in_one_parameter_count_for_little(at):
    crowded = worth(at(lambda number, u: (u[0] if number < 8 else 0.5, u[1], u[2])))
    assert 0.05 < crowded < 0.35


def test_where_trials_crowd_each_weighs_less_than_elsewhere(at):
    history = at(lambda number, u: (u[0] if number < 8 else 0.55, u[1], u[2]))
    weights, X = say(history).weights, ground_of(history, SPACE, 0).dataset.X
    assert weights.sum() == pytest.approx(1.0)
    assert weights[:8].mean() > 2 * weights[8:].mean()
    parts = (X[:, 0] * 8).astype(int)
    held = np.bincount(parts, weights)
    crowd = np.bincount(parts).max() / 48
    assert held.max() < 0.85 * crowd  # other columns pull as well


def test_a_point_that_was_repeated_counts_once(at, studies):
    history = at(lambda _, u: u)
    before = say(history)
    first = history.trials[next(iter(history.trials))]
    for number in range(10):
        studies.trial(history, first.params, formula(first.params) + number / 1e3)
    after = say(history)
    assert after.worth == before.worth
    assert after.weights[48:].sum() + after.weights[0] == pytest.approx(before.weights[0])


def test_parts_that_were_never_seen_count_for_nothing(at):
    half = worth(at(lambda _, u: (0.5 * u[0], u[1], u[2])))
    corner = worth(at(lambda _, u: 0.1 * u))
    assert corner < half < 0.6
    assert corner < 0.2


def test_one_kind_that_is_rare_costs_less_than_one_that_is_missing(studies):
    values = {}
    for rare in (24, 4, 0):
        history, rng = studies.start(), np.random.default_rng(0)
        for number in range(48):
            point = {
                **dict(zip("abc", rng.random(3).tolist(), strict=True)),
                "kind": "pq"[number < rare],
            }
            studies.trial(history, point, formula(point))
        values[rare] = worth(history)
    assert values[24] > values[4] > 0.1
    assert values[24] > values[0]


def test_where_the_trials_cannot_say_it_is_said(studies, at):
    """All in one corner: nothing is told of the rest, and no parameter is called the most important."""
    history = at(lambda _, u: 0.1 * u, trials=20)
    found = understand(history, SPACE)
    importance = found.importance()
    assert not importance.tells
    assert any("too small a part of the space to say" in doubt for doubt in importance.doubts)
    assert not any("matters most" in one.text for one in health(history, SPACE, found))

    even = understand(studies.sobol(SPACE, formula, 40), SPACE)
    assert even.importance().tells
    assert not any("the space" in doubt for doubt in even.importance().doubts)
