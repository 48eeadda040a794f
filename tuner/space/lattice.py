"""The points of a finite space, counted and numbered without being made.

Parameters that conditions tie together form a group. The values of those that conditions name (the
gates) are combined one by one, everything else is counted by multiplication, so that a lattice of
10^30 points is there at once. `Space.lattice` makes it: for its size, for grids and for what is left of
a small space.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from tuner.errors import ExpressionError
from tuner.expression import Expression, Value
from tuner.space.parameter import UNSET, Float, Int, Searched, Unset
from tuner.space.rules import Rule, is_searched, live_values, roots_of
from tuner.space.scale import scale_of

MOST_BRANCHES = 20_000  # ways to set the gates of a group: a third of a second of counting


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to set the gates of a group, and the parameters that are free then."""

    gates: Mapping[str, Value]
    free: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters tied together by conditions: their branches, and where each ends in the count."""

    branches: tuple[Branch, ...]
    ends: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many points the group has by itself."""
        return self.ends[-1] if self.ends else 0


class Lattice:
    """The points of a space with finitely many values per parameter, by number.

    Attributes:
        size: how many there are.
    """

    def __init__(self, order: Sequence[str], ways: "Ways", groups: Sequence[Group]) -> None:
        self._order = order
        self._ways = ways
        self._groups = groups
        self.size = math.prod(group.size for group in groups)

    def point(self, number: int) -> dict[str, Value]:
        """Give a point, 0 <= number < size; every number gives another one."""
        values: dict[str, Value] = {}
        for group in self._groups:
            number, place = divmod(number, group.size)
            at = bisect_right(group.ends, place)
            branch = group.branches[at]
            place -= group.ends[at - 1] if at else 0
            values.update(branch.gates)
            for name in branch.free:
                place, level = divmod(place, self._ways.count(name))
                values[name] = self._ways.value(name, level)
        return {name: values[name] for name in self._order if name in values}

    def spread(self, shift: int = 0) -> Iterator[int]:
        """Give every number once, each stretch of them spread over the whole.

        Steps of the golden section: by the three-gap theorem the first n numbers leave no gap much
        larger than another, whatever n is. The first one is not the corner of all smallest values.
        """
        stride = max(1, self.size * 6_180_339_887 // 10_000_000_000)
        while math.gcd(stride, self.size) > 1:
            stride += 1
        number = stride // 2 + shift
        for _ in range(self.size):
            yield number % self.size
            number += stride


class Ways:
    """How many values each parameter takes on a lattice, and which.

    Attributes:
        levels: values of a continuous range, its ends included; without them it has no end.
    """

    def __init__(self, searched: Sequence[Searched], levels: int | None) -> None:
        self._by_name = {parameter.name: parameter for parameter in searched}
        self._scales = {parameter.name: scale_of(parameter) for parameter in searched}
        self._levels = levels

    @property
    def finite(self) -> bool:
        """Say whether every parameter has a count."""
        return self._levels is not None or all(scale.levels for scale in self._scales.values())

    def count(self, name: str) -> int:
        """Count the values of a parameter, the zero of `or_zero` included."""
        return (self._scales[name].levels or self._levels or 1) + self._zero(name)

    def value(self, name: str, level: int) -> Value:
        """Give a value by its place; the zero of `or_zero` comes first."""
        parameter, scale = self._by_name[name], self._scales[name]
        if self._zero(name):
            if level == 0:
                return 0 if isinstance(parameter, Int) else 0.0
            level -= 1
        if isinstance(parameter, Float) and parameter.step is None:
            return scale.values(np.array([level / ((self._levels or 2) - 1)]))[0]
        return parameter.value_at(level)

    def _zero(self, name: str) -> bool:
        parameter = self._by_name[name]
        return isinstance(parameter, Float | Int) and parameter.or_zero


def lattice(
    rules: Sequence[Rule],
    searched: Sequence[Searched],
    *,
    levels: int | None,
    required: Sequence[Expression],
) -> Lattice | None:
    """Number the points of a space.

    Args:
        rules: of all parameters, in the order of need.
        searched: the parameters in the order of points.
        levels: values of a continuous range, or None to refuse one.
        required: conditions that every point keeps.

    Returns:
        None if a range is continuous, or if a group has more than MOST_BRANCHES branches.
    """
    ways = Ways(searched, levels)
    if not ways.finite:
        return None
    roots = roots_of(rules)
    ties = [
        _named(roots, rule.when.names)
        for rule in rules
        if rule.when is not None and is_searched(rule.parameter)
    ]
    tied = [_named(roots, expression.names) for expression in required]
    gates = frozenset().union(*ties, *tied)
    own = [_named(roots, {p.name}) for p in searched]
    groups = []
    for members in _merged([*own, *tied]):
        relevant = [rule for rule in rules if _serves(rule, members)]
        kept = [e for e, names in zip(required, tied, strict=True) if names and names <= members]
        branches = _branches(relevant, gates & members, ways, kept)
        if branches is None:
            return None
        counts = (math.prod(map(ways.count, branch.free)) for branch in branches)
        groups.append(Group(tuple(branches), tuple(accumulate(counts))))
    return Lattice([parameter.name for parameter in searched], ways, groups)


def _serves(rule: Rule, members: frozenset[str]) -> bool:
    return not is_searched(rule.parameter) or rule.parameter.name in members


def _named(roots: Mapping[str, frozenset[str]], names: frozenset[str] | set[str]) -> frozenset[str]:
    return frozenset().union(*(roots[name] for name in names))


def _merged(sets: Sequence[frozenset[str]]) -> list[frozenset[str]]:
    """Join sets that share a member, until none do; in the order of their first appearance."""
    groups: list[frozenset[str]] = []
    for members in sets:
        touching = [group for group in groups if group & members]
        if len(touching) == 1 and members <= touching[0]:
            continue
        joined = members.union(*touching)
        at = groups.index(touching[0]) if touching else len(groups)
        groups = [g for g in groups[:at] if g not in touching] + [
            joined,
            *(g for g in groups[at:] if g not in touching),
        ]
    return [group for group in groups if group]


def _branches(
    rules: Sequence[Rule], gates: frozenset[str], ways: Ways, required: Sequence[Expression]
) -> list[Branch] | None:
    found: list[Branch] = []
    for seen, branch in enumerate(_grow(rules, gates, ways, required, {})):
        if seen >= MOST_BRANCHES:
            return None
        if branch is not None:
            found.append(branch)
    return found


def _grow(
    rules: Sequence[Rule],
    gates: frozenset[str],
    ways: Ways,
    required: Sequence[Expression],
    fixed: Mapping[str, Value],
) -> Iterator[Branch | None]:
    """Set one more live gate to each of its values; give a branch, or None, where none is left."""
    open_: list[str] = []

    def pick(parameter: Searched) -> Value | Unset:
        if parameter.name not in fixed:
            open_.append(parameter.name)
        return fixed.get(parameter.name, UNSET)

    live, _ = live_values(rules, pick)
    gate = next((name for name in open_ if name in gates), None)
    if gate is None:
        yield Branch(fixed, tuple(open_)) if _keeps(live, required) else None
        return
    for level in range(ways.count(gate)):
        yield from _grow(rules, gates, ways, required, {**fixed, gate: ways.value(gate, level)})


def _keeps(live: Mapping[str, Value], required: Sequence[Expression]) -> bool:
    for expression in required:
        try:
            if expression.names <= live.keys() and not expression.holds(live):
                return False
        except ExpressionError:
            return False
    return True
