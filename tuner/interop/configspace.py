"""The JSON of ConfigSpace as nodes of our own configuration, conditions included. Pure."""

from collections.abc import Mapping
from typing import Any

from tuner.interop.base import Node
from tuner.interop.nodes import range_node
from tuner.interop.values import literal, value_of

RANGES = ("float", "int")
SIGNS = {"EQ": "==", "NEQ": "!=", "LT": "<", "GT": ">"}
WRONG = (AttributeError, IndexError, KeyError, TypeError, ValueError)
Json = Mapping[str, Any]


def nodes_of(body: object) -> tuple[dict[str, Node], list[str]]:
    """Give the parameters, and what of the space is not in them, a line each."""
    if not isinstance(body, dict):
        return {}, ["the space is no mapping and was not read"]
    nodes: dict[str, dict[str, object]] = {}
    notes: list[str] = []
    for parameter in _list(body.get("hyperparameters")):
        try:
            name, kind = str(parameter["name"]), str(parameter["type"])
            nodes[name] = _node(kind, parameter)
        except WRONG:
            notes.append("a parameter of the space cannot be read; it is told from the values")
    for condition in _list(body.get("conditions")):
        try:
            nodes[str(_child(condition))]["when"] = _when(condition)
        except WRONG:
            notes.append("a condition of the space cannot be read; it is told from the values")
    if body.get("forbiddens"):
        notes.append("forbidden points of the space are not taken over; write them as `require`")
    return dict(nodes), notes


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else []


def _node(kind: str, parameter: Json) -> dict[str, object]:
    if kind == "categorical":
        return {"values": [value_of(each) for each in parameter["choices"]]}
    if kind == "ordinal":
        return {"values": [value_of(each) for each in parameter["sequence"]], "ordered": True}
    if kind in ("constant", "unparametrized"):
        return {"value": value_of(parameter["value"])}
    word = kind.rpartition("_")[2]  # uniform_float, normal_int, beta_float, …
    if word not in RANGES:
        raise ValueError(kind)
    log = bool(parameter.get("log"))
    return range_node(parameter["lower"], parameter["upper"], whole=word == "int", log=log)


def _child(condition: Json) -> object:
    return condition["child"] if "child" in condition else condition["components"][0]["child"]


def _when(condition: Json, depth: int = 0) -> str:
    """Write a condition as an expression."""
    kind = condition["type"]
    if kind in ("AND", "OR") and depth < 4:  # noqa: PLR2004  deeper than a person writes
        parts = [f"({_when(each, depth + 1)})" for each in condition["components"]]
        return f" {kind.lower()} ".join(parts)
    parent = str(condition["parent"])
    if kind == "IN":
        return f"{parent} in [{', '.join(literal(value_of(v)) for v in condition['values'])}]"
    return f"{parent} {SIGNS[kind]} {literal(value_of(condition['value']))}"
