"""A Python dictionary becomes a `Tree` of the same values that YAML could have given."""

from collections.abc import Mapping
from pathlib import PurePath

from tuner.config.reader import MAX_DEPTH
from tuner.config.scalars import ScalarError, checked, checked_text
from tuner.config.tree import BROKEN, Fault, Path, Place, Tree


def tree_of(node: object, file: str) -> tuple[Tree, list[Fault]]:
    """Copy nested dictionaries, lists and scalars; whatever else is in there is a mistake.

    Tuples count as lists, numpy's scalars as numbers, paths as text.

    Example:
        >>> tree_of({"a": (1, 2)}, "<config>")[0].root
        {'a': [1, 2]}
    """
    faults: list[Fault] = []
    place = Place(file)
    return Tree(_copy(node, (), place, faults), place), faults


def _copy(node: object, path: Path, place: Place, faults: list[Fault]) -> object:
    if isinstance(node, list | tuple) and len(path) < MAX_DEPTH:
        return [_copy(value, (*path, i), place, faults) for i, value in enumerate(node)]
    try:
        if isinstance(node, Mapping) and len(path) < MAX_DEPTH:
            entries = {_key(key): value for key, value in node.items()}
        else:
            return _scalar(node)
    except ScalarError as wrong:
        faults.append(Fault(place, path, str(wrong)))
        return BROKEN
    return {key: _copy(value, (*path, key), place, faults) for key, value in entries.items()}


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ScalarError(f"has the key {key!r}; keys are text")
    return checked_text(key)


def _scalar(node: object) -> object:
    item = getattr(node, "item", None)
    value = item() if callable(item) else node
    if isinstance(value, PurePath):
        value = str(value)
    if isinstance(value, str):
        return checked_text(str(value))
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return checked(value)
    if isinstance(value, Mapping | list | tuple):
        raise ScalarError(f"is nested more than {MAX_DEPTH} deep")
    raise ScalarError(f"must be something YAML can say, got a {type(node).__name__}")
