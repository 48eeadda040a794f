"""One product kernel over all kinds of columns: Matern-5/2 of one weighted distance.

    r2(x, x') = sum_j ((x_j - x'_j) / l_j)^2 over numbers + sum_c [x_c != x'_c] / l_c^2 over categories

A category is a Hamming distance with a length scale of its own, inside the same Matern: the
distance between corners of a simplex, so the kernel stays positive definite, and a product kernel
says "like the other category, as far as it is alike" without the two extra kernels (and 13 seconds)
of BoTorch's MixedSingleTaskGP.

A conditional column needs no kernel of its own yet: while its parameter is dead the column holds
its `rest` value, and the mismatch is carried by the column of the parameter that its `when` names.
Two points that are both alive there differ by the column, two dead ones do not, and one of each by
the gate: what is known about the gate's parameter decides how much they share.
"""

import math
from collections.abc import Sequence
from typing import Any

import torch
from gpytorch.constraints import GreaterThan
from gpytorch.kernels import Kernel
from gpytorch.priors import LogNormalPrior
from torch import Tensor

from tuner.space.encoding import Column

SHORTEST = 0.025
"""Length scales below this are noise by another name (BoTorch's bound)."""


def length_scale_prior(columns: Sequence[Column]) -> tuple[Tensor, Tensor]:
    """Give centre and width of the log-normal prior over each column's length scale.

    Numbers: Hvarfner, Hellsten & Nardi (2024), "Vanilla Bayesian Optimization Performs Great in
    High Dimensions": the centre grows with log(sqrt(d)), so that distances in many dimensions do
    not all look infinite. Categories: one mismatch is one length scale, give or take; without a
    prior a category seen twice would be believed to mean everything or nothing.
    """
    loc, width = math.sqrt(2) + 0.5 * math.log(len(columns)), math.sqrt(3)
    rows = [(0.0, 1.0) if column.kind == "category" else (loc, width) for column in columns]
    table = torch.tensor(rows, dtype=torch.float64)
    return table[:, 0], table[:, 1]


class _Matern(torch.autograd.Function):
    """Matern-5/2 of a squared distance, with the slope that has no root of zero in it."""

    @staticmethod
    def forward(ctx: Any, r2: Tensor) -> Tensor:  # noqa: ANN401  torch gives it no public type
        z = (5.0 * r2).sqrt()
        decay = torch.exp(-z)
        ctx.save_for_backward((1 + z) * decay)
        return (1 + z + z * z / 3) * decay

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> Tensor:  # noqa: ANN401  as above
        (slope,) = ctx.saved_tensors
        return grad[0] * slope * (-5 / 6)


def correlation(X: Tensor, Z: Tensor, length_scale: Tensor, category: Tensor) -> Tensor:
    """Give the (…, n, k) Matern correlation of X (…, n, d) and Z (…, k, d).

    Args:
        X: points in columns as `space.encoding` writes them.
        Z: as X.
        length_scale: (d,) or (…, 1, d).
        category: (d,) True where a column holds codes.
    """
    number = ~category
    scale = length_scale[..., number]
    A, B = X[..., number] / scale, Z[..., number] / scale
    r2 = (
        (A * A).sum(-1, keepdim=True) + (B * B).sum(-1, keepdim=True).mT - 2 * A @ B.mT
    ).clamp_min(0.0)
    if category.any():
        codes, others = X[..., :, None, category], Z[..., None, :, category]
        weight = length_scale[..., category].square().reciprocal()
        weight = weight if weight.dim() == 1 else weight.unsqueeze(-2)
        r2 = r2 + ((codes != others) * weight).sum(-1)
    return _Matern.apply(r2)


class ColumnKernel(Kernel):
    """`correlation` as GPyTorch wants it, with the priors of `length_scale_prior`."""

    has_lengthscale = True

    def __init__(self, columns: Sequence[Column]) -> None:
        loc, width = length_scale_prior(columns)
        prior = LogNormalPrior(loc, width)
        super().__init__(
            ard_num_dims=len(columns),
            lengthscale_prior=prior,
            lengthscale_constraint=GreaterThan(SHORTEST, transform=None),
        )
        category = torch.tensor([column.kind == "category" for column in columns])
        self.register_buffer("category", category)
        self.initialize(lengthscale=prior.mode.clamp_min(2 * SHORTEST))

    def forward(self, x1: Tensor, x2: Tensor, diag: bool = False, **_: Any) -> Tensor:  # noqa: ANN401, FBT001, FBT002  GPyTorch's signature
        """Give the correlation of x1 and x2, or of their rows pair by pair."""
        if diag:
            pairs = correlation(x1.unsqueeze(-2), x2.unsqueeze(-2), self.lengthscale, self.category)
            return pairs[..., 0, 0]
        return correlation(x1, x2, self.lengthscale, self.category)
