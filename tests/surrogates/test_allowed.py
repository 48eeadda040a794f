"""Hyperparameters that results allow besides the most probable ones."""

import numpy as np
import pytest

from tuner.surrogates.allowed import WidePosterior, walked
from tuner.surrogates.closed import wide_form
from tuner.surrogates.effects import EffectsPosterior, inert, settle


def draws(posterior, count, seed=0):
    return walked(posterior, settle(posterior), count, np.random.default_rng(seed))


def test_results_that_count_in_full_give_the_density_of_the_logarithms(mixed):
    """What is left between the two is the volume of the variances by their logarithms."""
    wide, narrow = WidePosterior(mixed, 1.0), EffectsPosterior(mixed)
    theta = narrow.start()
    volume = theta[[*range(narrow.d), 3 * narrow.d]].sum()
    assert wide.value(theta) == pytest.approx(narrow.value(theta) + volume)
    assert wide.counted == narrow.counted


def test_where_results_count_for_nothing_the_walk_draws_from_the_priors(mixed):
    posterior = WidePosterior(mixed, 1e-9)
    thetas = draws(posterior, 600)
    d = posterior.d
    assert (thetas >= posterior.low).all()
    assert (thetas <= posterior.high).all()
    sizes = np.exp(thetas[:, [*range(d), 3 * d]])
    assert sizes.mean(axis=0) == pytest.approx(1.0, abs=0.25)  # exponential, of rate 1
    assert np.median(sizes) == pytest.approx(np.log(2), abs=0.15)
    number = thetas[:, 2 * d]  # normal around 0 with sd 1, cut at log 0.05 and log 50
    assert number.mean() == pytest.approx(0.0, abs=0.2)
    assert number.std() == pytest.approx(1.0, abs=0.2)


def test_draws_leave_an_optimum_at_a_bound(make_evidence):
    posterior = WidePosterior(make_evidence(rows=40, columns=2), 1.0)
    noise = draws(posterior, 60)[:, -1]
    assert len(np.unique(noise)) > 40
    assert (noise >= posterior.low[-1]).all()


def test_the_less_results_count_the_less_is_settled(make_evidence):
    evidence = make_evidence(rows=60, columns=3)  # the middle one is in no formula
    spread, idle = [], []
    for worth in (1.0, 0.03):
        posterior = WidePosterior(evidence, worth)
        spread.append(draws(posterior, 100)[:, [0, 2, posterior.d]].std(axis=0).mean())
        idle.append(inert(posterior, settle(posterior)))
    assert spread[1] > 1.1 * spread[0]
    assert idle[0][1] > idle[1][1]
    assert idle[0][0] <= idle[1][0]


@pytest.fixture
def wide(make_dataset, mixed):
    """What is believed of the whole space, by weights of the rows."""
    dataset = make_dataset(mixed.X, mixed.y, columns=mixed.columns)
    return lambda weights: wide_form(dataset, 0.2, weights)


def test_a_wide_form_passes_where_its_noise_lets_it(wide, mixed):
    n = len(mixed.y)
    form = wide(np.full(n, 1 / n))
    mean, variance = form.mixed(*form.look(mixed.X))
    missed = (form.evidence.y - mean) / np.sqrt(variance + form.noise.mean())
    assert np.abs(missed).max() < 4
    assert form.share.sum() == pytest.approx(1.0)


def test_what_is_wrong_of_a_row_that_weighs_much_widens_beliefs_and_moves_none(wide, mixed):
    n = len(mixed.y)
    plain = wide(np.zeros(n))
    means, variances = plain.left_out()
    wrong = np.square(plain.evidence.y - means) / variances
    worst = int(wrong.min(axis=0).argmax())
    assert wrong[:, worst].min() > 1
    told = wide(np.eye(n)[worst])

    X = np.random.default_rng(0).random((20, 3)) * [1, 1, 3]
    (mean, variance), (same, wider) = plain.look(X), told.look(X)
    assert same == pytest.approx(mean, rel=1e-6, abs=1e-8)
    assert wider / variance == pytest.approx(np.tile(wrong[:, [worst]], 20), rel=1e-4)
    assert told.left_out()[0] == pytest.approx(means, rel=1e-6, abs=1e-8)
