"""Any model that torch can ask, as processes: look, joint, conditioning; gradients by autograd.

Called by `catalogue.py`. A believer knows means and covariances; what it becomes once some values are
taken for granted follows from those alone, whatever the model is.

Shapes: M members of an ensemble, k points, p points taken for granted, s versions, D inputs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from tuner.dataset import Floats
from tuner.surrogates.exact import CERTAIN, LEAST_VARIANCE
from tuner.surrogates.laboratory import factor
from tuner.surrogates.tensors import array


class Believer(Protocol):
    """What a fitted model says of points, in standard units, without measurement noise."""

    @property
    def noise(self) -> Floats:
        """Give (M,) the variance of a measurement."""

    def marginal(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean and variance (M, k) at inputs Z (k, D)."""

    def joint(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean (M, k) and covariance (M, k, k) at inputs Z (k, D)."""


class Backward(Protocol):
    """Knows which columns inputs were made of."""

    @property
    def back(self) -> Callable[[Floats], Floats]:
        """Give slopes (k, d) along columns for slopes (k, D) along inputs."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a model is given for rows of columns: `of` (n, d) -> (n, D), and slopes back."""

    of: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]


@dataclass(frozen=True)
class Look:
    """What M members believe at k points, in s versions, with a graph to go back through."""

    mean: Floats
    variance: Floats
    inputs: Backward
    Z: Tensor = field(repr=False)
    means: Tensor = field(repr=False)
    variances: Tensor = field(repr=False)

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give slopes (k, d) along columns for slopes by mean (m, k, s) and variance (m, k)."""
        total = (self.means * torch.as_tensor(by_mean).to(self.means)).sum()
        total = total + (self.variances * torch.as_tensor(by_variance).to(self.means)).sum()
        (slopes,) = torch.autograd.grad(total, self.Z, retain_graph=True)
        return self.inputs.back(array(slopes))


@dataclass(frozen=True, kw_only=True)
class Believed:
    """Processes as `base.Posterior` has them.

    Attributes:
        share, steps: as there.
        rows: members of the ensemble that are asked.
        granted: (p, d) points whose values are taken for granted, `values` (m, p, s).
    """

    believer: Believer
    inputs: Inputs
    share: Floats
    steps: Floats
    rows: tuple[int, ...]
    granted: Floats
    values: Floats

    @property
    def noise(self) -> Floats:
        """Give (m,) the variance of a measurement."""
        return self.believer.noise[list(self.rows)]

    def believed(self, share: Floats, rows: Sequence[int]) -> "Believed":
        """Give some of the processes, by the shares (m,) in which all are believed."""
        return replace(self, share=share).only(rows)

    def only(self, rows: Sequence[int]) -> "Believed":
        """Give some of the processes, with their shares in proportion."""
        index = np.asarray(rows)
        share = self.share[index]
        return replace(
            self,
            share=share / share.sum(),
            rows=tuple(self.rows[i] for i in rows),
            values=self.values[index],
        )

    def look(self, X: Floats) -> Look:
        """Give what is believed at X (k, d)."""
        Z = torch.from_numpy(self.inputs.of(X)).requires_grad_()
        if len(self.granted):
            means, covariance = self._granted(Z)
            variances = covariance.diagonal(dim1=-2, dim2=-1)
        else:
            mean, variances = (part[list(self.rows)] for part in self.believer.marginal(Z))
            means = mean[:, :, None]
        variances = variances.clamp_min(LEAST_VARIANCE)
        return Look(array(means), array(variances), self.inputs, Z, means, variances)

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version."""
        with torch.no_grad():
            Z = torch.from_numpy(self.inputs.of(X))
            if len(self.granted):
                return array(self._granted(Z)[0][:, :, 0])
            return array(self.believer.marginal(Z)[0][list(self.rows)])

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k) at X, without measurement noise, first version."""
        with torch.no_grad():
            means, covariance = self._granted(torch.from_numpy(self.inputs.of(X)))
        return array(means[:, :, 0]), array(covariance)

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between A (a, d) and X (k, d), without measurement noise."""
        return self.joint(np.concatenate([A, X]))[1][:, : len(A), len(A) :]

    def given(self, X: Floats, values: Floats) -> "Believed":
        """Give these processes conditioned on noise-free values (m, p, s) at X (p, d)."""
        versions = (*self.values.shape[:2], values.shape[2])
        old = np.broadcast_to(self.values, versions)
        return replace(
            self,
            granted=np.concatenate([self.granted, X]),
            values=np.concatenate([old, values], axis=1),
        )

    @cached_property
    def _factored(self) -> tuple[Tensor, Tensor, Tensor]:
        """The inputs of what is granted, the factor of its covariance, and its values whitened."""
        with torch.no_grad():
            P = torch.from_numpy(self.inputs.of(self.granted))
            mean, C = (part[list(self.rows)] for part in self.believer.joint(P))
            L = factor(C + CERTAIN * torch.eye(len(P), dtype=C.dtype))
            rest = torch.from_numpy(self.values) - mean[:, :, None]
            return P, L, torch.linalg.solve_triangular(L, rest, upper=False)

    def _granted(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give means (m, k, s) and covariance (m, k, k), conditioned on what is granted."""
        k, rows = len(Z), list(self.rows)
        if not len(self.granted):
            mean, C = (part[rows] for part in self.believer.joint(Z))
            return mean[:, :, None], C
        P, L, white = self._factored
        mean, C = (part[rows] for part in self.believer.joint(torch.cat([Z, P])))
        V = torch.linalg.solve_triangular(L, C[:, k:, :k], upper=False)
        return mean[:, :k, None] + V.mT @ white, C[:, :k, :k] - V.mT @ V


def processes_of(believer: Believer, inputs: Inputs, steps: Floats) -> Believed:
    """Give all members of a believer, believed alike, with nothing taken for granted."""
    m, d = len(believer.noise), len(steps)
    return Believed(
        believer=believer,
        inputs=inputs,
        share=np.full(m, 1.0 / m),
        steps=steps,
        rows=tuple(range(m)),
        granted=np.empty((0, d)),
        values=np.empty((m, 0, 1)),
    )
