"""`--set key=value`: one more place where a configuration is written, above the file.

A key is a dotted path as messages show it, a value is YAML. What is set here is checked like the file,
and mistakes point at the option: `--set:2:7:` is the seventh character of the second one.
"""

import re
from collections.abc import Sequence
from typing import Any

from tuner.config.aliases import SYNONYMS
from tuner.config.build import WRITTEN
from tuner.config.explain import given, suggestion
from tuner.config.reader import read_yaml
from tuner.config.tree import Fault, Path, Place, Tree, dotted

OPTION = "--set"
# Other names of a key, dropped when the key is set: `timeout` takes the place of `timeout_s`.
TWINS = {**WRITTEN, **{written: field for field, written in WRITTEN.items()}}


class MisplacedError(ValueError):
    """A key that leads nowhere."""


def apply(tree: Tree, overrides: Sequence[str]) -> tuple[Tree, list[Fault]]:
    """Give a tree with every override in its place, and the mistakes of the overrides themselves.

    Example:
        >>> tree, faults = apply(
        ...     Tree({"stop": {"trials": 20}}, Place("x.yaml")), ["stop.trials=40"]
        ... )
        >>> tree.root, tree.place(("stop", "trials")).file
        ({'stop': {'trials': 40}}, '--set')
    """
    faults: list[Fault] = []
    for number, text in enumerate(overrides, start=1):
        place = Place(OPTION, number)
        key, equals, written = text.partition("=")
        if not equals:
            said = f"must be key=value such as stop.trials=20, got {given(key)}"
            faults.append(Fault(place, (), said))
        elif isinstance(tree.root, dict):
            try:
                tree, found = _with(tree, key.strip(), written, Place(OPTION, number, len(key) + 2))
            except MisplacedError as wrong:
                found = [Fault(place, (), str(wrong))]
            faults += found
    return tree, faults


def _with(tree: Tree, key: str, written: str, start: Place) -> tuple[Tree, list[Fault]]:
    value, faults = read_yaml(written, OPTION) if written.strip() else (Tree(None, start), [])
    root = _copied(tree.root)
    path = _put(root, re.sub(r"\[(\d+)\]", r".\1", key).split("."), value.root, ())

    def moved(place: Place) -> Place:
        return Place(OPTION, start.line, start.column + place.column - 1)

    named = Place(OPTION, start.line)
    values = {where: at for where, at in tree.values.items() if where[: len(path)] != path}
    values.update({(*path, *inside): moved(at) for inside, at in value.values.items()})
    values[path] = start
    for length in range(1, len(path)):
        values.setdefault(path[:length], named)
    keys = {**tree.keys, path: named}
    keys.update({(*path, *inside): moved(at) for inside, at in value.keys.items()})
    found = [Fault(moved(fault.place), (*path, *fault.path), fault.message) for fault in faults]
    return Tree(root, tree.start, values, keys), found


def _copied(node: object) -> Any:  # noqa: ANN401  any node of a configuration
    if isinstance(node, dict):
        return {key: _copied(value) for key, value in node.items()}
    return [_copied(value) for value in node] if isinstance(node, list) else node


def _put(node: object, parts: Sequence[str], value: object, path: Path) -> Path:
    """Set a value below a node that may be changed; give the path it was set at."""
    if isinstance(node, dict):
        return _put_key(node, parts, value, path)
    if not isinstance(node, list):
        said = f"{dotted(path)} is {given(node)} and has no {parts[0]!r} in it; set it as a whole"
        raise MisplacedError(said)
    if not parts[0].isdecimal() or int(parts[0]) >= len(node):
        raise MisplacedError(f"{dotted(path)} has {len(node)} entries from 0 on, got {parts[0]!r}")
    index = int(parts[0])
    if len(parts) > 1:
        return _put(node[index], parts[1:], value, (*path, index))
    node[index] = value
    return (*path, index)


def _put_key(node: dict[str, Any], parts: Sequence[str], value: object, path: Path) -> Path:
    # Names of parameters may hold dots: the longest key that is there is the one that was meant.
    joined = {".".join(parts[:count]): count for count in range(len(parts), 0, -1)}
    key = next((name for name in joined if name in node), parts[0])
    rest = parts[joined[key] :]
    if not rest:
        for other in [TWINS.get(key, key), *(t for t, ours in SYNONYMS.items() if ours == key)]:
            node.pop(other, None)
        node[key] = value
        return (*path, key)
    if node.get(key) is None:
        if path == ("parameters",):
            raise MisplacedError(f"parameters.{key} is unknown, {suggestion(key, list(node))}")
        node[key] = {}
    return _put(node[key], rest, value, (*path, key))
