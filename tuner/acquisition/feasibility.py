"""What may not work weighs on every criterion: measured constraints, and trials that fail.

Gardner et al. (2014), "Bayesian Optimization with Inequality Constraints": independent constraints
multiply the improvement by their probabilities; here as sums of logarithms. Until a feasible point
is known there is no improvement to speak of, and the probability alone is followed.
"""

from collections.abc import Callable, Sequence

import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from botorch.acquisition.logei import qLogProbabilityOfFeasibility
from botorch.models.model_list_gp_regression import ModelListGP
from torch import Tensor

from tuner.acquisition.base import Belief
from tuner.acquisition.single import sampler


def log_probability(belief: Belief, X: Tensor, *, with_noise: bool = False) -> Tensor:
    """Give log P(outcome > zero) at X (…, 1, d), shape (…)."""
    posterior = belief.gp.posterior(X)
    variance = posterior.variance + (belief.noise_sd**2 if with_noise else 0.0)
    return torch.special.log_ndtr((posterior.mean - belief.zero) / variance.sqrt())[..., 0, 0]


class Weighted(AcquisitionFunction):
    """`main` plus the log-probability that a point keeps every constraint and survives."""

    def __init__(
        self,
        main: AcquisitionFunction | None,
        constraints: Sequence[Belief],
        survival: Belief | None,
    ) -> None:
        super().__init__(model=(survival or constraints[0]).gp)
        self.main, self.constraints, self.survival = main, tuple(constraints), survival

    def forward(self, X: Tensor) -> Tensor:
        """Give the weighted logarithm at X (b, 1, d)."""
        total = X.new_zeros(X.shape[:-2]) if self.main is None else self.main(X)
        for belief in self.constraints:
            total = total + log_probability(belief, X)
        if self.survival is not None:
            # A probit of labels: their own noise is what keeps one failure from being a wall.
            total = total + log_probability(self.survival, X, with_noise=True)
        return total


def joint_feasibility(
    constraints: Sequence[Belief], pending: Tensor, seed: int
) -> AcquisitionFunction:
    """Give log P(some point of X and the pending ones keeps every constraint).

    With trials pending the plain probability would ask for the same promising corner again.
    """

    def excess(zero: float, column: int) -> Callable[[Tensor], Tensor]:
        return lambda samples: zero - samples[..., column]

    return qLogProbabilityOfFeasibility(
        ModelListGP(*(belief.gp for belief in constraints)),
        constraints=[excess(belief.zero, j) for j, belief in enumerate(constraints)],
        sampler=sampler(seed),
        X_pending=pending,
    )
