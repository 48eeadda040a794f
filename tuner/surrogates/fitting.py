"""Hyperparameters by maximum a posteriori.

The objective is GPyTorch's exact marginal likelihood with the model's priors, written in plain
torch: the same number (a test holds it to that) at a tenth of the time, because a search fits
models of 50 rows a thousand times, and there the framework around the arithmetic is what costs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from tuner.dataset import Floats
from tuner.errors import FitError
from tuner.space.encoding import Column
from tuner.surrogates.kernels import SHORTEST, correlation, length_scale_prior
from tuner.surrogates.laboratory import factor
from tuner.surrogates.tensors import Place, array

NOISE_PRIOR = (-4.0, 1.0)
"""Log-normal over the noise variance of standardised outcomes (BoTorch's)."""

LONGEST, LOUDEST = 1e4, 1e2
"""Bounds of length scale and noise variance, far beyond where the priors let a fit go."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one model is fitted to: n rows, d columns, in standard units.

    Attributes:
        noise_var: (n,) known variances; None to estimate one for all rows.
        noise_floor: least variance that may be estimated; 1e-4 keeps the matrix well conditioned.
    """

    columns: Sequence[Column]
    X: Tensor
    y: Tensor
    noise_var: Tensor | None = None
    noise_floor: float = 1e-4


@dataclass(frozen=True, kw_only=True)
class Hyperparameters:
    """What a fit finds. `noise_var` is None where it was known already."""

    length_scale: Tensor
    mean: float
    noise_var: float | None


class LogPosterior:
    """Log posterior of hyperparameters theta: log length scales, then log noise if estimated.

    The density is that of the natural parameters (as GPyTorch's priors have it), only the search
    runs in logs. The constant mean is not searched: for given theta its best value is closed (GLS).
    """

    def __init__(self, evidence: Evidence, place: Place) -> None:
        def put(tensor: Tensor) -> Tensor:
            return tensor.to(device=place.fit, dtype=place.fit_dtype)

        self.X, self.y = put(evidence.X), put(evidence.y)
        self.noise_var = None if evidence.noise_var is None else put(evidence.noise_var)
        category = torch.tensor([column.kind == "category" for column in evidence.columns])
        self.category = category.to(place.fit)
        loc, width = length_scale_prior(evidence.columns)
        bounds = [(math.log(SHORTEST), math.log(LONGEST))] * len(evidence.columns)
        if self.noise_var is None:
            loc = torch.cat([loc, loc.new_tensor([NOISE_PRIOR[0]])])
            width = torch.cat([width, width.new_tensor([NOISE_PRIOR[1]])])
            bounds.append((math.log(evidence.noise_floor), math.log(LOUDEST)))
        self.loc, self.width, self.bounds = put(loc), put(width), bounds

    def start(self) -> Floats:
        """Give the mode of the priors, inside the bounds."""
        low, high = np.array(self.bounds).T
        return np.clip(array(self.loc - self.width.square()), low + math.log(2), high)

    def evaluate(self, theta: Tensor) -> tuple[Tensor, Tensor]:
        """Give (log posterior, best constant mean)."""
        n, d = self.X.shape
        noise = theta[d].exp().expand(n) if self.noise_var is None else self.noise_var
        K = correlation(self.X, self.X, theta[:d].exp(), self.category)
        L = factor(K + torch.diag(noise))
        both = torch.stack([self.y, torch.ones_like(self.y)], dim=-1)
        y, ones = torch.linalg.solve_triangular(L, both, upper=False).unbind(-1)
        mean = (ones @ y) / (ones @ ones)
        rest = y - mean * ones
        log_det = 2 * L.diagonal().log().sum()
        likelihood = -0.5 * (rest @ rest + log_det + n * math.log(2 * math.pi))
        z = (theta - self.loc) / self.width
        prior = -(0.5 * z.square() + theta + self.width.log() + 0.5 * math.log(2 * math.pi)).sum()
        return likelihood + prior, mean

    def loss(self, values: Floats) -> tuple[float, Floats]:
        """Give minus the log posterior a datum and its gradient, as scipy wants them."""
        theta = torch.tensor(values, dtype=self.X.dtype, device=self.X.device, requires_grad=True)
        value, _ = self.evaluate(theta)
        loss = -value / len(self.y)
        (gradient,) = torch.autograd.grad(loss, theta)
        return float(loss.detach()), array(gradient)


def fit(evidence: Evidence, place: Place) -> Hyperparameters:
    """Find the most probable hyperparameters, from the mode of the priors by L-BFGS-B."""
    posterior = LogPosterior(evidence, place)
    result = minimize(
        posterior.loss,
        posterior.start(),
        jac=True,
        method="L-BFGS-B",
        bounds=posterior.bounds,
        options={"maxiter": 200, "ftol": 1e-9, "gtol": 1e-5},
    )
    if not np.isfinite(result.fun):
        raise FitError("the likelihood of the model is not a number")
    d = len(evidence.columns)
    theta = torch.tensor(result.x, dtype=place.fit_dtype, device=place.fit)
    with torch.no_grad():
        _, mean = posterior.evaluate(theta)
    return Hyperparameters(
        length_scale=torch.tensor(np.exp(result.x[:d]), device=place.home),
        mean=float(mean),
        noise_var=float(np.exp(result.x[d])) if evidence.noise_var is None else None,
    )
