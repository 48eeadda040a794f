"""Sobol points as scipy has them, our own because scipy.stats takes long to import."""

import numpy as np
import pytest
from scipy.stats import qmc

from tuner.numerics.sobol import SobolSequence, shifted


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


@pytest.mark.parametrize("width", [1, 7, 40])
def test_shifted_points_lie_in_the_cube_and_are_settled_by_the_generator(width):
    first, second, other = (shifted(width, 100, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert first.shape == (100, width)
    assert ((first >= 0) & (first < 1)).all()
    assert (first == second).all()
    assert (first != other).any(axis=0).all()


def test_shifted_points_are_as_even_as_the_sequence_they_come_from():
    draws = [shifted(3, 128, np.random.default_rng(seed)) for seed in range(20)]
    chance = [np.random.default_rng(seed).random((128, 3)) for seed in range(20)]

    unevenness = [np.mean([qmc.discrepancy(U) for U in sets]) for sets in (draws, chance)]

    assert unevenness[0] < 0.2 * unevenness[1]


def test_shifts_make_an_average_right_on_average():
    means = [
        np.prod(shifted(2, 16, np.random.default_rng(seed)), axis=1).mean() for seed in range(400)
    ]

    assert np.mean(means) == pytest.approx(0.25, abs=4 * np.std(means) / 20)


def test_writing_to_shifted_points_does_not_change_the_next_ones():
    first = shifted(2, 8, np.random.default_rng(0))
    kept = first.copy()
    first[:] = 0.5

    assert (shifted(2, 8, np.random.default_rng(0)) == kept).all()
