"""Many small smooth minimisations at once: BFGS inside a box, one step of all rows per turn.

Fits of hyperparameters and climbs of an acquisition are problems of a few columns whose functions
cost microseconds, so what counts is the arithmetic around them: here it is done once for all rows,
and the inverse Hessian of each is kept whole, because for so few columns one small product is
cheaper than a loop over remembered steps. Nocedal & Wright (2006), "Numerical Optimization",
equation 6.17, with the bounds of Bertsekas (1982), "Projected Newton methods for optimization
problems with simple constraints": columns that push against their bound are held for the step, and
Armijo's rule is applied along the projected path. What a held column's slope does teaches nothing:
the matrix is to be the inverse of the Hessian of the free columns, and not a part of the inverse of
all, whose steps are too long.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

Function = Callable[[Floats, Rows], tuple[Floats, Floats]]
"""From places (r, d) and the numbers of their rows to values (r,) and gradients (r, d)."""

ENOUGH = 1e-4
"""Share of the decrease promised by the slope that a step must keep (Armijo)."""

FIRST = 0.3
"""Length of the first step of a row, while nothing is known of its curvature."""

MOST_HALVINGS = 12
EDGE = 1e-12


@dataclass(frozen=True, kw_only=True)
class Descent:
    """Where the rows ended.

    Attributes:
        X: (b, d) places.
        values: (b,) there.
        turns: steps it took.
    """

    X: Floats
    values: Floats
    turns: int


def descend(
    function: Function,
    X: Floats,
    low: Floats,
    high: Floats,
    *,
    turns: int,
    slope: float,
    gain: float = 0.0,
) -> Descent:
    """Minimise from every row of X (b, d) by itself, within low (d,) and high (d,).

    Args:
        function: values and gradients; a row whose value is not finite is not gone to.
        X: starts.
        low: least of each column.
        high: most of each column.
        turns: most steps.
        slope: a row is done when no entry of its projected gradient is larger.
        gain: or when a step improves it by less than this share of its value (at least of 1).
    """
    X = np.minimum(np.maximum(X, low), high)
    values, gradients = function(X, np.arange(len(X)))
    H = np.zeros((*X.shape, X.shape[1]))
    curved = np.zeros(len(X), dtype=np.bool_)
    going = np.flatnonzero(np.isfinite(values) & np.isfinite(gradients).all(axis=1))
    turn = 0
    while turn < turns and len(going):
        x, g = X[going], gradients[going]
        free = ~(((x <= low + EDGE) & (g > 0)) | ((x >= high - EDGE) & (g < 0)))
        pull = np.where(free, g, 0.0)
        steep = np.abs(pull).max(axis=1, initial=0.0) > slope
        if not steep.all():
            going, x, g = going[steep], x[steep], g[steep]
            free, pull = free[steep], pull[steep]
            if not len(going):
                break
        turn += 1
        direction = np.where(free, _direction(H[going], curved[going], pull), 0.0)
        done, x1, f1, g1 = _search(function, going, x, values[going], g, direction, low, high)
        if not done.all():
            going, x, g = going[done], x[done], g[done]
            free = free[done]
            x1, f1, g1 = x1[done], f1[done], g1[done]
        worth = values[going] - f1 > gain * np.maximum(1.0, np.abs(f1))
        X[going], values[going], gradients[going] = x1, f1, g1
        bend = np.where(free, g1 - g, 0.0)
        H[going], curved[going] = _updated(H[going], curved[going], x1 - x, bend)
        going = going[worth]
    return Descent(X=X, values=values, turns=turn)


def _direction(H: Floats, curved: npt.NDArray[np.bool_], pull: Floats) -> Floats:
    """Give downhill directions (r, d): quasi-Newton ones, or along the gradient at first."""
    direction = -(H @ pull[:, :, None])[:, :, 0]
    if not curved.all():
        length = np.sqrt(np.einsum("ij,ij->i", pull, pull))
        along = -pull * (FIRST / np.maximum(length, FIRST))[:, None]
        direction = np.where(curved[:, None], direction, along)
    return direction


def _updated(
    H: Floats, curved: npt.NDArray[np.bool_], S: Floats, Y: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Take in steps S and changes Y of the gradient; those of no positive curvature teach nothing."""
    sy = np.einsum("ij,ij->i", S, Y)
    yy = np.einsum("ij,ij->i", Y, Y)
    good = sy > 1e-10 * np.sqrt(yy * np.einsum("ij,ij->i", S, S))
    first = good & ~curved
    if first.any():
        H[first] = (sy[first] / yy[first])[:, None, None] * np.eye(S.shape[1])
    rho = np.where(good, 1.0, 0.0) / np.where(good, sy, 1.0)
    HY = (H @ Y[:, :, None])[:, :, 0]
    T = S * (0.5 * rho * (1.0 + rho * np.einsum("ij,ij->i", Y, HY)))[:, None] - rho[:, None] * HY
    step = S[:, :, None] * T[:, None, :]
    H = H + step + step.transpose(0, 2, 1)
    return H, curved | good


def _search(
    function: Function,
    going: Rows,
    x0: Floats,
    f0: Floats,
    g0: Floats,
    direction: Floats,
    low: Floats,
    high: Floats,
) -> tuple[npt.NDArray[np.bool_], Floats, Floats, Floats]:
    """Find a sufficient decrease of every row along its projected path: who found one, and where."""
    x1 = np.minimum(np.maximum(x0 + direction, low), high)
    f1, g1 = function(x1, going)
    promised = np.einsum("ij,ij->i", g0, x1 - x0)
    done = _enough(f1, f0, promised)
    step = np.ones(len(going))
    for _ in range(MOST_HALVINGS):
        open_ = np.flatnonzero(~done)
        if not len(open_):
            break
        bend = f1[open_] - f0[open_] - promised[open_]  # of the parabola through ends and slope
        with np.errstate(invalid="ignore", divide="ignore"):
            shorter = -0.5 * promised[open_] / bend
        step[open_] *= np.clip(np.where(np.isfinite(shorter), shorter, 0.1), 0.1, 0.5)
        x = x0[open_] + step[open_, None] * direction[open_]
        x = np.minimum(np.maximum(x, low), high)
        f, g = function(x, going[open_])
        x1[open_], f1[open_], g1[open_] = x, f, g
        promised[open_] = np.einsum("ij,ij->i", g0[open_], x - x0[open_])
        done[open_] = _enough(f, f0[open_], promised[open_])
    return done, x1, f1, g1


def _enough(f: Floats, f0: Floats, promised: Floats) -> npt.NDArray[np.bool_]:
    """Say where f is a sufficient decrease; never an increase, though a cut path may promise one."""
    found: npt.NDArray[np.bool_] = np.isfinite(f) & (f <= f0 + ENOUGH * np.minimum(promised, 0.0))
    return found
