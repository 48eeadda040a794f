"""Studies held against each other, as plain values: what `tuner compare` prints in one form or another.

Studies of one configuration that differ in their seeds make a group, and groups are compared. The
names of `Contest.record` are stable; a new one may join, none is renamed.
"""

import itertools
import os.path
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tuner.report.entrant import Entry
from tuner.report.export import plain
from tuner.report.verdict import Verdict, held

APART = ("name", "seed", "dir", "version", "sinks")  # what a group's studies may differ in
ABSENT = "absent"


@dataclass(frozen=True, kw_only=True)
class Contest:
    """All that is compared.

    Attributes:
        entries: the studies, those of a group together.
        refusal: why they are not ranked, empty when they are.
        differences: path of the configuration to the value in each group, where they differ.
        verdicts: the first group against every other.
        mixed: group to the paths of the configuration in which its own studies differ, where they do.
    """

    entries: Sequence[Entry]
    refusal: str
    differences: Mapping[str, Mapping[str, Any]]
    verdicts: Sequence[Verdict]
    mixed: Mapping[str, Sequence[str]]

    @property
    def groups(self) -> dict[str, list[Entry]]:
        """The studies by group, in the order in which they were named."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.group, []).append(entry)
        return found

    def record(self) -> dict[str, Any]:
        """Give everything as plain JSON types."""
        return {
            "ranked": not self.refusal,
            "refusal": self.refusal or None,
            "groups": {name: [e.name for e in rows] for name, rows in self.groups.items()},
            "studies": [entry.record() for entry in self.entries],
            "differences": plain(self.differences),
            "verdicts": [verdict.record() for verdict in self.verdicts],
            "mixed": {name: list(paths) for name, paths in self.mixed.items()},
        }


def contest(entries: Iterable[Entry]) -> Contest:
    """Compare studies; one without a group joins those of its configuration."""
    rows = grouped(entries)
    groups = Contest(entries=rows, refusal="", differences={}, verdicts=(), mixed={}).groups
    refusal = refusal_of(rows)
    first, *others = groups
    verdicts = [
        verdict
        for other in others
        for verdict in ([] if refusal else held(groups[first], groups[other]))
    ]
    renames = [pair for entry in rows for pair in entry.renames]
    found = differences({name: members[0].settings for name, members in groups.items()}, renames)
    inside = {
        name: tuple(differences({entry.folder: entry.settings for entry in members}, renames))
        for name, members in groups.items()
    }
    return Contest(
        entries=[entry for members in groups.values() for entry in members],
        refusal=refusal,
        differences=found,
        verdicts=verdicts,
        mixed={name: paths for name, paths in inside.items() if paths},
    )


def grouped(entries: Iterable[Entry]) -> list[Entry]:
    """Name the group of every study: the given one, else after those of the same configuration."""
    rows = list(entries)
    keys = [entry.group or kernel(entry.settings) for entry in rows]
    names: dict[Any, str] = {}
    for entry, key in zip(rows, keys, strict=True):
        members = [other.name for other, its in zip(rows, keys, strict=True) if its == key]
        name = entry.group or (entry.name if len(members) == 1 else common(members))
        if key not in names:
            names[key] = name if name not in names.values() else f"{name} ({entry.folder})"
    return [replace(entry, group=names[key]) for entry, key in zip(rows, keys, strict=True)]


def common(names: Sequence[str]) -> str:
    """Name what several names begin with.

    Example:
        >>> common(["digits-1", "digits-2"]), common(["a", "a"]), common(["a", "b"])
        ('digits-*', 'a', 'a, b')
    """
    if len(set(names)) == 1:
        return names[0]
    start = os.path.commonprefix(list(names))  # noqa: RUF071  of characters, on purpose
    return f"{start}*" if start else ", ".join(names)


def kernel(config: Mapping[str, Any]) -> str:
    """Write what makes a configuration another one than that of the same study with another seed."""
    kept = {key: value for key, value in config.items() if key not in APART}
    return repr(sorted(flat(kept).items()))


def flat(node: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """Lay a nested configuration out as path and value; a parameter keeps the order it has.

    Example:
        >>> flat({"search": {"method": "sobol"}, "require": ["a < b"]})
        {'search.method': 'sobol', 'require': ['a < b']}
    """
    found: dict[str, Any] = {}
    for key, value in node.items():
        where = f"{path}.{key}" if path else str(key)
        found |= flat(value, where) if isinstance(value, Mapping) and value else {where: value}
    return found


def differences(
    configs: Mapping[str, Mapping[str, Any]], renames: Iterable[tuple[str, str]] = ()
) -> dict[str, dict[str, Any]]:
    """Give each path that does not say the same in all groups; ABSENT where a group lacks it.

    A parameter that some group lacks is one entry, whole.

    Args:
        configs: by group.
        renames: pairs of names of one parameter, see `same_names`.
    """
    laid = {}
    named = {group: config.get("parameters", {}) for group, config in configs.items()}
    spaces = same_names(named, renames)
    for group, config in configs.items():
        kept = {key: value for key, value in config.items() if key not in (*APART, "parameters")}
        nodes = spaces[group]
        shared = [name for name in nodes if all(name in space for space in spaces.values())]
        whole = {f"parameters.{name}": nodes[name] for name in nodes if name not in shared}
        laid[group] = {
            **flat({"parameters": {name: nodes[name] for name in shared}} if shared else {}),
            **whole,
            **flat(kept),
        }
    paths = dict.fromkeys(itertools.chain.from_iterable(laid.values()))
    rows = {path: {group: said.get(path, ABSENT) for group, said in laid.items()} for path in paths}
    return {path: row for path, row in rows.items() if len({repr(v) for v in row.values()}) > 1}


def same_names(
    spaces: Mapping[str, Mapping[str, Any]], renames: Iterable[tuple[str, str]]
) -> dict[str, dict[str, Any]]:
    """Give every parameter the name that the first group has for it; `renamed` keeps its own.

    Example:
        >>> same_names({"a": {"eta": {"min": 1}}, "b": {"lr": {"min": 2}}}, [("eta", "lr")])
        {'a': {'eta': {'min': 1, 'renamed': 'eta'}}, 'b': {'eta': {'min': 2, 'renamed': 'lr'}}}
    """
    found = {group: dict(space) for group, space in spaces.items()}
    for names in _together(renames):
        own = {group: [name for name in space if name in names] for group, space in found.items()}
        called = list(dict.fromkeys(itertools.chain.from_iterable(own.values())))
        if len(called) < 2 or any(len(each) > 1 for each in own.values()):  # noqa: PLR2004
            continue  # of one name, or a group has two of them: they are not the same there
        for group, space in found.items():
            found[group] = {
                called[0] if name in names else name: {**node, "renamed": name}
                if name in names and isinstance(node, Mapping)
                else node
                for name, node in space.items()
            }
    return found


def _together(renames: Iterable[tuple[str, str]]) -> list[set[str]]:
    """Give the sets of names that pairs connect."""
    sets: list[set[str]] = []
    for pair in renames:
        touched = [each for each in sets if each & set(pair)]
        sets = [each for each in sets if each not in touched] + [set(pair).union(*touched)]
    return sets


def refusal_of(entries: Sequence[Entry]) -> str:
    """Say why studies cannot be ranked: they measure different things. Empty when they can."""
    kinds: dict[tuple[str, str, str], str] = {}
    for entry in entries:
        metric = entry.history.metric
        kinds.setdefault((metric.name, metric.goal, metric.reduce), entry.name)
    if len(kinds) < 2:  # noqa: PLR2004  one thing is measured
        return ""
    said = [f"{name} ({goal}, {how}) in {where}" for (name, goal, how), where in kinds.items()]
    return f"not ranked: they measure different things: {'; '.join(said)}"
