"""What may not work weighs on every criterion: measured constraints, and trials that fail.

Gardner et al. (2014), "Bayesian Optimization with Inequality Constraints": independent constraints
multiply the improvement by their probabilities; here as sums of logarithms. Until a feasible point
is known there is no improvement to speak of, and the probability alone is followed.
"""

from collections.abc import Sequence

import numpy as np

from tuner.acquisition.base import Belief, Look, Processes, Utility
from tuner.acquisition.fantasies import drawn
from tuner.acquisition.improvement import log_chance, log_mean_exp
from tuner.dataset import Bools, Floats

LOWEST = 1e-6
"""Height above the floor, in standard units, that what lies below it is taken for."""


class Weighted:
    """`main` plus the log-probability that a point keeps every constraint and survives."""

    def __init__(
        self, main: Utility | None, constraints: Sequence[Belief], survival: Belief | None
    ) -> None:
        self.main = main
        self._chances = [Chance([(b.processes, b.zero)], noise_var=0.0) for b in constraints]
        if survival is not None:
            # A probit of labels: their own noise is what keeps one failure from being a wall.
            border = [(survival.processes, survival.zero)]
            self._chances.append(Chance(border, noise_var=survival.noise_sd**2))

    @property
    def steps(self) -> Floats:
        """The shortest length scale that any part has along a column."""
        parts = [*self._chances, *([self.main] if self.main is not None else [])]
        shortest: Floats = np.min([part.steps for part in parts], axis=0)
        return shortest

    def glance(self, X: Floats) -> Floats:
        """Give (k,) roughly."""
        total = np.zeros(len(X)) if self.main is None else self.main.glance(X)
        for chance in self._chances:
            total = total + chance.values(X)
        return total

    def values(self, X: Floats) -> Floats:
        """Give the weighted logarithm (k,) at X (k, d)."""
        total = np.zeros(len(X)) if self.main is None else self.main.values(X)
        for chance in self._chances:
            total = total + chance.values(X)
        return total

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        total, slopes = (np.zeros(len(X)), np.zeros(X.shape))
        if self.main is not None:
            total, slopes = self.main.slopes(X)
        for chance in self._chances:
            value, slope = chance.slopes(X)
            total, slopes = total + value, slopes + slope
        return total, slopes


class Above:
    """log of how far `main` lies above a floor: what may be negative, made fit to be weighed."""

    def __init__(self, main: Utility, floor: float) -> None:
        self.main, self.floor = main, floor

    @property
    def steps(self) -> Floats:
        """Typical length scales (d,)."""
        return self.main.steps

    def glance(self, X: Floats) -> Floats:
        """Give (k,) roughly."""
        return np.log(np.maximum(self.main.glance(X) - self.floor, LOWEST))

    def values(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        return np.log(np.maximum(self.main.values(X) - self.floor, LOWEST))

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        values, slopes = self.main.slopes(X)
        above = values - self.floor
        told = above > LOWEST
        above = np.where(told, above, LOWEST)
        return np.log(above), slopes * (told / above)[:, None]


class Chance:
    """log P(every outcome is above its border), averaged over the versions that count.

    Outcomes of one process each: who may fail is not worth an ensemble.
    """

    def __init__(
        self,
        borders: Sequence[tuple[Processes, float]],
        *,
        noise_var: float,
        versions: Bools | None = None,
    ) -> None:
        self._borders = tuple(borders)
        self._noise_var = noise_var
        self._versions = slice(None) if versions is None else np.flatnonzero(versions)

    @property
    def steps(self) -> Floats:
        """The shortest length scale that any process has along a column."""
        shortest: Floats = np.min([processes.steps for processes, _ in self._borders], axis=0)
        return shortest

    def glance(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        return self.values(X)

    def values(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        return log_mean_exp(self._of(X)[0][:, self._versions])[0]

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        total, parts = self._of(X)
        values, kept = log_mean_exp(total[:, self._versions])
        shares = np.zeros(total.shape)
        shares[:, self._versions] = kept
        slopes = np.zeros(X.shape)
        for look, sd, t, slope in parts:
            by_mean = shares * slope / sd
            by_sd = -(by_mean * t).sum(axis=1)
            slopes += look.back(by_mean[None], (by_sd / (2.0 * sd[:, 0]))[None])
        return values, slopes

    def _of(self, X: Floats) -> tuple[Floats, list[tuple[Look, Floats, Floats, Floats]]]:
        """Give the logarithm (k, s) and what it was made of."""
        total: Floats = np.zeros((len(X), 1))
        parts = []
        for processes, zero in self._borders:
            look = processes.look(X)
            sd = np.sqrt(look.variance[0] + self._noise_var)[:, None]
            t = (look.mean[0] - zero) / sd
            value, slope = log_chance(t)
            total = total + value
            parts.append((look, sd, t, slope))
        return total, parts


def joint_feasibility(constraints: Sequence[Belief], pending: Floats, seed: int) -> Chance:
    """Give log P(a point keeps every constraint and no pending one does), up to a constant.

    That is what it adds to the probability that some point does. With trials pending the plain
    probability would ask for the same promising corner again.
    """
    borders, kept = [], []
    for number, belief in enumerate(constraints):
        values = drawn(belief.processes, pending, seed + number)
        borders.append((belief.processes.given(pending, values), belief.zero))
        kept.append(values[0] > belief.zero)
    hopeless = ~np.all(kept, axis=0).any(axis=0)
    return Chance(borders, noise_var=0.0, versions=hopeless if hopeless.any() else None)
