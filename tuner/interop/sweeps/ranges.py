"""Distributions of other tools as nodes of ours, each with what is not as it was. Pure.

A normal distribution becomes its middle 99.7 %, three standard deviations to each side, with the
centre as the default: the search begins there.
"""

import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from tuner.interop.base import Node
from tuner.interop.nodes import range_node
from tuner.interop.values import number_of, value_of
from tuner.study import Value

SIGMAS = 3
FEW = 20  # values, which a person still reads as a list
DIGITS = 6  # of a bound that had to be computed

Ranged = tuple[Node, str]


def short(value: float) -> float:
    """Round a bound that was computed, as from an exponent.

    Example:
        >>> short(math.exp(-7))
        0.000911882
    """
    return float(f"{value:.{DIGITS}g}")


def powers(low: object, high: object) -> tuple[float, float]:
    """Give e to the power of both, as values. Raises ValueError where these are no numbers."""
    try:
        first, last = (short(math.exp(number_of(each))) for each in (low, high))
    except OverflowError:
        raise ValueError("has an exponent that no double can hold") from None
    return first, last


def integral(*numbers: object) -> bool:
    """Say whether all of them are whole.

    Example:
        >>> integral(1, 2.0), integral(1, 0.5)
        (True, False)
    """
    return all(math.isfinite(n := number_of(each)) and n == int(n) for each in numbers)


def multiples(low: object, high: object, q: object, *, log: bool = False) -> Ranged:
    """Give the multiples of q between two values, both included.

    Example:
        >>> multiples(5, 100, 10)[0]
        {'type': 'int', 'min': 10, 'max': 100, 'step': 10}
        >>> multiples(8, 64, 8, log=True)[0]["values"]
        [8, 16, 24, 32, 40, 48, 56, 64]
    """
    step = number_of(q)
    ends = number_of(low), number_of(high)
    if not all(map(math.isfinite, (*ends, step))) or step <= 0 or ends[0] > ends[1]:
        raise ValueError("has no range of multiples")
    whole, wide = integral(q), Decimal(repr(step))
    count_low = (Decimal(repr(ends[0])) / wide).to_integral_value(ROUND_CEILING)
    count_high = (Decimal(repr(ends[1])) / wide).to_integral_value(ROUND_FLOOR)
    if log:
        count_low = max(count_low, Decimal(1))  # 0 has no place on a log scale
    if count_low > count_high:
        raise ValueError(f"has no multiple of {q} in it")
    first, last = float(count_low * wide), float(count_high * wide)
    moved = "" if (first, last) == ends else f"multiples of {q}, from {first:g} to {last:g}"
    if not log:
        return range_node(first, last, whole=whole, step=q), moved
    if whole and step == 1:
        return range_node(first, last, whole=True, log=True), moved
    if count_high - count_low < FEW:
        kind = int if whole else float
        values = [kind(number * wide) for number in _counts(count_low, count_high)]
        return choice(values)[0], f"multiples of {q} on a log scale, here a list in order"
    node = range_node(first, last, whole=whole, log=True)
    return node, f"the step {q} is left out, a log scale has none"


def _counts(low: Decimal, high: Decimal) -> Iterable[Decimal]:
    return (Decimal(number) for number in range(int(low), int(high) + 1))


def normal(mu: object, sigma: object, q: object = None) -> Ranged:
    """Give the middle of a normal distribution, in multiples of q if there is one.

    Example:
        >>> normal(0.5, 0.1)[0]
        {'type': 'float', 'min': 0.2, 'max': 0.8, 'default': 0.5}
    """
    centre, width = number_of(mu), number_of(sigma)
    ends = short(centre - SIGMAS * width), short(centre + SIGMAS * width)
    note = f"was normal({centre:g}, {width:g}): three sigma to each side, CHECK the range"
    if q is not None:
        return multiples(*ends, q)[0], f"{note}, multiples of {q}"
    return {**range_node(*ends, whole=False), **_default(centre, width)}, note


def log_normal(mu: object, sigma: object, q: object = None) -> Ranged:
    """Give the middle of a log-normal distribution, of which mu and sigma are exponents of e."""
    centre, width = number_of(mu), number_of(sigma)
    low, high = powers(centre - SIGMAS * width, centre + SIGMAS * width)
    note = f"was log-normal({centre:g}, {width:g}): three sigma to each side, CHECK the range"
    if q is not None:
        return multiples(low, high, q, log=True)[0], f"{note}, multiples of {q}"
    middle, _ = powers(centre, centre)
    return {**range_node(low, high, whole=False, log=True), **_default(middle, width)}, note


def _default(centre: float, width: float) -> Node:
    return {"default": short(centre)} if width > 0 else {}


def beta(a: object, b: object) -> Ranged:
    """Give the range of a beta distribution, with its mean as the default."""
    first, second = number_of(a), number_of(b)
    if not (0 < first < math.inf and 0 < second < math.inf):
        raise ValueError("is no beta distribution")
    node = {**range_node(0, 1, whole=False), "default": short(first / (first + second))}
    return node, f"was beta({first:g}, {second:g}): its range, its mean as the default"


def choice(values: object, chances: object = None) -> Ranged:
    """Give a choice; numbers that rise or fall are in order.

    Args:
        values: a list; what is a list or a mapping in it becomes its JSON.
        chances: the probability of each, None for equal ones.

    Example:
        >>> choice([16, 32, 64])[0], choice(["sgd"])[0]
        ({'values': [16, 32, 64], 'ordered': True}, {'value': 'sgd'})
    """
    if not isinstance(values, Sequence) or isinstance(values, str) or not values:
        raise ValueError("has no list of values")
    notes = []
    kept: dict[tuple[str, Value], Value] = {}
    for value in map(value_of, values):
        kept.setdefault((type(value).__name__, value), value)
    if len(kept) < len(values):
        notes.append("values that were there twice are there once")
    if any(isinstance(value, list | dict) for value in values):
        notes.append("lists and mappings are given as their JSON")
    if isinstance(chances, Sequence) and len({*map(str, chances)}) > 1:
        notes.append(f"the probabilities {', '.join(map(str, chances))} are left out")
    found = list(kept.values())
    return _listed(found), "; ".join(notes)


def _listed(found: list[Value]) -> Node:
    if len(found) == 1:
        return {"value": found[0]}
    if {*map(type, found)} == {bool}:
        return {"type": "bool"}
    numbers = [value for value in found if isinstance(value, int | float)]
    rising = len({*map(type, found)}) == 1 and sorted(numbers) in (found, found[::-1])
    if len(found) > 2 and rising:  # noqa: PLR2004  two are in order either way
        return {"values": found, "ordered": True}
    return {"values": found}


def fixed(value: object) -> Ranged:
    """Give a fixed value; a list or a mapping becomes its JSON."""
    note = "given as its JSON" if isinstance(value, list | dict) else ""
    return {"value": value_of(value)}, note
