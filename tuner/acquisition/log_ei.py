"""The logarithm of expected improvement: over several models, over pending trials, under noise."""

from functools import cached_property

import numpy as np

from tuner.acquisition.base import Beliefs, Look, Processes
from tuner.acquisition.fantasies import drawn
from tuner.acquisition.improvement import log_gain
from tuner.dataset import Floats

BASELINE = 30
"""Observed points that may hold the incumbent under noise; the others are far from it."""

BRIEF = 2
"""Processes that a glance asks."""


class LogEI:
    """log of the expected improvement, averaged over versions and over processes by their shares.

    Each process counts improvement in standard units of its own, so that none of them drowns the
    others. What is averaged is the improvement and not its logarithm: a point that one process has
    good reason to try is tried.

    Attributes:
        best: (m, s) the incumbent of each version of each process.
        worth: weigh by what a measurement teaches (augmented EI); without it plain LogEI.
    """

    def __init__(self, processes: Processes, best: Floats, *, worth: bool = True) -> None:
        self.processes, self.best, self.worth = processes, best, worth

    @property
    def steps(self) -> Floats:
        """Typical length scales (d,)."""
        return self.processes.steps

    @cached_property
    def _brief(self) -> "LogEI":
        shares = np.round(self.processes.share, 9)  # rounding of sums does not choose
        order = np.argsort(-shares, kind="stable")[:BRIEF]
        return LogEI(self.processes.only(order.tolist()), self.best[order], worth=self.worth)

    def glance(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d) by the processes that are believed most."""
        brief = self._brief if len(self.processes.share) > BRIEF else self
        return brief.values(X)

    def values(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        return self._of(self.processes.look(X))[0]

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        look = self.processes.look(X)
        values, shares, u, slope, sd, learned = self._of(look)
        whole = shares.sum(axis=2)
        by_mean = shares * slope
        by_mean /= sd[:, :, None]
        by_sd = whole / sd - (by_mean * u).sum(axis=2)
        return values, look.back(by_mean, by_sd / (2.0 * sd) + whole * learned)

    def _of(self, look: Look) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats | float]:
        """Give values (k,), each entry's share in them (m, k, s), and what they were made of."""
        sd = np.sqrt(look.variance)
        u = (look.mean - self.best[:, None, :]) / sd[:, :, None]
        gain, slope = log_gain(u)
        size = np.log(sd)
        size += np.log(self.processes.share / self.best.shape[1])[:, None]
        learned: Floats | float = 0.0
        if self.worth:
            worth, learned = _worth(look.variance, self.processes.noise)
            size += worth
        gain += size[:, :, None]
        top = gain.max(axis=(0, 2))
        gain -= top[:, None]
        shares = np.exp(gain, out=gain)
        total = shares.sum(axis=(0, 2))
        shares /= total[:, None]
        return np.log(total) + top, shares, u, slope, sd, learned


def _worth(variance: Floats, noise: Floats) -> tuple[Floats, Floats]:
    """Give the logarithm of what a measurement is worth, and its slope by the variance (m, k).

    Where less is unknown than a measurement would blur, it teaches next to nothing, however good the
    place: 1 - sqrt(noise / (variance + noise)). Huang, Allen, Notz & Zeng (2006), "Global optimization
    of stochastic black-box systems via sequential kriging meta-models" (augmented EI).
    """
    known = -0.5 * np.log1p(variance / noise[:, None])
    rest = -np.expm1(known)
    slope = 0.5 * np.exp(known) / ((variance + noise[:, None]) * rest)
    return np.log(rest), slope


def incumbents(beliefs: Beliefs, *, noisy: bool) -> tuple[Processes, Floats]:
    """Give what is to be improved on: processes, and the best feasible value (m, s) of each version.

    Versions are of what pending trials may bring. So the gain over them, averaged, is what a point
    adds to a batch: qEI and qNEI (Wilson et al. 2018; Balandat et al. 2020) with the new point
    integrated exactly and only the others sampled.

    Args:
        beliefs: with pending points.
        noisy: which observed point holds the incumbent is itself uncertain.
    """
    processes = beliefs.objective.processes
    X, mean = beliefs.X[beliefs.feasible], beliefs.means[:, beliefs.feasible]
    rows = X[:0]
    if noisy:
        sd = np.sqrt(processes.look(X).variance)
        rows = _hopeful(X, processes.share @ mean, processes.share @ sd)
    unknown = np.concatenate([rows, beliefs.pending])
    if not len(unknown):
        return processes, mean.max(axis=1)[:, None]
    values = drawn(processes, unknown, beliefs.seed)
    best = values.max(axis=1)
    if not noisy:
        best = np.maximum(best, mean.max(axis=1)[:, None])
    return processes.given(unknown, values), best


def _hopeful(X: Floats, mean: Floats, sd: Floats) -> Floats:
    """Give the observed points, each once, that may be the best.

    Those whose mean plus two sd reaches what some point has for sure (mean minus two sd), the most
    hopeful ones if they are many.
    """
    _, first = np.unique(X, axis=0, return_index=True)
    hope = mean[first] + 2 * sd[first]
    possible = int((hope >= (mean - 2 * sd).max()).sum())
    order = np.argsort(-hope, kind="stable")[: min(possible, BASELINE)]
    return X[first[order]]
