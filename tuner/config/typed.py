"""A parameter as somebody types it in an answer: `1e-5 to 0.1 log`, `sgd adam`, or YAML. Text in, text out."""

import re
from collections.abc import Mapping

from tuner.config.draft import flow
from tuner.config.guess import guessed, is_rate, is_whole
from tuner.config.oneline import unfold
from tuner.config.option import Option
from tuner.config.reader import read_yaml

RANGE = re.compile(r"(\S+)\s+(?:to|-|\.\.)\s+(\S+)(\s+log)?", re.IGNORECASE)
USUAL = {
    "weight_decay": Option(name="weight_decay", kind="float", default=0.0),
    "dropout": Option(name="dropout", kind="float", default=0.1),
    "momentum": Option(name="momentum", kind="float", default=0.9),
    "batch_size": Option(name="batch_size", kind="int", default=32),
    "optimizer": Option(name="optimizer", choices=("adamw", "sgd")),
    "epochs": Option(name="epochs", kind="int", default=10),
}


def typed_node(text: str) -> str:
    """Give the node that an answer means, in YAML's flow style.

    Raises:
        ValueError: saying what would be right.

    Example:
        >>> typed_node("1e-5 to 0.1 log"), typed_node("1 to 8")
        ('{type: float, min: 1e-05, max: 0.1, log: true}', '{type: int, min: 1, max: 8}')
        >>> typed_node("sgd, adam"), typed_node("30"), typed_node("true false")
        ('{values: [sgd, adam]}', '{value: 30}', '{type: bool}')
    """
    match = RANGE.fullmatch(text.strip())
    if match is not None:
        low, high = (_read(match[1]), _read(match[2]))
        numbers = [each for each in (low, high) if type(each) in (int, float)]
        if len(numbers) != 2:  # noqa: PLR2004  two ends
            raise ValueError(f"a range has numbers as its ends, got {match[1]} and {match[2]}")
        kind = "int" if all(isinstance(each, int) for each in numbers) else "float"
        log = {"log": True} if match[3] else {}
        return flow({"type": kind, "min": low, "max": high, **log})
    if text.strip().startswith(("{", "[")):
        found = _read(text)
        return flow(found if isinstance(found, Mapping) else {"values": found})
    if "(" in text:
        return flow(unfold(text))
    words = [_read(word) for word in re.split(r"[\s,]+", text.strip()) if word]
    if not words:
        raise ValueError("a range such as 0 to 1, or values such as sgd adam")
    if len(words) == 1:
        return "{type: bool}" if words == ["bool"] else flow({"value": words[0]})
    return "{type: bool}" if {*map(type, words)} == {bool} else flow({"values": words})


def _read(text: str) -> object:
    tree, faults = read_yaml(text, "")
    if faults:
        raise ValueError(faults[0].message)
    return tree.root


def shown(node: str) -> str:
    """Write a node as one would type it; what has no such form stays as it is.

    Example:
        >>> shown("{type: float, min: 1e-05, max: 0.1, log: true, default: 0.001}")
        '1e-05 to 0.1 log'
        >>> shown("{values: [sgd, adam], default: adam}"), shown("{type: bool, default: true}")
        ('sgd adam', 'true false')
    """
    tree, _ = read_yaml(node, "")
    body = tree.root if isinstance(tree.root, Mapping) else {}
    plain = body.keys() - {"default", "ordered"}
    match body.get("type"):
        case "float" | "int" if plain <= {"type", "min", "max", "log"}:
            return f"{body['min']} to {body['max']}{' log' if body.get('log') else ''}"
        case "bool":
            return "true false"
        case None if plain == {"values"} and all(_bare(each) for each in body["values"]):
            return " ".join(flow(each) for each in body["values"])
        case None if plain == {"value"} and _bare(body["value"]):
            return flow(body["value"])
        case _:
            return node


def _bare(value: object) -> bool:
    return not re.search(r"[\s,()\[\]{}]", str(value)) and flow(value)[:1] not in "\"'"


def usual(name: str) -> str:
    """Give the node that is usual for a name.

    Example:
        >>> usual("lr"), usual("layers"), usual("alpha")
        ('{type: float, min: 1e-05, max: 0.1, log: true}', '{type: int, min: 1, max: 8}', '{type: float, min: 0.0, max: 1.0}')
    """
    plain = name.replace("-", "_").lower()
    if plain in USUAL:
        return guessed(USUAL[plain])
    whole = is_whole(plain) and not is_rate(plain)
    return guessed(Option(name=plain, kind="int" if whole else "float"))
