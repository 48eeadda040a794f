"""Which parameters matter: Sobol's indices of functions drawn from the model.

Shapes: k parameters, N points of a design, s draws, R designs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from tuner.dataset import Bools, Floats
from tuner.insight.base import Estimate, Importance, Pair, Weight
from tuner.insight.crowding import crowding_of
from tuner.insight.doubts import doubts_of
from tuner.insight.ground import Ground
from tuner.numerics.sobol import SobolSequence
from tuner.surrogates.make import Functions

DRAWS = 16
"""Functions of each process."""

DESIGNS, BASE, LEAST = 4, 256, 32
"""Designs, whose differences show what sampling errs by; points of each set of one, and the least."""

ROWS = 8_000
"""Rows that are asked, all designs together, pairs aside."""

PAIRED, PAIR_BASE = 5, 48
"""Parameters of which all pairs are looked at, and points of each design for them."""

TAIL = 0.025
"""Chance on either side of an interval."""

STUDENT = 3.182
"""Standard errors that hold 95 %, of a mean of four."""

TINY = 1e-300


@dataclass(frozen=True, kw_only=True, eq=False)
class Indices:
    """Sobol's indices of functions drawn from the model, the parameters as the space has them.

    Attributes:
        names: of the k parameters.
        functions: those that were drawn.
        share: (s,) how much each is believed.
        first, total: (R, k, s).
    """

    names: tuple[str, ...]
    functions: Functions
    share: Floats
    first: Floats
    total: Floats

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Give the places of the parameters, the most important first, by the total index."""
        means = [_mean(self.total[:, j], self.share) for j in range(len(self.names))]
        return tuple(sorted(range(len(means)), key=lambda j: -means[j]))


def indices_of(ground: Ground) -> Indices:
    """Draw functions and give their indices; the parameters are independent, uniform on their scales.

    First order by Saltelli et al. (2010), "Variance based sensitivity analysis of model output",
    table 2 (b); total by Jansen (1999), (f) there.
    """
    names = tuple(p.name for p in ground.space.searched)
    functions = Functions.of(ground.form, DRAWS, ground.rng(1))
    base = max(LEAST, min(BASE, ROWS // (len(names) + 2) // DESIGNS))
    parts = [_indices(_Design(ground, base, number), functions) for number in range(DESIGNS)]
    first, total = (np.array(values) for values in zip(*parts, strict=True))
    share = np.repeat(ground.form.share / DRAWS, DRAWS)
    return Indices(names=names, functions=functions, share=share, first=first, total=total)


def importance_of(ground: Ground, indices: Indices) -> Importance:
    """Give first-order and total indices with what is unknown of them.

    Every drawn function has indices of its own: an interval holds 95 % of them, and the error of
    sampling. It is wider where trials crowd (`crowding.py`), and reaches down to 0 where the model
    allows that the parameter does nothing.

    Pairs by Liu & Owen (2006), "Estimating Mean Dimensionality of Analysis of Variance
    Decompositions": the variance of all interactions that hold both.
    """
    names, share, order = indices.names, indices.share, indices.order
    idle = [_idle(ground, name) for name in names]
    wider = crowding_of(ground)
    weights = [
        Weight(
            name=name,
            first=_estimate(indices.first[:, j], share, idle[j], wider),
            total=_estimate(indices.total[:, j], share, idle[j], wider),
        )
        for j, name in enumerate(names)
    ]
    return Importance(
        weights=tuple(weights[j] for j in order),
        pairs=_pairs(ground, indices.functions, sorted(order[:PAIRED]), share, wider),
        doubts=doubts_of(ground, wider),
    )


def _indices(design: "_Design", functions: Functions) -> tuple[Floats, Floats]:
    """Give first-order and total indices (k, s) by one design."""
    parameters = range(design.parameters)
    fA, fB, *others = design.at(functions, [(), None, *((j,) for j in parameters)])
    both = np.concatenate([fA, fB])
    centre, variance = both.mean(axis=0), np.maximum(both.var(axis=0), TINY)
    first = [((fB - centre) * (mixed - fA)).mean(axis=0) / variance for mixed in others]
    total = [0.5 * np.square(fA - mixed).mean(axis=0) / variance for mixed in others]
    return np.array(first), np.array(total)


def _pairs(
    ground: Ground, functions: Functions, among: Sequence[int], share: Floats, wider: float
) -> tuple[Pair, ...]:
    """Give the interactions of some parameters, the strongest first."""
    names = [p.name for p in ground.space.searched]
    pairs = list(combinations(among, 2))
    designs = [_Design(ground, PAIR_BASE, DESIGNS + number) for number in range(DESIGNS)]
    values = np.array([_bends(design, functions, among, pairs) for design in designs])
    found = []
    for number, (i, j) in enumerate(pairs):
        idle = max(_idle(ground, names[i]), _idle(ground, names[j]))
        share_of = _estimate(values[:, number], share, idle, wider)
        found.append(Pair(names=(names[i], names[j]), share=share_of))
    return tuple(sorted(found, key=lambda pair: -pair.share.value))


def _bends(
    design: "_Design",
    functions: Functions,
    among: Sequence[int],
    pairs: Sequence[tuple[int, int]],
) -> Floats:
    """Give the shares (pairs, s) of interactions by one design."""
    fA, *rest = design.at(functions, [(), *((j,) for j in among), *pairs])
    alone = dict(zip(among, rest, strict=False))
    variance = np.maximum(np.concatenate([fA, *alone.values()]).var(axis=0), TINY)
    together = zip(pairs, rest[len(among) :], strict=True)
    bends = [fA - alone[i] - alone[j] + both for (i, j), both in together]
    return np.array([0.25 * np.square(bend).mean(axis=0) / variance for bend in bends])


class _Design:
    """Pick and freeze: two sets of points A and B, and A with some parameters as in B."""

    def __init__(self, ground: Ground, base: int, number: int) -> None:
        encoding = ground.region.encoding
        names = [p.name for p in ground.space.searched]
        self.parameters = len(names)
        self._columns: list[Bools] = [
            np.array([column.parameter == name for column in encoding.columns]) for name in names
        ]
        self._spread = encoding.spread
        U = SobolSequence(2 * encoding.width, ground.seed + number).points(0, base)
        self._A, self._B = U[:, : encoding.width], U[:, encoding.width :]

    def at(self, functions: Functions, sets: "Iterable[tuple[int, ...] | None]") -> list[Floats]:
        """Give (N, s) at A with the parameters of each set as in B; None for all of them."""
        mixed = [self._mixed(taken) for taken in sets]
        values = functions.at(self._spread(np.concatenate(mixed)))
        return np.split(np.concatenate(list(values), axis=1), len(mixed))

    def _mixed(self, taken: tuple[int, ...] | None) -> Floats:
        U = self._B if taken is None else self._A.copy()
        for j in taken or ():
            U[:, self._columns[j]] = self._B[:, self._columns[j]]
        return U


def _idle(ground: Ground, name: str) -> float:
    """Give the probability that a parameter does nothing: of its columns the one that does most."""
    columns = ground.region.encoding.columns
    return min(
        float(chance)
        for column, chance in zip(columns, ground.form.inert, strict=True)
        if column.parameter == name
    )


def _estimate(values: Floats, share: Floats, idle: float, wider: float) -> Estimate:
    """Give mean and interval of indices (R, s) by R designs, of weighted draws."""
    drawn = values.mean(axis=0)
    mean = float(share @ drawn)
    order = np.argsort(drawn)
    reached = np.cumsum(share[order])
    low, high = (
        float(drawn[order][min(np.searchsorted(reached, q), len(order) - 1)])
        for q in (TAIL, 1 - TAIL)
    )
    if len(values) > 1:
        error = STUDENT * float((values @ share).std(ddof=1)) / len(values) ** 0.5
        low, high = mean - np.hypot(mean - low, error), mean + np.hypot(high - mean, error)
    low, high = (mean + wider * (end - mean) for end in (low, high))
    low = 0.0 if idle > TAIL else float(np.clip(low, 0.0, 1.0))
    high = float(np.clip(high, 0.0, 1.0))
    return Estimate(value=_mean(values, share), low=low, high=high)


def _mean(values: Floats, share: Floats) -> float:
    """Give the index that is stated, of indices (R, s)."""
    return min(1.0, max(0.0, float(share @ values.mean(axis=0))))
