"""Criteria with a closed form in the mean and the sd of a point: EI, PI, UCB, max-value entropy.

Each is a pure function with its slopes, held to BoTorch's by a test. One class averages it over
processes by their shares and over versions of what is pending, and follows it uphill.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.special import log_ndtr, ndtr

from tuner.acquisition.base import Processes
from tuner.acquisition.improvement import LOG_ROOT_2PI
from tuner.dataset import Floats

Slopes = tuple[Floats, Floats, Floats]
"""Value, and its slopes by the mean and by the sd."""

Formula = Callable[[Floats, Floats, Floats], Slopes]
"""Of means (m, k, s), sds (m, k, 1) and levels (m, 1, s)."""

ROOT_BETA = 2.0
"""Sds above the mean that `ucb` looks at; beta = 4."""

MARGIN = 0.01
"""Improvement that `pi` asks for, in standard units; without one it never leaves the incumbent."""

TINIEST = 1e-300
"""Stands for a criterion that has underflowed."""


def expected_improvement(mean: Floats, sd: Floats, level: Floats) -> Slopes:
    """Give E[max(f - level, 0)]: Jones, Schonlau & Welch (1998)."""
    u = (mean - level) / sd
    density, chance = _normal(u)
    return sd * (density + u * chance), chance, density


def probability_of_improvement(mean: Floats, sd: Floats, level: Floats) -> Slopes:
    """Give P(f > level + MARGIN): Kushner (1964)."""
    u = (mean - level - MARGIN) / sd
    density, chance = _normal(u)
    return chance, density / sd, -u * density / sd


def upper_confidence_bound(mean: Floats, sd: Floats, _level: Floats) -> Slopes:
    """Give mean + ROOT_BETA sd: Srinivas et al. (2010)."""
    return mean + ROOT_BETA * sd, np.ones_like(mean), np.full_like(mean, ROOT_BETA)


def max_value_entropy(mean: Floats, sd: Floats, level: Floats) -> Slopes:
    """Give the information in nats that f gives about the maximum, for draws of it as levels.

    Wang & Jegelka (2017), "Max-value Entropy Search for Efficient Bayesian Optimization", equation 6.
    """
    u = (level - mean) / sd
    log_chance = log_ndtr(u)
    ratio = np.exp(-0.5 * u * u - LOG_ROOT_2PI - log_chance)
    by_u = -0.5 * ratio * (1.0 + u * (u + ratio))
    return 0.5 * u * ratio - log_chance, -by_u / sd, -by_u * u / sd


def _normal(u: Floats) -> tuple[Floats, Floats]:
    return np.exp(-0.5 * u * u) / math.sqrt(2 * math.pi), ndtr(u)


class Closed:
    """A formula averaged over processes by their shares and over versions of their outcomes.

    What cannot be below 0 is told as its logarithm, so that it can be weighed by probabilities; where
    it has underflowed there is no slope to follow, which `log_ei` is better at.

    Attributes:
        levels: (m, s) incumbents, or draws of the maximum.
        positive: the formula is never below 0.
    """

    def __init__(
        self, formula: Formula, processes: Processes, levels: Floats, *, positive: bool = True
    ) -> None:
        self.formula, self.processes, self.levels = formula, processes, levels
        self.positive = positive

    @property
    def steps(self) -> Floats:
        """Typical length scales (d,)."""
        return self.processes.steps

    def glance(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d): there is nothing quicker."""
        return self.values(X)

    def values(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        look = self.processes.look(X)
        return self._told(self._of(look.mean, look.variance)[0])

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        look = self.processes.look(X)
        value, by_mean, by_sd, sd = self._of(look.mean, look.variance)
        if self.positive:
            told = value > TINIEST
            scale = (told / np.where(told, value, 1.0))[None, :, None]
            by_mean, by_sd = by_mean * scale, by_sd * scale
        if look.mean.shape[2] == 1:  # one belief, several levels
            by_mean = by_mean.sum(axis=2, keepdims=True)
        return self._told(value), look.back(by_mean, by_sd.sum(axis=2) / (2.0 * sd[:, :, 0]))

    def _told(self, value: Floats) -> Floats:
        return np.log(np.maximum(value, TINIEST)) if self.positive else value

    def _of(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Give values (k,), slopes by mean and by sd (m, k, s), and the sds (m, k, 1)."""
        sd = np.sqrt(variance)[:, :, None]
        value, by_mean, by_sd = self.formula(mean, sd, self.levels[:, None, :])
        weight = (self.processes.share / value.shape[2])[:, None, None]
        return (value * weight).sum(axis=(0, 2)), by_mean * weight, by_sd * weight, sd
