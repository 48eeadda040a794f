"""Turns a mapping into one of the rooms' spec dataclasses, or says everything that is wrong with it.

The dataclass is the language: its fields are the keys, its annotations say what may stand there, its
`__post_init__` says the rest, and none of it is written down twice.

Why not pydantic: building its validators for these classes takes 0.2 s of every start (measured), a
third of what `tuner run` may take to start its first job, and each arm of a union complains on its
own where a person made one mistake.
"""

from collections.abc import Container, Mapping
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
# What is judged by another key, and cannot be where that key is wrong.
HANGS_ON = {"or_zero": ("default",)}
STAND_INS: dict[object, object] = {int: 1, float: 1.0, str: "a:b"}


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
    wrong = _missing(kind, node, path, say, own) | _unsound(kind, values)
    made: T | Broken = _made(kind, values, wrong, path, say, own)
    return BROKEN if wrong else made


def _unsound(kind: type, values: Mapping[str, Any]) -> set[str]:
    """Name the fields that cannot be used as they stand, and those that a misspelt key was to be."""
    names = keys(kind)
    wrong = {key for key, value in values.items() if value is BROKEN}
    return wrong | {names.get(nearest(key, names) or "", key) for key in wrong - {*names.values()}}


def _made(
    kind: type,
    values: Mapping[str, Any],
    wrong: set[str],
    path: Path,
    say: Explainer,
    own: Mapping[str, object],
) -> Any:  # noqa: ANN401  a `kind`
    """Make a `kind`; where that cannot be, find every mistake by leaving out what is wrong.

    What is found wrong joins `wrong`. The keys of a parameter are judged by its range, so without
    a sound one there is nothing more to find; elsewhere a key that must be there is stood in for.
    """
    names, hints = keys(kind), hints_of(kind)
    must = [name for name in needed(kind) if name not in own]
    while True:
        without = wrong.union(*(HANGS_ON.get(key, ()) for key in wrong))
        sound = {key: value for key, value in values.items() if key not in without}
        absent = [name for name in must if name not in sound]
        if absent and own:
            return BROKEN
        stand_ins = {name: _stand_in(hints[name]) for name in absent}
        try:
            return kind(**sound, **stand_ins, **own)
        except ValueError as refused:
            key = names.get(_refused(str(refused), path, say, sound, own.get("name")) or "")
            wrong.add(key or "")
            if key not in sound:
                return BROKEN


def _stand_in(kind: object) -> object:
    """Give a value that no spec has anything against, for a key without a sound one."""
    arm = get_args(kind)[0] if get_origin(kind) in UNIONS else kind
    return STAND_INS.get(arm)


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


def _missing(
    kind: type, node: Mapping[str, object], path: Path, say: Explainer, own: Mapping[str, object]
) -> set[str]:
    names = keys(kind)
    misspelt = {nearest(key, written_keys(kind)) for key in node if key not in names}
    missing = set()
    for name in needed(kind):
        key = name.rstrip("_")
        if key not in node and key not in own:
            missing.add(name)
            if key not in misspelt:  # a misspelt key is one mistake, already said
                expected = describe(hints_of(kind)[name])
                say.fault(path, f"the key {key!r} is missing; it must be {expected}")
    return missing


def _refused(
    message: str, path: Path, say: Explainer, known: Container[str], owner: object
) -> str | None:
    """Note what a spec said against its values, at the key that it names first; give that key."""
    first, _, rest = message.partition(": ")
    if owner is not None and first != owner:
        say.fault(path, message, key=True)  # the name itself is refused
        return None
    if owner is not None:
        first, _, verdict = rest.partition(" ")
        message, rest = rest, verdict if verdict.startswith("must ") else rest
    if rest and first in known:
        say.fault((*path, first), rest)
        return first
    say.fault(path, message)
    return None


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
