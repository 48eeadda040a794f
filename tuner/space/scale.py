"""How the values of one parameter lie on a column: numbers on the unit interval, or codes.

Called by `encoding.py` for every column, by `space.py` for the middle of a range and by `lattice.py`.
Every scale turns values into the numbers of a column (`place`) and back (`value`), uniform numbers
into those of a column (`of_unit`), and knows the discrete steps from a number (`beside`). Values that come
out are tidy (ten significant digits of the value on a log scale, of the range otherwise), which is
what makes `decode(encode(point)) == point` exact.
"""

import math
from dataclasses import dataclass
from typing import Literal, cast

from tuner.expression import Value
from tuner.space.birth import TOLERANCE, identity
from tuner.space.parameter import UNSET, Bool, Choice, Float, Int, Searched, default_of

DIGITS = 10  # far finer than any effect on training, far coarser than rounding on the unit cube

Kind = Literal["real", "integer", "ordinal", "category"]


@dataclass(frozen=True, slots=True)
class Real:
    """A continuous column, linear or logarithmic."""

    parameter: Float
    low: float
    high: float
    anchors: dict[float, float]
    kind: Kind = "real"
    levels: int | None = None

    @classmethod
    def of(cls, parameter: Float) -> "Real":
        """Measure a parameter. Its bounds and default are kept to the last digit."""
        scale = cls(parameter, *_ends(parameter.min, parameter.max, log=parameter.log), {})
        for anchor in (parameter.min, parameter.max, parameter.default):
            if anchor is not None:
                scale.anchors.setdefault(scale.tidy(anchor), anchor)
        return scale

    def tidy(self, value: float) -> float:
        """Round to the digits that count."""
        if self.parameter.log:
            return float(f"{value:.{DIGITS - 1}e}")
        width = self.parameter.max - self.parameter.min
        return round(value, DIGITS - math.floor(math.log10(width))) + 0.0

    def place(self, value: Value) -> float:
        """Give the place on the unit interval; on a log scale what is not above 0 lies at -1."""
        number = float(cast("float", value))
        if not self.parameter.log:
            return (number - self.low) / (self.high - self.low)
        return (math.log(number) - self.low) / (self.high - self.low) if number > 0 else -1.0

    def value(self, place: float) -> Value:
        """Give the tidy value at a place, inside of the bounds."""
        p = self.parameter
        inner = self.low + min(1.0, max(0.0, place)) * (self.high - self.low)
        value = self.tidy(_exp(inner) if p.log else inner)
        return self.anchors.get(value, min(p.max, max(p.min, value)))

    def of_unit(self, unit: float) -> float:
        """Give it back: uniform on the scale."""
        return unit

    def beside(self, place: float) -> list[float]:  # noqa: ARG002  a continuum has no steps
        """Give nothing."""
        return []


@dataclass(frozen=True, slots=True)
class Cells:
    """Equal cells of the unit interval: steps of a number, or values in their order."""

    parameter: Searched
    levels: int
    kind: Kind

    def place(self, value: Value) -> float:
        """Give the middle of the value's cell; numbers off the grid lie between or beyond."""
        if isinstance(self.parameter, Float | Int):
            level = self.parameter.level_of(cast("float", value))
            if abs(level - round(level)) < TOLERANCE:
                level = round(level)
        else:
            level = _index(self.parameter, value)
        return (level + 0.5) / self.levels

    def level(self, place: float) -> int:
        """Give the number of the cell that a place lies in."""
        return min(self.levels - 1, max(0, math.floor(place * self.levels)))

    def value(self, place: float) -> Value:
        """Give the value of the cell that a place lies in."""
        return self.parameter.value_at(self.level(place))

    def of_unit(self, unit: float) -> float:
        """Give the middle of a cell, each as likely."""
        return (self.level(unit) + 0.5) / self.levels

    def beside(self, place: float) -> list[float]:
        """Give the cells one and two steps away."""
        here = self.level(place)
        steps = [here + step for step in (-1, 1, -2, 2) if 0 <= here + step < self.levels]
        return [(level + 0.5) / self.levels for level in steps]


@dataclass(frozen=True, slots=True)
class LogCells:
    """Whole numbers by their logarithm, the ends half a number further out, so that no end is rare."""

    parameter: Int
    levels: int
    low: float
    high: float
    kind: Kind = "integer"

    @classmethod
    def of(cls, parameter: Int) -> "LogCells":
        """Measure a parameter."""
        low, high = _ends(parameter.min - 0.5, parameter.max + 0.5, log=True)
        return cls(parameter, parameter.levels, low, high)

    def place(self, value: Value) -> float:
        """Give the place of a number; what is not above 0 lies at -1."""
        number = float(cast("float", value))
        return (math.log(number) - self.low) / (self.high - self.low) if number > 0 else -1.0

    def value(self, place: float) -> Value:
        """Give the nearest whole number inside of the bounds."""
        inner = self.low + min(1.0, max(0.0, place)) * (self.high - self.low)
        return min(self.parameter.max, max(self.parameter.min, round(_exp(inner))))

    def of_unit(self, unit: float) -> float:
        """Give the place of a number, each as likely as its logarithm is wide."""
        return self.place(self.value(unit))

    def beside(self, place: float) -> list[float]:
        """Give the numbers one and two away."""
        here = cast("int", self.value(place))
        near = [here + step for step in (-1, 1, -2, 2)]
        return [self.place(n) for n in near if self.parameter.min <= n <= self.parameter.max]


@dataclass(frozen=True, slots=True)
class Codes:
    """Values without order, by their number."""

    parameter: Choice | Bool | None  # None: the gate of `or_zero`, whose codes are its values
    levels: int
    kind: Kind = "category"

    def place(self, value: Value) -> float:
        """Give the code of a value."""
        return _index(self.parameter, value) if self.parameter else float(cast("int", value))

    def value(self, place: float) -> Value:
        """Give the value of the nearest code."""
        code = min(self.levels - 1, max(0, round(place)))
        return self.parameter.value_at(code) if self.parameter else code

    def of_unit(self, unit: float) -> float:
        """Give a code, each as likely."""
        return float(min(self.levels - 1, math.floor(unit * self.levels)))

    def beside(self, place: float) -> list[float]:
        """Give every other code."""
        here = min(self.levels - 1, max(0, round(place)))
        return [float(code) for code in range(self.levels) if code != here]


Scale = Real | Cells | LogCells | Codes  # with place, value, of_unit, beside, kind and levels each
GATE = Codes(None, 2)


def scale_of(parameter: Searched) -> Scale:
    """Choose the scale of a parameter; the gate of `or_zero` comes on top."""
    match parameter:
        case Float(step=None):
            return Real.of(parameter)
        case Float():
            return Cells(parameter, parameter.levels or 1, "integer")
        case Int(log=True):
            return LogCells.of(parameter)
        case Int():
            return Cells(parameter, parameter.levels, "integer")
        case Choice(ordered=True):
            return Cells(parameter, parameter.levels, "ordinal")
        case Choice() | Bool():
            return Codes(parameter, parameter.levels)


def rest_of(parameter: Searched, scale: Scale) -> float:
    """Give where a column rests while its parameter is dead: the default, else the middle."""
    default = default_of(parameter)
    zero = isinstance(parameter, Float | Int) and parameter.or_zero and default == 0
    if default is not UNSET and not zero:
        return scale.place(default)
    return 0.0 if isinstance(scale, Codes) else scale.place(scale.value(0.5))


def _ends(low: float, high: float, *, log: bool) -> tuple[float, float]:
    return (math.log(low), math.log(high)) if log else (low, high)


def _exp(exponent: float) -> float:
    try:
        return math.exp(exponent)
    except OverflowError:
        return math.inf


def _index(parameter: Searched, value: Value) -> float:
    values = parameter.values if isinstance(parameter, Choice | Bool) else ()
    for index, candidate in enumerate(values):
        if candidate == value and identity(candidate) == identity(value):
            return float(index)
    raise ValueError(f"{parameter.name}: {value!r} is none of its values")
