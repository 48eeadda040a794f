"""Outcomes of any size arrive at the model as numbers around one, in their order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tuner.surrogates.scales import DEPTH, ObjectiveScale, SlackScale

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SAMPLES = arrays(np.float64, st.integers(2, 40), elements=NUMBERS)


@pytest.mark.parametrize("kind", [ObjectiveScale, SlackScale])
@given(raw=SAMPLES)
def test_any_finite_numbers_become_finite_numbers_in_the_same_order(kind, raw):
    standard = kind.of(raw).apply(raw)

    assert np.isfinite(standard).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(standard[order]) >= -1e-9).all()


@pytest.mark.parametrize("kind", [ObjectiveScale, SlackScale])
@pytest.mark.parametrize("size", [1e-300, 1e-8, 1.0, 1e12, 1e300])
def test_standard_units_have_mean_zero_and_sd_one_at_every_size(kind, size):
    raw = size * np.random.default_rng(0).normal(size=200)

    standard = kind.of(raw).apply(raw)

    assert standard.mean() == pytest.approx(0.0, abs=1e-9)
    assert standard.std() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("kind", [ObjectiveScale, SlackScale])
def test_undo_leads_back_and_slope_is_its_derivative(kind):
    raw = np.random.default_rng(1).standard_t(3, size=60)
    scale = kind.of(raw)
    standard = scale.apply(raw)
    inner = standard[standard > standard.min()]  # the very bottom is where the bend ends

    assert scale.undo(inner) == pytest.approx(raw[standard > standard.min()], rel=1e-9, abs=1e-12)
    step = 1e-6
    slope = (scale.undo(inner + step) - scale.undo(inner - step)) / (2 * step)
    assert scale.slope(inner) == pytest.approx(slope, rel=1e-3)


def test_a_divergence_does_not_squeeze_the_rest_into_a_corner():
    good = np.linspace(-1.0, 0.0, 25)

    clean = ObjectiveScale.of(good).apply(good)
    with_outlier = np.append(good, -1e30)
    bent = ObjectiveScale.of(with_outlier).apply(with_outlier)[:25]

    assert np.ptp(bent) > np.ptp(clean) / 3


def test_a_divergence_beside_a_plateau_leaves_the_steps_below_it_apart():
    raw = np.array([1.0] * 12 + [0.9, 0.8, 0.7, -1e30])

    standard = ObjectiveScale.of(raw).apply(raw)

    assert standard[0] - standard[12] > 0.1
    assert standard[12] - standard[13] > 0.1


def test_the_good_tail_is_never_bent():
    raw = np.append(np.linspace(-1.0, 0.0, 25), 50.0)
    scale = ObjectiveScale.of(raw)

    rise = np.diff(scale.apply(np.array([0.0, 25.0, 50.0])))

    assert rise[0] == pytest.approx(rise[1])


def test_the_bad_tail_keeps_its_order_down_to_the_depth():
    raw = np.linspace(-1.0, 0.0, 25)
    scale = ObjectiveScale.of(raw)
    below = scale.fence - scale.spread * np.array([0.2, 0.5, np.expm1(DEPTH) - 0.1, 1e6])

    bent = scale.apply(np.ldexp(below, scale.power))

    assert (np.diff(bent) < 0).all()


def test_a_constant_is_nothing_to_worry_about():
    for constant in (0.0, 5.0, -1e308, 1e-320):
        raw = np.full(9, constant)
        scale = ObjectiveScale.of(raw)
        assert scale.apply(raw) == pytest.approx(np.zeros(9), abs=1e-9)
        assert np.isfinite(scale.undo(np.zeros(1))).all()


def test_zero_slack_is_the_border_on_both_sides():
    raw = np.array([-3.0, -1.0, 0.5, 2.0, 400.0])
    scale = SlackScale.of(raw)

    border = scale.apply(np.zeros(1))[0]

    assert ((scale.apply(raw) > border) == (raw > 0)).all()
