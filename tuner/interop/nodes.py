"""Nodes of parameters, as our own configuration has them. Pure."""

import math

from tuner.interop.values import int_of, number_of


def range_node(
    low: object, high: object, *, whole: bool, log: bool = False, step: object = None
) -> dict[str, object]:
    """Give the node of a range, or of a fixed value where both ends are one.

    Args:
        low: the least value, in raw units.
        high: the largest one.
        whole: of whole numbers.
        log: searched on a log scale.
        step: between values; none on a log scale, nor 1 between whole numbers.

    Raises:
        ValueError: an end, or the step, is no finite number.

    Example:
        >>> range_node(1, 9, whole=True, step=2), range_node(0.5, 0.5, whole=False)
        ({'type': 'int', 'min': 1, 'max': 9, 'step': 2}, {'value': 0.5})
    """
    ends = number_of(low), number_of(high)
    if not all(map(math.isfinite, ends)):
        raise ValueError("has a range without an end")
    first, last = (int_of(low), int_of(high)) if whole else ends
    if first == last:
        return {"value": first}
    node: dict[str, object] = {"type": "int" if whole else "float", "min": first, "max": last}
    if log:
        return {**node, "log": True}
    if step is None or (whole and step == 1):
        return node
    wide = int_of(step) if whole else number_of(step)
    if not math.isfinite(wide):
        raise ValueError("has a step without an end")
    return {**node, "step": wide}
