"""Which parameters matter: Sobol's indices of functions drawn from the model.

Shapes: k parameters, N points of a design, s draws, R designs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from tuner.dataset import Bools, Floats
from tuner.insight.base import Estimate, Importance, Pair, Weight
from tuner.insight.crowding import say_of
from tuner.insight.doubts import doubts_of
from tuner.insight.ground import Ground, thinned
from tuner.numerics.sobol import SobolSequence
from tuner.surrogates.make import ClosedForm, Functions, wide_form

MOST = 200
"""Trials that the model is made of: more say little of the whole space, and cost seconds."""

DRAWS = 8
"""Functions of each process."""

DESIGNS, BASE, LEAST = 4, 256, 48
"""Designs, whose differences show what sampling errs by; points of each set of one, and the least.

The least are enough to lay out what is shown.
"""

ROWS, PAIR_ROWS = 4_000, 2_000
"""Rows that are asked, all designs together, and those of pairs besides."""

PAIRED = 5
"""Parameters of which all pairs are looked at."""

LIVES = 1024
"""Points that show which parameters are ever alive together."""

TAIL = 0.025
"""Chance on either side of an interval."""

STUDENT = 3.182
"""Standard errors that hold 95 %, of a mean of four."""

TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Sampled:
    """What functions drawn from the model are at the points of the designs.

    Attributes:
        functions: of the model of the whole space.
        worth: for how much of a trial each counts.
        values: of each design (k + 2, N, s): at A, at B, and at A with each parameter as in B.
    """

    functions: Functions
    worth: float
    values: tuple[Floats, ...]

    @property
    def share(self) -> Floats:
        """Give the weight (s,) of each function; sums to 1."""
        return _shares(self.functions)


def sampled_of(ground: Ground) -> Sampled:
    """Draw functions, and ask them at all points that importances are made of.

    The parameters are independent and uniform on their scales. The model is one of the whole space:
    trials count for as much as they say of it (`crowding.py`), and hyperparameters that they allow are
    drawn as well.
    """
    dataset = thinned(ground.dataset, MOST)
    say = say_of(ground.region.encoding, dataset.X, ground.seed)
    form = wide_form(dataset, say.worth, say.weights)
    functions = Functions.of(form, DRAWS, ground.rng(1))
    base = max(LEAST, min(BASE, ROWS // (len(ground.space.searched) + 2) // DESIGNS))
    return Sampled(functions, say.worth, _values(ground, functions, base))


def importance_of(ground: Ground, sampled: Sampled) -> Importance:
    """Give first-order and total indices with what is unknown of them.

    Every drawn function has indices of its own, as Le Gratiet, Cannamela & Iooss (2014),
    "A Bayesian Approach for Global Sensitivity Analysis of (Multifidelity) Computer Codes", have it: an
    interval holds 95 % of them, and the error of sampling. It reaches down to 0 where the model allows
    that the parameter does nothing.

    First order by Saltelli et al. (2010), "Variance based sensitivity analysis of model output",
    table 2 (b); total by Jansen (1999), (f) there.
    """
    names = [p.name for p in ground.space.searched]
    form, share = sampled.functions.form, sampled.share
    first, total = _indices(sampled.values)
    idle = [_idle(form, name) for name in names]
    weights = [
        Weight(
            name=name,
            first=_estimate(first[:, j], share, idle[j]),
            total=_estimate(total[:, j], share, idle[j]),
        )
        for j, name in enumerate(names)
    ]
    order = sorted(range(len(names)), key=lambda j: -weights[j].total.value)
    found = Importance(weights=tuple(weights[j] for j in order))
    return replace(found, doubts=doubts_of(ground, found, sampled.worth))


def order_of(ground: Ground) -> tuple[str, ...]:
    """Give the parameters, the most important first, by the model that all other answers share.

    That is for laying out what is shown: it costs a part of `importance_of`, and may differ from it
    where importances are close.
    """
    names = [p.name for p in ground.space.searched]
    functions = Functions.of(ground.form, DRAWS, ground.rng(1))
    _, total = _indices(_values(ground, functions, LEAST))
    means = total.mean(axis=0) @ _shares(functions)
    return tuple(names[j] for j in np.argsort(-means, kind="stable"))


def pairs_of(ground: Ground, sampled: Sampled, importance: Importance) -> tuple[Pair, ...]:
    """Give the interactions of the parameters that matter most, the strongest first.

    Liu & Owen (2006), "Estimating Mean Dimensionality of Analysis of Variance Decompositions": the
    variance of all interactions that hold both. Parameters that are never alive together, as those of
    two branches, cannot act together and are no pair.
    """
    names = [p.name for p in ground.space.searched]
    among = sorted(names.index(weight.name) for weight in importance.weights[:PAIRED])
    lives = _lives(ground)
    pairs = [(i, j) for i, j in combinations(among, 2) if (lives[i] & lives[j]).any()]
    if not pairs:
        return ()
    functions = sampled.functions
    base = min(sampled.values[0].shape[1], PAIR_ROWS // len(pairs) // DESIGNS)
    values = np.array(
        [
            _bends(_Design(ground, base, number).at(functions, pairs), known, among, pairs)
            for number, known in enumerate(sampled.values)
        ]
    )
    found = []
    for number, (i, j) in enumerate(pairs):
        idle = max(_idle(functions.form, names[i]), _idle(functions.form, names[j]))
        share_of = _estimate(values[:, number], sampled.share, idle)
        found.append(Pair(names=(names[i], names[j]), share=share_of))
    return tuple(sorted(found, key=lambda pair: -pair.share.value))


def _lives(ground: Ground) -> Bools:
    """Give (k, LIVES) which parameters are alive at points all over the space."""
    encoding = ground.region.encoding
    points = SobolSequence(encoding.width, ground.seed).points(0, LIVES)
    live = encoding.snap(encoding.spread(points))[1]
    return np.array(
        [
            live[:, [column.parameter == p.name for column in encoding.columns]].any(axis=1)
            for p in ground.space.searched
        ]
    )


def _shares(functions: Functions) -> Floats:
    """Give the weight (s,) of each function; sums to 1."""
    return np.repeat(functions.form.share / DRAWS, DRAWS)


def _values(ground: Ground, functions: Functions, base: int) -> tuple[Floats, ...]:
    """Give what functions are at the points of every design."""
    sets = [(), None, *((j,) for j in range(len(ground.space.searched)))]
    return tuple(
        np.array(_Design(ground, base, number).at(functions, sets)) for number in range(DESIGNS)
    )


def _indices(values: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Give first-order and total indices (R, k, s) by the values (k + 2, N, s) of R designs."""
    found = [_index(each) for each in values]
    first, total = (np.array(parts) for parts in zip(*found, strict=True))
    return first, total


def _index(values: Floats) -> tuple[Floats, Floats]:
    """Give first-order and total indices (k, s) by one design."""
    fA, fB, *mixes = values
    both = np.concatenate([fA, fB])
    centre, variance = both.mean(axis=0), np.maximum(both.var(axis=0), TINY)
    first = [((fB - centre) * (mixed - fA)).mean(axis=0) / variance for mixed in mixes]
    total = [0.5 * np.square(fA - mixed).mean(axis=0) / variance for mixed in mixes]
    return np.array(first), np.array(total)


def _bends(
    both: Sequence[Floats],
    known: Floats,
    among: Sequence[int],
    pairs: Sequence[tuple[int, int]],
) -> Floats:
    """Give the shares (pairs, s) of interactions by one design.

    Args:
        both: of each pair (b, s), at A with the two as in B.
        known: (k + 2, N, s) of the design, whose first b points are those of `both`.
        among: the parameters.
        pairs: of them.
    """
    first = slice(len(both[0]))
    fA = known[0, first]
    alone = {j: known[j + 2, first] for j in among}
    variance = np.maximum(np.concatenate([fA, *alone.values()]).var(axis=0), TINY)
    bends = [fA - alone[i] - alone[j] + fij for (i, j), fij in zip(pairs, both, strict=True)]
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

    def at(self, functions: Functions, sets: Sequence[tuple[int, ...] | None]) -> Sequence[Floats]:
        """Give (N, s) for each set of parameters that are as in B, at A else; None for all in B."""
        U = np.concatenate([self._mixed(taken) for taken in sets])
        values = np.concatenate(list(functions.at(self._spread(U))), axis=1)
        return np.split(values, len(sets))

    def _mixed(self, taken: tuple[int, ...] | None) -> Floats:
        """Give (N, width) uniform numbers."""
        U = self._B if taken is None else self._A.copy()
        for j in taken or ():
            U[:, self._columns[j]] = self._B[:, self._columns[j]]
        return U


def _idle(form: ClosedForm, name: str) -> float:
    """Give the probability that a parameter does nothing: of its columns the one that does most."""
    return min(
        float(chance)
        for column, chance in zip(form.evidence.columns, form.inert, strict=True)
        if column.parameter == name
    )


def _estimate(values: Floats, share: Floats, idle: float) -> Estimate:
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
    low = 0.0 if idle > TAIL else float(np.clip(low, 0.0, 1.0))
    return Estimate(value=min(1.0, max(0.0, mean)), low=low, high=float(np.clip(high, 0.0, 1.0)))
