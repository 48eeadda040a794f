"""Which parameters matter: Sobol's indices of functions drawn from the model.

Shapes: k parameters, N points of a design, s draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tuner.dataset import Floats
from tuner.insight.base import Estimate, Importance, Pair, Weight
from tuner.insight.ground import Ground
from tuner.numerics.sobol import SobolSequence
from tuner.surrogates.make import Functions

DRAWS = 24
"""Functions of each process."""

BASE = 512
"""Points of each of the two designs, where the model is small."""

ROWS = 12_000
"""Rows that are asked at once, all designs together."""

PAIRED = 5
"""Parameters of which all pairs are looked at."""


@dataclass(frozen=True, kw_only=True)
class Indices:
    """Sobol's indices of drawn functions; s draws with their weights."""

    first: Floats
    total: Floats
    share: Floats
    variance: Floats


def importance_of(ground: Ground) -> Importance:
    """Give first-order and total indices with what is unknown of them.

    The parameters are independent and uniform on their scales. Every drawn function has indices of
    its own: the interval holds 95 % of them. First order by Saltelli et al. (2010), "Variance based
    sensitivity analysis of model output", table 2 (b); total by Jansen (1999), (f) there; pairs by
    Liu & Owen (2006), "Estimating Mean Dimensionality of Analysis of Variance Decompositions": the
    variance of all interactions that hold both.
    """
    names = [p.name for p in ground.space.searched]
    groups = [
        np.array([c.parameter == name for c in ground.region.encoding.columns]) for name in names
    ]
    rng = ground.rng(1)
    functions = ground.form.functions(DRAWS, rng)
    share = np.repeat(ground.form.processes.share, DRAWS)
    share = share / share.sum()
    base = int(max(64, min(BASE, ROWS // (len(names) + 2))))
    design = _Design(ground, groups, base)
    fA, fB = design.of(functions, ()), design.of(functions, None)
    both = np.concatenate([fA, fB])
    centre, variance = both.mean(axis=0), np.maximum(both.var(axis=0), 1e-300)
    first, total = [], []
    for j in range(len(names)):
        fj = design.of(functions, (j,))
        first.append(((fB - centre) * (fj - fA)).mean(axis=0) / variance)
        total.append(0.5 * ((fA - fj) ** 2).mean(axis=0) / variance)
    weights = [
        Weight(name=name, first=_estimate(f, share), total=_estimate(t, share))
        for name, f, t in zip(names, first, total, strict=True)
    ]
    order = sorted(range(len(names)), key=lambda j: -weights[j].total.value)
    pairs = _pairs(ground, functions, groups, order[:PAIRED], share)
    return Importance(weights=tuple(weights[j] for j in order), pairs=pairs)


def _pairs(
    ground: Ground,
    functions: Functions,
    groups: Sequence[Floats],
    among: Sequence[int],
    share: Floats,
) -> tuple[Pair, ...]:
    names = [p.name for p in ground.space.searched]
    design = _Design(ground, groups, 256)
    fA = design.of(functions, ())
    variance = np.maximum(fA.var(axis=0), 1e-300)
    alone = {j: design.of(functions, (j,)) for j in among}
    found = []
    for i, j in combinations(sorted(among), 2):
        both = design.of(functions, (i, j))
        value = 0.25 * ((fA - alone[i] - alone[j] + both) ** 2).mean(axis=0) / variance
        found.append(Pair(names=(names[i], names[j]), share=_estimate(value, share)))
    return tuple(sorted(found, key=lambda pair: -pair.share.value))


class _Design:
    """Pick and freeze: two sets of points A and B, and A with some parameters as in B."""

    def __init__(self, ground: Ground, groups: Sequence[Floats], base: int) -> None:
        width = ground.region.width
        U = SobolSequence(2 * width, ground.seed).points(0, base)
        self._ground, self._groups = ground, groups
        self.A, self.B = U[:, :width], U[:, width:]

    def of(self, functions: Functions, taken: tuple[int, ...] | None) -> Floats:
        """Give (N, s) at A with the parameters `taken` as in B; None for all."""
        U = self.B if taken is None else self.A.copy()
        for j in taken or ():
            U[:, self._groups[j]] = self.B[:, self._groups[j]]
        values = functions.at(self._ground.region.encoding.spread(U))
        return np.concatenate(list(values), axis=1)


def _estimate(values: Floats, share: Floats) -> Estimate:
    """Give mean and 95 % interval of weighted draws (s,)."""
    order = np.argsort(values)
    reached = np.cumsum(share[order])
    low, high = (float(values[order][np.searchsorted(reached, q)]) for q in (0.025, 0.975))
    mean = float(share @ values)
    return Estimate(value=max(0.0, mean), low=max(0.0, low), high=max(0.0, high))
