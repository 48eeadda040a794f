"""From an order and what is believed to a utility: the room's door to torch."""

from dataclasses import dataclass

import numpy as np
import torch
from botorch.acquisition.acquisition import AcquisitionFunction
from torch import Tensor

from tuner.acquisition.base import Beliefs, Utility
from tuner.acquisition.feasibility import Weighted, joint_feasibility
from tuner.acquisition.single import criterion
from tuner.acquisition.spec import Order, criterion_for
from tuner.dataset import Floats

BATCH = 256
"""Points a call: Monte Carlo criteria hold a small covariance matrix for each."""


@dataclass(frozen=True)
class TorchUtility:
    """A BoTorch acquisition function over arrays."""

    function: AcquisitionFunction
    like: Tensor

    def values(self, X: Floats) -> Floats:
        """Give (k,) at the points X (k, d)."""
        with torch.no_grad():
            parts = [self.function(part.unsqueeze(-2)) for part in self._tensor(X).split(BATCH)]
        return torch.cat(parts).cpu().numpy() if parts else np.empty(0)

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        points = self._tensor(X).requires_grad_()
        values = self.function(points.unsqueeze(-2))
        (gradient,) = torch.autograd.grad(values.sum(), points)
        return values.detach().cpu().numpy(), gradient.cpu().numpy()

    def _tensor(self, X: Floats) -> Tensor:
        return torch.tensor(X, dtype=self.like.dtype, device=self.like.device)


def make_utility(order: Order, beliefs: Beliefs) -> Utility:
    """Build the criterion for the case at hand, weighted by what may not work."""
    like = beliefs.objective.gp.train_targets
    X, pending = (
        torch.tensor(array, dtype=like.dtype, device=like.device)
        for array in (beliefs.X[beliefs.feasible], beliefs.pending)
    )
    constraints = beliefs.constraints
    main: AcquisitionFunction | None
    if len(X):
        name = criterion_for(order, pending=len(pending), noisy=beliefs.noisy)
        main = criterion(name, beliefs.objective.gp, X, pending, beliefs.seed)
    elif constraints and len(pending):
        main, constraints = joint_feasibility(constraints, pending, beliefs.seed), ()
    else:
        main = None
    if constraints or beliefs.survival is not None:
        return TorchUtility(Weighted(main, constraints, beliefs.survival), like)
    if main is None:
        raise ValueError("nothing is known: no feasible point, no constraint and no failure")
    return TorchUtility(main, like)
