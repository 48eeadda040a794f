"""The process that tells main effects from interactions, in closed form, and functions drawn from it."""

from functools import partial

import numpy as np
import pytest

from tuner.surrogates.allowed import WidePosterior, about
from tuner.surrogates.closed import closed_form
from tuner.surrogates.effects import (
    EffectsPosterior,
    Sizes,
    apart,
    covariance,
    inert,
    settle,
)
from tuner.surrogates.functions import Functions


@pytest.fixture
def form(make_dataset, mixed):
    """What is believed after forty trials of a number, a step and a category."""
    dataset = make_dataset(mixed.X, mixed.y, columns=mixed.columns)
    return closed_form(dataset)


@pytest.mark.parametrize(
    "made", [EffectsPosterior, partial(WidePosterior, worth=0.3)], ids=["narrow", "wide"]
)
def test_the_gradient_is_the_slope_of_the_value(mixed, made):
    posterior = made(mixed)
    rng = np.random.default_rng(1)
    theta = posterior.start() + 0.3 * rng.normal(size=len(posterior.low))
    value, gradient = posterior.evaluate(theta)

    assert value == pytest.approx(posterior.value(theta), rel=1e-10)
    for j, step in enumerate(1e-5 * np.eye(len(theta))):
        slope = (posterior.value(theta + step) - posterior.value(theta - step)) / 2e-5
        assert gradient[j] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_what_is_done_once_a_pair_is_the_likelihood_of_the_whole_matrix(mixed):
    posterior = EffectsPosterior(mixed)
    theta = posterior.start() + 0.3 * np.random.default_rng(1).normal(size=len(posterior.low))
    K = covariance(apart(mixed.X, mixed.X, posterior.category), Sizes.of(theta, posterior.d))
    K += posterior.noise(theta) * np.eye(len(K))
    y, ones = mixed.y, np.ones(len(K))
    mean = ones @ np.linalg.solve(K, y) / (ones @ np.linalg.solve(K, ones))
    fit = (y - mean) @ np.linalg.solve(K, y - mean)
    whole = -0.5 * (fit + np.linalg.slogdet(K)[1] + len(y) * np.log(2 * np.pi))

    assert posterior.likelihood(theta) == pytest.approx(whole, rel=1e-9)


def test_the_optimum_is_one_and_draws_around_it_are_weighed(mixed):
    posterior = EffectsPosterior(mixed)
    optimum = settle(posterior)
    nearby = optimum + 0.2 * np.random.default_rng(0).normal(size=(20, len(optimum)))
    inside = np.clip(nearby, posterior.low, posterior.high)
    assert all(posterior.value(theta) < posterior.value(optimum) for theta in inside)

    thetas, share = about(posterior, optimum, 6, np.random.default_rng(0))
    assert (thetas[0] == optimum).all()
    assert share.sum() == pytest.approx(1.0)


def test_a_column_that_does_nothing_probably_does_nothing(make_evidence):
    evidence = make_evidence(rows=60, columns=3)  # the middle one is in no formula
    posterior = EffectsPosterior(evidence)
    chances = inert(posterior, settle(posterior))
    assert chances[1] > 0.9
    assert chances[[0, 2]].max() < 0.01


def test_leaving_one_out_in_closed_form_is_leaving_one_out(form):
    """Rasmussen & Williams 5.4.2 against a solution without the row, its mean and sizes as they were."""
    means, variances = form.left_out()
    evidence = form.evidence
    for i in (0, 7, 39):
        rest = np.delete(np.arange(len(evidence.y)), i)
        for m, sizes in enumerate(form.sizes):
            D = apart(evidence.X, evidence.X, form.category)
            K = covariance(D, sizes) + np.diag(form.noise[m])
            solved = np.linalg.solve(K[np.ix_(rest, rest)], K[rest, i])
            mean = form.centre[m] + solved @ (evidence.y[rest] - form.centre[m])
            assert means[m, i] == pytest.approx(mean, rel=1e-6, abs=1e-8)
            assert variances[m, i] == pytest.approx(K[i, i] - solved @ K[rest, i], rel=1e-6)


def test_drawn_functions_have_the_mean_and_the_spread_that_are_believed(form):
    X = np.array([[0.1, 0.3, 0], [0.55, 0.9, 1], [0.95, 0.1, 3], [0.5, 0.5, 2]])
    drawn = Functions.of(form, 4000, np.random.default_rng(0)).at(X)
    mean, variance = form.look(X)
    sd = np.sqrt(variance)

    assert np.abs(drawn.mean(axis=2) - mean).max() < 0.1 * sd.max()
    assert np.abs(drawn.std(axis=2) / sd - 1).max() < 0.25  # waves stand in for the kernel


def test_drawn_functions_are_the_same_at_many_points_as_at_each_alone(form):
    X = np.random.default_rng(1).random((300, 3)) * [1.0, 1.0, 3.0]
    drawn = Functions.of(form, 4, np.random.default_rng(0))

    alone = np.concatenate([drawn.at(row[None]) for row in X], axis=1)
    assert drawn.at(X) == pytest.approx(alone, rel=1e-5, abs=1e-5)  # waves have six digits


def test_drawn_functions_pass_where_noise_lets_them(form):
    drawn = Functions.of(form, 200, np.random.default_rng(0)).at(form.evidence.X)
    missed = drawn - form.evidence.y[None, :, None]
    assert np.median(np.abs(missed)) < 3 * np.sqrt(form.noise.max())


def test_the_covariance_is_positive_with_categories(form):
    D = apart(form.evidence.X, form.evidence.X, form.category)
    sizes = Sizes(
        main=np.array([0.1, 0.2, 0.5]), reach=np.ones(3), rest=0.7, scale=np.array([0.3, 1.0, 0.8])
    )
    K = covariance(D, sizes)
    assert np.linalg.eigvalsh(K).min() > -1e-9
    assert K.diagonal() == pytest.approx(sizes.total)
