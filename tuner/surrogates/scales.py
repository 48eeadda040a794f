"""From raw outcomes to the numbers a Gaussian process likes, and back.

Every scale first divides by a power of two, which is exact, so that 1e308, 1e-320 and an offset of
1e12 all arrive as numbers around 1. Numpy only.
"""

import math
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from tuner.dataset import Bools, Floats
from tuner.surrogates.spec import Transform

BENT = 0.7
"""How far below its fence, in widths of the good half, `bent` lets the worst gain lie."""

FEW, INCREDIBLE = 5, 1e4
"""Gains from which an error can be told, and how many times the usual size it must be."""

NORMAL = 64
"""Powers of two by which the closest two doubles are lifted until a line between them has a slope."""

NARROWEST = 1e-9
"""Least width of the straight part around a border, of the largest slack."""


class Scale(Protocol):
    """A growing map from raw units to standard units: about mean 0 and sd 1."""

    def apply(self, raw: Floats) -> Floats:
        """Raw to standard units."""

    def undo(self, standard: Floats) -> Floats:
        """Standard to raw units; infinite where a double cannot hold the number."""

    def slope(self, standard: Floats) -> Floats:
        """Give raw units a standard unit, at places given in standard units."""


def exponent(raw: Floats) -> int:
    """Give the power of two that brings the largest magnitude into [0.5, 1)."""
    return int(np.frexp(np.abs(raw).max(initial=0.0))[1])


def spread_of(values: Floats) -> tuple[float, float]:
    """Give centre and standard deviation; constants get a scale of their own size."""
    centre = float(values.mean())
    sd = float(values.std())
    if sd <= 1e-15 * abs(centre) or sd == 0.0:  # a constant, up to rounding
        sd = abs(centre) or 1.0
    return centre, sd


@dataclass(frozen=True, kw_only=True)
class BentScale:
    """Standardised gains whose bad tail is bent: below a fence they go on as a logarithm, and end.

    Attributes:
        power: gains are first divided by 2 to this power.
        fence: below it the bend begins.
        spread: the unit of the logarithm.
        depth: how far below the fence, in spreads, the worst gain may lie; 0 clips at the fence.
    """

    power: int
    fence: float
    spread: float
    depth: float
    centre: float = 0.0
    sd: float = 1.0

    @classmethod
    def of(cls, raw: Floats, transform: Transform) -> "BentScale":
        """Learn the scale from finite gains."""
        power = exponent(raw)
        z = np.ldexp(raw, -power)
        fence, spread, depth = _fence(z, transform)
        scale = cls(power=power, fence=fence, spread=spread, depth=depth)
        centre, sd = spread_of(scale._bend(z))
        return replace(scale, centre=centre, sd=sd)

    def _bend(self, z: Floats) -> Floats:
        below = np.clip(self.fence - z, 0.0, self.spread * math.expm1(self.depth)) / self.spread
        return np.maximum(z, self.fence) - self.spread * np.log1p(below)

    def apply(self, raw: Floats) -> Floats:
        """Raw to standard units."""
        return (self._bend(_unscaled(raw, -self.power)) - self.centre) / self.sd

    def undo(self, standard: Floats) -> Floats:
        """Standard to raw units."""
        z, below = self._place(standard)
        z = np.where(z < self.fence, self.fence - self.spread * np.expm1(below), z)
        return _unscaled(z, self.power)

    def slope(self, standard: Floats) -> Floats:
        """Give raw units a standard unit."""
        _, below = self._place(standard)
        return _unscaled(self.sd * np.exp(below), self.power)

    def _place(self, standard: Floats) -> tuple[Floats, Floats]:
        """Give bent places before standardisation, and how deep below the fence, in spreads."""
        z = standard * self.sd + self.centre
        below = np.clip(self.fence - z, 0.0, self.depth * self.spread) / self.spread
        return z, below


def _fence(z: Floats, transform: Transform) -> tuple[float, float, float]:
    """Give fence, spread and depth for gains z.

    plain: no fence. winsor: Tukey's, one and a half quartile ranges below the lower quartile, hard.
    bent: as far below the median as the best is above it; a logarithm keeps the order down to BENT
    spreads more.
    """
    ranks = np.sort(z)
    best, worse = float(ranks[-1]), ranks[: (len(ranks) + 1) // 2]  # the median is its last
    gaps = best - worse[worse < best]  # on a plateau the next value below it; none: a constant
    if not gaps.size or transform == "plain":
        return -math.inf, 1.0, 0.0
    if transform == "bent":
        spread = float(gaps.min())
        return best - 2 * spread, spread, BENT
    low = float(np.quantile(z, 0.25, method="lower"))
    high = float(np.quantile(z, 0.75, method="higher"))
    spread = max(high - low, float(gaps.min()))
    return low - 1.5 * spread, spread, 0.0


@dataclass(frozen=True, kw_only=True)
class RankScale:
    """Standardised gains whose worse half is replaced by normal quantiles of its ranks.

    Song et al. (2022), "Open Source Vizier": the spread of the better half, measured from the
    median, is taken for the spread of a normal distribution, and the worse half laid out as that
    distribution's other side; the better half is left as it is.
    """

    power: int
    knots: Floats
    places: Floats

    @classmethod
    def of(cls, raw: Floats) -> "RankScale":
        """Learn the scale from finite gains."""
        from scipy.special import ndtri

        power = exponent(raw)
        z = np.ldexp(raw, -power)
        ranks, counts = np.unique(z, return_counts=True)
        median = float(np.sort(z)[len(z) // 2])
        better = z[z >= median] - median
        spread = float(np.sqrt(np.mean(np.square(better)))) or float(np.ptp(z)) or 1.0
        share = (np.cumsum(counts) - 0.5 * counts) / len(z)
        low = ranks < median
        places = np.where(low, median + spread * ndtri(np.clip(share, 1e-9, 0.5)), ranks)
        centre, sd = spread_of(np.repeat(places, counts))
        return cls(power=power, knots=ranks, places=(places - centre) / sd)

    def apply(self, raw: Floats) -> Floats:
        """Raw to standard units."""
        z = _unscaled(raw, -self.power)
        return _line(np.ldexp(z, NORMAL), np.ldexp(self.knots, NORMAL), self.places)

    def undo(self, standard: Floats) -> Floats:
        """Standard to raw units."""
        return _unscaled(_line(standard, self.places, self.knots), self.power)

    def slope(self, standard: Floats) -> Floats:
        """Give raw units a standard unit, here that of the better end."""
        return _unscaled(np.full_like(standard, _rise(self.places, self.knots)), self.power)


def _rise(knots: Floats, places: Floats) -> float:
    """Give the slope between the last two knots that are told apart; 1 if there are none."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        rises = np.diff(places) / np.diff(knots)
    usable = rises[np.isfinite(rises) & (rises > 0)]
    return float(usable[-1]) if usable.size else 1.0


def _line(x: Floats, knots: Floats, places: Floats) -> Floats:
    """Interpolate; beyond the last knot go on as between the last two."""
    with np.errstate(over="ignore", invalid="ignore"):
        beyond = places[-1] + _rise(knots, places) * (x - knots[-1])
        return np.where(x > knots[-1], beyond, np.interp(x, knots, places))


def credible(raw: Floats) -> Bools:
    """Say which gains are not too good to be true.

    A gain that lies thousands of times the usual size above the upper quartile is an error of the
    measurement. A breakthrough after a plateau is none: it is not larger than what it left.

    Example:
        >>> credible(np.array([1.0, 2.0, 3.0, 4.0, 1e30])).tolist()
        [True, True, True, True, False]
    """
    z = np.ldexp(raw, -exponent(raw))
    ranks = np.sort(z)
    low, high = ranks[(len(z) - 1) // 4], ranks[3 * (len(z) - 1) // 4]
    if len(z) < FEW or high == low:
        return np.ones(len(z), dtype=np.bool_)
    usual = max(high - low, abs(low), abs(high))
    found: Bools = z - high <= INCREDIBLE * usual
    return found


def believable(raw: Floats) -> Floats:
    """Give gains with those that are too good to be true replaced by the best of the others.

    Taken at its word such a gain would flatten everything that there is to learn. The ledger and the
    ranking keep it.

    Example:
        >>> believable(np.array([1.0, 2.0, 3.0, 4.0, 1e30])).tolist()
        [1.0, 2.0, 3.0, 4.0, 4.0]
        >>> believable(np.array([-2.3026, -2.3025, -2.3024, -2.3025, -0.5]))[-1]
        np.float64(-0.5)
    """
    likely = credible(raw)
    return raw if likely.all() else np.where(likely, raw, raw[likely].max())


def objective_scale(raw: Floats, transform: Transform) -> Scale:
    """Learn the scale of an objective from finite gains."""
    return RankScale.of(raw) if transform == "half_rank" else BentScale.of(raw, transform)


@dataclass(frozen=True, kw_only=True)
class SlackScale:
    """Slacks under a logarithm of both sides around 0: the border matters, far away does not."""

    power: int
    width: float
    centre: float
    sd: float

    @classmethod
    def of(cls, raw: Floats) -> "SlackScale":
        """Learn the scale from finite slacks."""
        power = exponent(raw)
        z = np.ldexp(raw, -power)
        width = max(float(np.sort(np.abs(z))[len(z) // 2]), NARROWEST)
        centre, sd = spread_of(np.sign(z) * np.log1p(np.abs(z) / width))
        return cls(power=power, width=width, centre=centre, sd=sd)

    def apply(self, raw: Floats) -> Floats:
        """Raw to standard units."""
        z = np.ldexp(raw, -self.power)
        return (np.sign(z) * np.log1p(np.abs(z) / self.width) - self.centre) / self.sd

    def undo(self, standard: Floats) -> Floats:
        """Standard to raw units."""
        bent = standard * self.sd + self.centre
        return _unscaled(np.sign(bent) * self.width * _growth(bent, minus_one=True), self.power)

    def slope(self, standard: Floats) -> Floats:
        """Give raw units a standard unit."""
        bent = standard * self.sd + self.centre
        return _unscaled(self.sd * self.width * _growth(bent, minus_one=False), self.power)


@dataclass(frozen=True, kw_only=True)
class LabelScale:
    """Labels +1 and -1 as they are."""

    def apply(self, raw: Floats) -> Floats:
        """Raw to standard units."""
        return raw

    def undo(self, standard: Floats) -> Floats:
        """Standard to raw units."""
        return standard

    def slope(self, standard: Floats) -> Floats:
        """Give raw units a standard unit."""
        return np.ones_like(standard)


def _growth(bent: Floats, *, minus_one: bool) -> Floats:
    with np.errstate(over="ignore"):
        return np.expm1(np.abs(bent)) if minus_one else np.exp(np.abs(bent))


def _unscaled(z: Floats, power: int) -> Floats:
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(z, power)
