"""What had to hold in a study of Ax: bounds on metrics, and inequalities between parameters. Pure."""

import math
from collections.abc import Collection, Mapping
from typing import Any, Literal

from tuner.errors import ExpressionError
from tuner.expression import compile, parse_bound  # noqa: A004  the contract's word
from tuner.interop.values import number_of
from tuner.space.birth import NAME
from tuner.study import Constraint

WRONG = (AttributeError, IndexError, KeyError, TypeError, ValueError, ExpressionError)
OPS: dict[str, Literal["<=", ">="]] = {"LEQ": "<=", "GEQ": ">="}
Json = Mapping[str, Any]


def outcome_bounds(experiment: Json) -> tuple[list[Constraint], list[str]]:
    """Read the bounds on metrics, and say which are none of ours, a line each."""
    found, notes = list[Constraint](), list[str]()
    for place, node in enumerate(
        _list(experiment.get("optimization_config"), "outcome_constraints")
    ):
        try:
            name, bound = _bound(node)
        except WRONG:
            notes.append(f"outcome constraint {place} cannot be read and is not taken over")
            continue
        if bound is None:
            said = "it is relative to the status quo, whose value is not in the file"
            notes.append(f"the constraint of {name} is not taken over: {said}")
        else:
            found.append(bound)
    return found, notes


def inequalities(experiment: Json) -> tuple[list[str], list[str]]:
    """Write the constraints of the search space as conditions, and say which cannot be, a line each."""
    found, notes = list[str](), list[str]()
    for place, node in enumerate(_list(experiment.get("search_space"), "parameter_constraints")):
        try:
            text = _inequality(node)
            compile(text)
        except WRONG:
            notes.append(f"parameter constraint {place} cannot be read and is not taken over")
        else:
            found.append(text)
    return found, notes


def _list(section: object, name: str) -> list[Any]:
    found = section.get(name) if isinstance(section, dict) else None
    return found if isinstance(found, list) else []


def _bound(node: Json) -> tuple[str, Constraint | None]:
    """Give the metric and its bound; None for one that is relative."""
    expression = node.get("expression")
    if isinstance(expression, str):
        name, op, bound = parse_bound(expression)
    else:
        name, op, bound = _name(node), OPS[node["op"]["name"]], number_of(node["bound"])
    if node.get("relative"):
        return name, None
    if not math.isfinite(bound):
        raise ValueError(bound)
    return name, Constraint(metric=name, op=op, bound=bound)


def _name(node: Json) -> str:
    name = node["metric"]["name"]
    if not isinstance(name, str):
        raise TypeError(name)
    return name


def _inequality(node: Json) -> str:
    """Write one of any version: a text, weights with a bound, an order or a sum."""
    if isinstance(node.get("inequality"), str):
        return str(node["inequality"])
    if "lower_name" in node:
        return " <= ".join(_names([node["lower_name"], node["upper_name"]]))
    bound = number_of(node["bound"])
    if "constraint_dict" in node:
        names = _names(node["constraint_dict"])
        weights = map(number_of, node["constraint_dict"].values())
        terms = [
            name if weight == 1 else f"{weight!r} * {name}"
            for name, weight in zip(names, weights, strict=True)
        ]
        return f"{' + '.join(terms)} <= {bound!r}"
    op = "<=" if node["is_upper_bound"] else ">="
    return f"{' + '.join(_names(node['parameter_names']))} {op} {bound!r}"


def _names(names: Collection[object]) -> list[str]:
    """Give names that an expression reads as they are: `x/2` would be half of x."""
    found = [name for name in map(str, names) if NAME.fullmatch(name)]
    if len(found) < len(names):
        raise ValueError(names)
    return found
