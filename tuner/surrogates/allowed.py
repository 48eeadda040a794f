"""Hyperparameters that results allow besides the most probable ones.

Called by `closed.py`. Numpy only. Shapes: t hyperparameters, as `effects.py` has them.
"""

import math

import numpy as np

from tuner.dataset import Floats
from tuner.errors import FitError
from tuner.surrogates.effects import EffectsPosterior
from tuner.surrogates.fitting import Evidence

APART = 1e-3
"""Distance, in logs, of the gradients that curvature is measured by."""

WIDEST = 1.5
"""Most standard deviation of a log hyperparameter."""

WARM, LEAPS, LEAP = 2, 5, 0.45
"""Moves before the first draw, leaps of a move, and the length of one in standard deviations: a move
goes about a quarter of the way around, which forgets where it came from."""

UNEVEN = 0.4
"""Share by which lengths of leaps vary, so that no move comes back to where it began."""


class WidePosterior(EffectsPosterior):
    """What results of which each speaks for less than one let hyperparameters be.

    The likelihood is taken to the power `worth`, in (0, 1]: a coarsened posterior (Miller & Dunson 2019,
    "Robust Bayesian Inference via Coarsening"). The density is that of the logarithms, so that it has
    no mode at a variance of 0 that all draws would gather at.
    """

    def __init__(self, evidence: Evidence, worth: float) -> None:
        super().__init__(evidence)
        self.worth = worth
        self._sizes = [*range(self.d), 3 * self.d]

    @property
    def counted(self) -> float:
        """How many results speak, one at least."""
        return max(1.0, self.worth * len(self.evidence.y))

    def likelihood(self, theta: Floats) -> float:
        """Give the log likelihood, tempered."""
        return self.worth * super().likelihood(theta)

    def prior(self, theta: Floats) -> tuple[float, Floats]:
        """Give the log density of the priors, of the logarithms, and its gradient."""
        value, slope = super().prior(theta)
        slope[self._sizes] += 1.0
        return value + float(theta[self._sizes].sum()), slope

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Give the log posterior and its gradient (t,)."""
        value, gradient = super().evaluate(theta)
        prior, slope = self.prior(theta)
        return self.worth * (value - prior) + prior, self.worth * (gradient - slope) + slope


def about(
    posterior: EffectsPosterior, optimum: Floats, count: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw hyperparameters around the optimum, with shares that make up for what they are drawn from.

    The normal distribution that the curvature at the optimum suggests (Laplace), weighed by the
    posterior; no weight is above four times the usual, so that few draws do not become one.

    Returns:
        Draws (count, t), the optimum the first of them, and their shares (count,).
    """
    sds, axes = _spread(_curvature(posterior, optimum, posterior.evaluate(optimum)[1]))
    normal = rng.standard_normal((count, len(optimum)))
    normal[0] = 0.0
    thetas = np.clip(optimum + (normal * sds) @ axes.T, posterior.low, posterior.high)
    values = np.array([posterior.value(theta) for theta in thetas])
    logs = values + 0.5 * np.square(normal).sum(axis=1)
    share = np.exp(logs - np.median(logs))
    share = np.minimum(share, 4.0)
    return thetas, share / share.sum()


def walked(
    posterior: EffectsPosterior, optimum: Floats, count: int, rng: np.random.Generator
) -> Floats:
    """Draw (count, t) hyperparameters, each as likely as the next, by a walk from the optimum.

    Hamiltonian Monte Carlo (Neal 2011, "MCMC Using Hamiltonian Dynamics") with the curvature at the
    optimum for a metric. Beyond a bound the density goes on as in a mirror, and draws are mirrored back;
    where the optimum lies at a bound the slope there tells how near to it the others are.
    """
    slope = posterior.evaluate(optimum)[1]
    sds, axes = _spread(_curvature(posterior, optimum, slope) + np.diag(slope**2))
    root = axes * sds
    place, here = optimum, _mirrored(posterior, optimum)
    found = []
    for _ in range(WARM + count):
        speed = rng.standard_normal(len(optimum))
        before = here[0] - 0.5 * float(speed @ speed)
        leap = LEAP * (1.0 + UNEVEN * rng.uniform(-1.0, 1.0))
        to, there = place, here
        for _ in range(LEAPS):
            speed = speed + 0.5 * leap * (root.T @ there[1])
            to = to + leap * (root @ speed)
            there = _mirrored(posterior, to)
            speed = speed + 0.5 * leap * (root.T @ there[1])
        if math.log(rng.random()) < there[0] - 0.5 * float(speed @ speed) - before:
            place, here = to, there
        found.append(_inside(posterior, place)[0])
    return np.array(found[WARM:])


def _curvature(posterior: EffectsPosterior, optimum: Floats, slope: Floats) -> Floats:
    """Give minus the second derivatives (t, t) where the slope is (t,)."""
    t = len(optimum)
    H = np.empty((t, t))
    for j in range(t):
        step = np.zeros(t)
        step[j] = APART if optimum[j] + APART <= posterior.high[j] else -APART
        H[j] = (slope - posterior.evaluate(optimum + step)[1]) / step[j]
    return 0.5 * (H + H.T)


def _spread(H: Floats) -> tuple[Floats, Floats]:
    """Give standard deviations (t,) along axes (t, t), the columns, that a curvature suggests."""
    sizes, axes = np.linalg.eigh(H)
    return 1.0 / np.sqrt(np.maximum(sizes, WIDEST**-2)), axes


def _inside(posterior: EffectsPosterior, place: Floats) -> tuple[Floats, Floats]:
    """Give the mirror image of a place within the bounds, and -1 for coordinates that run backwards."""
    span = posterior.high - posterior.low
    turn = np.mod((place - posterior.low) / span, 2.0)
    back = turn > 1.0
    return posterior.low + span * np.where(back, 2.0 - turn, turn), np.where(back, -1.0, 1.0)


def _mirrored(posterior: EffectsPosterior, place: Floats) -> tuple[float, Floats]:
    """Give the log posterior and its gradient of a place's mirror image."""
    theta, sign = _inside(posterior, place)
    try:
        value, gradient = posterior.evaluate(theta)
    except FitError:
        return -math.inf, np.zeros(len(place))
    return value, sign * gradient
