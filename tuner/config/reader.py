"""YAML text becomes a `Tree`: safe, bounded, and with the place of every value.

Written over PyYAML's events instead of its constructors, because those recurse, resolve YAML 1.1
words, take the last of two equal keys and unfold aliases without end. Nothing here runs code; a
hostile file costs its own size at most.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import yaml

from tuner.config.scalars import Scalar, ScalarError, checked_text, resolve
from tuner.config.tree import BROKEN, Broken, Fault, Path, Place, Tree

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_NODES = 20_000  # after aliases are unfolded; keeps the slow pure-Python parser below a second

Event = Any  # the stubs of PyYAML do not tell its event classes apart
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MERGE = "<<"
SYNTAX_ADVICE = {
    "mapping values are not allowed": "put text that contains ': ' in quotes",
    "found undefined alias": "put text that starts with * in quotes",
    "expected ',' or ']'": "a [ is not closed, or text with brackets needs quotes",
    "expected ',' or '}'": "a { is not closed, or text with braces needs quotes",
    "did not find expected key": "look at the indentation; text that starts with { [ * & or ! needs quotes",
}


class UnreadableError(Exception):
    """The text is no single, sane YAML document; carries the one fault that says so."""

    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(place, (), message)


@dataclass(slots=True)
class _Node:
    """A YAML node before its path is known. `faults` are said once, however often it is aliased."""

    place: Place
    value: "Scalar | Broken | list[_Node] | dict[str, tuple[Place, _Node]]"
    faults: list[tuple[str | None, Place, str]] = field(default_factory=list)


def read_file(path: FilePath) -> str:
    """Give the text of a configuration file, reading no more than a configuration may have.

    Raises:
        UnreadableError: with the reason.
    """
    place = Place(str(path), 0, 0)
    try:
        if not path.is_file():
            what = "is no regular file" if path.exists() else "there is no such file"
            raise UnreadableError(place, what)
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as refused:
        reason = getattr(refused, "strerror", None) or str(refused)
        raise UnreadableError(place, f"cannot be read: {reason}") from refused
    if len(raw) > MAX_BYTES:
        raise UnreadableError(place, f"is larger than {MAX_BYTES // 1024} KiB, no configuration is")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        before = raw[: wrong.start].decode("utf-8", errors="replace")
        raise UnreadableError(
            _place_of(str(path), before, len(before)),
            f"is not UTF-8 text: byte 0x{raw[wrong.start]:02x}",
        ) from wrong


def read_yaml(text: str, file: str) -> tuple[Tree, list[Fault]]:
    r"""Read one document, with all its mistakes; the root is BROKEN when none could be read.

    Example:
        >>> tree, faults = read_yaml("a: 1e-3\nb: no\n", "x.yaml")
        >>> tree.root["a"], faults[0].place.line, faults[0].path
        (0.001, 2, ('b',))
    """
    try:
        top = _Composer(text, file).document()
        growth = _Growth(file)
        root = growth.unfold(top, (), 0)
    except UnreadableError as unreadable:
        return Tree(BROKEN, unreadable.fault.place), [unreadable.fault]
    return Tree(root, top.place, growth.values, growth.keys), growth.faults


class _Composer:
    """Turns events into nodes, one document, no deeper than allowed."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.anchors: dict[str, _Node | None] = {}
        self.events = self._parse(text)
        self.event: Event = None

    def _parse(self, text: str) -> Iterator[Event]:
        bad = UNPRINTABLE.search(text)
        if bad is not None:
            raise UnreadableError(
                _place_of(self.file, text, bad.start()),
                f"contains the control character {bad.group()!r}",
            )
        depth, count = 0, 0
        try:
            for event in yaml.parse(text, Loader=LOADER):
                if isinstance(event, yaml.CollectionStartEvent):
                    depth += 1
                elif isinstance(event, yaml.CollectionEndEvent):
                    depth -= 1
                count += 1
                if depth > MAX_DEPTH:
                    raise UnreadableError(
                        self._place(event), f"is nested more than {MAX_DEPTH} deep"
                    )
                if count > 2 * MAX_NODES:
                    raise UnreadableError(self._place(event), f"has more than {MAX_NODES} values")
                yield event
        except yaml.MarkedYAMLError as wrong:
            raise UnreadableError(*self._syntax(wrong, text)) from wrong
        except yaml.YAMLError as wrong:
            raise UnreadableError(Place(self.file), f"is not YAML: {_one_line(wrong)}") from wrong

    def _place(self, event: Event) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _syntax(self, wrong: yaml.MarkedYAMLError, text: str) -> tuple[Place, str]:
        mark = wrong.problem_mark or wrong.context_mark
        place = Place(self.file, mark.line + 1, mark.column + 1) if mark else Place(self.file)
        said = _one_line(" ".join(part for part in (wrong.context, wrong.problem) if part))
        if mark and text[mark.index : mark.index + 1] == "\t":
            said += "; a tab cannot indent, use spaces"
        for symptom, advice in SYNTAX_ADVICE.items():
            if symptom in said:
                said += f"; {advice}"
        return place, f"is not YAML: {said}"

    def _next(self) -> Event:
        self.event = next(self.events)
        return self.event

    def document(self) -> _Node:
        """Read the only document of the stream."""
        self._next()  # the start of the stream
        if isinstance(self._next(), yaml.StreamEndEvent):
            raise UnreadableError(Place(self.file), "the file is empty")
        self._next()
        node = self.node()
        self._next()  # the end of the document
        if not isinstance(self._next(), yaml.StreamEndEvent):
            raise UnreadableError(
                self._place(self.event), "a second document starts here; keep one"
            )
        return node

    def node(self) -> _Node:
        """Read the node that starts at the current event, and move behind it."""
        event = self.event
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        node = _Node(self._place(event), None)
        if event.tag is not None:
            node.faults.append(
                (None, node.place, f"tags such as {_cut(event.tag)} are not allowed")
            )
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, node)
        elif isinstance(event, yaml.SequenceStartEvent):
            items = node.value = []
            while not isinstance(self._next(), yaml.SequenceEndEvent):
                items.append(self.node())
        else:
            self._mapping(node)
        if event.tag is not None:
            node.value = BROKEN
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _alias(self, event: Event) -> _Node:
        node = self.anchors.get(event.anchor)
        if node is None:
            said = "refers to itself" if event.anchor in self.anchors else "has no anchor before it"
            raise UnreadableError(self._place(event), f"the alias *{_cut(event.anchor)} {said}")
        return node

    def _scalar(self, event: Event, node: _Node) -> None:
        text = event.value
        try:
            node.value = resolve(text) if event.implicit[0] else checked_text(text)
        except ScalarError as wrong:
            node.value = BROKEN
            node.faults.append((None, node.place, str(wrong)))

    def _mapping(self, node: _Node) -> None:
        entries: dict[str, tuple[Place, _Node]] = {}
        merged: dict[str, tuple[Place, _Node]] = {}
        node.value = entries
        while not isinstance(self._next(), yaml.MappingEndEvent):
            place, key = self._key(node)
            plain = self.event.implicit[0]
            self._next()
            value = self.node()
            if key == MERGE and plain:
                merged = {**self._merge(value), **merged}
            elif key in entries:
                first = entries[key][0].line
                said = f"the key appears twice, first in line {first}; keep one"
                node.faults.append((key, place, said))
            else:
                entries[key] = place, value
        for key, entry in merged.items():
            entries.setdefault(key, entry)

    def _key(self, node: _Node) -> tuple[Place, str]:
        place = self._place(self.event)
        if not isinstance(self.event, yaml.ScalarEvent):
            raise UnreadableError(place, "a key must be a plain word")
        if self.event.tag is not None:
            raise UnreadableError(place, f"tags such as {_cut(self.event.tag)} are not allowed")
        try:
            text = checked_text(self.event.value)
        except ScalarError as wrong:
            raise UnreadableError(place, str(wrong)) from wrong
        if self.event.anchor:
            self.anchors[self.event.anchor] = _Node(place, text)
        if self.event.implicit[0]:
            try:
                resolve(text)
            except ScalarError as wrong:
                node.faults.append((text, place, str(wrong)))
        return place, text

    def _merge(self, value: _Node) -> dict[str, tuple[Place, _Node]]:
        sources = value.value if isinstance(value.value, list) else [value]
        merged: dict[str, tuple[Place, _Node]] = {}
        for source in sources:
            if not isinstance(source.value, dict):
                raise UnreadableError(source.place, "only a mapping can be merged with <<")
            merged = {**source.value, **merged}
        return merged


class _Growth:
    """Unfolds nodes into plain values with paths, and stops when that grows out of bounds."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.faults: list[Fault] = []

    def unfold(self, node: _Node, path: Path, depth: int) -> object:
        """Give the value of a node; note where it and its keys stand."""
        self.count += 1
        if self.count > MAX_NODES:
            raise UnreadableError(node.place, f"has more than {MAX_NODES} values, aliases unfolded")
        if depth > MAX_DEPTH:
            raise UnreadableError(node.place, f"is nested more than {MAX_DEPTH} deep")
        self.values[path] = node.place
        said, node.faults = node.faults, []
        for key, place, message in said:
            self.faults.append(Fault(place, path if key is None else (*path, key), message))
        if isinstance(node.value, list):
            return [self.unfold(n, (*path, i), depth + 1) for i, n in enumerate(node.value)]
        if isinstance(node.value, dict):
            return {key: self._entry(key, *entry, path, depth) for key, entry in node.value.items()}
        return node.value

    def _entry(self, key: str, place: Place, node: _Node, path: Path, depth: int) -> object:
        self.keys[(*path, key)] = place
        return self.unfold(node, (*path, key), depth + 1)


def _place_of(file: str, text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(file, before.count("\n") + 1, offset - before.rfind("\n"))


def _one_line(said: object) -> str:
    return " ".join(str(said).split())[:200]


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"  # noqa: PLR2004  a screen's worth
