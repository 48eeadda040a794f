"""One scrambled Sobol sequence for a study, our own because scipy.stats takes long to import."""

import numpy as np
import pytest
from scipy.stats import qmc

from tuner.samplers.sobol import SobolSampler, SobolSequence
from tuner.space import Bool, Encoding, Float, Int, Space

RNG = np.random.default_rng(0)
X = Float(name="x", min=0, max=1)
Y = Float(name="y", min=0, max=1)
PLANE = Space((X, Y))


def points_of(suggestions):
    return [suggestion.point for suggestion in suggestions]


def test_without_scrambling_it_is_the_sequence_of_joe_and_kuo_as_scipy_has_it():
    ours = SobolSequence(1024, None).points(0, 256)

    assert (ours == qmc.Sobol(1024, scramble=False).random(256)).all()


@pytest.mark.parametrize(("start", "count"), [(0, 1), (1, 7), (63, 130), (1000, 1)])
def test_any_stretch_is_there_without_those_before(start, count):
    sequence = SobolSequence(5, 3)

    assert (sequence.points(start, count) == sequence.points(0, start + count)[start:]).all()


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**63])
def test_scrambled_points_fill_every_stratum_of_every_column_exactly_once(seed):
    U = SobolSequence(40, seed).points(0, 128)

    assert ((U >= 0) & (U < 1)).all()
    assert (np.sort(np.floor(U * 128), axis=0) == np.arange(128)[:, None]).all()


def test_scrambled_points_of_two_columns_fill_every_square():
    U = SobolSequence(2, 7).points(0, 64)

    squares = {(int(a), int(b)) for a, b in np.floor(U * 8)}
    assert len(squares) == 64


def test_scrambling_is_settled_by_the_seed_and_moves_the_first_point_out_of_the_corner():
    first = SobolSequence(6, 1).points(0, 4)

    assert (first == SobolSequence(6, 1).points(0, 4)).all()
    assert (first != SobolSequence(6, 2).points(0, 4)).all()
    assert (first[0] > 0).all()


def test_columns_beyond_the_table_are_drawn_at_random_and_settled_by_the_seed_too():
    sequence = SobolSequence(1027, 4)

    U = sequence.points(2, 3)

    assert U.shape == (3, 1027)
    assert ((U >= 0) & (U < 1)).all()
    assert len(np.unique(U[:, 1024:])) == 9
    assert (sequence.points(4, 1) == U[2:]).all()


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
