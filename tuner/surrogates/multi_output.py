"""Several metrics of one study as one Gaussian process, where the noises of a measurement go together.

    y_t(x) = f_t(x) + e_t,   cov(f_s(x), f_t(x')) = B[s, t] k(x, x'),   cov(e_s, e_t) = N[s, t]

All metrics of a trial are measured at its point and by the same training, so a seed that is lucky in
one is lucky in the others: N = L L' + s I with L of the chosen rank. With every metric of every trial
that is BoTorch's `KroneckerMultiTaskGP`. Where metrics are missing the rows are taken in long format
(`multi_task.py`), and noise is then each metric's own. Outcomes are standardised, each by itself.

Shapes: n trials, D inputs, m metrics, k points.
"""

from dataclasses import dataclass

import numpy as np
import torch
from botorch.models.multitask import KroneckerMultiTaskGP, MultiTaskGP
from botorch.optim.fit import fit_gpytorch_mll_scipy
from gpytorch.constraints import GreaterThan
from gpytorch.likelihoods import MultitaskGaussianLikelihood
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import LogNormalPrior
from torch import Tensor

from tuner.dataset import Floats
from tuner.surrogates.catalogue import matern_kernel
from tuner.surrogates.multi_task import coregionalized, correlations, of_task, scaled_to_one
from tuner.surrogates.scales import spread_of
from tuner.surrogates.spec import Priors
from tuner.surrogates.task import LEAST_NOISE
from tuner.surrogates.tensors import array

BEGIN = 0.3
"""Where factors begin, beside what the metrics show."""

TURNS = 150
"""Steps of a fit at most."""


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """Metrics that were fitted together.

    Attributes:
        correlation: (m, m) of the metrics at one point, without noise.
        noise: (m, m) correlation of the noise; None where metrics were missing.
        centre, sd: (m,) of the raw values.
    """

    model: KroneckerMultiTaskGP | MultiTaskGP
    correlation: Floats
    noise: Floats | None
    centre: Floats
    sd: Floats

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean and sd (k, m) at inputs X (k, D) in raw units, without noise."""
        Z = torch.from_numpy(X)
        with torch.no_grad():
            if isinstance(self.model, KroneckerMultiTaskGP):
                posterior = self.model.posterior(Z)
                mean, variance = array(posterior.mean), array(posterior.variance)
            else:
                both = [self.model(of_task(Z, t)) for t in range(len(self.sd))]
                mean = np.array([array(normal.mean) for normal in both]).T
                variance = np.array([array(normal.variance) for normal in both]).T
        return mean * self.sd + self.centre, np.sqrt(np.maximum(variance, 0.0)) * self.sd


def fit_outcomes(X: Floats, Y: Floats, *, rank: int | None = None, noise_rank: int = 1) -> Outcomes:
    """Fit m metrics as one process; call it in a `laboratory`.

    Args:
        X: (n, D) inputs on the unit cube.
        Y: (n, m) raw values, nan where a metric is missing; each has two values at least.
        rank: columns of the coregionalization, m by default.
        noise_rank: columns of L; 0 for noises that have nothing to do with each other, as they are
            in any case where metrics are missing.
    """
    scales = [spread_of(column[np.isfinite(column)]) for column in Y.T]
    centre, sd = (np.array(part) for part in zip(*scales, strict=True))
    known = np.isfinite(Y)
    told = (torch.from_numpy(X), (Y - centre) / sd, rank or Y.shape[1])
    model = _complete(*told, noise_rank) if known.all() else _sparse(*told)
    likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
    fit_gpytorch_mll_scipy(likelihood, options={"maxiter": TURNS})
    model.requires_grad_(requires_grad=False).eval()
    noise = None
    if isinstance(model, KroneckerMultiTaskGP):
        task = model.covar_module.task_covar_module
        correlation = scaled_to_one(array(task.covar_matrix.to_dense()))
        noise = scaled_to_one(_noise(model.likelihood))
    else:
        correlation = correlations(model)
    return Outcomes(model=model, correlation=correlation, noise=noise, centre=centre, sd=sd)


def _complete(X: Tensor, Y: Floats, rank: int, noise_rank: int) -> KroneckerMultiTaskGP:
    """Build the model of trials that have every metric."""
    m = Y.shape[1]
    prior = LogNormalPrior(*Priors().noise)
    likelihood = MultitaskGaussianLikelihood(
        num_tasks=m,
        rank=noise_rank,
        noise_prior=prior,
        noise_constraint=GreaterThan(LEAST_NOISE, transform=None, initial_value=prior.mode),
    )
    model = KroneckerMultiTaskGP(
        X,
        torch.from_numpy(Y),
        likelihood=likelihood,
        data_covar_module=matern_kernel(X.shape[1]),
        rank=rank,
    )
    task = model.covar_module.task_covar_module
    whole = np.linalg.cholesky(np.corrcoef(Y.T).reshape(m, m) + BEGIN * np.eye(m))
    task.initialize(covar_factor=torch.from_numpy(whole[:, :rank]))
    task.var = torch.full((m,), BEGIN, dtype=torch.float64)
    if noise_rank:
        factor = BEGIN * np.eye(m)[:, :noise_rank]  # no sign is preferred; the others follow
        likelihood.initialize(task_noise_covar_factor=torch.from_numpy(factor))
    return model.double()


def _sparse(X: Tensor, Y: Floats, rank: int) -> MultiTaskGP:
    """Build the model of trials that lack some metrics."""
    rows = [np.flatnonzero(np.isfinite(column)) for column in Y.T]
    Z = torch.cat([of_task(X[index], t) for t, index in enumerate(rows)])
    y = np.concatenate([Y[index, t] for t, index in enumerate(rows)])
    model = MultiTaskGP(
        Z,
        torch.from_numpy(y)[:, None],
        task_feature=-1,
        task_covar_prior=None,
        outcome_transform=None,
    )
    both = np.isfinite(Y).all(axis=1)
    agreement = Y[both].T @ Y[both][:, 0]
    model.covar_module = coregionalized(X.shape[1], agreement[1:], rank)
    return model.double()


def _noise(likelihood: MultitaskGaussianLikelihood) -> Floats:
    """Give the covariance (m, m) of the noise of one trial."""
    m = likelihood.num_tasks
    shared = array(likelihood.noise) * np.eye(m)
    if likelihood.rank:
        return shared + array(likelihood.task_noise_covar)
    return shared + np.diag(array(likelihood.task_noises))
