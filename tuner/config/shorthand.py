"""Short forms that several sections share: numbers with units, and a word instead of a mapping."""

from collections.abc import Mapping
from typing import Any

from tuner.config.explain import Explainer, given, listed
from tuner.config.tree import BROKEN, Path
from tuner.config.units import Unit


def measure(
    node: dict[str, Any], key: str, field: str, path: Path, say: Explainer, unit: Unit
) -> None:
    """Turn `wall: 2h` into `wall_s: 7200.0`, in place; a number without a unit is a mistake."""
    if key not in node or (key == field and isinstance(node[key], int)):
        return
    where, value = (*path, key), node.pop(key)
    if key != field and field in node:
        say.fault(where, f"says the same as {field!r}; keep one of them", key=True)
        node[field] = BROKEN
        return
    say.moved((*path, field), where)
    node[field] = value if value is None or value is BROKEN else _read(value, where, say, unit)


def _read(value: object, path: Path, say: Explainer, unit: Unit) -> object:
    bare = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        return unit.read(value if isinstance(value, str) else "")
    except ValueError as wrong:
        forms = listed(f"{value}{word}" for word in unit.likely)
        meant = f" without a unit; write {forms}" if bare else ""
        say.fault(path, f"{wrong}, got {given(value)}{meant}")
        return BROKEN


def word_for(node: object, key: str, path: Path, say: Explainer) -> object:
    """Read a bare word as a mapping with one key: `search: random` is `{method: random}`."""
    if not isinstance(node, str):
        return node
    say.moved((*path, key), path)
    return {key: node}


def copied(node: object) -> Any:  # noqa: ANN401  a mapping of any values, or what else was given
    """Copy a mapping so that it can be rewritten; nothing stands for an empty one."""
    if node is None:
        return {}
    return dict(node) if isinstance(node, Mapping) else node
