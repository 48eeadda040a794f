"""Whether a value of an older study can be one of a parameter here. Called by `mapping.py`."""

from tuner.space import Choice, Float, Int, Searched
from tuner.study import Value


def alike(given: object, value: Value) -> bool:
    """Say whether two values are the same, or read the same."""
    return given == value or str(given) == str(value)


def can_be(parameter: Searched, value: Value) -> bool:
    """Say whether a parameter can have a value, within its bounds."""
    if isinstance(parameter, Choice):
        return any(alike(value, one) for one in parameter.values)
    if isinstance(parameter, Float | Int):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and inside(parameter, value)
    return isinstance(value, bool)


def inside(parameter: Float | Int, value: object) -> bool:
    """Say whether a number lies within the bounds, or is the zero that may be."""
    number = float(value)  # type: ignore[arg-type]  # a number of this parameter
    zero = parameter.or_zero and number == 0
    return zero or parameter.min <= number <= parameter.max
