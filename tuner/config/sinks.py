"""`sinks`: where results are shown besides the ledger. A bare word is a type; one needs no list."""

from collections.abc import Mapping

from tuner.config.build import build
from tuner.config.explain import Explainer, given, listed, nearest
from tuner.config.shorthand import word_for
from tuner.config.tree import BROKEN, Broken, Path
from tuner.sinks.spec import KINDS, SinkSpec, label_of

WHERE: Path = ("sinks",)


def read_sinks(node: object, say: Explainer) -> tuple[SinkSpec, ...] | Broken:
    """Read every sink; BROKEN, with every mistake noted, if there is any."""
    if node is None or node is BROKEN:
        return () if node is None else BROKEN
    nodes = node if isinstance(node, list) else [node]
    if not isinstance(node, list):
        say.moved((*WHERE, 0), WHERE)
    read: list[SinkSpec] = []
    for index, entry in enumerate(nodes):
        made = _sink(entry, (*WHERE, index), say)
        if isinstance(made, Broken):
            continue
        if label_of(made) in map(label_of, read):
            say.fault((*WHERE, index), "the same sink stands there twice; keep one")
        read.append(made)
    return tuple(read) if len(read) == len(nodes) else BROKEN


def _sink(node: object, path: Path, say: Explainer) -> SinkSpec | Broken:
    long = word_for(node, "type", path, say)
    if not isinstance(long, Mapping):
        if long is not BROKEN:
            example = "must be mlflow or a mapping such as {type: tensorboard, dir: tb}"
            say.fault(path, f"{example}, got {given(node)}")
        return BROKEN
    name: object = long.get("type")
    for known, kind in KINDS.items():
        if known == name:
            return build(kind, long, path, say)
    expected = f"must be {listed(map(repr, KINDS))}"
    if name is None:
        say.fault(path, f"the key 'type' is missing; it {expected}")
    elif name is not BROKEN:
        meant = nearest(name, list(KINDS)) if isinstance(name, str) else None
        hint = f", did you mean {meant!r}?" if meant else ""
        say.fault((*path, "type"), f"{expected}, got {given(name)}{hint}")
    return BROKEN
