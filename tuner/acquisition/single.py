"""Criteria for one objective: LogEI and its Monte Carlo relatives, straight from BoTorch.

Ament et al. (2023), "Unexpected Improvements to Expected Improvement for Bayesian Optimization":
the logarithm is computed without ever forming the improvement, so there is a slope to follow even
where the improvement itself is 1e-300.
"""

from typing import assert_never

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.analytic import LogExpectedImprovement
from botorch.acquisition.logei import qLogExpectedImprovement, qLogNoisyExpectedImprovement
from botorch.models.gpytorch import GPyTorchModel
from botorch.sampling.normal import SobolQMCNormalSampler
from torch import Tensor

from tuner.acquisition.spec import Criterion

SAMPLES = 128
"""Quasi-random draws of the posterior for one expectation."""

BASELINE = 30
"""Observed points that may hold the incumbent under noise; the others are far from it."""


def sampler(seed: int) -> SobolQMCNormalSampler:
    """Give base samples that depend on nothing but `seed`."""
    return SobolQMCNormalSampler(torch.Size([SAMPLES]), seed=seed)


def criterion(
    name: Criterion, gp: GPyTorchModel, X: Tensor, pending: Tensor, seed: int
) -> AcquisitionFunction:
    """Build the criterion `name` over `gp`, with the feasible observed X (n, d) as incumbents."""
    X_pending = pending if len(pending) else None
    match name:
        case "log_ei":
            return LogExpectedImprovement(gp, best_f=incumbent(gp, X))
        case "q_log_ei":
            return qLogExpectedImprovement(
                gp, best_f=incumbent(gp, X), sampler=sampler(seed), X_pending=X_pending
            )
        case "q_log_nei":
            return qLogNoisyExpectedImprovement(
                gp,
                X_baseline=baseline(gp, X),
                sampler=sampler(seed),
                X_pending=X_pending,
                prune_baseline=False,  # BoTorch prunes with unseeded samples; `baseline` has done it
            )
        case _:
            assert_never(name)


def incumbent(gp: GPyTorchModel, X: Tensor) -> Tensor:
    """Give the best posterior mean at an observed point: what we believe we already have."""
    with torch.no_grad():
        return gp.posterior(X).mean.max()


def baseline(gp: GPyTorchModel, X: Tensor) -> Tensor:
    """Give the observed points, each once, that may be the best.

    Those whose mean plus two sd reaches what some point has for sure (mean minus two sd), the most
    hopeful ones if they are many. Without noise these are few, and each spares a row and a column
    of every covariance matrix that the criterion looks at.
    """
    X = torch.unique(X, dim=0)
    with torch.no_grad():
        posterior = gp.posterior(X.unsqueeze(-2))
        mean, sd = posterior.mean.flatten(), posterior.variance.sqrt().flatten()
    hope = mean + 2 * sd
    possible = int((hope >= (mean - 2 * sd).max()).sum())
    return X[hope.topk(min(possible, BASELINE)).indices.sort().values]
