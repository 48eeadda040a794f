"""A number of an older study as one of an ordered list of numbers here. Called by `mapping.py`."""

import itertools
import math
from collections.abc import Mapping, Sequence

from tuner.space import Choice, Searched, Space
from tuner.study import Value


def on_lists(space: Space, values: Mapping[str, Value]) -> dict[str, Value]:
    """Give values by name, those of ordered lists of numbers as the nearest there."""
    lists = [p for p in space.searched if isinstance(p, Choice) and p.ordered and p.name in values]
    return {**values, **{each.name: nearest(each, values[each.name]) for each in lists}}


def nearest(parameter: Searched, value: Value) -> Value:
    """Give the number of an ordered list that is nearest, by ratios where these are more even.

    Everything else is given back as it is: a number beyond an end by more than the list's step there,
    a text, a value of the list.

    Example:
        >>> widths = Choice(name="width", values=(16, 32, 64, 128), ordered=True)
        >>> [nearest(widths, value) for value in (44, 48, 8, 7, 32.0, "32")]
        [32, 64, 16, 7, 32.0, '32']
    """
    if not isinstance(parameter, Choice) or not parameter.ordered or not _is_number(value):
        return value
    numbers = [number for number in parameter.values if _is_number(number)]
    if len(numbers) < max(2, len(parameter.values)) or value in numbers:
        return value
    numbers.sort(key=float)  # type: ignore[arg-type]  # numbers, every one
    places = list(map(float, numbers))  # type: ignore[arg-type]
    place, scaled = float(value), places  # type: ignore[arg-type]
    here = place
    if places[0] > 0 and _uneven(ratios := list(map(math.log2, places))) < _uneven(places):
        if place <= 0:
            return value
        here, scaled = math.log2(place), ratios
    if not 2 * scaled[0] - scaled[1] <= here <= 2 * scaled[-1] - scaled[-2]:
        return value
    near = min(range(len(scaled)), key=lambda index: abs(scaled[index] - here))
    return numbers[near]


def _uneven(places: Sequence[float]) -> float:
    """Give how much the widest step is wider than the narrowest."""
    steps = [after - before for before, after in itertools.pairwise(places)]
    return max(steps) / min(steps) if min(steps) > 0 else math.inf


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
