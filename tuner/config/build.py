"""Turns a mapping into one of the rooms' spec dataclasses, or says everything that is wrong with it.

The dataclass is the language: its fields are the keys, its annotations say what may stand there, its
`__post_init__` says the rest, and none of it is written down twice.

Why not pydantic: building its validators for these classes takes 0.2 s of every start (measured), a
third of what `tuner run` may take to start its first job, and each arm of a union complains on its
own where a person made one mistake.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from tuner.config.expect import (
    UNIONS,
    accept,
    accept_any,
    arm_for,
    describe,
    is_container,
    refusal,
)
from tuner.config.explain import Explainer, given, listed, nearest, suggestion
from tuner.config.tree import BROKEN, Broken, Path

T = TypeVar("T")
# Fields that people write under another name; `runner.timeout: 2h` is `timeout_s`.
WRITTEN = {
    "wall_s": "wall",
    "timeout_s": "timeout",
    "grace_s": "grace",
    "require_env": "env",
    "limit_memory": "limits",
    "limit_file": "limits",
    "limit_cpu_s": "limits",
}


def build(kind: type[T], node: object, path: Path, say: Explainer, **own: object) -> T | Broken:
    """Make a `kind` of a mapping; BROKEN, with the mistakes noted, if that cannot be.

    Fields in `own` do not stand in the mapping, such as the name of a parameter.

    Example:
        >>> from tuner.config.tree import Place, Tree
        >>> from tuner.stopping.spec import Plateau
        >>> say = Explainer(Tree({}, Place("x.yaml")))
        >>> build(Plateau, {"trials": 5}, (), say)
        Plateau(trials=5, min_delta=0.0)
        >>> build(Plateau, {"trails": "5"}, ("plateau",), say)
        <unreadable>
        >>> print(say.problems[0])
        x.yaml:1:1: plateau.trails: unknown key, did you mean 'trials'?
    """
    if node is BROKEN:
        return BROKEN
    if not isinstance(node, Mapping):
        names = [key for key in written_keys(kind) if key not in own]
        say.fault(path, f"must be a mapping with {listed(names)}, got {given(node)}")
        return BROKEN
    values = _values(kind, node, path, say, own)
    complete = _complete(kind, node, path, say, own)
    if not complete or any(value is BROKEN for value in values.values()):
        return BROKEN
    try:
        return kind(**values, **own)
    except ValueError as wrong:
        _refused(str(wrong), path, say, node, own.get("name"))
        return BROKEN


def _values(
    kind: type, node: Mapping[str, object], path: Path, say: Explainer, own: Mapping[str, object]
) -> dict[str, Any]:
    names, hints = keys(kind), hints_of(kind)
    values: dict[str, Any] = {}
    for key, value in node.items():
        name = names.get(key)
        if name is None or name in own:
            known = [word for word in written_keys(kind) if word not in own]
            say.fault((*path, key), f"unknown key, {suggestion(key, known)}", key=True)
            values[key] = BROKEN
        elif value is not None or not is_container(hints[name]) or name in needed(kind):
            values[name] = convert(hints[name], value, (*path, key), say)
    return values


def _complete(
    kind: type, node: Mapping[str, object], path: Path, say: Explainer, own: Mapping[str, object]
) -> bool:
    names = keys(kind)
    misspelt = {nearest(key, written_keys(kind)) for key in node if key not in names}
    complete = True
    for name in needed(kind):
        key = name.rstrip("_")
        if key not in node and key not in own:
            complete = False
            if key not in misspelt:  # a misspelt key is one mistake, already said
                expected = describe(hints_of(kind)[name])
                say.fault(path, f"the key {key!r} is missing; it must be {expected}")
    return complete


def _refused(
    message: str, path: Path, say: Explainer, node: Mapping[str, object], owner: object
) -> None:
    """Note what a spec said against its values, at the key that it names first."""
    first, _, rest = message.partition(": ")
    if owner is not None and first != owner:
        say.fault(path, message, key=True)  # the name itself is refused
        return
    if owner is not None:
        first, _, verdict = rest.partition(" ")
        message, rest = rest, verdict if verdict.startswith("must ") else rest
    if rest and first in node:
        say.fault((*path, first), rest)
    else:
        say.fault(path, message)


@lru_cache
def hints_of(kind: type) -> dict[str, Any]:
    """Give the annotations of a dataclass, resolved."""
    return get_type_hints(kind)


def keys(kind: type) -> dict[str, str]:
    """Map the keys of a spec to its fields; a field such as `as_` dodges a Python keyword."""
    return {entry.name.rstrip("_"): entry.name for entry in fields(kind) if entry.init}


def needed(kind: type) -> tuple[str, ...]:
    """Name the fields without a default."""
    return tuple(
        entry.name
        for entry in fields(kind)
        if entry.init and entry.default is MISSING and entry.default_factory is MISSING
    )


def written_keys(kind: type) -> tuple[str, ...]:
    """Give the keys of a spec as people write them."""
    return tuple(dict.fromkeys(WRITTEN.get(key, key) for key in keys(kind)))


def convert(kind: object, value: object, path: Path, say: Explainer) -> object:
    """Check one value against an annotation and give it as the field keeps it."""
    if value is BROKEN or kind is Any:
        return value
    origin = get_origin(kind)
    if origin in UNIONS:
        return _union(get_args(kind), kind, value, path, say)
    if origin is tuple and isinstance(value, list):
        return _list(get_args(kind)[0], value, path, say)
    if origin is Mapping and isinstance(value, Mapping):
        return _mapping(get_args(kind)[1], value, path, say)
    if isinstance(kind, type) and is_dataclass(kind):
        return build(kind, value, path, say)
    return _settled(accept(kind, value), kind, path, say)


def _settled(tried: tuple[bool, object], kind: object, path: Path, say: Explainer) -> object:
    fits, value = tried
    if not fits:
        say.fault(path, refusal(describe(kind), value))
    return value if fits else BROKEN


def _union(
    arms: tuple[object, ...], kind: object, value: object, path: Path, say: Explainer
) -> object:
    nested = arm_for(arms, value)
    if nested is not None and value is not None:
        return convert(nested, value, path, say)
    return _settled(accept_any(arms, value), kind, path, say)


def _list(kind: object, value: list[object], path: Path, say: Explainer) -> object:
    items = tuple(convert(kind, item, (*path, i), say) for i, item in enumerate(value))
    return BROKEN if any(item is BROKEN for item in items) else items


def _mapping(kind: object, value: Mapping[str, object], path: Path, say: Explainer) -> object:
    entries = {key: convert(kind, entry, (*path, key), say) for key, entry in value.items()}
    return BROKEN if any(entry is BROKEN for entry in entries.values()) else entries
