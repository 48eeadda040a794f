"""One scrambled Sobol sequence for a study, wherever its points come from."""

import numpy as np

from tuner.numerics.sobol import SobolSequence
from tuner.samplers.sobol import SobolSampler
from tuner.space import Bool, Encoding, Float, Int, Space

RNG = np.random.default_rng(0)
X = Float(name="x", min=0, max=1)
Y = Float(name="y", min=0, max=1)
PLANE = Space((X, Y))


def points_of(suggestions):
    return [suggestion.point for suggestion in suggestions]


def test_the_sequence_does_not_depend_on_how_many_are_asked_for_at_a_time(growing):
    sampler = SobolSampler(PLANE, seed=3)
    at_once = points_of(sampler.suggest(growing.history, 9, RNG))

    pieces = []
    for count in (1, 2, 5, 1):
        pieces += points_of(growing.take(sampler.suggest(growing.history, count, RNG)))

    assert pieces == at_once


def test_trials_of_other_origin_do_not_move_the_place_in_the_sequence(growing):
    sampler = SobolSampler(PLANE, seed=3)
    wanted = points_of(sampler.suggest(growing.history, 2, RNG))

    growing.put({"x": 0.1, "y": 0.2}, method="enqueued")
    growing.take(sampler.suggest(growing.history, 1, RNG))
    growing.put({"x": 0.3, "y": 0.2}, method="bayes")

    assert points_of(sampler.suggest(growing.history, 1, RNG)) == wanted[1:]


def test_the_defaults_come_first_if_every_live_parameter_has_one(growing):
    space = Space((Float(name="x", min=0, max=1, default=0.25), Bool(name="b", default=True)))
    sampler = SobolSampler(space, seed=3)

    first, second = sampler.suggest(growing.history, 2, RNG)
    growing.take([first])

    assert (first.point, first.method, first.reason) == ({"x": 0.25, "b": True}, "sobol", None)
    assert second.point == Encoding(space).from_unit(SobolSequence(2, 3).points(0, 1))[0]
    assert points_of(sampler.suggest(growing.history, 1, RNG)) == [second.point]


def test_points_that_break_a_require_are_no_part_of_the_sequence(growing):
    tight = Space((X, Y), ("x + y < 0.5",))
    everything = Encoding(PLANE).from_unit(SobolSequence(2, 3).points(0, 200))
    wanted = [point for point in everything if point["x"] + point["y"] < 0.5][:10]

    sampler = SobolSampler(tight, seed=3)
    found = points_of(growing.take(sampler.suggest(growing.history, 6, RNG)))
    fresh = SobolSampler(tight, seed=3)
    found += points_of(fresh.suggest(growing.history, 4, RNG))

    assert found == wanted


def test_defaults_that_break_a_require_are_left_out(growing):
    space = Space((Int(name="n", min=1, max=9, default=3),), ("n > 5",))

    [first] = SobolSampler(space, seed=0).suggest(growing.history, 1, RNG)

    assert first.point["n"] > 5


def test_a_require_that_nothing_keeps_gives_nothing_after_a_bounded_search(growing):
    space = Space((X,), ("x * x < 0",))

    assert SobolSampler(space, seed=0).suggest(growing.history, 3, RNG) == []
