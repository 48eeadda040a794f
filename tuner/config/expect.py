"""What may stand where an annotation says so: in words, as a check, and as a refusal. Pure.

Nothing is guessed: "20" is no number, true is no number, 1 is no text. A whole number may be written
`1e3`, and any number may stand for a float.
"""

import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Literal, Union, get_args, get_origin

from tuner.config.explain import given, listed, nearest

NONE = type(None)
UNIONS = (Union, types.UnionType)
SCALARS: dict[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    NONE: "nothing",
}


def describe(kind: object) -> str:
    """Say in words what may stand where the annotation is `kind`.

    Example:
        >>> describe(int | Literal["auto"]), describe(tuple[str, ...])
        ("a whole number or 'auto'", 'a list')
    """
    origin = get_origin(kind)
    if origin is Literal:
        return listed(repr(choice) for choice in get_args(kind))
    if origin in UNIONS:
        return listed(dict.fromkeys(describe(arm) for arm in get_args(kind) if arm is not NONE))
    if origin is tuple:
        return "a list"
    mapping = origin is not None or is_dataclass(kind)
    return SCALARS.get(kind, "a mapping" if mapping else "a value")


def accept(kind: object, value: object) -> tuple[bool, object]:
    """Say whether a scalar fits an annotation, and give it as the field keeps it.

    Example:
        >>> accept(float, 1), accept(int, 1e3), accept(int, True), accept(Literal["a"], "b")
        ((True, 1.0), (True, 1000), (False, True), (False, 'b'))
    """
    if get_origin(kind) is Literal:
        return any(value == c and type(value) is type(c) for c in get_args(kind)), value
    match value:
        case bool() | str() | None:
            return type(value) is kind, value
        case int() | float() if kind is float:
            return True, float(value)
        case int() | float() if kind is int and value == int(value):
            return True, int(value)
        case _:
            return False, value


def accept_any(arms: tuple[object, ...], value: object) -> tuple[bool, object]:
    """Check a scalar against the arms of a union: exactly first, so that 2.0 stays 2.0."""
    if type(value) in arms:
        return True, value
    tried = (accept(arm, value) for arm in arms)
    return next((found for found in tried if found[0]), (False, value))


def arm_for(arms: tuple[object, ...], value: object) -> object:
    """Give the arm that a list or a mapping belongs to, or the only one, to look for a mistake in."""
    real = [arm for arm in arms if arm is not NONE]
    for arm in real:
        origin = get_origin(arm) or arm
        if isinstance(value, list) and origin is tuple:
            return arm
        if isinstance(value, Mapping) and (origin is Mapping or is_dataclass(arm)):
            return arm
    return real[0] if len(real) == 1 else None


def is_container(kind: object) -> bool:
    """Say whether only lists and mappings may stand here; left empty they count as not given."""
    return (get_origin(kind) in (tuple, Mapping)) or is_dataclass(kind)


def refusal(expected: str, value: object) -> str:
    """Say what should have been there, what was, and the usual reason.

    Example:
        >>> refusal("a whole number", "20")
        "must be a whole number, got the text '20'; write it without quotes"
        >>> refusal("'cpu' or 'cuda'", "cudas")
        "must be 'cpu' or 'cuda', got 'cudas', did you mean 'cuda'?"
    """
    said = f"must be {expected}, got "
    if isinstance(value, str):
        if "number" in expected and _numeric(value):
            return f"{said}the text {given(value)}; write it without quotes"
        options = [part for part in expected.replace(" or ", ", ").split(", ") if "'" in part]
        meant = nearest(value, [option.strip("'") for option in options])
        return f"{said}{given(value)}" + (f", did you mean {meant!r}?" if meant else "")
    if expected == "text" and isinstance(value, bool | int | float):
        return f"{said}{given(value)}; put it in quotes"
    return said + given(value)


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
