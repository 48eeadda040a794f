"""Intervals of 95 % hold the truth about so often, also with five runs a side."""

import numpy as np
import pytest

from tuner.numerics.bootstrap import Interval, paired, unpaired

REPEATS = 400


def covered(interval, truth):
    return interval.low <= truth <= interval.high


@pytest.mark.parametrize("n", [5, 8, 20])
def test_the_interval_of_pairs_holds_the_truth_about_as_often_as_it_says(n):
    rng = np.random.default_rng(n)

    held = []
    for _ in range(REPEATS):
        seeds = rng.normal(0, 5, n)  # hard for both sides alike
        ours, theirs = seeds + rng.normal(0.3, 1, n), seeds + rng.normal(0, 1, n)
        held.append(covered(paired(ours - theirs, rng), 0.3))

    assert 0.90 <= np.mean(held) <= 0.985


@pytest.mark.parametrize("n", [5, 20])
def test_the_interval_of_two_samples_holds_the_truth_about_as_often_as_it_says(n):
    rng = np.random.default_rng(n)

    held = [
        covered(unpaired(rng.normal(1, 1, n), rng.normal(0, 1, n), rng), 1.0)
        for _ in range(REPEATS)
    ]

    assert 0.92 <= np.mean(held) <= 0.995


def test_pairs_see_a_difference_that_two_samples_cannot():
    rng = np.random.default_rng(0)
    seeds = rng.normal(0, 5, 10)
    ours, theirs = seeds + 0.5 + rng.normal(0, 0.1, 10), seeds

    assert paired(ours - theirs, rng).low > 0
    assert unpaired(ours, theirs, rng).low < 0


def test_equal_values_have_an_interval_without_width():
    assert paired([2.0] * 5, np.random.default_rng(0)) == Interval(2.0, 2.0, 2.0)
