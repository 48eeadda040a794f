"""A process on what another one leaves over: means add up, standard deviations are blended.

    f(x) = base mean(x) + top mean(x) + r(x) (g(x) - top mean(x)),   r = (base sd / top sd)^(1 - alpha)

g is the process of the residuals. So f has the standard deviation top sd^alpha base sd^(1 - alpha) of
Golovin et al. (2017), "Google Vizier: A Service for Black-Box Optimization", section 3.3, and is still
a Gaussian process: it has covariances, and can be conditioned on what is pending. With alpha = 1 the
base gives nothing but its mean.

Called by `remembering.py`. Shapes: m processes of the top, 1 of the base; k points, s versions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tuner.dataset import Floats
from tuner.surrogates import base

MISMATCH = 1.0
"""How far the sds of two levels are expected to be apart, as a fraction."""


@dataclass(frozen=True, eq=False)
class MeanOf:
    """What the one process of a posterior expects, with slopes."""

    processes: base.Posterior

    def mean(self, X: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
        """Give (k,) at X (k, d), and what turns slopes by it (k,) into slopes (k, d)."""
        look = self.processes.look(X)
        nothing = np.zeros((1, len(X)))
        return look.mean[0, :, 0], lambda slopes: look.back(slopes[None, :, None], nothing)


@dataclass(frozen=True, eq=False)
class SdOf:
    """How uncertain the one process of a posterior is, with slopes: no mean, but asked like one."""

    processes: base.Posterior

    def mean(self, X: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
        """Give (k,) at X (k, d), and what turns slopes by it (k,) into slopes (k, d)."""
        look = self.processes.look(X)
        sd = np.sqrt(look.variance[0])
        nothing = np.zeros((1, len(X), 1))
        return sd, lambda slopes: look.back(nothing, (slopes / (2.0 * sd))[None])


@dataclass(frozen=True)
class Look:
    """What is believed at k points: `base.Look` of the sum."""

    mean: Floats
    variance: Floats
    alpha: float
    ratio: Floats
    below: base.Look
    first: base.Look
    now: base.Look

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give slopes (k, d) for slopes by the means (m, k, s) and the variances (m, k)."""
        nothing = np.zeros((1, by_mean.shape[1]))
        by_base = by_mean.sum(axis=(0, 2))[None, :, None]
        if self.alpha == 1.0:
            return self.now.back(by_mean, by_variance) + self.below.back(by_base, nothing)
        r = self.ratio
        slopes = self.now.back(by_mean * r[:, :, None], by_variance * r**2)
        news = by_mean * (self.now.mean - self.first.mean)
        by_log = (news.sum(axis=2) + 2.0 * r * self.now.variance * by_variance) * r
        half = 0.5 * (1.0 - self.alpha) * by_log
        by_first = (by_mean * (1.0 - r[:, :, None])).sum(axis=2, keepdims=True)
        slopes += self.first.back(by_first, -half / self.first.variance)
        slopes += self.below.back(by_base, (half / self.below.variance).sum(axis=0)[None])
        return slopes


@dataclass(frozen=True, eq=False, kw_only=True)
class Stacked:
    """Processes as `base.Posterior` has them.

    Attributes:
        below: what the base believes: one process.
        first: what it leaves over, as it was fitted.
        now: the same, conditioned on what is taken for granted.
        alpha: weight of the top's standard deviation.
    """

    below: base.Posterior
    first: base.Posterior
    now: base.Posterior
    alpha: float = 1.0

    @property
    def share(self) -> Floats:
        """Give (m,) how much each is believed."""
        return self.now.share

    @property
    def steps(self) -> Floats:
        """Give (d,) the shorter of the length scales."""
        return np.minimum(self.now.steps, self.below.steps)

    @property
    def noise(self) -> Floats:
        """Give (m,) the variance of a measurement."""
        return self.now.noise

    def believed(self, share: Floats, rows: Sequence[int]) -> "Stacked":
        """Give some of the processes, by the shares (m,) in which all are believed."""
        return replace(
            self, first=self.first.believed(share, rows), now=self.now.believed(share, rows)
        )

    def only(self, rows: Sequence[int]) -> "Stacked":
        """Give some of the processes, with their shares in proportion."""
        return replace(self, first=self.first.only(rows), now=self.now.only(rows))

    def look(self, X: Floats) -> Look:
        """Give what is believed at X (k, d)."""
        below, now = self.below.look(X), self.now.look(X)
        first = now if self.now is self.first or self.alpha == 1.0 else self.first.look(X)
        ratio = self._ratio(below, first)
        mean = first.mean + ratio[:, :, None] * (now.mean - first.mean)
        if self.alpha == 1.0:
            mean = now.mean
        variance = ratio**2 * now.variance
        return Look(mean + below.mean, variance, self.alpha, ratio, below, first, now)

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version."""
        if self.now is not self.first and self.alpha != 1.0:
            return self.look(X).mean[:, :, 0]
        return self.now.means(X) + self.below.means(X)

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k) at X, without measurement noise, first version."""
        ratio, (_, covariance) = self._at(X), self.now.joint(X)
        return self.means(X), ratio[:, :, None] * covariance * ratio[:, None, :]

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between A (a, d) and X (k, d), without measurement noise."""
        return self._at(A)[:, :, None] * self.now.cross(A, X) * self._at(X)[:, None, :]

    def given(self, X: Floats, values: Floats) -> "Stacked":
        """Give these processes conditioned on noise-free values (m, p, s) at X (p, d)."""
        mean = self.first.means(X)[:, :, None]
        rest = values - self.below.means(X)[:, :, None] - mean
        return replace(self, now=self.now.given(X, mean + rest / self._at(X)[:, :, None]))

    def _at(self, X: Floats) -> Floats:
        """Give r (m, k) at X (k, d)."""
        if self.alpha == 1.0:
            return np.ones((len(self.share), len(X)))
        return self._ratio(self.below.look(X), self.first.look(X))

    def _ratio(self, below: base.Look, first: base.Look) -> Floats:
        ratio: Floats = (below.variance / first.variance) ** (0.5 * (1.0 - self.alpha))
        return ratio


def weight_of_top(top: int, below: int, hyperparameters: int) -> float:
    """Give alpha for so many trials of either level.

    Var(log sd) goes as one over the degrees of freedom, of which hyperparameters take some; what the
    base knows of the top's sd is further off by MISMATCH: as the authors' open implementation has it.

    Example:
        >>> [round(weight_of_top(n, 40, 5), 2) for n in (0, 1, 5, 20)]
        [0.0, 0.15, 0.47, 0.94]
    """
    free, base_free = _freedom(top, hyperparameters), _freedom(below, hyperparameters)
    ratio = free / base_free * (1.0 + base_free + MISMATCH**2)
    return ratio / (1.0 + ratio)


def _freedom(trials: int, hyperparameters: int) -> float:
    return max(trials - hyperparameters, trials / (1 + hyperparameters))
