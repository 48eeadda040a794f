"""A fitted Gaussian process as BoTorch wants it, with a posterior that costs what its algebra costs.

`SingleTaskGP.posterior` is right and spends nine tenths of its time between the matrix products; an
acquisition asks for it a hundred times a suggestion. `ExactGP` answers from a factor computed once.
A test holds it to the posterior of the class it inherits from.
"""

import torch
from botorch.acquisition.objective import PosteriorTransform
from botorch.models.gp_regression import SingleTaskGP
from botorch.models.utils.gpytorch_modules import get_gaussian_likelihood_with_lognormal_prior
from botorch.posteriors.gpytorch import GPyTorchPosterior
from botorch.posteriors.transformed import TransformedPosterior
from gpytorch.constraints import GreaterThan
from gpytorch.distributions import MultivariateNormal
from gpytorch.likelihoods import FixedNoiseGaussianLikelihood, GaussianLikelihood
from linear_operator import to_linear_operator
from torch import Tensor

from tuner.surrogates.fitting import Evidence, Hyperparameters
from tuner.surrogates.kernels import ColumnKernel, correlation
from tuner.surrogates.laboratory import factor

LEAST_VARIANCE = 1e-12
"""Rounding may leave a variance at a well-known point below zero."""


class ExactGP(SingleTaskGP):
    """A `SingleTaskGP` whose hyperparameters are settled."""

    def settle(self) -> None:
        """Factor the covariance of the training rows, once; FitError if jitter does not help."""
        X, y = self.train_inputs[0], self.train_targets
        noise = self.likelihood.noise.detach().expand(len(y))
        K = correlation(X, X, self._length_scale, self.covar_module.category)
        L = factor(K + torch.diag(noise))
        eye = torch.eye(len(y), dtype=y.dtype, device=y.device)
        self._whiten = torch.linalg.solve_triangular(L, eye, upper=False)
        self._weights = self._whiten.mT @ (self._whiten @ (y - self._mean))

    @property
    def _length_scale(self) -> Tensor:
        return self.covar_module.lengthscale.detach()[0]

    @property
    def _mean(self) -> Tensor:
        return self.mean_module.constant.detach()

    def posterior(  # type: ignore[override]  # BoTorch's own classes disagree on it
        self,
        X: Tensor,
        output_indices: list[int] | None = None,
        observation_noise: bool | Tensor = False,  # noqa: FBT001, FBT002  BoTorch's signature
        posterior_transform: PosteriorTransform | None = None,
    ) -> GPyTorchPosterior | TransformedPosterior:
        """Give the joint posterior at X (…, q, d), without measurement noise.

        Anything but a plain question (noise, transforms) is left to the class this inherits from.
        """
        if output_indices or observation_noise is not False or posterior_transform is not None:
            return super().posterior(X, output_indices, observation_noise, posterior_transform)
        category = self.covar_module.category
        K = correlation(X, self.train_inputs[0], self._length_scale, category)
        V = K @ self._whiten.mT
        alone = X.shape[-2] == 1  # then the prior covariance is the 1 x 1 matrix 1
        prior = 1.0 if alone else correlation(X, X, self._length_scale, category)
        covariance = prior - V @ V.mT
        diagonal = covariance.diagonal(dim1=-2, dim2=-1)
        covariance = covariance + torch.diag_embed((LEAST_VARIANCE - diagonal).clamp_min(0.0))
        mean = self._mean + K @ self._weights
        return GPyTorchPosterior(MultivariateNormal(mean, to_linear_operator(covariance)))


def assembled(evidence: Evidence, found: Hyperparameters) -> ExactGP:
    """Build the model around hyperparameters that were found."""
    likelihood: GaussianLikelihood | FixedNoiseGaussianLikelihood
    if evidence.noise_var is None:
        likelihood = get_gaussian_likelihood_with_lognormal_prior()
        floor = GreaterThan(evidence.noise_floor, transform=None)
        likelihood.noise_covar.register_constraint("raw_noise", floor)
        likelihood.noise = found.noise_var
    else:
        likelihood = FixedNoiseGaussianLikelihood(noise=evidence.noise_var)
    gp = ExactGP(
        evidence.X,
        evidence.y.unsqueeze(-1),
        likelihood=likelihood,
        covar_module=ColumnKernel(evidence.columns),
        outcome_transform=None,
    )
    gp.covar_module.lengthscale = found.length_scale
    gp.mean_module.initialize(constant=found.mean)
    gp.requires_grad_(requires_grad=False)
    gp.eval()
    gp.settle()
    return gp
