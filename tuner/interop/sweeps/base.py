"""What a search is, whoever it was written for. Nodes and sections are those of our own YAML."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tuner.interop.base import Node
from tuner.runners.spec import looks_secret
from tuner.study import Value
from tuner.study.metric import Goal

Body = Mapping[str, Any]  # of a file, as it was read
Beside = Callable[
    [str], object
]  # reads a file that lies beside, by its name; ValueError if it cannot
VARIABLE = re.compile(r"(?!TUNER_)[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One parameter.

    Attributes:
        name: as the other tool has it.
        node: None where it cannot be one of ours; the note says why.
        when: the parameter and its value that it needs to exist.
        note: what is not as it was, one line.
    """

    name: str
    node: Node | None
    when: tuple[str, Value] | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A search as another tool is asked for it.

    Attributes:
        tool: whose words it was in.
        metric, goal: None and minimize where it does not say.
        metric_note: how the other tool gets the metric, and what is to be done here.
        command: in the language of `runner.command`, empty where it does not say.
        runner, resources, search, stop: further keys of these sections.
        notes: what has no counterpart, one line each.
    """

    tool: str
    settings: tuple[Setting, ...]
    name: str | None = None
    metric: str | None = None
    goal: Goal = "minimize"
    metric_note: str = ""
    reduce: str | None = None
    command: str = ""
    runner: Node = field(default_factory=dict)
    resources: Node = field(default_factory=dict)
    search: Node = field(default_factory=dict)
    stop: Node = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def mapping(found: object) -> Body:
    """Give a mapping, or an empty one in the place of anything else."""
    return found if isinstance(found, Mapping) else {}


def plain(text: str) -> str:
    """Write one word of a command, its braces and blanks as they are.

    Example:
        >>> plain("a {b}")
        "'a {{b}}'"
    """
    return shlex.quote(text.replace("{", "{{").replace("}", "}}"))


def unknown(body: Body, known: Iterable[str]) -> list[str]:
    """Say which keys nobody here reads."""
    return [f"{key}: left out, it has no counterpart" for key in body if key not in {*known}]


def whole(found: object) -> int | None:
    """Give a number of trials or jobs, None where it is none."""
    if isinstance(found, str) and found.strip().isdecimal():
        found = int(found)
    good = isinstance(found, int) and not isinstance(found, bool) and found > 0
    return int(found) if good else None  # type: ignore[call-overload]


def environment(pairs: Iterable[tuple[str, object]], notes: list[str]) -> dict[str, str]:
    """Give the variables that a configuration may hold, and note the others: secrets, odd names."""
    kept = {}
    for name, value in pairs:
        if isinstance(value, str) and VARIABLE.fullmatch(name) and not looks_secret(name):
            kept[name] = value
        else:
            notes.append(f"env: {name} is left out; export it, and name it in runner.env")
    return kept
