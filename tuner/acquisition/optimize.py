"""The most useful point of a region: candidates, then climbs and steps in turn.

    1. legal candidates: spread over the space, and near the best that is known;
    2. starts: the most useful ones, and others by chance in proportion to their use (Boltzmann);
    3. in turn, until nothing improves: all starts climb their smooth live columns at once
       (BFGS in a box), then each takes the best of all single moves of its discrete columns.

A climb's end is made legal before it is believed: values on their steps, `require` kept, stepping
back along the line where the end is not legal or not better. Small finite spaces are looked through.
"""

from dataclasses import dataclass

import numpy as np

from tuner.acquisition.base import Utility
from tuner.acquisition.region import Region, Tried
from tuner.dataset import Bools, Floats
from tuner.errors import FitError, SpaceExhaustedError
from tuner.numerics.descent import Rows, descend

CANDIDATES = 512
NEAR = 256
LOOKED_AT = 96
"""Candidates that are looked at closely, of those that a glance finds promising."""

CLOSELY = 24
"""Discrete moves of a start that are looked at closely, likewise."""

STARTS = 8
ROUNDS = 8
TURNS, STEEP, WORTH = 40, 1e-2, 2e-4
"""A climb ends after so many steps, below this slope a length scale, or with less than this gain."""
STEPS = (0.02, 2.0)
"""Bounds of the length scales that a climb is scaled by."""

BACK = (1.0, 0.5, 0.25, 0.1, 0.03)
"""Shares of a climb that are tried, from its end back to its start."""

GAIN = 1e-4
"""Least improvement, in nats, that keeps a start going."""

WORST = -1e10
"""Stands for a utility that is no number; below every logarithm that can occur."""


@dataclass(frozen=True, kw_only=True)
class Optimum:
    """The chosen legal row (d,) and its utility."""

    x: Floats
    value: float


def maximise(
    utility: Utility, region: Region, tried: Tried, rng: np.random.Generator, *, anchors: Floats
) -> Optimum:
    """Find the most useful legal row that was not tried.

    Args:
        utility: what to maximise.
        region: where.
        tried: rows that are out of the question.
        rng: for candidates and starts.
        anchors: (a, d) the best known rows; part of the candidates lie near them.

    Raises:
        SpaceExhaustedError: every point of a small finite space was tried.
        FitError: no untried legal candidate was found.
    """
    if region.width == 0:
        raise SpaceExhaustedError("the space has nothing to choose")
    everything = region.everything
    if everything is not None:
        rest = everything[tried.fresh(everything)]
        if not len(rest):
            raise SpaceExhaustedError(f"all {len(everything)} points of the space have been tried")
        return _best(rest, _values(utility, rest))
    spread = region.sample(CANDIDATES, rng)
    X = np.concatenate([spread, near(region, anchors, spread, rng)])
    X = X[tried.fresh(X)]
    if not len(X):
        raise FitError("no untried point was found among the candidates")
    if len(X) > LOOKED_AT:
        rough = np.nan_to_num(utility.glance(X), nan=WORST, neginf=WORST, posinf=WORST)
        X = X[_chosen(rough, LOOKED_AT, rng)]
    values = _values(utility, X)
    ends, end_values = _search(utility, region, tried, *_starts(X, values, rng))
    fresh = tried.fresh(ends)
    return _best(np.concatenate([ends[fresh], X]), np.concatenate([end_values[fresh], values]))


def choose(utility: Utility, X: Floats, tried: Tried) -> Optimum | None:
    """Give the most useful of legal rows X (k, d) that were not tried; None where all were."""
    X = X[tried.fresh(X)]
    return _best(X, _values(utility, X)) if len(X) else None


def _best(X: Floats, values: Floats) -> Optimum:
    index = int(values.argmax())
    return Optimum(x=X[index], value=float(values[index]))


def _values(utility: Utility, X: Floats) -> Floats:
    return np.nan_to_num(utility.values(X), nan=WORST, neginf=WORST, posinf=WORST)


def near(region: Region, anchors: Floats, spread: Floats, rng: np.random.Generator) -> Floats:
    """Give legal rows near the anchors: a few columns moved a little, or taken from `spread`."""
    if not len(anchors):
        return np.empty((0, region.width))
    far, close = (0.1, 0.01) if len(spread) else (0.01, 0.001)  # little of the space is legal
    others = spread if len(spread) else region.anywhere(NEAR, rng)
    base = anchors[np.arange(NEAR) % len(anchors)]
    other = others[rng.integers(len(others), size=NEAR)]
    size = np.where(rng.random((NEAR, 1)) < 0.5, far, close)  # noqa: PLR2004  as often far as near
    moved = np.clip(base + size * rng.standard_normal(base.shape), 0.0, 1.0)
    touched = rng.random(base.shape) < max(1 / region.width, min(0.5, 10 / region.width))
    touched[np.arange(NEAR), rng.integers(region.width, size=NEAR)] = True
    X, kept, _ = region.legal(np.where(touched, np.where(region.smooth, moved, other), base))
    return X[kept]


def _starts(X: Floats, values: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Choose where climbs start."""
    rows = _chosen(values, STARTS, rng)
    return X[rows], values[rows]


def _chosen(values: Floats, count: int, rng: np.random.Generator) -> Rows:
    """Choose rows: half by rank, half by chance with weight exp(standardised value)."""
    order = np.argsort(-values, kind="stable")
    top, rest = order[: count // 2], order[count // 2 :]
    if len(rest):
        z = (values[rest] - values[rest].mean()) / (values[rest].std() or 1.0)
        weights = np.exp(z - z.max())
        number = min(count - len(top), int((weights > 0).sum()))
        drawn = rng.choice(rest, size=number, replace=False, p=weights / weights.sum())
        top = np.concatenate([top, drawn])
    return top


def _search(
    utility: Utility, region: Region, tried: Tried, X: Floats, values: Floats
) -> tuple[Floats, Floats]:
    """Climb and step from the starts X (s, d) until nothing improves."""
    X, values, going = X.copy(), values.copy(), np.arange(len(X))
    for _ in range(ROUNDS):
        before = values[going]
        if region.smooth.any():
            X[going], values[going] = _climbed(utility, region, X[going], values[going])
        climbed = values[going]
        if region.stepped:
            X[going], values[going] = _stepped(utility, region, tried, X[going], values[going])
        # A climb that nothing interrupted is over; a step, or a bend at a `require`, reopens it.
        last = before if region.space.require else climbed
        going = going[values[going] > last + GAIN]
        if not len(going):
            break
    return X, values


def _climbed(utility: Utility, region: Region, X: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Move the smooth live columns uphill; each row ends legal and no worse than it began."""
    _, _, alive = region.legal(X)
    free = region.smooth & alive
    goal = _uphill(utility, X, free)
    best, best_values = X.copy(), values.copy()
    open_rows = np.flatnonzero((goal != X).any(axis=1))
    for share in BACK:
        if not len(open_rows):
            break
        there, kept, _ = region.legal(X[open_rows] + share * (goal - X)[open_rows])
        found = np.full(len(open_rows), WORST)
        if kept.any():
            found[kept] = _values(utility, there[kept])
        better = found > best_values[open_rows]
        rows = open_rows[better]
        best[rows], best_values[rows] = there[better], found[better]
        open_rows = open_rows[~better]
    return best, best_values


def _uphill(utility: Utility, X: Floats, free: Bools) -> Floats:
    """Give where a descent of all rows at once leads when only the free entries of X may move, in [0, 1]."""
    columns = np.flatnonzero(free.any(axis=0))
    if not len(columns):
        return X
    steps = np.clip(utility.steps[columns], *STEPS)

    def loss(part: Floats, rows: Rows) -> tuple[Floats, Floats]:
        at = X[rows]
        mask = free[rows][:, columns]
        at[:, columns] = np.where(mask, part * steps, at[:, columns])
        value, slope = utility.slopes(at)
        good = np.isfinite(value) & np.isfinite(slope).all(axis=1)
        slope = np.where(mask & good[:, None], slope[:, columns] * steps, 0.0)
        return np.where(good, -value, np.inf), -slope

    start = np.clip(X[:, columns], 0.0, 1.0) / steps
    low, high = np.zeros(len(columns)), 1.0 / steps
    ends = descend(loss, start, low, high, turns=TURNS, slope=STEEP, gain=WORTH).X
    goal = X.copy()
    goal[:, columns] = np.where(free[:, columns], ends * steps, X[:, columns])
    return goal


def _stepped(
    utility: Utility, region: Region, tried: Tried, X: Floats, values: Floats
) -> tuple[Floats, Floats]:
    """Move each row to the best of all its untried single discrete moves, if that is better."""
    near = [region.neighbours(x) for x in X]
    owner = np.repeat(np.arange(len(X)), [len(rows) for rows in near])
    moves = np.concatenate(near)
    keep = tried.untried(moves)
    moves, owner = moves[keep], owner[keep]
    if not len(moves):
        return X, values
    if len(moves) > CLOSELY * len(X):
        order = np.argsort(-np.nan_to_num(utility.glance(moves), nan=WORST), kind="stable")
        keep = np.concatenate([order[owner[order] == row][:CLOSELY] for row in range(len(X))])
        moves, owner = moves[keep], owner[keep]
    found = _values(utility, moves)
    X, values = X.copy(), values.copy()
    for row in range(len(X)):
        mine = np.flatnonzero(owner == row)
        if len(mine) and found[mine].max() > values[row] + GAIN:
            best = mine[found[mine].argmax()]
            X[row], values[row] = moves[best], found[best]
    return X, values
