"""Space: the named parameters together, and every question about a point of them.

Made by the configuration reader, asked by everybody above. A point holds the values of the live
searched parameters; what is dead has no value anywhere. Fixed and derived values follow from a point
and are not part of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from tuner.errors import ExpressionError, UsageError
from tuner.expression import Expression, Value, compile, did_you_mean  # noqa: A004  the contract's word
from tuner.space.birth import identity
from tuner.space.checks import problems
from tuner.space.lattice import Lattice, lattice
from tuner.space.parameter import (
    UNSET,
    Choice,
    Derived,
    Fixed,
    Float,
    Int,
    Parameter,
    Searched,
    Unset,
    default_of,
    off_grid,
)
from tuner.space.reading import among, as_number, read, spoken
from tuner.space.rules import Rule, in_order, live_values, rule_of
from tuner.space.scale import scale_of

Point = Mapping[str, Value]

AS_IT_IS = "as it is"
MOST_COUNTED = 10_000_000


@dataclass(frozen=True)
class Space:
    """What may be tried.

    Attributes:
        parameters: in the order in which they were written.
        require: conditions on live values; one that names a dead parameter is fulfilled.
        searched: the parameters that a sampler chooses.
    """

    parameters: tuple[Parameter, ...]
    require: tuple[str, ...] = ()
    searched: tuple[Searched, ...] = field(init=False, repr=False, compare=False)
    rules: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    required: tuple[Expression, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        wrong = problems(self.parameters, self.require)
        if wrong:
            path, message = wrong[0]
            raise ValueError(f"{'.'.join(map(str, path))}: {message}")
        rules, _ = in_order(rule_of(parameter) for parameter in self.parameters)
        searched = [p for p in self.parameters if not isinstance(p, Fixed | Derived)]
        required = [compile(text) for text in self.require]
        object.__setattr__(self, "parameters", tuple(self.parameters))
        object.__setattr__(self, "require", tuple(self.require))
        object.__setattr__(self, "searched", tuple(searched))
        object.__setattr__(self, "rules", tuple(rules))
        object.__setattr__(self, "required", tuple(required))

    def alive(self, point: Point) -> frozenset[str]:
        """Name the live parameters, fixed and derived ones included."""
        return frozenset(self._live(point)[0])

    def complete(self, point: Point) -> dict[str, Value]:
        """Give the values of all live parameters, as a job gets them, in the order of writing."""
        live, _ = self._live(point)
        return {p.name: live[p.name] for p in self.parameters if p.name in live}

    def trim(self, values: Point) -> dict[str, Value]:
        """Keep the live searched values only: what makes a point of values for all parameters."""
        live, _ = self._live(values)
        return {p.name: live[p.name] for p in self.searched if p.name in live}

    def violations(self, point: Point) -> list[str]:
        """Name each broken `require`, and each value that cannot be computed; [] if all is well."""
        live, broken = self._live(point)
        for expression in self.required:
            try:
                if expression.names <= live.keys() and not expression.holds(live):
                    broken.append(expression.text)
            except ExpressionError as error:
                broken.append(f"{expression.text}: {error}")
        return broken

    def default_point(self) -> dict[str, Value] | None:
        """Give the point of all defaults, None unless every live parameter has one."""
        absent = []

        def pick(parameter: Searched) -> Value | Unset:
            default = default_of(parameter)
            if default is UNSET:
                absent.append(parameter)
            return default

        live, _ = live_values(self.rules, pick)
        return None if absent else self.trim(live)

    def centre(self) -> dict[str, Value]:
        """Give defaults, else the middle of ranges and the first of values; may break `require`."""

        def pick(parameter: Searched) -> Value | Unset:
            default = default_of(parameter)
            return _middle(parameter) if default is UNSET else default

        return self.trim(live_values(self.rules, pick)[0])

    def key(self, point: Point) -> str:
        """Write a point so that two texts are equal exactly when the points are."""
        live = self.trim(point)
        return json.dumps(
            [[p.name, _plain(p, live[p.name])] for p in self.searched if p.name in live]
        )

    def size(self) -> int | None:
        """Count the points, `require` aside; None if there is no end, or none below 10,000,000."""
        found = self.lattice()
        return None if found is None or found.size > MOST_COUNTED else found.size

    def lattice(self, *, levels: int | None = None, required: bool = False) -> Lattice | None:
        """Number the points, those that keep `require` only where that is asked for.

        None if the space has no end (and `levels`, values for each continuous range, is not given),
        or if its conditions have too many branches to be told apart.
        """
        conditions = self.required if required else ()
        return lattice(self.rules, self.searched, levels=levels, required=conditions)

    def point(self, values: Mapping[str, object]) -> dict[str, Value]:
        """Read what a person gave: defaults fill gaps, values without effect are dropped.

        Raises:
            UsageError: naming everything that is wrong with it.
        """
        known = {p.name for p in self.parameters}
        wrong = [
            f"{name}: no parameter has this name{did_you_mean(str(name), known)}"
            for name in values
            if name not in known
        ]

        def pick(parameter: Searched) -> Value | Unset:
            given = values.get(parameter.name, UNSET)
            if given is UNSET:
                given = default_of(parameter)
            if given is UNSET:
                wrong.append(f"{parameter.name}: missing, and it has no default")
                return UNSET
            try:
                return read(parameter, given)
            except ValueError as error:
                wrong.append(f"{parameter.name}: {error}")
                return UNSET

        live, troubles = live_values(self.rules, pick)
        wrong += troubles + self._contradicted(values, live)
        if wrong:
            raise UsageError("\n".join(wrong))
        return self.trim(live)

    def usable(self, values: Mapping[str, object]) -> tuple[dict[str, Value] | None, str]:
        """Say what a point of an older space is here, and why; None if it is nothing.

        Numbers out of bounds or off a step are kept: they still inform a model.
        """
        notes: list[str] = []
        lost: list[str] = []

        def pick(parameter: Searched) -> Value | Unset:
            value, note = _carried(parameter, values.get(parameter.name, UNSET))
            if note:
                (lost if value is UNSET else notes).append(note)
            return value

        live, _ = live_values(self.rules, pick)
        for parameter in self.parameters:
            given = values.get(parameter.name, UNSET)
            if (
                isinstance(parameter, Fixed)
                and given is not UNSET
                and not _same(given, parameter.value)
            ):
                lost.append(
                    f"{parameter.name}: was {given!r}, is fixed at {spoken(parameter.value)}"
                )
        if lost:
            return None, "; ".join(lost)
        known = {p.name for p in self.parameters}
        here = {p.name for p in self.searched} - live.keys()
        notes += [
            f"{name} is no parameter any more, left out" for name in values if name not in known
        ]
        notes += [f"{name} has no effect here, left out" for name in values if name in here]
        return self.trim(live), "; ".join(notes) or AS_IT_IS

    def _live(self, point: Point) -> tuple[dict[str, Value], list[str]]:
        return live_values(self.rules, lambda p: point.get(p.name, UNSET))

    def _contradicted(self, values: Mapping[str, object], live: Point) -> list[str]:
        """Name fixed and derived values that were given and are not what they must be."""
        return [
            f"{p.name}: is {'fixed at' if isinstance(p, Fixed) else 'derived as'}"
            f" {spoken(live[p.name])}, got {values[p.name]!r}"
            for p in self.parameters
            if isinstance(p, Fixed | Derived)
            and p.name in values
            and p.name in live
            and not _same(values[p.name], live[p.name])
        ]


def _middle(parameter: Searched) -> Value:
    scale = scale_of(parameter)
    return scale.value(0.0 if scale.kind == "category" else 0.5)


def _plain(parameter: Searched, value: Value) -> Value:
    """Write a number in the type of its parameter, so that 1 and 1.0 of a float are one point."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(parameter, Float):
        return float(value) + 0.0
    if isinstance(parameter, Int) and value == int(value):
        return int(value)
    return value + 0.0 if isinstance(value, float) else value


def _same(given: object, value: Value) -> bool:
    """Say whether a value that a person or a table gave means this one: "30" and 30.0 mean 30."""
    if identity(cast("Value", given)) == identity(value):
        return True
    try:
        among(Choice(name="it", values=(value,)), given)
    except ValueError:
        return False
    return True


def _carried(parameter: Searched, given: object) -> tuple[Value | Unset, str]:
    """Read a value of an older space: the value here or UNSET, and what there is to say."""
    name = parameter.name
    if given is UNSET:
        default = default_of(parameter)
        if default is UNSET:
            return UNSET, f"{name}: no value in it, and no default"
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
