"""The parameters a person may write: frozen values that are valid as soon as they exist.

The configuration reader makes them, `Space` puts them together. A parameter knows its own values and
nothing of other parameters; `when` and `derive` are texts here, understood in `space.py`.
"""

import math
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from tuner.expression import Value
from tuner.space import birth
from tuner.space.birth import FINEST, NARROWEST, NARROWEST_LOG, TOLERANCE, identity


class Unset(Enum):
    """The default that is not given, where null could be one."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET = Unset.UNSET


@dataclass(frozen=True, kw_only=True)
class Float:
    """A real number between two values.

    Attributes:
        step: only min, min + step, min + 2 step … up to max.
        or_zero: the value 0 as well, apart from the range (a penalty that may be off).
    """

    name: str
    min: float
    max: float
    log: bool = False
    step: float | None = None
    default: float | None = None
    or_zero: bool = False
    when: str | None = None

    def __post_init__(self) -> None:
        birth.check_name(self.name)
        birth.texts(self.name, self.when)
        for what in ("min", "max", "step", "default"):
            value = getattr(self, what)
            if value is not None or what in ("min", "max"):
                object.__setattr__(self, what, birth.number(self.name, what, value) + 0.0)
        birth.bounds(self.name, self.min, self.max, log=self.log, or_zero=self.or_zero)
        self._check_width()
        if self.step is not None:
            self._check_step(self.step)
        if self.default is not None:
            object.__setattr__(self, "default", _checked_default(self, self.default))

    def _check_width(self) -> None:
        width = self.max - self.min
        narrow = NARROWEST * max(abs(self.min), abs(self.max))
        if not math.isfinite(width) or width <= narrow:
            raise ValueError(
                f"{self.name}: {self.min} to {self.max} is too {'narrow' if width <= narrow else 'wide'}"
                " for double precision"
            )
        if self.log and self.max < self.min * NARROWEST_LOG:
            raise ValueError(
                f"{self.name}: {self.min} to {self.max} is too narrow for a log scale; leave log out"
            )

    def _check_step(self, step: float) -> None:
        if self.log:
            raise ValueError(
                f"{self.name}: step and log cannot be combined, got step={step};"
                " write the values as {values: […], ordered: true}"
            )
        if (
            0 < step < FINEST * max(abs(self.min), abs(self.max))
        ):  # first: `levels` cannot count them
            raise ValueError(f"{self.name}: step {step} is too fine to be seen; leave step out")
        if step <= 0 or (self.levels or 0) <= 1:
            raise ValueError(
                f"{self.name}: step must be above 0 and at most {self.max - self.min:g}, got {step}"
            )

    @property
    def levels(self) -> int | None:
        """How many values the range has, 0 of `or_zero` not counted; None without a step."""
        if self.step is None:
            return None
        width = Decimal(repr(self.max)) - Decimal(repr(self.min))
        return int(width // Decimal(repr(self.step))) + 1

    def value_at(self, level: int) -> float:
        """Give the value of a step, as a person would write it: 0.3, not 0.30000000000000004."""
        step = Decimal(repr(self.step or 0.0))
        return float(Decimal(repr(self.min)) + level * step) + 0.0

    def level_of(self, value: float) -> float:
        """Give the step of a value; a fraction between two steps, outside of the range below 0."""
        return (value - self.min) / (self.step or 1.0)


@dataclass(frozen=True, kw_only=True)
class Int:
    """A whole number between two values, both included where `step` reaches them.

    Attributes:
        step: only min, min + step, min + 2 step … up to max.
        or_zero: the value 0 as well, apart from the range.
    """

    name: str
    min: int
    max: int
    step: int = 1
    log: bool = False
    default: int | None = None
    or_zero: bool = False
    when: str | None = None

    def __post_init__(self) -> None:
        birth.check_name(self.name)
        birth.texts(self.name, self.when)
        for what in ("min", "max", "step", "default"):
            value = getattr(self, what)
            if value is not None or what != "default":
                object.__setattr__(self, what, birth.whole(self.name, what, value))
        birth.bounds(self.name, self.min, self.max, log=self.log, or_zero=self.or_zero)
        if not 1 <= self.step <= self.max - self.min:
            raise ValueError(
                f"{self.name}: step must be 1 to {self.max - self.min}, got {self.step}"
            )
        if self.log and self.step != 1:
            raise ValueError(
                f"{self.name}: step and log cannot be combined, got step={self.step};"
                " write the values as {values: […], ordered: true}"
            )
        if self.default is not None:
            object.__setattr__(self, "default", int(_checked_default(self, self.default)))

    @property
    def levels(self) -> int:
        """How many values the range has, 0 of `or_zero` not counted."""
        return (self.max - self.min) // self.step + 1

    def value_at(self, level: int) -> int:
        """Give the value of a step."""
        return self.min + level * self.step

    def level_of(self, value: float) -> float:
        """Give the step of a value; a fraction between two steps, outside of the range below 0."""
        return (value - self.min) / self.step


def off_grid(parameter: "Float | Int", value: float) -> str | None:
    """Say what is wrong with a number as a value of a parameter, None if nothing is."""
    if parameter.or_zero and value == 0:
        return None
    if not parameter.min <= value <= parameter.max:
        zero = " or 0" if parameter.or_zero else ""
        return f"must lie between {parameter.min} and {parameter.max}{zero}, got {value}"
    levels = parameter.levels
    if levels is None:
        return None
    level = parameter.level_of(value)
    if level > levels - 1 + TOLERANCE or abs(level - round(level)) > TOLERANCE:
        low = min(int(level), levels - 1)
        near = [parameter.value_at(k) for k in (low, low + 1) if k < levels]
        return f"must be {' or '.join(map(str, near))}, on a step of {parameter.step}, got {value}"
    return None


def _checked_default(parameter: "Float | Int", default: float) -> float:
    wrong = off_grid(parameter, default)
    if wrong is not None:
        raise ValueError(f"{parameter.name}: default {wrong}")
    if parameter.levels is None or (parameter.or_zero and default == 0):
        return default
    return parameter.value_at(round(parameter.level_of(default)))


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several values, each of the type it was written in.

    Attributes:
        ordered: the values are in their order on a scale, so that neighbours resemble each other.
        default: UNSET for none, since null may be a value.
    """

    name: str
    values: tuple[Value, ...]
    ordered: bool = False
    default: Value | Unset = UNSET
    when: str | None = None

    def __post_init__(self) -> None:
        birth.check_name(self.name)
        birth.texts(self.name, self.when)
        if not self.values:
            raise ValueError(f"{self.name}: values must not be empty, got []")
        seen = set()
        for value in self.values:
            birth.scalar(self.name, "a value", value)
            if identity(value) in seen:
                raise ValueError(f"{self.name}: values must differ, got {value!r} twice")
            seen.add(identity(value))
        object.__setattr__(self, "values", tuple(self.values))
        if self.default is not UNSET and identity(self.default) not in seen:
            listed = ", ".join(map(repr, self.values))
            raise ValueError(f"{self.name}: default must be one of {listed}, got {self.default!r}")

    @property
    def levels(self) -> int:
        """How many values there are."""
        return len(self.values)

    def value_at(self, level: int) -> Value:
        """Give a value by its place."""
        return self.values[level]


@dataclass(frozen=True, kw_only=True)
class Bool:
    """True or false."""

    name: str
    default: bool | None = None
    when: str | None = None

    def __post_init__(self) -> None:
        birth.check_name(self.name)
        birth.texts(self.name, self.when)
        if self.default is not None and not isinstance(self.default, bool):
            raise ValueError(f"{self.name}: default must be true or false, got {self.default!r}")

    @property
    def values(self) -> tuple[bool, bool]:
        """False, then true."""
        return (False, True)

    @property
    def levels(self) -> int:
        """Two."""
        return 2

    def value_at(self, level: int) -> bool:
        """Give a value by its place."""
        return bool(level)


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A value that never changes and reaches every job all the same."""

    name: str
    value: Value
    when: str | None = None

    def __post_init__(self) -> None:
        birth.check_name(self.name)
        birth.texts(self.name, self.when)
        birth.scalar(self.name, "value", self.value)


@dataclass(frozen=True, kw_only=True)
class Derived:
    """A value computed from other parameters."""

    name: str
    derive: str
    when: str | None = None

    def __post_init__(self) -> None:
        birth.check_name(self.name)
        birth.texts(self.name, self.derive, self.when)


Searched = Float | Int | Choice | Bool
Parameter = Float | Int | Choice | Bool | Fixed | Derived


def default_of(parameter: Searched) -> Value | Unset:
    """Give the default, UNSET if there is none."""
    if isinstance(parameter, Choice):
        return parameter.default
    return UNSET if parameter.default is None else parameter.default
