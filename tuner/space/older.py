"""Points of older spaces: what of them still means something here, and the words for it.

Called by `Space.usable`, for the trials of a study whose configuration was changed.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from tuner.expression import Value
from tuner.space.parameter import (
    UNSET,
    Fixed,
    Float,
    Int,
    Parameter,
    Searched,
    Unset,
    default_of,
    off_grid,
)
from tuner.space.reading import among, as_number, means_same, spoken
from tuner.space.rules import Rule, is_searched, live_values

NO_DEFAULT = "no value in it, and no default"


def carried(
    parameters: Sequence[Parameter], rules: Sequence[Rule], values: Mapping[str, object]
) -> tuple[dict[str, Value] | None, list[str]]:
    """Give the live values here and what there is to say, or None and why not."""
    notes: list[str] = []
    lost: list[str] = []

    def pick(parameter: Searched) -> Value | Unset:
        value, note = _carried(parameter, values.get(parameter.name, UNSET))
        if note:
            (lost if value is UNSET else notes).append(note)
        return value

    live, _ = live_values(rules, pick)
    for parameter in parameters:
        given = values.get(parameter.name, UNSET)
        if not isinstance(parameter, Fixed) or given is UNSET:
            continue
        if not means_same(given, parameter.value):
            now = spoken(parameter.value)
            lost.append(f"{parameter.name}: was {given!r}, is fixed at {now}")
    if lost:
        return None, lost
    known = {p.name for p in parameters}
    dead = {p.name for p in parameters if is_searched(p)} - live.keys()
    notes += [f"{name} is no parameter any more, left out" for name in values if name not in known]
    notes += [f"{name} has no effect here, left out" for name in values if name in dead]
    return live, notes


def _carried(parameter: Searched, given: object) -> tuple[Value | Unset, str]:
    """Read one value: the value here or UNSET, and what there is to say."""
    name = parameter.name
    if given is UNSET:
        default = default_of(parameter)
        if default is UNSET:
            return UNSET, f"{name}: {NO_DEFAULT}"
        return default, f"{name}: no value in it, taken at its default"
    try:
        if not isinstance(parameter, Float | Int):
            return among(parameter, given), ""
        value = as_number(parameter, given)
    except ValueError:
        what = "number" if isinstance(parameter, Float | Int) else "value any more"
        return UNSET, f"{name}: {given!r} is no {what}"
    if off_grid(parameter, cast("float", value)) is None:
        return value, ""
    inside = parameter.min <= cast("float", value) <= parameter.max
    where = "between the steps" if inside else "outside the bounds"
    return value, f"{where} of {name}, still informs the model"
