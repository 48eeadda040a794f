"""The closed forms of improvement are BoTorch's, and right where doubles end."""

import math

import numpy as np
import pytest
import torch
from botorch.acquisition.analytic import _log_ei_helper
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tuner.acquisition.improvement import log_chance, log_gain, log_mean_exp

ALL_THE_WAY = np.concatenate(
    [
        -np.geomspace(1e7, 1e-7, 400),
        [0.0],
        np.geomspace(1e-7, 30, 200),
        [-1.0, np.nextafter(-1.0, 0), np.nextafter(-1.0, -2), -1e5, -1e5 - 1, -99999.0],
    ]
)


def test_log_gain_and_its_slope_are_botorchs_down_to_the_far_tail():
    u = torch.tensor(ALL_THE_WAY, requires_grad=True)
    theirs = _log_ei_helper(u)
    (slopes,) = torch.autograd.grad(theirs.sum(), u)

    value, slope = log_gain(ALL_THE_WAY)

    np.testing.assert_allclose(value, theirs.detach().numpy(), rtol=1e-10, atol=1e-10)
    near = ALL_THE_WAY > -1e4  # farther out BoTorch's graph has lost half of its digits
    np.testing.assert_allclose(slope[near], slopes.numpy()[near], rtol=1e-6, atol=1e-10)
    far = ALL_THE_WAY < -1e4
    asymptote = -ALL_THE_WAY[far] - 2 / ALL_THE_WAY[far]
    np.testing.assert_allclose(slope[far], asymptote, rtol=1e-5)


def test_log_gain_grows_and_is_smooth_where_its_forms_meet():
    for border in (-1.0, -1e5):
        u = border + np.linspace(-1e-4, 1e-4, 41)
        value, slope = log_gain(u)

        assert (np.diff(value) > 0).all()
        assert np.diff(value) == pytest.approx(slope[:-1] * np.diff(u), rel=1e-3)
        assert np.ptp(slope) < 1e-3 * slope.max()


def test_log_gain_is_the_logarithm_of_what_is_expected():
    u = np.array([-2.0, -0.5, 0.0, 1.0, 3.0])
    z = np.random.default_rng(0).normal(size=2_000_000)

    expected = [np.maximum(z + mean, 0).mean() for mean in u]

    assert log_gain(u)[0] == pytest.approx(np.log(expected), abs=0.02)


def test_log_chance_is_the_logarithm_of_a_probability_and_its_slope_a_derivative():
    t = np.array([-1e4, -40.0, -3.0, 0.0, 2.0, 8.0])

    value, slope = log_chance(t)

    exact = [math.log(0.5 * math.erfc(-x / math.sqrt(2))) for x in t[2:]]
    assert value[2:] == pytest.approx(exact, abs=1e-12)
    step = 1e-6 * np.maximum(1.0, np.abs(t))
    numeric = (log_chance(t + step)[0] - log_chance(t - step)[0]) / (2 * step)
    assert slope == pytest.approx(numeric, rel=1e-5, abs=1e-9)
    assert np.isfinite(slope).all()


def test_any_shape_is_taken():
    for shape in ((), (0,), (2, 3), (2, 1, 4)):
        u = np.full(shape, -0.3)
        assert log_gain(u)[0].shape == log_gain(u)[1].shape == shape


@given(
    arrays(
        np.float64, st.tuples(st.integers(1, 3), st.integers(1, 6)), elements=st.floats(-700, 700)
    )
)
def test_log_mean_exp_is_what_it_says_and_its_shares_sum_to_one(values):
    found, shares = log_mean_exp(values)

    top = values.max(axis=-1)
    expected = np.log(np.exp(values - top[:, None]).mean(axis=-1)) + top
    assert found == pytest.approx(expected, abs=1e-9)
    assert shares.sum(axis=-1) == pytest.approx(np.ones(len(values)))
    assert (shares >= 0).all()


def test_log_mean_exp_of_what_cannot_happen_is_minus_infinity_and_of_some_it_is_their_share():
    found, _ = log_mean_exp(np.array([[-np.inf, 0.0]]))

    assert found == pytest.approx([math.log(0.5)])
