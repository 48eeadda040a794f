"""Where round numbers lie on a range, and how values of a parameter lie on an axis from 0 to 1."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tuner.report import numbers
from tuner.report.figures.chart import Axis, drawable
from tuner.space import UNSET, Bool, Choice, Int, Searched, Unset
from tuner.study import Value

Ticks = tuple[tuple[float, str], ...]

FEW_DECADES = 2.0  # up to here the 2 and 5 between powers of ten are ticks as well
MOST_COUNTED = 12  # up to here round numbers would lie between the whole ones
APART = 2  # characters between two numbers
MOST_LEVELS = 24  # categories that get a tick each
ASIDE, NEAREST = 0.09, 0.06  # room for values that are no number, and between two of them
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TIMES_S = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 43200)
DAY_S = 86400
ABSENT = "not there"


def linear(low: float, high: float, count: int = 5) -> list[float]:
    """Give about `count` round numbers in a range.

    Example:
        >>> linear(0.0, 1.0), linear(-3.0, 17.0)
        ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 5.0, 10.0, 15.0])
    """
    width = (high - low) / max(count, 1)
    if not (math.isfinite(width) and width > 0):
        return [low]
    size = 10.0 ** math.floor(math.log10(width))
    step = next(size * unit for unit in STEPS if size * unit >= width * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{place * step:.12g}") + 0.0 for place in range(first, last + 1)]


def decades(low: float, high: float, count: int = 6) -> list[float]:
    """Give round numbers in a range of positive numbers, for a log axis.

    Example:
        >>> decades(1e-5, 0.1), decades(30.0, 600.0)
        ([1e-05, 0.0001, 0.001, 0.01, 0.1], [50.0, 100.0, 200.0, 500.0])
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    span = math.log10(high) - math.log10(low)
    units = (1, 2, 5) if span <= FEW_DECADES else (1,)
    stride = max(1, -(-(last - first) // count))
    found = [float(f"{unit}e{power}") for power in range(first, last + 1, stride) for unit in units]
    found = [number for number in found if low * 0.999 <= number <= high * 1.001]
    return found if len(found) > 1 else linear(low, high)


def sparse(found: Sequence[float], room: float) -> list[float]:
    """Leave ticks out until their numbers fit beside each other: first all but powers of ten.

    Args:
        found: the ticks.
        room: characters that fit along the axis.

    Example:
        >>> sparse([0.0001, 0.0002, 0.0005, 0.001, 0.002], 20)
        [0.0001, 0.001]
    """
    kept = list(found)
    powers = [number for number in kept if math.log10(number).is_integer()]
    if not _fits(kept, room) and len(powers) > 1:
        kept = powers
    while not _fits(kept, room) and len(kept) > 2:  # noqa: PLR2004  one tick tells of no scale
        kept = kept[::2]
    return kept


def _fits(found: Sequence[float], room: float) -> bool:
    return sum(len(f"{number:.4g}") + APART for number in found) <= room


def counts(low: float, high: float) -> Ticks:
    """Give every whole number in a short range, as an axis of trials has them; none for a long one.

    Example:
        >>> counts(0.5, 3.5), counts(0.5, 300.5)
        (((1.0, '1'), (2.0, '2'), (3.0, '3')), ())
    """
    if high - low > MOST_COUNTED:
        return ()
    return tuple((float(n), str(n)) for n in range(math.ceil(low), math.floor(high) + 1))


def times(length_s: float) -> Ticks:
    """Give about six round times from 0 to a length in seconds.

    Example:
        >>> times(300.0)
        ((0.0, '0'), (60.0, '1m00s'), (120.0, '2m00s'), (180.0, '3m00s'), (240.0, '4m00s'), (300.0, '5m00s'))
    """
    wanted = max(length_s, 1.0) / 6
    step = next((t for t in TIMES_S if t >= wanted), DAY_S * math.ceil(wanted / DAY_S))
    count = int(max(length_s, 1.0) // step)
    return tuple(
        (float(i * step), numbers.seconds(i * step) if i else "0") for i in range(count + 1)
    )


@dataclass(frozen=True)
class Scale:
    """How values of one parameter lie on an axis from 0 to 1, those without a number below.

    Attributes:
        low, high: ends of the numbers; categories go from 0 to their number less 1.
        floor: place of `low`; below it lie what is apart (0 of a log range, no value at all).
        apart: words of what is apart, from the bottom.
    """

    parameter: Searched
    low: float
    high: float
    log: bool
    floor: float
    apart: tuple[str, ...]

    @staticmethod
    def of(parameter: Searched, values: Sequence[Value | Unset]) -> "Scale":
        """Measure a parameter and values of it, some of which may lie outside of its range."""
        words = []
        if any(value is UNSET for value in values):
            words.append(ABSENT)
        if isinstance(parameter, Choice | Bool):
            log, low, high = False, 0.0, max(parameter.levels - 1.0, 0.0)
            strange = any(level_of(parameter.values, v) is None for v in values if v is not UNSET)
            words += ["another"] if strange else []
        else:
            log = parameter.log
            numeric = [number for number in map(number_of, values) if not math.isnan(number)]
            inside = [number for number in numeric if number > 0 or not log]
            low, high = min([parameter.min, *inside]), max([parameter.max, *inside])
            words += ["0"] if log and len(inside) < len(numeric) else []
        room = ASIDE + NEAREST * (len(words) - 1) if words else 0.0
        return Scale(parameter, float(low), float(high), log, room, tuple(words))

    def place(self, value: Value | Unset) -> float:
        """Give the place of a value."""
        parameter = self.parameter
        if value is UNSET:
            return 0.0
        if isinstance(parameter, Choice | Bool):
            level = level_of(parameter.values, value)
            return self.at(level) if level is not None else self._aside("another")
        number = number_of(value)
        if math.isnan(number) or (self.log and number <= 0):
            return self._aside("0")
        return self.at(number)

    def at(self, number: float) -> float:
        """Give the place of a number, or of the number of a category."""
        if not self.high > self.low:
            return (self.floor + 1) / 2
        ends = [self.low, self.high, number]
        low, high, here = map(math.log, ends) if self.log else ends
        return self.floor + (1 - self.floor) * (here - low) / (high - low)

    def _aside(self, words: str) -> float:
        return NEAREST * self.apart.index(words) if words in self.apart else 0.0

    def axis(self) -> Axis:
        """Give the axis with its ticks."""
        ticks = [(NEAREST * place, words) for place, words in enumerate(self.apart)]
        parameter = self.parameter
        if isinstance(parameter, Choice | Bool):
            stride = -(-parameter.levels // MOST_LEVELS)
            levels = range(0, parameter.levels, stride)
            ticks += [(self.at(k), numbers.text(parameter.value_at(k))) for k in levels]
        else:
            found = decades(self.low, self.high) if self.log else linear(self.low, self.high)
            if isinstance(parameter, Int):
                found = [float(number) for number in dict.fromkeys(map(round, found))]
            ticks += [
                (self.at(number), numbers.number(number, 4))
                for number in found
                if self.low <= number <= self.high
            ]
        return Axis(label=parameter.name, low=0.0, high=1.0, ticks=tuple(ticks))


def number_of(value: Value | Unset) -> float:
    """Give a number of a point, nan for what is none: true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return drawable(value)


def level_of(values: Sequence[Value], value: Value | Unset) -> int | None:
    """Give the number of a category among all; 1 and true are two."""
    for level, known in enumerate(values):
        if known == value and isinstance(known, bool) == isinstance(value, bool):
            return level
    return None
