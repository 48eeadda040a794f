"""Draws of hyperparameters have the spread that the data leave them, by dense integration."""

import numpy as np
import pytest

from tuner.errors import FitError
from tuner.space.encoding import Column
from tuner.surrogates.fitting import Evidence, LogPosterior, fit
from tuner.surrogates.sampling import draw
from tuner.surrogates.spec import GaussianProcess

PRIORS = GaussianProcess().priors
MANY = 400


def posterior_of(rows, seed):
    """A posterior of two hyperparameters: one length scale, one output scale."""
    rng = np.random.default_rng(seed)
    X = rng.random((rows, 1))
    y = np.sin(4 * X[:, 0]) + 0.2 * rng.normal(size=rows)
    evidence = Evidence(
        columns=(Column("x", "x", "real", None),),
        X=X,
        y=(y - y.mean()) / y.std(),
        noise_var=np.full(rows, 0.05),
    )
    return LogPosterior(evidence, PRIORS), fit(evidence, PRIORS).theta


def integrated(posterior):
    """Mean and sd of both logarithms, from a fine grid over all that has any weight."""
    first = np.linspace(posterior.low[0], posterior.high[0], 60)
    second = np.linspace(-4, 4, 40)
    log_density = [
        [posterior.value(np.array([a, b])) + a + b for b in second] for a in first
    ]  # of the logarithms
    weight = np.exp(log_density - np.max(log_density))
    weight /= weight.sum()
    sides = (weight.sum(axis=1), first), (weight.sum(axis=0), second)
    means = np.array([w @ x for w, x in sides])
    return means, np.sqrt([w @ x**2 for w, x in sides] - means**2)


@pytest.mark.parametrize(("rows", "seed"), [(4, 0), (12, 0), (12, 3)])
def test_draws_have_the_mean_and_the_spread_of_the_posterior(rows, seed):
    posterior, optimum = posterior_of(rows, seed)
    means, sds = integrated(posterior)

    thetas = draw(posterior, optimum, MANY, np.random.default_rng(1)).thetas

    assert np.abs(thetas.mean(axis=0) - means).max() < 0.35 * sds.max()
    assert (np.abs(thetas.mean(axis=0) - means) < 0.35 * sds).all()
    assert np.abs(np.log(thetas.std(axis=0) / sds)).max() < 0.3


def test_without_data_to_speak_of_draws_are_the_priors():
    posterior, optimum = posterior_of(12, 0)
    posterior.evidence.noise_var[:] = 1e4  # what was measured says nothing

    thetas = draw(posterior, optimum, MANY, np.random.default_rng(1)).thetas

    centre, width = PRIORS.length_scales(np.zeros(1, dtype=bool))
    assert thetas[:, 0].mean() == pytest.approx(centre[0], abs=0.3 * width[0])
    assert thetas[:, 0].std() == pytest.approx(width[0], rel=0.3)


def test_one_draw_and_the_next_are_hardly_alike():
    posterior, optimum = posterior_of(12, 0)

    thetas = draw(posterior, optimum, MANY, np.random.default_rng(2)).thetas

    alike = [np.corrcoef(column[1:], column[:-1])[0, 1] for column in thetas.T]
    assert max(alike) < 0.4


def test_same_generator_same_draws():
    posterior, optimum = posterior_of(12, 0)

    first, second, other = (
        draw(posterior, optimum, 3, np.random.default_rng(seed)).thetas for seed in (5, 5, 6)
    )

    assert (first == second).all()
    assert (first != other).any()


def test_a_draw_comes_with_its_log_posterior_density(mixed):
    posterior, optimum = LogPosterior(mixed, PRIORS), fit(mixed, PRIORS).theta

    draws = draw(posterior, optimum, 6, np.random.default_rng(0))

    assert draws.thetas.shape == (6, 5)
    assert draws.densities == pytest.approx([posterior.value(theta) for theta in draws.thetas])


def test_the_optimum_lies_among_the_draws(mixed):
    posterior, optimum = LogPosterior(mixed, PRIORS), fit(mixed, PRIORS).theta

    thetas = draw(posterior, optimum, 60, np.random.default_rng(0)).thetas

    inside = (thetas.min(axis=0) < optimum) & (optimum < thetas.max(axis=0))
    assert inside.all() or (posterior.low[~inside] == optimum[~inside]).all()


def test_draws_stay_inside_of_the_bounds():
    posterior, _ = posterior_of(4, 0)
    posterior.low[0], posterior.high[0] = -0.6, -0.2
    thetas = draw(posterior, np.array([-0.4, 0.0]), 60, np.random.default_rng(0)).thetas

    assert thetas[:, 0].min() > -0.6
    assert thetas[:, 0].max() < -0.2
    assert np.ptp(thetas[:, 0]) > 0.2


def test_what_is_fixed_stays_and_the_rest_moves():
    posterior, optimum = posterior_of(12, 0)
    posterior.low[1] = posterior.high[1] = optimum[1]
    thetas = draw(posterior, optimum, 60, np.random.default_rng(0)).thetas

    assert (thetas[:, 1] == optimum[1]).all()
    assert len(np.unique(thetas[:, 0])) > 30


def test_the_walk_steps_around_what_cannot_be_factored(monkeypatch):
    posterior, optimum = posterior_of(12, 0)
    honest, refused = posterior._parts, []

    def likelihood(theta):
        if theta[0] > optimum[0] + 0.1:
            refused.append(theta)
            raise FitError("the covariance matrix stays singular")
        return honest(theta)

    monkeypatch.setattr(posterior, "_parts", likelihood)

    thetas = draw(posterior, optimum, 40, np.random.default_rng(0)).thetas

    assert refused
    assert thetas[:, 0].max() <= optimum[0] + 0.1
    assert len(np.unique(thetas[:, 0])) > 10
