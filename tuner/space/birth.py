"""What a parameter checks when it is made. Called by `parameter.py` only; every error is a ValueError.

The messages say whose mistake it is, what was given and what would be right.
"""

import math
import re

from tuner.expression import Value

LONGEST_NAME = 64
LARGEST_INT = 10**12  # beyond it a double on the unit cube no longer tells neighbours apart
NARROWEST = 1e-12  # of a range, relative to its bounds: fewer doubles than that are no continuum
NARROWEST_LOG = 1 + 1e-6
FINEST = 1e-9  # of a step, relative to the bounds: finer ones drown in rounding
TOLERANCE = 1e-6  # of a step: 0.30000000000000004 is the third step of 0.1

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
WORDS = frozenset({"and", "or", "not", "in", "true", "false", "null", "True", "False", "None"})
TEMPLATE_WORDS = frozenset({"args", "trial"})  # {args.json}, {trial.dir} in commands


def identity(value: Value) -> tuple[str, Value]:
    """Give what tells values apart: 1, 1.0, true and "1" are four values, 0.0 and -0.0 are one."""
    return type(value).__name__, value


def check_name(name: object) -> None:
    """Refuse names that a command line, an environment or an expression could not carry."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ValueError(
            f"{name!r} is no name: letters, digits, _ . and - after a letter or _,"
            f" at most {LONGEST_NAME} characters"
        )
    if name in WORDS or name.split(".", maxsplit=1)[0] in TEMPLATE_WORDS:
        raise ValueError(f"{name!r} is a word of the language and cannot name a parameter")


def number(owner: str, what: str, value: object) -> float:
    """Give a finite number, or say what was given instead."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{owner}: {what} must be a number, got {value!r}")  # noqa: TRY004  one kind of error for all mistakes
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{owner}: {what} must be finite, got {value!r}")
    return number


def whole(owner: str, what: str, value: object) -> int:
    """Give a whole number that columns can hold exactly."""
    found = number(owner, what, value)
    if found != int(found):
        raise ValueError(f"{owner}: {what} must be a whole number, got {value!r}; or type: float")
    if abs(found) > LARGEST_INT:
        raise ValueError(
            f"{owner}: {what} must lie within {LARGEST_INT:.0e}, got {value!r}; or type: float"
        )
    return int(found)


def scalar(owner: str, what: str, value: object) -> None:
    """Refuse what is no value at all."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{owner}: {what} must be finite, got {value!r}")
    if value is not None and not isinstance(value, bool | int | float | str):
        raise ValueError(
            f"{owner}: {what} must be a number, a text, true, false or null, got {value!r}"
        )


def bounds(owner: str, low: float, high: float, *, log: bool, or_zero: bool) -> None:
    """Refuse a range that is empty, below 0 on a log scale, or around its own `or_zero`."""
    if not low < high:
        single = f"; a single value is written {{value: {low}}}" if low == high else ""
        raise ValueError(f"{owner}: min must be below max, got min={low}, max={high}{single}")
    if log and low <= 0:
        raise ValueError(f"{owner}: log needs min above 0, got min={low}")
    if or_zero and low <= 0 <= high:
        raise ValueError(
            f"{owner}: or_zero adds a 0 that {low} to {high} holds already; leave or_zero out"
        )


def texts(owner: str, *given: object) -> None:
    """Refuse expressions that are no texts."""
    for text in given:
        if text is not None and not isinstance(text, str):
            raise ValueError(f"{owner}: an expression is a text, got {text!r}")
