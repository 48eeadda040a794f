"""Draws from the posterior of hyperparameters: what else, besides the optimum, the data would allow.

With fifty trials a handful of length scales is far from settled, and a search that trusts the most
probable ones alone stops looking where one of the others would still hope: averaging the acquisition
over draws (Snoek, Larochelle & Adams 2012, "Practical Bayesian Optimization of Machine Learning
Algorithms") costs a factorisation each. The chain is a random walk of Metropolis with the covariance
that the curvature at the optimum suggests (Roberts & Rosenthal 2001: steps of 2.38 / sqrt(t)).
"""

from dataclasses import dataclass

import numpy as np

from tuner.dataset import Floats
from tuner.surrogates.fitting import LogPosterior

STEPS = 25
"""Steps of the chain from one draw to the next."""

WIDEST = 2.0
"""Most standard deviation of a log hyperparameter that a step is scaled by."""

APART = 1e-3
"""Distance, in logs, of the gradients that curvature is measured by."""

SETTLING, SETTLED = 120, 220
"""Trials from which half as many draws are made, and none."""


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Hyperparameters as likely as each other.

    Attributes:
        thetas: (m, t) logarithms.
        densities: (m,) log posterior density of each, of the data they were drawn for.
    """

    thetas: Floats
    densities: Floats


def draws_for(rows: int, most: int) -> int:
    """Give how many draws of hyperparameters are worth their cost: what is settled needs none.

    Example:
        >>> [draws_for(rows, 4) for rows in (20, 200, 500)]
        [4, 2, 0]
    """
    return most if rows <= SETTLING else (most + 1) // 2 if rows <= SETTLED else 0


def draw(posterior: LogPosterior, optimum: Floats, count: int, rng: np.random.Generator) -> Draws:
    """Give `count` draws, from a chain that starts at the optimum."""
    t = len(optimum)
    root = _root(posterior, optimum) * (2.38 / np.sqrt(t))
    theta, value = optimum, posterior.value(optimum)
    found = []
    for step in range(1, count * STEPS + 1):
        new = theta + root @ rng.standard_normal(t)
        if ((new >= posterior.low) & (new <= posterior.high)).all():
            there = posterior.value(new)
            grown = posterior.stretch(new) - posterior.stretch(theta)
            if np.log(rng.random()) < there + grown - value:
                theta, value = new, there
        if step % STEPS == 0:
            found.append((theta, value))
    return Draws(
        thetas=np.array([place for place, _ in found]),
        densities=np.array([density for _, density in found]),
    )


def _root(posterior: LogPosterior, optimum: Floats) -> Floats:
    """Give a root of the covariance (t, t) that the curvature of the log posterior suggests."""
    t = len(optimum)
    H = np.empty((t, t))
    for j in range(t):
        step = np.zeros(t)
        step[j] = APART
        ahead = posterior.evaluate(optimum + step)[1]
        behind = posterior.evaluate(optimum - step)[1]
        H[j] = (behind - ahead) / (2 * APART)
    sizes, axes = np.linalg.eigh(0.5 * (H + H.T))
    found: Floats = axes / np.sqrt(np.maximum(sizes, WIDEST**-2))
    found[posterior.low == posterior.high] = 0.0  # a bound that is fixed stays where it is
    return found
