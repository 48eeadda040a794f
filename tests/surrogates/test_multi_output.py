"""Two outcomes of the same trials as one process, against two processes."""

import numpy as np
import pytest
import torch
from botorch.models import SingleTaskGP
from botorch.optim.fit import fit_gpytorch_mll_scipy
from gpytorch.kernels import ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior

from tuner.surrogates.catalogue import PRIORS, matern_kernel
from tuner.surrogates.laboratory import laboratory
from tuner.surrogates.multi_output import fit_outcomes

ROWS, NOISE = 24, 0.25
CASES = ((0, 1), (0, -1), (1, -1))  # seed, and sign of the noise correlation


def truth(X):
    """A sine, and the same moved by an eighth of a period."""
    return np.sin(2 * np.pi * (X + np.array([0.0, 0.125])))


def sines(seed, correlation):
    rng = np.random.default_rng(seed)
    X = rng.random((ROWS, 1))
    covariance = NOISE**2 * np.array([[1, correlation], [correlation, 1]])
    return X, truth(X) + rng.multivariate_normal([0, 0], covariance, size=ROWS)


def squared_error(outcomes, X):
    return np.square(outcomes.predict(X)[0] - truth(X)).mean()


def alone(X, y, places):
    """Predict one outcome by a process of its own, with the same kernel and priors."""
    kernel = ScaleKernel(matern_kernel(1), outputscale_prior=GammaPrior(*PRIORS.output_scale))
    target = torch.from_numpy((y - y.mean()) / y.std())[:, None]
    model = SingleTaskGP(
        torch.from_numpy(X), target, covar_module=kernel.double(), outcome_transform=None
    )
    fit_gpytorch_mll_scipy(ExactMarginalLogLikelihood(model.likelihood, model))
    return model.eval()(torch.from_numpy(places)).mean.detach().numpy() * y.std() + y.mean()


@pytest.fixture(autouse=True)
def in_the_laboratory():
    with laboratory(rows=ROWS):
        yield


@pytest.fixture(scope="module")
def joined():
    """Both as one process, for noises that go together and for noises that go against each other."""
    with laboratory(rows=ROWS):
        return {case: fit_outcomes(*sines(case[0], 0.9 * case[1])) for case in CASES}


def test_the_sign_of_the_noise_correlation_is_recovered(joined):
    for (_, sign), outcomes in joined.items():
        assert sign * outcomes.noise[0, 1] > 0.5


def test_one_process_errs_less_than_two(joined):
    X = np.linspace(0, 1, 101)[:, None]
    together = apart = 0.0

    for (seed, sign), outcomes in joined.items():
        if sign < 0:
            told, Y = sines(seed, -0.9)
            single = np.column_stack([alone(told, y, X) for y in Y.T])
            together += squared_error(outcomes, X)
            apart += np.square(single - truth(X)).mean()

    assert together < 0.9 * apart


def test_uncertainty_is_in_raw_units_and_grows_away_from_the_data(joined):
    outcomes = joined[0, 1]

    _, near = outcomes.predict(np.array([[0.5]]))
    _, far = outcomes.predict(np.array([[8.0]]))

    assert (near < 2 * NOISE).all()
    assert (far > 2 * near).all()


def test_what_is_missing_is_told_by_the_other_outcome():
    X = np.linspace(0, 1, ROWS)[:, None]
    Y = np.column_stack([np.sin(6 * X[:, 0]), -30 * np.sin(6 * X[:, 0])])
    Y[np.arange(ROWS) % 4 > 0, 1] = np.nan

    outcomes = fit_outcomes(X, Y)
    mean, _ = outcomes.predict(X)

    assert outcomes.noise is None
    assert outcomes.correlation[0, 1] < -0.8
    assert mean[:, 1] == pytest.approx(-30 * np.sin(6 * X[:, 0]), abs=3.0)
