"""The engine's closed forms are BoTorch's and GPyTorch's numbers: likelihood, fit and posterior.

What stands on the other side here is `SingleTaskGP` as BoTorch ships it, with no line of ours in it;
only the priors are the ones that were ordered.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.utils.gpytorch_modules import get_gaussian_likelihood_with_lognormal_prior
from gpytorch.constraints import GreaterThan, Interval
from gpytorch.kernels import MaternKernel, ScaleKernel
from gpytorch.likelihoods import GaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior, LogNormalPrior

from tuner.numerics.descent import descend
from tuner.space.encoding import Column
from tuner.surrogates.engine import NumpyEngine
from tuner.surrogates.exact import CERTAIN, ExactGPs
from tuner.surrogates.features import Features
from tuner.surrogates.fitting import Evidence, LogPosterior, fit
from tuner.surrogates.laboratory import laboratory
from tuner.surrogates.matern import SLOPE, matern, squares
from tuner.surrogates.spec import GaussianProcess

PRIORS = GaussianProcess().priors
VARIANTS = {
    "as ordered by default": PRIORS,
    "a free output scale": replace(PRIORS, output_scale=(2.0, 1.0)),
    "an output scale of one": replace(PRIORS, output_scale=()),
    "length scales that grow with the columns": replace(PRIORS, centre=1.4, width=1.7, growth=0.5),
}


@pytest.fixture(autouse=True)
def _in_the_laboratory():
    """The libraries' notes on jitter and scaling are not ours to answer."""
    with laboratory(rows=50):
        yield


def botorchs(evidence, priors):
    """The model that BoTorch would build from the same order, for columns that hold numbers."""
    d = len(evidence.columns)
    centre, width = priors.length_scales(np.zeros(d, dtype=bool))
    kernel = MaternKernel(
        nu=2.5,
        ard_num_dims=d,
        lengthscale_prior=LogNormalPrior(*torch.tensor([centre[0], width[0]]).double()),
        lengthscale_constraint=Interval(
            priors.shortest, priors.longest, transform=None, initial_value=0.4
        ),
    )
    prior = GammaPrior(*torch.tensor(priors.output_scale).double()) if priors.output_scale else None
    covariance = ScaleKernel(kernel, outputscale_prior=prior)
    likelihood = GaussianLikelihood(
        noise_prior=LogNormalPrior(*torch.tensor(priors.noise).double()),
        noise_constraint=GreaterThan(evidence.noise_floor, transform=None, initial_value=0.01),
    )
    known = evidence.noise_var
    gp = SingleTaskGP(
        torch.tensor(evidence.X),
        torch.tensor(evidence.y)[:, None],
        train_Yvar=None if known is None else torch.tensor(known)[:, None],
        covar_module=covariance,
        likelihood=likelihood if known is None else None,
        outcome_transform=None,
    )
    covariance.outputscale = 1.0
    if prior is None:
        covariance.raw_outputscale.requires_grad_(requires_grad=False)
    return gp


def settle(gp, evidence, theta, mean):
    """Give the model of BoTorch these hyperparameters."""
    d = len(evidence.columns)
    gp.covar_module.base_kernel.lengthscale = torch.tensor(np.exp(theta[:d]))
    gp.covar_module.outputscale = math.exp(theta[d])
    if evidence.noise_var is None:
        gp.likelihood.noise = math.exp(theta[-1])
    gp.mean_module.initialize(constant=float(mean))
    return gp


def density(gp):
    """GPyTorch's own log posterior a datum, priors included."""
    gp.train()
    mll = ExactMarginalLogLikelihood(gp.likelihood, gp)
    value = float(mll(gp(*gp.train_inputs), gp.train_targets).detach())
    gp.eval()
    return value


def optimum(evidence, priors):
    """The engine's fit, taken further than a search needs it."""
    posterior = LogPosterior(evidence, priors)
    start = posterior.start()[None]
    return descend(posterior.loss, start, posterior.low, posterior.high, turns=500, slope=1e-8).X[0]


def theta_of(evidence, *length_scales, output=1.3, noise=0.02):
    theta = np.log([*length_scales, output])
    return theta if evidence.noise_var is not None else np.append(theta, math.log(noise))


KNOWN = np.linspace(0.01, 0.2, 40)


def test_the_kernel_is_gpytorchs_matern():
    X, Z = np.random.default_rng(0).random((2, 9, 3))
    theirs = MaternKernel(nu=2.5, ard_num_dims=3).double()
    theirs.lengthscale = torch.tensor([0.3, 1.0, 4.0])
    scale = theirs.lengthscale.detach().numpy()

    ours, _ = matern(squares(X / scale, Z / scale))

    dense = theirs(torch.tensor(X), torch.tensor(Z)).to_dense().detach().numpy()
    assert ours == pytest.approx(dense, abs=1e-12)


def test_a_category_is_a_mismatch_inside_the_same_kernel():
    columns = (Column("x", "x", "real", None), Column("c", "c", "category", 3))
    features = Features(columns)
    X = np.array([[0.1, 0.0], [0.1, 1.0], [0.5, 2.0], [0.5, 1.0]])
    scales = np.array([0.4, 0.7])

    A = features.of(X) / scales[features.owner]
    kernel, _ = matern(squares(A, A))

    number = ((X[:, None, 0] - X[None, :, 0]) / 0.4) ** 2
    mismatch = (X[:, None, 1] != X[None, :, 1]) / 0.7**2
    assert squares(A, A) == pytest.approx(number + mismatch, abs=1e-12)
    assert np.linalg.eigvalsh(kernel).min() > 0


def test_the_slope_of_the_kernel_by_the_squared_distance_is_right_down_to_zero():
    r2 = np.array([0.0, 1e-12, 1e-3, 0.5, 3.0, 50.0])

    _, bend = matern(r2)

    step = 1e-6
    numeric = (matern(r2 + step)[0] - matern(r2)[0]) / step
    assert SLOPE * bend == pytest.approx(numeric, rel=1e-3, abs=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("known", [None, KNOWN], ids=["estimated noise", "known noise"])
def test_likelihood_and_priors_are_gpytorchs(make_evidence, variant, known):
    evidence, priors = make_evidence(noise_var=known), VARIANTS[variant]
    theta = theta_of(evidence, 0.4, 1.3, 0.8, output=1.3 if priors.output_scale else 1.0)

    ours, _, mean = LogPosterior(evidence, priors).evaluate(theta)
    theirs = density(settle(botorchs(evidence, priors), evidence, theta, mean))

    assert ours / 40 == pytest.approx(theirs, abs=1e-7)


def test_the_constant_mean_is_the_one_that_is_most_probable(make_evidence):
    evidence = make_evidence()
    theta = theta_of(evidence, 0.4, 1.3, 0.8)
    mean = LogPosterior(evidence, PRIORS).evaluate(theta)[2]
    gp = botorchs(evidence, PRIORS)

    at, below, above = (
        density(settle(gp, evidence, theta, mean + step)) for step in (0, -0.01, 0.01)
    )

    assert at > max(below, above)
    assert below == pytest.approx(above, abs=1e-9)  # of a parabola around its top


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("kind", ["numbers", "known noise", "mixed columns"])
def test_the_gradient_is_that_of_finite_differences(make_evidence, mixed, variant, kind):
    evidence = {
        "numbers": make_evidence(),
        "known noise": make_evidence(noise_var=KNOWN),
        "mixed columns": mixed,
    }[kind]
    posterior = LogPosterior(evidence, VARIANTS[variant])
    theta = theta_of(evidence, 0.6, 1.3, 1.1)

    _, gradient, _ = posterior.evaluate(theta)

    for j, step in enumerate(1e-5 * np.eye(len(theta))):
        slope = (posterior.value(theta + step) - posterior.value(theta - step)) / 2e-5
        assert gradient[j] == pytest.approx(slope, rel=1e-6, abs=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_optimum_is_where_botorch_finds_it(make_evidence, variant):
    evidence, priors = make_evidence(), VARIANTS[variant]
    theirs = botorchs(evidence, priors)
    options = {"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-8}
    mll = ExactMarginalLogLikelihood(theirs.likelihood, theirs)
    torch.manual_seed(0)  # a line search that ends badly is begun again at random places
    fit_gpytorch_mll(mll, optimizer_kwargs={"options": options})

    ours = optimum(evidence, priors)
    scales = theirs.covar_module.base_kernel.lengthscale[0].detach().numpy()

    assert ours[:3] == pytest.approx(np.log(scales), abs=4e-4)
    assert ours[-1] == pytest.approx(math.log(float(theirs.likelihood.noise)), abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_fit_stops_close_enough_to_the_optimum_that_nobody_can_tell(make_evidence, seed):
    evidence = make_evidence(25, 4, seed=seed)
    posterior = LogPosterior(evidence, PRIORS)

    found, best = fit(evidence, PRIORS), optimum(evidence, PRIORS)

    assert found.density == pytest.approx(posterior.value(found.theta) / 25)
    assert posterior.value(best) - posterior.value(found.theta) < 0.05  # nats, of all data
    assert found.theta == pytest.approx(best, abs=0.2)


def test_botorchs_own_noise_prior_is_the_one_that_is_ordered_by_default():
    theirs = get_gaussian_likelihood_with_lognormal_prior().noise_covar

    assert (float(theirs.noise_prior.loc), float(theirs.noise_prior.scale)) == PRIORS.noise


def settled_pair(evidence, priors=PRIORS):
    """The engine's processes and BoTorch's model with the same hyperparameters."""
    theta = fit(evidence, priors).theta
    gps, _ = NumpyEngine().posterior([evidence], [theta])
    gp = settle(botorchs(evidence, priors), evidence, theta, gps.centre[0])
    gp.eval()
    return gps, gp


@pytest.mark.parametrize("known", [None, KNOWN], ids=["estimated noise", "known noise"])
def test_what_is_believed_at_points_is_botorchs_posterior(make_evidence, known):
    evidence = make_evidence(noise_var=known)
    gps, gp = settled_pair(evidence)
    X = np.vstack([np.random.default_rng(1).uniform(-0.2, 1.2, (20, 3)), evidence.X[:3]])

    look, (mean, covariance) = gps.look(X), gps.joint(X)

    alone = gp.posterior(torch.tensor(X)[:, None])
    assert look.mean[0, :, 0] == pytest.approx(alone.mean[:, 0, 0].detach().numpy(), abs=1e-8)
    assert look.variance[0] == pytest.approx(alone.variance[:, 0, 0].detach().numpy(), abs=1e-8)
    together = gp.posterior(torch.tensor(X)).distribution
    assert mean[0] == pytest.approx(together.mean.detach().numpy(), abs=1e-8)
    theirs = together.covariance_matrix.detach().numpy()
    assert covariance[0] == pytest.approx(theirs, abs=1e-8)


def test_slopes_of_what_is_believed_are_those_of_botorchs_graph(make_evidence):
    gps, gp = settled_pair(make_evidence())
    X = np.random.default_rng(2).random((7, 3))
    rng = np.random.default_rng(3)
    by_mean, by_variance = rng.normal(size=(2, 7))

    slopes = gps.look(X).back(by_mean[None, :, None], by_variance[None])

    at = torch.tensor(X, requires_grad=True)
    posterior = gp.posterior(at[:, None])
    total = (posterior.mean[:, 0, 0] * torch.tensor(by_mean)).sum()
    total = total + (posterior.variance[:, 0, 0] * torch.tensor(by_variance)).sum()
    (theirs,) = torch.autograd.grad(total, at)
    assert slopes == pytest.approx(theirs.numpy(), rel=1e-6, abs=1e-7)


def test_what_is_believed_after_more_values_is_botorchs_model_of_all_rows(make_evidence):
    evidence = make_evidence()
    theta = fit(evidence, PRIORS).theta
    rng = np.random.default_rng(4)
    P, X, versions = rng.random((2, 3)), rng.random((15, 3)), rng.normal(size=(1, 2, 5))
    before, _ = NumpyEngine().posterior([evidence], [theta])

    look = before.given(P, versions).look(X)

    certain = np.full(2, CERTAIN * math.exp(theta[3]))
    noise_var = np.concatenate([np.full(40, math.exp(theta[-1])), certain])
    for s in range(5):
        more = Evidence(
            columns=evidence.columns,
            X=np.vstack([evidence.X, P]),
            y=np.concatenate([evidence.y, versions[0, :, s]]),
            noise_var=noise_var,
        )
        gp = settle(botorchs(more, PRIORS), more, theta[:-1], before.centre[0])
        posterior = gp.eval().posterior(torch.tensor(X)[:, None])
        assert look.mean[0, :, s] == pytest.approx(
            posterior.mean[:, 0, 0].detach().numpy(), abs=1e-8
        )
        assert look.variance[0] == pytest.approx(
            posterior.variance[:, 0, 0].detach().numpy(), abs=1e-8
        )


def test_leaving_one_out_is_leaving_one_out(make_evidence):
    evidence = make_evidence(15)
    theta = fit(evidence, PRIORS).theta
    gps, _ = ExactGPs.of([evidence], [theta])

    residual, variance = gps.left_out()

    for row in (0, 7, 14):
        rest = np.arange(15) != row
        gp = botorchs(replace(evidence, X=evidence.X[rest], y=evidence.y[rest]), PRIORS)
        settle(gp, evidence, theta, gps.centre[0]).eval()
        posterior = gp.posterior(torch.tensor(evidence.X[[row]]), observation_noise=True)
        assert evidence.y[row] - residual[0, row] == pytest.approx(float(posterior.mean), abs=1e-8)
        assert variance[0, row] == pytest.approx(float(posterior.variance), abs=1e-8)
