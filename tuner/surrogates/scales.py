"""From raw outcomes to the numbers a Gaussian process likes, and back.

Every scale first divides by a power of two, which is exact, so that 1e308, 1e-320 and an offset of
1e12 all arrive as numbers around 1. Numpy only.
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tuner.dataset import Floats

DEPTH = 0.7
"""How far below the fence, in widths of the good half, the worst outcome may lie."""


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
    if sd <= 1e-13 * abs(centre) or sd == 0.0:  # a constant, up to rounding
        sd = abs(centre) or 1.0
    return centre, sd


@dataclass(frozen=True, kw_only=True)
class ObjectiveScale:
    """Standardised gains whose bad tail is bent to about the width of the good half.

    Diverged trainings give values that say "bad" and nothing more; left alone they would squeeze
    everything worth knowing into a corner, and the model would look for surprises everywhere. So
    the width of the good half, from the median to the best, is the measure: as far below the median
    gains are left as they are, then a logarithm keeps their order down to DEPTH widths more, where
    they end. The good half is never touched.

    Mean log10 regret after 40 trials (5 seeds, 8 for the conditional training; errors 0.1 to 0.5,
    so a choice among near equals, but for Tukey's fence bent over 3 widths, which searched the
    training no better than Sobol does):

                              Branin  Hartmann-6  Rosenbrock-4  cliff  training
        Tukey, hard            -3.00       -2.06          0.45  -5.52     -1.93
        Tukey, over 0.7        -3.64       -2.06          0.22  -5.25     -1.41
        good half, hard        -3.41       -2.23          0.19  -5.87     -1.98
        good half, over 0.7    -3.81       -2.16          0.04  -5.78     -1.93
    """

    power: int
    fence: float
    spread: float
    centre: float
    sd: float

    @classmethod
    def of(cls, raw: Floats) -> "ObjectiveScale":
        """Learn the scale from finite gains."""
        power = exponent(raw)
        z = np.ldexp(raw, -power)
        ranks = np.sort(z)
        best, worse = float(ranks[-1]), ranks[: (len(ranks) + 1) // 2]  # the median is its last
        gaps = best - worse[worse < best]  # on a plateau the next value below it; none: a constant
        spread = float(gaps.min()) if gaps.size else 1.0
        fence = best - 2 * spread if gaps.size else -math.inf
        scale = cls(power=power, fence=fence, spread=spread, centre=0.0, sd=1.0)
        centre, sd = spread_of(scale._bend(z))
        return cls(power=power, fence=fence, spread=spread, centre=centre, sd=sd)

    def _bend(self, z: Floats) -> Floats:
        depth = self.spread * math.expm1(DEPTH)
        below = np.clip(self.fence - z, 0.0, depth) / self.spread
        return np.maximum(z, self.fence) - self.spread * np.log1p(below)

    def apply(self, raw: Floats) -> Floats:
        """Raw to standard units."""
        return (self._bend(np.ldexp(raw, -self.power)) - self.centre) / self.sd

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
        below = np.clip(self.fence - z, 0.0, DEPTH * self.spread) / self.spread
        return z, below


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
