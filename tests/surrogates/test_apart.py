"""Scales are learned from trials that lie apart, so a search that stays in one place keeps its eyes."""

import numpy as np
import pytest

from tuner.space.encoding import Column
from tuner.surrogates.apart import FEWEST, apart
from tuner.surrogates.scales import objective_scale
from tuner.surrogates.spec import GaussianProcess

PLANE = (Column("x", "x", "real", None), Column("y", "y", "real", None))
KINDS = (Column("x", "x", "real", None), Column("kind", "kind", "category", 3))


@pytest.fixture
def concentrated():
    """Ten trials all over the square, then sixty within a hundredth of the best of them."""
    rng = np.random.default_rng(0)
    spread = rng.random((10, 2))
    gains = -((spread - 0.3) ** 2).sum(axis=1)
    near = spread[gains.argmax()] + 0.01 * rng.standard_normal((60, 2))
    X = np.concatenate([spread, near])
    return X, -((X - 0.3) ** 2).sum(axis=1)


def test_a_crowd_counts_once_and_the_best_always(concentrated):
    X, gains = concentrated

    rows = apart(X, PLANE, gains)

    assert gains.argmax() in rows
    assert len(rows) <= 12
    assert (rows < 10).sum() >= len(rows) - 1


def test_what_was_chosen_first_stays_chosen(concentrated):
    X, gains = concentrated
    order = np.argsort(gains)  # the best last, so that it is chosen on top in both
    X, gains = X[order][:-1], gains[order][:-1]

    early = apart(X[:40], PLANE, np.r_[1.0, np.zeros(39)])
    late = apart(X, PLANE, np.r_[1.0, np.zeros(len(X) - 1)])

    assert set(early) == {row for row in late if row < 40}


def test_values_of_a_category_lie_apart():
    X = np.array([[0.5, 0.0], [0.5, 1.0], [0.5, 2.0], [0.5, 0.0], [0.51, 1.0], [0.9, 0.0]])

    assert apart(X, KINDS, np.arange(6.0)[::-1]).tolist() == [0, 1, 2, 5]


def test_a_few_trials_are_all_taken():
    X = np.full((FEWEST, 2), 0.5)

    assert len(apart(X, PLANE, np.arange(float(FEWEST)))) == FEWEST


@pytest.mark.parametrize("transform", GaussianProcess().transforms)
def test_a_search_that_stays_does_not_blow_up_the_differences_there(concentrated, transform):
    X, gains = concentrated
    near = gains[10:]

    usual = objective_scale(gains[apart(X, PLANE, gains)], transform).apply(near)
    blown = objective_scale(gains, transform).apply(near)

    assert np.ptp(usual) < 0.25 * np.ptp(blown)
