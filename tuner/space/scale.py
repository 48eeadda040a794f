"""How the values of one parameter lie on a column: numbers on the unit interval, or codes.

Called by `encoding.py` for every column, by `space.py` for the middle of a range and by `lattice.py`.
Every scale turns values into the numbers of a column (`places`) and back (`values`), uniform numbers
into those of a column (`of_unit`), and knows the discrete steps from a number (`beside`). Values that
come out are tidy (ten significant digits of the value on a log scale, of the range otherwise), which
is what makes `decode(encode(point)) == point` exact.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from tuner.expression import Value
from tuner.space.birth import TOLERANCE, identity
from tuner.space.parameter import UNSET, Bool, Choice, Float, Int, Searched, default_of

DIGITS = 10  # far finer than any effect on training, far coarser than rounding on the unit cube
TABLED = 1_000  # levels whose values are written down once instead of being computed each time

Kind = Literal["real", "integer", "ordinal", "category"]
Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Axis:
    """A range on the unit interval, linear or logarithmic, from `low` to `high` on its own scale."""

    low: float
    high: float
    log: bool

    @classmethod
    def of(cls, low: float, high: float, *, log: bool) -> "Axis":
        """Measure a range."""
        return cls(math.log(low), math.log(high), log) if log else cls(low, high, log)

    def places(self, values: Sequence[Value]) -> Array:
        """Give the places of numbers; on a log scale what is not above 0 lies at -1."""
        numbers = np.array(values, dtype=np.float64)
        if not self.log:
            return (numbers - self.low) / (self.high - self.low)
        inner = np.log(numbers, where=numbers > 0, out=np.full(len(numbers), -np.inf))
        return np.where(numbers > 0, (inner - self.low) / (self.high - self.low), -1.0)

    def numbers(self, places: Array) -> list[float]:
        """Give the numbers at places, those outside of the interval at its ends."""
        inner = self.low + np.clip(places, 0.0, 1.0) * (self.high - self.low)
        with np.errstate(over="ignore"):  # infinity is then cut at the bound
            found: list[float] = (np.exp(inner) if self.log else inner).tolist()
        return found


@dataclass(frozen=True, slots=True)
class Real:
    """A continuous column."""

    parameter: Float
    axis: Axis
    decimals: int
    anchors: dict[float, float]
    kind: Kind = "real"
    levels: int | None = None

    @classmethod
    def of(cls, parameter: Float) -> "Real":
        """Measure a parameter. Its bounds and default are kept to the last digit."""
        axis = Axis.of(parameter.min, parameter.max, log=parameter.log)
        decimals = DIGITS - math.floor(math.log10(parameter.max - parameter.min))
        scale = cls(parameter, axis, decimals, {})
        for anchor in (parameter.min, parameter.max, parameter.default):
            if anchor is not None:
                scale.anchors.setdefault(scale.tidy(anchor), anchor)
        return scale

    def tidy(self, number: float) -> float:
        """Round to the digits that count."""
        if self.parameter.log:
            return float(f"{number:.{DIGITS - 1}e}")
        return round(number, self.decimals) + 0.0

    def places(self, values: Sequence[Value]) -> Array:
        """Give the places of values on the unit interval."""
        return self.axis.places(values)

    def values(self, places: Array) -> list[Value]:
        """Give the tidy values at places, inside of the bounds."""
        low, high, anchors = self.parameter.min, self.parameter.max, self.anchors
        tidy = map(self.tidy, self.axis.numbers(places))
        return [anchors.get(value, min(high, max(low, value))) for value in tidy]

    def snap(self, places: Array) -> Array:
        """Give the nearest places inside of the bounds."""
        return np.clip(places, 0.0, 1.0)

    def of_unit(self, units: Array) -> Array:
        """Give them back: uniform on the scale."""
        return units

    def beside(self, place: float) -> list[float]:  # noqa: ARG002  a continuum has no steps
        """Give nothing."""
        return []


@dataclass(frozen=True, slots=True)
class Cells:
    """Equal cells of the unit interval: steps of a number, or values in their order."""

    parameter: Float | Int | Choice
    levels: int
    kind: Kind
    table: tuple[Value, ...]

    @classmethod
    def of(cls, parameter: Float | Int | Choice, kind: Kind) -> "Cells":
        """Count the values of a parameter."""
        levels = parameter.levels or 1
        tabled = range(levels if levels <= TABLED else 0)
        return cls(parameter, levels, kind, tuple(map(parameter.value_at, tabled)))

    def places(self, values: Sequence[Value]) -> Array:
        """Give the middles of the values' cells; numbers off the grid lie between or beyond."""
        p = self.parameter
        if isinstance(p, Choice):
            return (np.array(_codes(p, values), dtype=np.float64) + 0.5) / self.levels
        levels = (np.array(values, dtype=np.float64) - p.min) / (p.step or 1.0)
        near = np.rint(levels)
        levels = np.where(np.abs(levels - near) < TOLERANCE, near, levels)
        return (levels + 0.5) / self.levels

    def cells(self, places: Array) -> npt.NDArray[np.int64]:
        """Give the numbers of the cells that places lie in."""
        inner = np.floor(np.clip(places, 0.0, 1.0) * self.levels)
        return np.minimum(inner, self.levels - 1).astype(np.int64)

    def values(self, places: Array) -> list[Value]:
        """Give the values of the cells that places lie in."""
        value_at = self.table.__getitem__ if self.table else self.parameter.value_at
        return [value_at(level) for level in self.cells(places).tolist()]

    def snap(self, places: Array) -> Array:
        """Give the middles of the cells that places lie in."""
        return (self.cells(places) + 0.5) / self.levels

    def of_unit(self, units: Array) -> Array:
        """Give the middles of cells, each as likely."""
        return self.snap(units)

    def beside(self, place: float) -> list[float]:
        """Give the cells one and two steps away."""
        here = int(self.cells(np.array([place]))[0])
        steps = [here + step for step in (-1, 1, -2, 2) if 0 <= here + step < self.levels]
        return [(level + 0.5) / self.levels for level in steps]


@dataclass(frozen=True, slots=True)
class LogCells:
    """Whole numbers by their logarithm, the ends half a number further out, so that no end is rare."""

    parameter: Int
    levels: int
    axis: Axis
    kind: Kind = "integer"

    @classmethod
    def of(cls, parameter: Int) -> "LogCells":
        """Measure a parameter."""
        axis = Axis.of(parameter.min - 0.5, parameter.max + 0.5, log=True)
        return cls(parameter, parameter.levels, axis)

    def places(self, values: Sequence[Value]) -> Array:
        """Give the places of numbers."""
        return self.axis.places(values)

    def values(self, places: Array) -> list[Value]:
        """Give the nearest whole numbers inside of the bounds."""
        low, high = self.parameter.min, self.parameter.max
        return [min(high, max(low, round(number))) for number in self.axis.numbers(places)]

    def snap(self, places: Array) -> Array:
        """Give the places of the nearest whole numbers."""
        axis, parameter = self.axis, self.parameter
        inner = np.exp(axis.low + np.clip(places, 0.0, 1.0) * (axis.high - axis.low))
        numbers = np.clip(np.rint(inner), parameter.min, parameter.max)
        snapped: Array = (np.log(numbers) - axis.low) / (axis.high - axis.low)
        return snapped

    def of_unit(self, units: Array) -> Array:
        """Give the places of numbers, each as likely as its logarithm is wide."""
        return self.snap(units)

    def beside(self, place: float) -> list[float]:
        """Give the numbers one and two away."""
        [here] = self.values(np.array([place]))
        near = [int(here or 0) + step for step in (-1, 1, -2, 2)]
        inside = [n for n in near if self.parameter.min <= n <= self.parameter.max]
        found: list[float] = self.places(inside).tolist()
        return found


@dataclass(frozen=True, slots=True)
class Codes:
    """Values without order, by their number."""

    parameter: Choice | Bool
    levels: int
    kind: Kind = "category"

    def places(self, values: Sequence[Value]) -> Array:
        """Give the codes of values."""
        return np.array(_codes(self.parameter, values), dtype=np.float64)

    def values(self, places: Array) -> list[Value]:
        """Give the values of the nearest codes."""
        codes = np.clip(np.rint(places), 0, self.levels - 1).astype(np.int64).tolist()
        return [self.parameter.value_at(code) for code in codes]

    def snap(self, places: Array) -> Array:
        """Give the nearest codes."""
        return np.clip(np.rint(places), 0, self.levels - 1)

    def of_unit(self, units: Array) -> Array:
        """Give codes, each as likely."""
        return np.clip(np.floor(units * self.levels), 0, self.levels - 1)

    def beside(self, place: float) -> list[float]:
        """Give every other code."""
        here = min(self.levels - 1, max(0, round(place)))
        return [float(code) for code in range(self.levels) if code != here]


Scale = Real | Cells | LogCells | Codes


def scale_of(parameter: Searched) -> Scale:
    """Choose the scale of a parameter; the gate of `or_zero` comes on top."""
    match parameter:
        case Float(step=None):
            return Real.of(parameter)
        case Int(log=True):
            return LogCells.of(parameter)
        case Float() | Int():
            return Cells.of(parameter, "integer")
        case Choice(ordered=True):
            return Cells.of(parameter, "ordinal")
        case Choice() | Bool():
            return Codes(parameter, parameter.levels)


def middle_of(scale: Scale) -> Value:
    """Give the value in the middle of a scale, the first of a category."""
    return scale.values(np.array([0.0 if isinstance(scale, Codes) else 0.5]))[0]


def rest_of(parameter: Searched, scale: Scale) -> float:
    """Give where a column rests while its parameter is dead: the default, else the middle."""
    default = default_of(parameter)
    zero = isinstance(parameter, Float | Int) and parameter.or_zero and default == 0
    value = middle_of(scale) if default is UNSET or zero else default
    return float(scale.places([value])[0])


def _codes(parameter: Choice | Bool, values: Sequence[Value]) -> list[int]:
    codes = {identity(value): code for code, value in enumerate(parameter.values)}
    try:
        return [codes[identity(value)] for value in values]
    except KeyError as unknown:
        raise ValueError(f"{parameter.name}: {unknown.args[0][1]!r} is no value of it") from None
