"""The words of other tools for a parameter, turned into ours, each with a notice.

Only wording is translated. Where another tool means something else by the same word, nothing is
guessed: W&B's `log_uniform` takes exponents, and the message names both readings.
"""

import math
from collections.abc import Mapping
from typing import Any

from tuner.config.explain import Explainer, given, suggestion
from tuner.config.tree import BROKEN, Path

SYNONYMS = {
    "low": "min",
    "lower": "min",
    "minimum": "min",
    "high": "max",
    "upper": "max",
    "maximum": "max",
    "choices": "values",
    "categories": "values",
    "options": "values",
    "q": "step",
    "quantization": "step",
    "log_scale": "log",
    "is_ordered": "ordered",
}
TYPES = {
    "double": "float",
    "real": "float",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "categorical": "choice",
    "ordinal": "choice",
    "discrete": "choice",
}
DISTRIBUTIONS: dict[str, dict[str, Any]] = {
    "uniform": {"type": "float"},
    "q_uniform": {"type": "float", "step": 1},
    "log_uniform_values": {"type": "float", "log": True},
    "q_log_uniform_values": {"type": "int", "log": True},
    "int_uniform": {"type": "int"},
    "categorical": {"type": "choice"},
    "constant": {},
}
EXPONENTS = ("log_uniform", "q_log_uniform", "inv_log_uniform")


def translate(node: dict[str, Any], path: Path, say: Explainer) -> bool:
    """Rewrite a parameter's node in our words, in place; False if that cannot be done."""
    sound = True
    if "distribution" in node:
        sound = _distribution(node, path, say)
    for theirs, ours in SYNONYMS.items():
        if theirs in node:
            sound &= rename(node, theirs, ours, path, say)
    if "bounds" in node:
        sound &= _bounds(node, path, say)
    if "scale" in node:
        sound &= _scale(node, path, say)
    kind = node.get("type")
    if isinstance(kind, str) and kind in TYPES:
        node["type"] = TYPES[kind]
        say.notice((*path, "type"), f"{kind} is read as {TYPES[kind]}")
    return sound


def rename(node: dict[str, Any], theirs: str, ours: str, path: Path, say: Explainer) -> bool:
    """Move a value to our name for its key; False, with a fault, if both names are there."""
    if ours in node:
        say.fault((*path, theirs), f"says the same as {ours!r}; keep one of them", key=True)
        del node[theirs]
        return False
    say.notice((*path, theirs), f"{theirs} is read as {ours}")
    node[ours] = node.pop(theirs)
    say.moved((*path, ours), (*path, theirs))
    return True


def _bounds(node: dict[str, Any], path: Path, say: Explainer) -> bool:
    pair = node.pop("bounds")
    if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004  a pair
        got = f"{len(pair)} values" if isinstance(pair, list) else given(pair)
        say.fault((*path, "bounds"), f"must be a list of two numbers, [min, max], got {got}")
        return False
    for index, key in enumerate(("min", "max")):
        if key in node:
            say.fault((*path, "bounds"), f"says the same as {key!r}; keep one of them", key=True)
            return False
        node[key] = pair[index]
        say.moved((*path, key), (*path, "bounds", index))
    say.notice((*path, "bounds"), "bounds is read as min and max")
    return True


def _scale(node: dict[str, Any], path: Path, say: Explainer) -> bool:
    scale = node.pop("scale")
    if scale not in ("log", "linear"):
        say.fault((*path, "scale"), f"must be 'log' or 'linear', got {given(scale)}")
        return False
    if "log" in node:
        say.fault((*path, "scale"), "says the same as 'log'; keep one of them", key=True)
        return False
    node["log"] = scale == "log"
    say.moved((*path, "log"), (*path, "scale"))
    say.notice((*path, "scale"), f"scale: {scale} is read as log: {str(node['log']).lower()}")
    return True


def _distribution(node: dict[str, Any], path: Path, say: Explainer) -> bool:
    name = node.pop("distribution")
    where = (*path, "distribution")
    if name is BROKEN:
        return False
    if "type" in node:
        say.fault(where, "says the same as 'type'; keep one of them", key=True)
        return False
    if name in EXPONENTS:
        say.fault(where, _exponents(name, node))
        return False
    if name not in DISTRIBUTIONS:
        known = list(DISTRIBUTIONS)
        hint = suggestion(name, known) if isinstance(name, str) else f"known: {', '.join(known)}"
        say.fault(where, f"{given(name)} is no distribution that can be searched; {hint}")
        return False
    meaning = dict(DISTRIBUTIONS[name])
    if name == "q_log_uniform_values" and node.pop("q", 1) != 1:
        say.fault(where, "a step on a log scale is not supported; write its values as a list")
        return False
    if name == "q_uniform" and ("q" in node or "step" in node):
        del meaning["step"]
    written = ", ".join(f"{key}: {str(value).lower()}" for key, value in meaning.items())
    say.notice(where, f"{name} is read as {written or 'a fixed value'}")
    if name == "categorical":
        del meaning["type"]  # the values say it
    for key in meaning:
        say.moved((*path, key), where)
    node.update(meaning)
    return True


def _exponents(name: str, node: Mapping[str, Any]) -> str:
    low = next((node[key] for key in ("min", "low", "lower") if key in node), None)
    high = next((node[key] for key in ("max", "high", "upper") if key in node), None)
    said = f"{name} takes exponents in W&B, and bounds are values here; "
    if not (isinstance(low, int | float) and isinstance(high, int | float)):
        return said + "write type: float, log: true with the values themselves as min and max"
    ends = [f"{math.exp(min(max(bound, -700), 700)):.6g}" for bound in (low, high)]
    log = "log: true" if low > 0 else "no log scale, which needs them above 0"
    return (
        f"{said}if {low} and {high} are exponents write {{type: float, min: {ends[0]}, "
        f"max: {ends[1]}, log: true}}, if they are values write {{type: float, min: {low}, "
        f"max: {high}}} and {log}"
    )
