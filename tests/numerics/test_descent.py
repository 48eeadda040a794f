"""Many small minimisations at once find what one careful one finds, each for itself."""

import numpy as np
import pytest
from scipy.optimize import minimize

from tuner.numerics.descent import descend

EXACT = {"turns": 300, "slope": 1e-9}


class Bowl:
    """A quadratic x'Qx / 2 around a centre."""

    def __init__(self, centre, Q=None):
        self.centre = np.asarray(centre, dtype=np.float64)
        self.Q = np.eye(len(self.centre)) if Q is None else Q

    def __call__(self, X, rows):
        D = X - self.centre
        return 0.5 * np.einsum("bi,ij,bj->b", D, self.Q, D), D @ self.Q


def rosenbrock(X, rows):
    x, y = X.T
    values = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    return values, np.stack([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)], axis=1)


def scipys(function, x, low, high):
    """The least value that scipy's L-BFGS-B finds from x."""

    def one(place):
        values, slopes = function(place[None], np.arange(1))
        return values[0], slopes[0]

    return minimize(
        one,
        x,
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": 2000, "maxfun": 10_000, "ftol": 1e-15, "gtol": 1e-10},
    ).fun


def box(columns, size=1.0):
    return np.full(columns, -size), np.full(columns, size)


@pytest.mark.parametrize(
    ("centre", "expected"),
    [
        ([0.3, -0.2, 0.7], [0.3, -0.2, 0.7]),
        ([0.3, -4.0, 0.7], [0.3, -1.0, 0.7]),
        ([9.0, -4.0, 2.0], [1.0, -1.0, 1.0]),
        ([1.0, -1.0, 0.0], [1.0, -1.0, 0.0]),
    ],
    ids=["inside", "on a bound", "in a corner", "exactly on the bounds"],
)
def test_the_bottom_of_a_bowl_is_found(centre, expected):
    starts = np.random.default_rng(0).uniform(-1, 1, (5, 3))

    found = descend(Bowl(centre), starts, *box(3), **EXACT)

    assert np.allclose(found.X, np.tile(expected, (5, 1)), atol=1e-6)
    assert found.values == pytest.approx(Bowl(centre)(found.X, None)[0])


@pytest.mark.parametrize("seed", range(30))
def test_random_quadratics_in_a_box_end_where_scipy_ends(seed):
    rng = np.random.default_rng(seed)
    d = int(rng.integers(1, 9))
    A = rng.normal(size=(d, d))
    bowl = Bowl(rng.normal(size=d) * (0.7, 1.5)[seed % 2], A @ A.T + 0.05 * np.eye(d))
    starts = rng.uniform(-1, 1, (8, d))

    found = descend(bowl, starts, *box(d), **EXACT)

    assert found.turns < 100
    assert found.values == pytest.approx(scipys(bowl, starts[0], *box(d)), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("most", [2.0, 0.5])
def test_the_valley_of_rosenbrock_is_followed_to_where_scipy_ends(most):
    low, high = np.full(2, -2.0), np.full(2, most)
    starts = np.random.default_rng(0).uniform(-2, most, (30, 2))

    found = descend(rosenbrock, starts, low, high, **EXACT)

    assert found.values == pytest.approx(scipys(rosenbrock, np.zeros(2), low, high), abs=1e-8)


def test_rows_do_not_know_of_each_other():
    starts = np.random.default_rng(1).uniform(-2, 2, (12, 2))
    low, high = box(2, 2.0)

    together = descend(rosenbrock, starts, low, high, turns=15, slope=1e-6)
    alone = [descend(rosenbrock, x[None], low, high, turns=15, slope=1e-6) for x in starts]

    assert np.allclose(together.X, np.concatenate([one.X for one in alone]), atol=1e-12)
    assert together.turns == max(one.turns for one in alone)


def test_a_function_is_told_which_rows_it_is_asked_for():
    centres = np.random.default_rng(2).uniform(-0.9, 0.9, (9, 2))
    centres[4] = 0.0

    def bowls(X, rows):
        D = X - centres[rows]
        return (D**2).sum(axis=1), 2 * D

    found = descend(bowls, np.zeros((9, 2)), *box(2), **EXACT)

    assert np.allclose(found.X, centres, atol=1e-7)


@pytest.mark.parametrize("wall", [np.inf, np.nan, -np.inf])
def test_what_is_not_finite_is_not_gone_to(wall):
    def walled(X, rows):
        values, slopes = Bowl([0.9])(X, rows)
        return np.where(X[:, 0] > 0.5, wall, values), slopes

    found = descend(walled, np.array([[-0.8], [0.2], [0.7]]), *box(1), **EXACT)

    assert (found.X[:2, 0] <= 0.5).all()
    assert (found.X[:2, 0] > [-0.8, 0.2]).all()
    assert np.isfinite(found.values[:2]).all()
    assert found.X[2] == 0.7  # it began where nothing can be learned


def test_a_slope_that_is_no_number_ends_its_row_and_no_other():
    def torn(X, rows):
        values, slopes = Bowl([0.5, 0.5])(X, rows)
        return values, np.where((rows == 1)[:, None], np.nan, slopes)

    found = descend(torn, np.zeros((3, 2)), *box(2), **EXACT)

    assert np.allclose(found.X, np.array([[0.5, 0.5], [0, 0], [0.5, 0.5]]), atol=1e-7)


def test_no_row_ends_worse_than_it_began_however_early_it_is_stopped():
    starts = np.random.default_rng(3).uniform(-2, 2, (40, 2))
    low, high = np.full(2, -2.0), np.array([2.0, 0.3])
    at_first = rosenbrock(np.clip(starts, low, high), None)[0]

    for turns in range(8):
        found = descend(rosenbrock, starts, low, high, turns=turns, slope=1e-9)
        assert (found.values <= at_first).all()
        assert found.turns <= turns
        assert (np.clip(found.X, low, high) == found.X).all()


def test_starts_outside_of_the_box_begin_on_its_border_and_are_not_written_to():
    starts = np.array([[5.0, -5.0]])

    found = descend(Bowl([0.0, 0.0]), starts, *box(2), turns=0, slope=1e-9)

    assert found.X.tolist() == [[1.0, -1.0]]
    assert starts.tolist() == [[5.0, -5.0]]


def test_a_row_ends_at_the_slope_or_the_gain_that_is_asked_for():
    starts = np.random.default_rng(4).uniform(-2, 2, (10, 2))
    low, high = box(2, 2.0)

    coarse = descend(rosenbrock, starts, low, high, turns=300, slope=1e-2)
    impatient = descend(rosenbrock, starts, low, high, turns=300, slope=1e-9, gain=0.1)

    assert np.abs(rosenbrock(coarse.X, None)[1]).max() <= 1e-2
    assert impatient.turns < coarse.turns
    assert impatient.values.max() > coarse.values.max()


@pytest.mark.parametrize("shape", [(0, 3), (3, 1)])
def test_no_rows_and_one_column_are_no_special_cases(shape):
    found = descend(Bowl(np.zeros(shape[1])), np.ones(shape), *box(shape[1]), **EXACT)

    assert np.allclose(found.X, np.zeros(shape))


def test_a_box_without_room_leaves_everything_in_its_place():
    found = descend(Bowl([0.5, 0.5]), np.zeros((2, 2)), np.zeros(2), np.array([0.0, 1.0]), **EXACT)

    assert np.allclose(found.X, np.array([[0.0, 0.5]] * 2), atol=1e-8)
