"""Beliefs beside a criterion: added as logarithms, followed uphill, whatever the criterion is."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from tuner.acquisition.make import make_utility
from tuner.acquisition.spec import SIGNED, Order

GRID = np.linspace(0.01, 0.99, 99)[:, None]


class Bell:
    """A belief that the best point lies at 0.2."""

    def log(self, X):
        away = X - 0.2
        return -20.0 * (away**2).sum(axis=1), -40.0 * away


@pytest.fixture(params=get_args(Order))
def order(request):
    return request.param


def test_a_belief_pulls_the_best_point_towards_it_by_its_share(order, make_beliefs, line):
    beliefs = make_beliefs(*line)

    ends = [
        GRID[make_utility(order, replace(beliefs, prior=Bell(), faith=faith)).values(GRID).argmax()]
        for faith in (0.0, 1000.0)
    ]

    free = GRID[make_utility(order, beliefs).values(GRID).argmax()]
    assert ends[0] == pytest.approx(free)
    assert abs(ends[1] - 0.2) < 0.1  # 0.2 itself was measured
    assert abs(free - 0.2) > 0.1


def test_slopes_lead_uphill(order, make_beliefs, line):
    utility = make_utility(order, replace(make_beliefs(*line), prior=Bell(), faith=0.7))
    X = np.array([[0.11], [0.47], [0.83]])

    values, slopes = utility.slopes(X)

    step = 1e-6
    told = (utility.values(X + step) - utility.values(X - step)) / (2 * step)
    assert values == pytest.approx(utility.values(X))
    assert slopes[:, 0] == pytest.approx(told, rel=1e-3, abs=1e-3)
    assert (utility.steps == make_utility(order, make_beliefs(*line)).steps).all()


def test_what_is_told_as_a_logarithm_has_the_belief_added(order, make_beliefs, line):
    beliefs = make_beliefs(*line)
    main = make_utility(order, beliefs)

    guided = make_utility(order, replace(beliefs, prior=Bell(), faith=0.5))

    if order not in SIGNED:
        assert guided.values(GRID) - main.values(GRID) == pytest.approx(0.5 * Bell().log(GRID)[0])
        assert guided.glance(GRID) - main.glance(GRID) == pytest.approx(0.5 * Bell().log(GRID)[0])
    assert np.isfinite(guided.values(GRID)).all()
