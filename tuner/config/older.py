"""Older studies that are typed beside a configuration: each is found among those that it names already."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from tuner.config.load import PYTHON, memory_of
from tuner.config.pytree import tree_of
from tuner.config.reader import read_yaml
from tuner.config.tree import Fault, Tree
from tuner.interop.spec import MODEL_MODES, MemorySpec, asked_of, one_study

TYPED = "--warm-start"


class Joined(NamedTuple):
    """All older studies to learn from.

    Attributes:
        studies: those of a configuration as they are to be used, and then the others.
        lines: what was typed otherwise than the configuration has it, a line each.
    """

    studies: tuple[MemorySpec, ...]
    lines: tuple[str, ...] = ()


def read_older(texts: Sequence[str], studies: Sequence[MemorySpec]) -> Joined:
    """Read what somebody types for older studies: paths, or entries of `warm_start.studies` in braces.

    Of an older study that was named before, in the configuration or further left, what is typed counts
    and the rest stays. Another is learnt from in the way of those before it, unless it says how.

    Args:
        texts: as they were typed.
        studies: of the configuration.

    Raises:
        ConfigError: with every mistake of a text; in an entry, each at its place there.

    Example:
        >>> found = read_older(
        ...     ["{ledger: ./old.csv, seeds: 1}"], [MemorySpec(ledger="old.csv", mode="basis")]
        ... )
        >>> asked_of(found.studies[0])
        {'ledger': 'old.csv', 'mode': 'basis', 'seeds': 1}
        >>> found.lines
        ('old.csv: --warm-start has seeds: 1 instead of null',)
    """
    found, lines = list(studies), list[str]()
    for text in texts:
        tree, faults = _tree(text)
        typed = tree.root if isinstance(tree.root, dict) else {}
        meant = [row for row, spec in enumerate(found) if _means(typed, spec)]
        if not meant:
            mode = next((spec.mode for spec in found if spec.mode in MODEL_MODES), "auto")
            found.append(_read(tree, faults, {"mode": mode}, typed))
        for row in meant:
            before = found[row]
            more = {key: value for key, value in typed.items() if key != "ledger"}
            found[row] = _read(tree, faults, asked_of(before), more)
            if row < len(studies):
                lines += _otherwise(before, found[row])
    return Joined(tuple(found), tuple(lines))


def _tree(text: str) -> tuple[Tree, list[Fault]]:
    if text.lstrip().startswith("{"):
        return read_yaml(text, TYPED)
    return tree_of({"ledger": text}, PYTHON)


def _means(typed: Mapping[str, Any], spec: MemorySpec) -> bool:
    """Say whether an entry is about an older study that was named before, under that name or any."""
    if not isinstance(typed.get("ledger"), str):
        return False
    return one_study({"study": spec.study, **typed}, asked_of(spec))


def _read(
    tree: Tree, faults: list[Fault], before: Mapping[str, Any], typed: Mapping[str, Any]
) -> MemorySpec:
    whole = tree.root if not isinstance(tree.root, dict) else {**before, **typed}
    return memory_of(replace(tree, root=whole), faults)


def _otherwise(before: MemorySpec, now: MemorySpec) -> list[str]:
    """Say, a line each, which fields of an entry of the configuration are others now."""
    old, new = asked_of(before), asked_of(now)
    fields = [key for key in (*old, *new) if old.get(key) != new.get(key)]
    return [
        f"{before.ledger}: {TYPED} has {key}: {_said(now, key)} instead of {_said(before, key)}"
        for key in dict.fromkeys(fields)
    ]


def _said(spec: MemorySpec, key: str) -> str:
    return json.dumps(asked_of(spec).get(key, getattr(spec, key)), ensure_ascii=False).strip('"')
