"""Outcomes of any size arrive at the model as numbers around one, in their order."""

import typing

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tuner.surrogates.scales import BentScale, LabelScale, SlackScale, objective_scale
from tuner.surrogates.spec import Transform

TRANSFORMS = typing.get_args(Transform)
BENT = [how for how in TRANSFORMS if isinstance(objective_scale(np.arange(9.0), how), BentScale)]
SCALES = {
    **{how: (lambda raw, how=how: objective_scale(raw, how)) for how in TRANSFORMS},
    "slack": SlackScale.of,
}

NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)
SAMPLES = arrays(np.float64, st.integers(2, 40), elements=NUMBERS)
FEW_VALUES = arrays(np.float64, st.integers(2, 15), elements=st.sampled_from([0.0, 1.0, 1.5, -2.0]))
HOSTILE = {
    "both ends of the doubles": [1e308, -1e308, 1.7e308, -1.7e308, 0.0, 1.0],
    "denormals": [1e-320, 2e-320, 0.0, 5e-324, 1e-320],
    "large and denormal": [1e308, 1e-320, -1e-320],
    "a large offset": list(1e12 + np.arange(7.0)),
    "an outlier": [0.1, 0.2, 0.3, 0.4, -1e30],
    "a good outlier": [0.1, 0.2, 0.3, 0.4, 1e30],
    "a plateau at the top": [1.0] * 8 + [0.5, 0.2],
    "a plateau at the bottom": [0.0] * 8 + [0.5, 0.2],
    "two values": [1.0, 2.0],
    "neighbours of one": [1.0, np.nextafter(1.0, 2), 1.0],
}


@pytest.mark.parametrize("kind", SCALES)
@given(raw=SAMPLES | FEW_VALUES)
@example(raw=np.array([1e308, -1e308, 1e-320]))
@example(raw=np.array([1.0, np.nextafter(1.0, 2)]))
@example(raw=np.array([-1.0, 0.0, 2.3e-313]))
def test_any_finite_numbers_become_finite_numbers_in_the_same_order(kind, raw):
    standard = SCALES[kind](raw).apply(raw)

    assert np.isfinite(standard).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(standard[order]) >= -1e-9).all()
    for value in set(raw):
        assert np.ptp(standard[raw == value]) == 0


@pytest.mark.parametrize("kind", SCALES)
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_numbers_go_there_and_back(kind, case):
    raw = np.array(HOSTILE[case])
    scale = SCALES[kind](raw)

    standard = scale.apply(raw)
    back, slope = scale.undo(standard), scale.slope(standard)

    assert np.isfinite(standard).all()
    assert not np.isnan(back).any()
    assert not np.isnan(slope).any()
    assert (slope >= 0).all()
    best = raw.argmax()
    assert back[best] == pytest.approx(raw[best], rel=1e-9, abs=1e-12 * np.abs(raw).max())
    assert (np.diff(back[np.argsort(raw, kind="stable")]) >= -1e-9 * np.abs(raw).max()).all()


@pytest.mark.parametrize("kind", SCALES)
@pytest.mark.parametrize("size", [1e-300, 1e-8, 1.0, 1e12, 1e300])
def test_standard_units_have_mean_zero_and_sd_one_at_every_size(kind, size):
    raw = size * np.random.default_rng(0).normal(size=200)

    standard = SCALES[kind](raw).apply(raw)

    assert standard.mean() == pytest.approx(0.0, abs=1e-9)
    assert standard.std() == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("kind", SCALES)
def test_undo_leads_back_wherever_apply_keeps_numbers_apart(kind):
    raw = np.random.default_rng(1).standard_t(3, size=60)
    scale = SCALES[kind](raw)

    standard = scale.apply(raw)
    back = scale.undo(standard)

    _, numbers, counts = np.unique(standard, return_index=True, return_counts=True)
    apart = numbers[1:][counts[1:] == 1]  # the worst may have been cut off
    assert len(apart) > 40
    assert back[apart] == pytest.approx(raw[apart], rel=1e-9, abs=1e-12)
    assert scale.apply(back) == pytest.approx(standard, abs=1e-9)


@pytest.mark.parametrize("kind", [*BENT, "slack"])
def test_slope_is_the_derivative_of_undo(kind):
    raw = np.random.default_rng(1).standard_t(3, size=60)
    scale = SCALES[kind](raw)
    standard = scale.apply(raw)
    inner = standard[standard > standard.min()]  # the very bottom is where the bend ends

    slope = (scale.undo(inner + 1e-6) - scale.undo(inner - 1e-6)) / 2e-6

    assert scale.slope(inner) == pytest.approx(slope, rel=1e-3)


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_slope_at_the_best_is_the_derivative_of_undo(kind):
    raw = np.random.default_rng(2).normal(size=30)
    scale = SCALES[kind](raw)
    best = scale.apply(raw).max() + 0.01

    slope = (scale.undo(np.array([best + 1e-6])) - scale.undo(np.array([best - 1e-6]))) / 2e-6

    assert scale.slope(np.array([best])) == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("kind", TRANSFORMS)
def test_better_than_anything_seen_is_better_in_standard_units_too(kind):
    raw = np.random.default_rng(3).normal(size=30)
    scale = SCALES[kind](raw)

    rise = np.diff(scale.apply(raw.max() + np.array([0.0, 1.0, 2.0])))

    assert rise[0] > 0
    assert rise[0] == pytest.approx(rise[1])


@pytest.mark.parametrize("kind", [how for how in TRANSFORMS if how != "plain"])
def test_a_divergence_does_not_squeeze_the_rest_into_a_corner(kind):
    good = np.linspace(-1.0, 0.0, 25)

    clean = SCALES[kind](good).apply(good)
    with_outlier = np.append(good, -1e30)
    seen = SCALES[kind](with_outlier).apply(with_outlier)[:25]

    # Under a logarithm 1e30 is still far away, but no farther than its digits.
    assert np.ptp(seen) > np.ptp(clean) / (30 if kind == "soft" else 3)


def test_plain_is_plain():
    raw = np.array([3.0, -1e6, 5.0, 1.0])

    standard = objective_scale(raw, "plain").apply(raw)

    assert standard == pytest.approx((raw - raw.mean()) / raw.std())


def test_the_bad_half_by_ranks_is_laid_out_as_a_normal_distribution_and_the_good_half_left():
    raw = np.concatenate([[0.0, 1.0, 2.0, 4.0, 8.0], -np.geomspace(1, 1e9, 5)])

    standard = objective_scale(raw, "half_rank").apply(raw)
    other = objective_scale(np.sort(raw) + 0.0, "half_rank").apply(np.sort(raw))

    good = standard[:5]
    assert np.diff(good) == pytest.approx(np.array([1, 1, 2, 4]) * np.diff(good)[0])
    assert np.ptp(standard[5:]) < 3
    assert (np.diff(standard[5:]) < -0.05).all()
    assert np.sort(standard) == pytest.approx(other)


@pytest.mark.parametrize("kind", SCALES)
@pytest.mark.parametrize("constant", [0.0, 5.0, -1e308, 1e-320])
def test_a_constant_is_nothing_to_worry_about(kind, constant):
    raw = np.full(9, constant)
    scale = SCALES[kind](raw)

    standard = scale.apply(raw)

    assert np.ptp(standard) == 0
    assert np.abs(standard).max() < 1e-9
    assert np.isfinite(scale.undo(np.zeros(1))).all()
    assert scale.undo(standard) == pytest.approx(raw, rel=1e-9, abs=1e-320)


def test_zero_slack_is_the_border_on_both_sides():
    raw = np.array([-3.0, -1.0, 0.5, 2.0, 400.0])
    scale = SlackScale.of(raw)

    border = scale.apply(np.zeros(1))[0]

    assert ((scale.apply(raw) > border) == (raw > 0)).all()


def test_labels_are_left_as_they_are():
    labels = np.array([1.0, -1.0])
    scale = LabelScale()

    assert (scale.apply(labels) == labels).all()
    assert (scale.undo(labels) == labels).all()
    assert (scale.slope(labels) == 1).all()


@pytest.mark.parametrize("transform", ["half_rank", "bent", "winsor"])
def test_a_gain_far_beyond_those_the_scale_was_learned_from_is_at_its_bottom(transform):
    scale = objective_scale(-1e-10 * np.arange(1.0, 9.0), transform)

    bottom, worst = scale.apply(np.array([-1e300, -8e-10]))

    assert np.isfinite(bottom)
    assert bottom <= worst


def test_a_result_between_two_that_an_error_makes_all_but_equal_has_a_place_between_theirs():
    scale = objective_scale(np.array([-1e308, -0.5, -0.4, -1e-300, 0.2, 0.2]), "half_rank")

    low, middle, high = scale.apply(np.array([-0.4, -0.3, 0.2]))

    assert low < middle < high


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("offset", [0.0, 1e8, 1e14])
def test_what_differs_by_more_than_rounding_is_no_constant(transform, offset):
    raw = offset + np.linspace(0.0, 4.0, 9)

    standard = objective_scale(raw, transform).apply(raw)

    assert standard.std() == pytest.approx(1.0, abs=1e-3)
    assert (np.diff(standard) > 0).all()
