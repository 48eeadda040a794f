"""Values from people, files and older spaces, read as a value of a parameter. Called by `Space`."""

import math
from collections.abc import Callable
from sys import intern
from typing import Any

from tuner.expression import Value, did_you_mean
from tuner.space.birth import identity
from tuner.space.parameter import Bool, Choice, Float, Int, Searched, off_grid


def read(parameter: Searched, value: object) -> Value:
    """Read a value; texts of numbers and of true and false are understood.

    Example:
        >>> read(Float(name="lr", min=0, max=1), "1e-3")
        0.001

    Raises:
        ValueError: it is none of the parameter's values; the message has no name in front.
    """
    if isinstance(parameter, Float | Int):
        number = _number(parameter, value)
        wrong = off_grid(parameter, number)
        if wrong is not None:
            raise ValueError(wrong)
        return snapped(parameter, number)
    return among(parameter, value)


def is_legal(parameter: Searched, value: object) -> bool:
    """Say whether a value is one of a parameter's, in its type and to the last digit."""
    return _LEGAL[type(parameter)](parameter, value)


def _legal_float(parameter: Float, value: object) -> bool:
    return isinstance(value, float) and (  # what holds for most comes first
        (parameter.step is None and parameter.min <= value <= parameter.max)
        or (
            off_grid(parameter, value) is None
            and (parameter.step is None or snapped(parameter, value) == value)
        )
    )


def _legal_int(parameter: Int, value: object) -> bool:
    return (
        isinstance(value, int)
        and not isinstance(value, bool)
        and (
            (parameter.step == 1 and parameter.min <= value <= parameter.max)
            or off_grid(parameter, value) is None
        )
    )


def _legal_bool(_: Bool, value: object) -> bool:
    return isinstance(value, bool)


def _legal_choice(parameter: Choice, value: object) -> bool:
    kind = type(value)
    for own in parameter.values:  # noqa: SIM110  `any` takes twice as long, and long studies are looked through
        if kind is type(own) and value == own:
            return True
    return False


_LEGAL: dict[type, Callable[[Any, object], bool]] = {
    Float: _legal_float,
    Int: _legal_int,
    Bool: _legal_bool,
    Choice: _legal_choice,
}


def snapped(parameter: Float | Int, number: float) -> Value:
    """Put a number that lies on the grid exactly there, in the parameter's type."""
    if parameter.or_zero and number == 0:
        return 0 if isinstance(parameter, Int) else 0.0
    if parameter.levels is None:
        return number + 0.0
    return parameter.value_at(round(parameter.level_of(number)))


def as_number(parameter: Float | Int, value: object) -> Value:
    """Read a number of an older space: inside or outside of the bounds, on or off a step.

    Raises:
        ValueError: it is no number of the parameter's type.
    """
    number = _number(parameter, value)
    if off_grid(parameter, number) is None:
        return snapped(parameter, number)
    return int(number) if isinstance(parameter, Int) else number + 0.0


def _number(parameter: Float | Int, value: object) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError  # noqa: TRY301, TRY004  joins the texts that are no numbers
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"must be a number, got {value!r}")
    if isinstance(parameter, Int) and number != int(number):
        raise ValueError(f"must be a whole number, got {value!r}")
    return number


def among(parameter: Choice | Bool, value: object) -> Value:
    """Find a value among those of a choice: exactly, else as the only one that is written like it.

    Raises:
        ValueError: there is none, or there are several.
    """
    known = parameter.values
    if isinstance(value, bool | int | float | str) or value is None:
        for candidate in known:
            if identity(candidate) == identity(value):
                return candidate
        alike = [candidate for candidate in known if _alike(candidate, value)]
        if len(alike) == 1:
            return alike[0]
    listed = ", ".join(map(spoken, known[:20])) + (", …" if len(known) > 20 else "")  # noqa: PLR2004  a line's worth
    texts = [candidate for candidate in known if isinstance(candidate, str)]
    near = did_you_mean(value, texts) if isinstance(value, str) else ""
    raise ValueError(f"must be one of {listed}, got {value!r}{near}")


def means_same(given: object, value: Value) -> bool:
    """Say whether a value that a person or a table gave means this one: "30" and 30.0 mean 30."""
    try:
        among(Choice(name="it", values=(value,)), given)
    except ValueError:
        return False
    return True


def canonical(parameter: Searched, value: Value) -> str | float:
    """Give a number in the type of its parameter, so that 1 and 1.0 of a float are one point."""
    if type(value) is str or isinstance(value, bool) or not isinstance(value, int | float):
        return intern(repr(value))
    if isinstance(parameter, Float):
        return float(value or 0.0)
    if isinstance(parameter, Int):
        return int(value) if value == int(value) else value
    return intern(repr(value + 0.0 if isinstance(value, float) else value))


def spoken(value: Value) -> str:
    """Write a value as the configuration does."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)


def _alike(candidate: Value, value: Value) -> bool:
    """Say whether a value stands for a candidate of another type: 64.0 or "64" for 64."""
    if isinstance(candidate, bool) or candidate is None:
        return isinstance(value, str) and value.lower() == spoken(candidate)
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(candidate, str):
        return isinstance(value, int | float) and candidate == str(value)
    try:
        return float(value) == candidate
    except (ValueError, OverflowError):
        return False
