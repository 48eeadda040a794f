"""A process over what a small network makes of its inputs, kernel and network fitted together.

Wilson, Hu, Salakhutdinov & Xing (2016), "Deep Kernel Learning". The inputs themselves stay beside what
the network makes of them, so that places far apart are never told to be the same, and uncertainty grows
away from data; weights have a normal prior, so that a few trials do not bend it at will.
"""

import gpytorch
import torch
from gpytorch.kernels import Kernel
from gpytorch.priors import NormalPrior
from torch import Tensor

HIDDEN, LEARNT = 24, 3
"""Units of the network's layer, and features that it makes."""

WIDTH = 0.6
"""Standard deviation of the weights' prior: at 1 eighty trials of a smooth function were overfitted."""


class Network(gpytorch.Module):
    """Inputs (…, D) to features (…, D + LEARNT): one tanh layer beside the identity."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        sizes = {
            "first": (HIDDEN, inputs),
            "shift": (HIDDEN,),
            "second": (LEARNT, HIDDEN),
        }
        for name, size in sizes.items():
            start = 0.5 * torch.randn(*size, dtype=torch.float64)
            self.register_parameter(name, torch.nn.Parameter(start))
            prior = NormalPrior(torch.tensor(0.0).double(), torch.tensor(WIDTH).double())
            self.register_prior(f"{name}_prior", prior, name)

    def forward(self, X: Tensor) -> Tensor:
        """Give the features."""
        hidden = torch.tanh((2 * X - 1) @ self.first.mT + self.shift)
        return torch.cat([X, hidden @ self.second.mT / HIDDEN**0.5], dim=-1)


class DeepKernel(Kernel):
    """A kernel `base` of the network's features, of which there are D + LEARNT."""

    def __init__(self, inputs: int, base: Kernel) -> None:
        super().__init__()
        self.network, self.base = Network(inputs), base

    def forward(self, x1: Tensor, x2: Tensor, *, diag: bool = False, **rest: object) -> Tensor:
        """Give the covariance (…, n, k)."""
        return self.base.forward(self.network(x1), self.network(x2), diag=diag, **rest)
