"""A Bayesian neural network: its most probable weights, and Laplace's approximation around them.

The network is linearised in its weights (Immer, Korzepa & Bauer 2021, "Improving predictions of
Bayesian neural nets via local linearization"): then its predictions are a Gaussian process whose kernel
is the product of Jacobians, and everything is exact and closed but the training itself. With the
Gauss-Newton curvature that is what laplace-torch computes with `hessian_structure="full"`; a test holds
it to that. The precision of weights and the noise follow from the marginal likelihood (MacKay 1992).

Shapes: n rows, D inputs, w weights.
"""

import math
from dataclasses import dataclass

import torch
from scipy.optimize import minimize
from torch import Tensor
from torch.func import functional_call, jacrev, vmap
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from tuner.dataset import Floats
from tuner.surrogates.laboratory import factor
from tuner.surrogates.tensors import array

HIDDEN = 32
ROUNDS, STEPS = 3, 60
"""Times that the network is trained and its precision and noise set anew, and steps of a training."""

PRECISION, NOISE = 1.0, 1e-2
"""Of weights and of a measurement, to begin with."""

BOUNDS = ((1e-3, 1e3), (1e-4, 7.0))
"""Of the precision and of the noise variance."""


@dataclass(frozen=True, kw_only=True)
class NetworkBeliever:
    """The linearised network, once fitted. One member.

    Attributes:
        weights: the most probable ones, by name.
        J: (n, w) Jacobians of the rows.
        L: (n, n) Cholesky factor of J J' / precision + noise.
    """

    network: torch.nn.Module
    weights: dict[str, Tensor]
    J: Tensor
    L: Tensor
    precision: float
    noise: Floats

    def marginal(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean and variance (1, k) at inputs Z (k, D)."""
        J, V = self._seen(Z)
        variance = J.square().sum(dim=-1) / self.precision - V.square().sum(dim=0)
        return self._mean(Z), variance[None]

    def joint(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean (1, k) and covariance (1, k, k) at inputs Z (k, D)."""
        J, V = self._seen(Z)
        return self._mean(Z), (J @ J.mT / self.precision - V.mT @ V)[None]

    def _mean(self, Z: Tensor) -> Tensor:
        return functional_call(self.network, self.weights, (Z,))[:, 0][None]

    def _seen(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        J = jacobians(self.network, self.weights, Z)
        K = self.J @ J.mT / self.precision
        return J, torch.linalg.solve_triangular(self.L, K, upper=False)


def network_of(inputs: int) -> torch.nn.Module:
    """Build the network: two tanh layers."""
    return torch.nn.Sequential(
        torch.nn.Linear(inputs, HIDDEN),
        torch.nn.Tanh(),
        torch.nn.Linear(HIDDEN, HIDDEN),
        torch.nn.Tanh(),
        torch.nn.Linear(HIDDEN, 1),
    ).double()


def jacobians(network: torch.nn.Module, weights: dict[str, Tensor], Z: Tensor) -> Tensor:
    """Give the slopes (k, w) of the network's outputs at Z (k, D) by its weights."""

    def output(at: dict[str, Tensor], z: Tensor) -> Tensor:
        return functional_call(network, at, (z[None],))[0, 0]

    slopes = vmap(jacrev(output), (None, 0))(weights, Z)
    return torch.cat([slopes[name].flatten(1) for name in weights], dim=1)


def fit_network(X: Tensor, y: Tensor, known: Tensor | None) -> NetworkBeliever:
    """Train, and set precision and noise by the marginal likelihood, in turn.

    Args:
        X: (n, D) inputs.
        y: (n, 1) outcomes in standard units.
        known: (n, 1) noise variances, None to estimate one.
    """
    network = network_of(X.shape[1])
    precision = PRECISION
    noise = torch.full_like(y, NOISE) if known is None else known
    for _ in range(ROUNDS):
        _train(network, X, y, precision, noise)
        weights = {name: weight.detach().clone() for name, weight in network.named_parameters()}
        J = jacobians(network, weights, X).detach()
        rest = (y - network(X)).detach()[:, 0]
        flat = torch.cat([weight.flatten() for weight in weights.values()])
        precision, level = _evidence(
            J, rest, float(flat @ flat), noise[:, 0], known=known is not None
        )
        noise = noise if known is not None else torch.full_like(y, level)
    K = J @ J.mT / precision + torch.diag(noise[:, 0])
    return NetworkBeliever(
        network=network.requires_grad_(requires_grad=False),
        weights=weights,
        J=J,
        L=factor(K),
        precision=precision,
        noise=array(noise.median()[None]),
    )


def _train(network: torch.nn.Module, X: Tensor, y: Tensor, precision: float, noise: Tensor) -> None:
    """Find the most probable weights; scipy's steps cost a fraction of those of torch's LBFGS."""
    weights = list(network.parameters())

    def loss(values: Floats) -> tuple[float, Floats]:
        vector_to_parameters(torch.from_numpy(values), weights)
        errors = ((network(X) - y).square() / noise).sum()
        slopes = torch.autograd.grad(errors, weights)
        total = 0.5 * (float(errors.detach()) + precision * float(values @ values))
        slope = 0.5 * array(parameters_to_vector(slopes)) + precision * values
        return total / len(y), slope / len(y)

    start = array(parameters_to_vector(weights))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    vector_to_parameters(torch.from_numpy(found.x), weights)


def _evidence(
    J: Tensor, rest: Tensor, squared: float, noise: Tensor, *, known: bool
) -> tuple[float, float]:
    """Maximise Laplace's marginal likelihood over precision and noise, at settled weights.

    log p = -1/2 sum(rest^2 / noise) - 1/2 precision |w|^2 - 1/2 log det(J J' / precision + noise),
    up to a constant: what laplace-torch calls `log_marginal_likelihood`.
    """
    K = J @ J.mT
    sizes = torch.linalg.eigvalsh(K).clamp_min(0.0)
    errors = float(rest.square().sum())

    def loss(logs: Floats) -> float:
        precision, level = math.exp(logs[0]), math.exp(logs[1])
        if known:
            covariance = K / precision + torch.diag(noise)
            fit = float((rest.square() / noise).sum())
            spread = 2 * float(factor(covariance).diagonal().log().sum())
        else:
            fit = errors / level
            spread = float((sizes / precision + level).log().sum())
        return 0.5 * (fit + precision * squared + spread)

    start = [math.log(PRECISION), math.log(NOISE)]
    bounds = [(math.log(low), math.log(high)) for low, high in BOUNDS]
    found = minimize(loss, start, method="L-BFGS-B", bounds=bounds)
    return math.exp(found.x[0]), math.exp(found.x[1])
