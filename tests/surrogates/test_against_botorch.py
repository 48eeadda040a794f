"""Our short cuts give BoTorch's own numbers: kernel, likelihood, fit and posterior."""

import math

import numpy as np
import pytest
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.kernels import MaternKernel
from gpytorch.mlls import ExactMarginalLogLikelihood

from tuner.space.encoding import Column
from tuner.surrogates.exact import assembled
from tuner.surrogates.fitting import Evidence, Hyperparameters, LogPosterior, fit
from tuner.surrogates.kernels import ColumnKernel, correlation
from tuner.surrogates.tensors import CPU, Place

PLACE = Place(fit=CPU, home=CPU)
MIXED = (
    Column("lr", "lr", "real", None),
    Column("layers", "layers", "integer", 5),
    Column("optimizer", "optimizer", "category", 4),
)


@pytest.fixture
def mixed():
    """Forty rows of a function of a number, a step and a category, in standard units."""
    rng = np.random.default_rng(3)
    X = np.column_stack(
        [rng.random(40), (rng.integers(5, size=40) + 0.5) / 5, rng.integers(4, size=40)]
    )
    y = np.sin(6 * X[:, 0]) * (1 + (X[:, 2] == 1)) + X[:, 1] - 0.5 * (X[:, 2] == 3)
    y = (y - y.mean()) / y.std()
    return Evidence(columns=MIXED, X=torch.tensor(X), y=torch.tensor(y))


def posterior_density(gp):
    """GPyTorch's own log posterior a datum, hyperparameter priors included."""
    gp.train()
    mll = ExactMarginalLogLikelihood(gp.likelihood, gp)
    value = float(mll(gp(*gp.train_inputs), gp.train_targets).detach())
    gp.eval()
    return value


def test_without_categories_the_kernel_is_gpytorchs_matern():
    X, Z = torch.rand(9, 3, dtype=torch.float64), torch.rand(5, 3, dtype=torch.float64)
    theirs = MaternKernel(nu=2.5, ard_num_dims=3).double()
    theirs.lengthscale = torch.tensor([0.3, 1.0, 4.0])
    none = torch.zeros(3, dtype=torch.bool)

    ours = correlation(X, Z, theirs.lengthscale.detach()[0], none)

    assert torch.allclose(ours, theirs(X, Z).to_dense().detach(), atol=1e-10)


def test_a_category_is_the_same_matern_over_corners_of_a_simplex():
    codes = torch.tensor([[0.0], [1.0], [2.0], [1.0]], dtype=torch.float64)
    corners = torch.nn.functional.one_hot(codes[:, 0].long(), 3).double() / math.sqrt(2)
    everything, nothing = torch.tensor([True]), torch.zeros(3, dtype=torch.bool)

    by_code = correlation(codes, codes, torch.tensor([0.7], dtype=torch.float64), everything)
    by_corner = correlation(corners, corners, torch.full((3,), 0.7).double(), nothing)

    assert torch.allclose(by_code, by_corner, atol=1e-6)
    assert float(torch.linalg.eigvalsh(by_code).min()) > -1e-9


def test_the_kernel_module_agrees_with_its_function_on_the_diagonal_too(mixed):
    kernel = ColumnKernel(MIXED).double()

    dense = kernel(mixed.X).to_dense()

    assert torch.allclose(kernel(mixed.X, diag=True), dense.diagonal(), atol=1e-9)
    assert torch.allclose(
        dense, correlation(mixed.X, mixed.X, kernel.lengthscale, kernel.category), atol=1e-12
    )


def test_the_slope_of_the_kernel_is_right_even_where_points_meet():
    X = torch.rand(4, 2, dtype=torch.float64, requires_grad=True)
    Z = torch.rand(3, 2, dtype=torch.float64)
    scale, none = torch.tensor([0.4, 0.9], dtype=torch.float64), torch.zeros(2, dtype=torch.bool)

    assert torch.autograd.gradcheck(lambda P: correlation(P, Z, scale, none), (X,))
    at_zero = torch.autograd.grad(correlation(X, X, scale, none).sum(), X)[0]
    assert torch.isfinite(at_zero).all()


def test_our_log_posterior_is_gpytorchs(mixed):
    found = Hyperparameters(
        length_scale=torch.tensor([0.4, 1.3, 0.8], dtype=torch.float64), mean=0.0, noise_var=0.01
    )
    theta = torch.cat([found.length_scale.log(), torch.tensor([math.log(0.01)]).double()])

    ours, mean = LogPosterior(mixed, PLACE).evaluate(theta)
    gp = assembled(mixed, found)
    gp.mean_module.initialize(constant=float(mean))

    assert float(ours) / 40 == pytest.approx(posterior_density(gp), abs=1e-7)


def test_its_gradient_is_that_of_finite_differences(mixed):
    posterior = LogPosterior(mixed, PLACE)
    theta = np.array([-0.5, 0.3, 0.1, -4.0])

    _, gradient = posterior.loss(theta)

    for j, step in enumerate(1e-5 * np.eye(4)):
        slope = (posterior.loss(theta + step)[0] - posterior.loss(theta - step)[0]) / 2e-5
        assert gradient[j] == pytest.approx(slope, rel=1e-5, abs=1e-8)


def test_our_fit_is_at_least_as_probable_as_botorchs_own(mixed):
    theirs = SingleTaskGP(
        mixed.X,
        mixed.y.unsqueeze(-1),
        covar_module=ColumnKernel(MIXED),
        outcome_transform=None,
    )
    fit_gpytorch_mll(ExactMarginalLogLikelihood(theirs.likelihood, theirs))

    ours = assembled(mixed, fit(mixed, PLACE))

    assert posterior_density(ours) >= posterior_density(theirs) - 1e-5
    assert torch.allclose(
        ours.covar_module.lengthscale.log(), theirs.covar_module.lengthscale.log(), atol=0.02
    )


@pytest.mark.parametrize("noise_var", [None, torch.linspace(0.01, 0.2, 40).double()])
@pytest.mark.parametrize("q", [1, 3])
def test_our_posterior_is_botorchs(mixed, noise_var, q):
    evidence = Evidence(columns=MIXED, X=mixed.X, y=mixed.y, noise_var=noise_var)
    gp = assembled(evidence, fit(evidence, PLACE))
    X = mixed.X[:6].reshape(6 // q, q, 3) + torch.tensor([0.1, 0.0, 0.0])

    ours = gp.posterior(X)
    theirs = SingleTaskGP.posterior(gp, X)

    assert torch.allclose(ours.mean, theirs.mean, atol=1e-8)
    assert torch.allclose(
        ours.distribution.covariance_matrix, theirs.distribution.covariance_matrix, atol=1e-8
    )


def test_a_question_with_noise_is_answered_by_botorch(mixed):
    gp = assembled(mixed, fit(mixed, PLACE))
    noise = float(gp.likelihood.noise)

    with_noise = gp.posterior(mixed.X[:3], observation_noise=True).variance
    without = gp.posterior(mixed.X[:3]).variance

    assert torch.allclose(with_noise - without, torch.full((3, 1), noise).double(), atol=1e-6)


def test_a_fit_in_single_precision_finds_the_same_place(mixed):
    coarse = Place(fit=CPU, home=CPU, fit_dtype=torch.float32)

    single, double = fit(mixed, coarse), fit(mixed, PLACE)

    assert single.length_scale.dtype == torch.float64
    assert torch.allclose(single.length_scale.log(), double.length_scale.log(), atol=0.1)
