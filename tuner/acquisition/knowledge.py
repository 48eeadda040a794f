"""The knowledge gradient: how much higher the best mean will be, once a point has been measured.

Frazier, Powell & Dayanik (2009), "The Knowledge-Gradient Policy for Correlated Normal Beliefs": after
one more measurement every mean moves along a line, so over finitely many places the best of them is a
maximum of lines of one normal variable; its expectation is a sum over that variable (Scott,
Frazier & Powell 2011 let the measured point itself be one of the places, as here).
"""

import numpy as np

from tuner.acquisition.base import Processes
from tuner.dataset import Floats

NODES, FARTHEST = 97, 6.0
"""Of the quadrature: evenly spaced, since the integrand has kinks that Gauss-Hermite's few nodes miss."""

STEP = 1e-4
"""Of the central differences that slopes are taken by."""

LEAST = 1e-12
"""Gain, in standard units, below which it is rounding: a difference of two maxima."""

AT_ONCE = 128
"""Points whose lines are held in memory together."""


class KnowledgeGradient:
    """log of the expected gain of the best mean, averaged over processes by their shares.

    Attributes:
        places: (a, d) where the best mean may be.
    """

    def __init__(self, processes: Processes, places: Floats) -> None:
        self.processes, self.places = processes, places
        self._means = processes.means(places)
        look = processes.look(places)
        moved = look.back(np.ones_like(look.mean), np.ones_like(look.variance))
        self._still = (moved == 0.0).all(axis=0)  # categories: a difference there is rounding
        self._nodes = np.linspace(-FARTHEST, FARTHEST, NODES)
        weights = np.exp(-0.5 * self._nodes**2)
        self._weights = weights / weights.sum()

    @property
    def steps(self) -> Floats:
        """Typical length scales (d,)."""
        return self.processes.steps

    def glance(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d): there is nothing quicker."""
        return self.values(X)

    def values(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        parts = [self._gain(X[i : i + AT_ONCE]) for i in range(0, len(X), AT_ONCE)]
        return np.log(np.maximum(np.concatenate(parts), LEAST))

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients, by central differences; 0 of categories."""
        k, d = X.shape
        moves = STEP * np.eye(d)
        around = [(X[:, None] + sign * moves).reshape(k * d, d) for sign in (1.0, -1.0)]
        found = self.values(np.concatenate([X, *around]))
        ahead, behind = found[k:].reshape(2, k, d)
        slopes = (ahead - behind) / (2 * STEP)
        slopes[:, self._still] = 0.0
        return found[:k], slopes

    def _gain(self, X: Floats) -> Floats:
        """Give the expected gain (k,) itself."""
        look = self.processes.look(X)
        mean, variance = look.mean[:, :, 0], look.variance
        root = np.sqrt(variance + self.processes.noise[:, None])
        slopes = self.processes.cross(self.places, X) / root[:, None, :]
        own = variance / root
        best = np.maximum(self._means.max(axis=1)[:, None], mean)
        total = np.zeros(len(X))
        for i, share in enumerate(self.processes.share):
            lines = self._means[i][:, None, None] + slopes[i][:, :, None] * self._nodes
            itself = mean[i][:, None] + own[i][:, None] * self._nodes
            top = np.maximum(lines.max(axis=0), itself)
            total += share * ((top - best[i][:, None]) @ self._weights)
        return total
