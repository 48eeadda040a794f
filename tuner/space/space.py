"""Space: the named parameters together, and every question about a point of them.

Made by the configuration reader, asked by everybody above. A point holds the values of the live
searched parameters; what is dead has no value anywhere. Fixed and derived values follow from a point
and are not part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from tuner.errors import ExpressionError, UsageError
from tuner.expression import Expression, Value, compile, did_you_mean  # noqa: A004  the contract's word
from tuner.space.checks import problems
from tuner.space.older import carried
from tuner.space.parameter import (
    UNSET,
    Derived,
    Fixed,
    Parameter,
    Searched,
    Unset,
    default_of,
)
from tuner.space.reading import canonical, is_legal, means_same, read, spoken
from tuner.space.rules import Rule, gatekeepers, in_order, live_values, roots_of, rule_of

if TYPE_CHECKING:
    from tuner.space.lattice import Lattice

Point = Mapping[str, Value]
Key = tuple[str | float | None, ...]  # of a point, a place for each searched parameter

AS_IT_IS = "as it is"
MOST_COUNTED = 10_000_000


@dataclass(frozen=True)
class Space:
    """What may be tried.

    Attributes:
        parameters: in the order in which they were written.
        require: conditions on live values; one that names a dead parameter is fulfilled.
        searched: the parameters that a sampler chooses.
        rules: of all parameters, each after those that it needs.
        required: `require`, understood.
        gates: names of the searched parameters that decide which others are live.
    """

    parameters: tuple[Parameter, ...]
    require: tuple[str, ...] = ()
    searched: tuple[Searched, ...] = field(init=False, repr=False, compare=False)
    rules: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    required: tuple[Expression, ...] = field(init=False, repr=False, compare=False)
    gates: frozenset[str] = field(init=False, repr=False, compare=False)
    _keepers: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    _sure: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        wrong = problems(self.parameters, self.require)
        if wrong:
            path, message = wrong[0]
            raise ValueError(f"{'.'.join(map(str, path))}: {message}")
        rules, _ = in_order(rule_of(parameter) for parameter in self.parameters)
        keepers, roots = gatekeepers(rules), roots_of(rules)
        needs = [n for rule in keepers if rule.when for n in rule.when.names]
        for name, value in {
            "parameters": self.parameters,
            "require": self.require,
            "searched": [p for p in self.parameters if not isinstance(p, Fixed | Derived)],
            "rules": rules,
            "required": [compile(text) for text in self.require],
            "_keepers": keepers,
        }.items():
            object.__setattr__(self, name, tuple(value))
        gates = frozenset[str]().union(*(roots[name] for name in needs))
        object.__setattr__(self, "gates", gates)
        kept = {rule.parameter.name for rule in keepers}
        sure = tuple(p.name for p in self.searched if p.name not in kept)
        object.__setattr__(self, "_sure", sure)

    @property
    def followed(self) -> bool:
        """Some parameter is not searched: it is fixed, or derived from others."""
        return len(self.searched) < len(self.parameters)

    @property
    def conditional(self) -> bool:
        """Some searched parameter is live at times only."""
        return bool(self._keepers)

    def alive(self, point: Point) -> frozenset[str]:
        """Name the live parameters, fixed and derived ones included."""
        return frozenset(self._live(point)[0])

    def complete(self, point: Point) -> dict[str, Value]:
        """Give the values of all live parameters, as a job gets them, in the order of writing."""
        if not self.followed:
            return self.trim(point)
        live, _ = self._live(point)
        return {p.name: live[p.name] for p in self.parameters if p.name in live}

    def trim(self, values: Point) -> dict[str, Value]:
        """Keep the live searched values only: what makes a point of values for all parameters."""
        return self._trimmed(values)[0]

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

    def middles(self) -> dict[str, Value]:
        """Give each searched parameter its default, else the middle of its range or its first value."""
        return {p.name: cast("Value", _default_or_middle(p)) for p in self.searched}

    def centre(self) -> dict[str, Value]:
        """Give defaults, else the middle of ranges and the first of values; may break `require`."""
        return self.trim(live_values(self.rules, _default_or_middle)[0])

    def key(self, point: Point, *, trimmed: bool = False) -> Key:
        """Give what two points have in common exactly when they are equal.

        Args:
            point: values of a point, perhaps of fixed, derived and dead parameters as well.
            trimmed: these are left out already, as by `trim` or `usable`.
        """
        live = point if trimmed else self.trim(point)
        return tuple(
            [canonical(p, live[p.name]) if p.name in live else None for p in self.searched]
        )

    def size(self) -> int | None:
        """Count the points, `require` aside; None if there is no end, or none below 10,000,000."""
        found = self.lattice()
        return None if found is None or found.size > MOST_COUNTED else found.size

    def lattice(self, *, levels: int | None = None, required: bool = False) -> "Lattice | None":
        """Number the points, those that keep `require` only where that is asked for.

        None if the space has no end (and `levels`, values for each continuous range, is not given),
        or if its conditions have too many branches to be told apart.
        """
        from tuner.space.lattice import lattice

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

    def value(self, name: str, given: object) -> Value:
        """Read one value of a searched parameter.

        Raises:
            ValueError: it is none of the parameter's values.
        """
        [parameter] = [p for p in self.searched if p.name == name]
        return read(parameter, given)

    def filled(self, values: Mapping[str, object]) -> dict[str, Value]:
        """Read a part of a point: what is missing gets its default, else the middle of its range.

        Raises:
            UsageError: naming everything that is wrong with it.
        """
        point = self.point({**self.middles(), **values})
        broken = self.violations(point)
        if broken:
            raise UsageError("\n".join(f"does not fulfil {text!r}" for text in broken))
        return point

    def usable(self, values: Mapping[str, object]) -> tuple[dict[str, Value] | None, str]:
        """Say what a point of an older space is here, and why; None if it is nothing.

        Numbers out of bounds or off a step are kept: they still inform a model.
        """
        here, lacks = self._trimmed(cast("Point", values))
        legal = not lacks and all(
            is_legal(p, here[p.name]) for p in self.searched if p.name in here
        )
        if legal and (values == here or values == self.complete(here)):
            return here, AS_IT_IS
        live, notes = carried(self.parameters, self.rules, values)
        return (None if live is None else self.trim(live)), "; ".join(notes) or AS_IT_IS

    def recalled(self, values: Mapping[str, object]) -> tuple[dict[str, Value] | None, str]:
        """Say what a point of an older study is here, as `usable`, whatever space it comes from.

        What is not searched here is left out: a fixed budget may well have been another one. What is
        missing is at its default, else in the middle of its range.
        """
        searched = {p.name for p in self.searched}
        known = {name: value for name, value in values.items() if name in searched}
        if not known:
            return None, "none of its parameters is searched here"
        return self.usable({**self.middles(), **known})

    def _trimmed(self, values: Point) -> tuple[dict[str, Value], bool]:
        """Keep the live searched values, and say whether a live searched parameter has none."""
        sure = {name: values[name] for name in self._sure if name in values}
        lacks = len(sure) < len(self._sure)
        if not self._keepers:
            return sure, lacks
        absent: list[str] = []

        def pick(parameter: Searched) -> Value | Unset:
            value = values.get(parameter.name, UNSET)
            if value is UNSET:
                absent.append(parameter.name)
            return value

        live, _ = live_values(self._keepers, pick, sure)
        return {p.name: live[p.name] for p in self.searched if p.name in live}, lacks or bool(
            absent
        )

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
            and not means_same(values[p.name], live[p.name])
        ]


def _default_or_middle(parameter: Searched) -> Value | Unset:
    default = default_of(parameter)
    if default is not UNSET:
        return default
    from tuner.space.scale import middle_of, scale_of

    return middle_of(scale_of(parameter))
