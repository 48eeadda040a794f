"""`parameters` and `require`: nodes in any of their forms become a `Space`, or all their mistakes."""

from collections.abc import Mapping
from typing import Any

from tuner.config.aliases import translate
from tuner.config.build import build, keys
from tuner.config.explain import Explainer, given, listed, nearest, suggestion
from tuner.config.oneline import is_open, unfold
from tuner.config.tree import BROKEN, Broken, Path
from tuner.space import Bool, Choice, Derived, Fixed, Float, Int, Parameter, Space, problems

TYPES: dict[str, type[Parameter]] = {"float": Float, "int": Int, "bool": Bool, "choice": Choice}
DEFINED_BY: dict[str, type[Parameter]] = {"value": Fixed, "derive": Derived, "values": Choice}
NAME = "name"
EXPRESSIONS = ("when", "derive")


def _own(kind: type[Parameter]) -> tuple[str, ...]:
    return tuple(key for key in keys(kind) if key != NAME)


KNOWN = tuple(
    dict.fromkeys(["type", *(key for k in (*TYPES.values(), Fixed, Derived) for key in _own(k))])
)


def read_parameters(node: object, say: Explainer) -> list[Parameter | Broken]:
    """Read every parameter; BROKEN stands for one with mistakes, which are noted."""
    path: Path = ("parameters",)
    if node is BROKEN:
        return [BROKEN]
    if not isinstance(node, Mapping) or not node:
        example = "such as {lr: {type: float, min: 0, max: 1}}"
        got = "none" if node in (None, {}) else given(node)
        say.fault(path, f"must be a mapping of parameters {example}, got {got}")
        return [BROKEN]
    read: list[Parameter | Broken] = []
    torn = False  # YAML tears `{lr: uniform(0, 1)}` in two; the rest is no mistake of its own
    for name, entry in node.items():
        rest = torn and entry is None
        read.append(BROKEN if rest else read_parameter(name, entry, (*path, name), say))
        torn = ")" not in name if rest else isinstance(entry, str) and is_open(entry)
    return read


def read_parameter(name: str, node: object, path: Path, say: Explainer) -> Parameter | Broken:
    """Read one parameter, long or short."""
    long = _long_form(node, path, say)
    if long is None or not translate(long, path, say):
        return BROKEN
    kind = _kind(long, path, say)
    if kind is None:
        return BROKEN
    parameter = build(kind, long, path, say, name=name)
    if isinstance(parameter, Choice) and len(parameter.values) == 1:
        (value,) = parameter.values
        say.notice(path, f"has a single value and is read as fixed at {given(value)}")
        return Fixed(name=name, value=value, when=parameter.when)
    return parameter


def _long_form(node: object, path: Path, say: Explainer) -> dict[str, Any] | None:
    """Give a node as a mapping of its own, whatever form it was written in."""
    if isinstance(node, Mapping):
        return dict(node)
    if isinstance(node, list):
        say.moved((*path, "values"), path)
        return {"values": node}
    if isinstance(node, str):
        try:
            long = unfold(node)
        except ValueError as wrong:
            say.fault(path, str(wrong))
            return None
        for key in (*KNOWN, NAME):
            say.moved((*path, key), path)
        return long
    if node is not BROKEN:
        example = "{type: float, min: 0, max: 1}"
        fixed = "" if node is None else f"; a fixed value is written {{value: {given(node)}}}"
        said = f"must be a mapping such as {example}, a list of values, or uniform(0, 1)"
        say.fault(path, f"{said}, got {given(node)}{fixed}")
    return None


def _kind(node: dict[str, Any], path: Path, say: Explainer) -> type[Parameter] | None:
    """Choose the class of a parameter; takes `type` out of the node."""
    if node.get("type") is BROKEN:
        return None
    if "type" not in node:
        return _untyped(node, path, say)
    name = node.pop("type")
    kind = TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        meant = nearest(name, TYPES) if isinstance(name, str) else None
        hint = f", did you mean {meant!r}?" if meant else ""
        say.fault((*path, "type"), f"must be {listed(map(repr, TYPES))}, got {given(name)}{hint}")
        _unknown(node, path, say)
        return None
    strangers = [key for key in node if key in KNOWN and key not in keys(kind)]
    for key in strangers:
        advice = "; leave out type" if key in DEFINED_BY else ""
        say.fault((*path, key), f"does not go with type: {name}{advice}", key=True)
    if strangers:
        _unknown(node, path, say)
    return None if strangers else kind


def _unknown(node: Mapping[str, Any], path: Path, say: Explainer) -> bool:
    """Note the keys that no parameter has; True if there are any."""
    unknown = [key for key in node if key not in KNOWN]
    for key in unknown:
        say.fault((*path, key), f"unknown key, {suggestion(key, KNOWN)}", key=True)
    return bool(unknown)


def _untyped(node: dict[str, Any], path: Path, say: Explainer) -> type[Parameter] | None:
    found = [key for key in DEFINED_BY if key in node]
    if len(found) == 1:
        kind = DEFINED_BY[found[0]]
        strangers = [key for key in node if key in KNOWN and key not in keys(kind)]
        for key in strangers:
            say.fault((*path, key), f"does not go with {found[0]!r}", key=True)
        if strangers:
            _unknown(node, path, say)
        return None if strangers else kind
    if found:
        say.fault(path, f"{listed(map(repr, found), 'and')} do not go together; keep one")
    if _unknown(node, path, say) or found:
        return None
    return _bounded(node, path, say)


def _bounded(node: dict[str, Any], path: Path, say: Explainer) -> type[Parameter] | None:
    """Choose between float and int by the bounds, where they leave no doubt."""
    if BROKEN in (node.get("min"), node.get("max")):
        return None
    if isinstance(node.get("min"), float) or isinstance(node.get("max"), float):
        say.notice(path, "has no type; float is assumed")
        return Float
    ends = (
        "type: int or type: float" if {"min", "max"} & node.keys() else "type: float, int or bool"
    )
    say.fault(path, f"the key 'type' is missing; write {ends}, or values: […] for a choice")
    return None


def read_space(node: object, require: object, say: Explainer) -> Space | Broken:
    """Read parameters and the conditions on them; BROKEN, with every mistake noted."""
    read = read_parameters(node, say)
    conditions = read_require(require, say)
    if not isinstance(node, Mapping) or not node:
        return BROKEN
    whole = [_stand_in(*pair, node) for pair in zip(node, read, strict=True)]
    parameters = tuple(parameter for parameter in whole if not isinstance(parameter, Broken))
    cycle_said = False
    for path, message in problems(parameters, conditions):
        cycle = "depends on itself" in message
        if not (cycle and cycle_said):  # every member of a cycle says so; one line is enough
            say.fault(path, message)
        cycle_said |= cycle
    healthy = BROKEN not in read and say.clean(("parameters",)) and say.clean(("require",))
    return Space(parameters, conditions) if healthy else BROKEN


def _stand_in(
    name: str, parameter: Parameter | Broken, nodes: Mapping[str, Any]
) -> Parameter | Broken:
    """Give a parameter of which no more than its expressions are known, in the place of a broken one.

    Other expressions may name it then, and its own are looked at. A name that is none stays BROKEN:
    no expression can hold it.
    """
    if not isinstance(parameter, Broken):
        return parameter
    node = nodes[name] if isinstance(nodes[name], Mapping) else {}
    when, derive = (text if isinstance(text := node.get(key), str) else None for key in EXPRESSIONS)
    try:
        return Derived(name=name, derive=derive or "0", when=when)
    except ValueError:
        return BROKEN


def read_require(node: object, say: Explainer) -> tuple[str, ...]:
    """Read the list of conditions; one alone may stand without a list."""
    path: Path = ("require",)
    if isinstance(node, str):
        say.moved((*path, 0), path)
        node = [node]
    if node is None or node is BROKEN:
        return ()
    if not isinstance(node, list):
        said = "must be a list of conditions such as width * layers <= 6144"
        say.fault(path, f"{said}, got {given(node)}")
        return ()
    for index, text in enumerate(node):
        if not isinstance(text, str) and text is not BROKEN:
            say.fault((*path, index), f"must be a condition such as a <= b, got {given(text)}")
    return tuple(text for text in node if isinstance(text, str))
