"""What a study begins with: points, older studies, beliefs; held against the space."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path as FilePath
from typing import Any

from tuner import interop
from tuner.config.build import build
from tuner.config.explain import Explainer, given, listed, suggestion
from tuner.config.schema import WarmStartSpec
from tuner.config.shorthand import copied, word_for
from tuner.config.tree import BROKEN, Broken, Path
from tuner.errors import TunerError, UsageError
from tuner.interop.spec import LEDGERS, MODEL_MODES, MemorySpec, PriorSpec, asked_of, one_study
from tuner.space import Space
from tuner.study import Value

WHERE: Path = ("warm_start",)
KEYS = ("enqueue", "studies", "prior")
ENTRY = tuple(each.name for each in fields(MemorySpec) if each.name != "study")  # may be `studies`
FILLED = "the default is taken, else the middle of the range"


@dataclass(frozen=True, kw_only=True)
class WarmStart:
    """The section as it was read, before the space is known."""

    enqueue: list[dict[str, Any]] = field(default_factory=list)
    studies: tuple[MemorySpec, ...] = ()
    prior: Mapping[str, PriorSpec] = field(default_factory=dict)

    def looked_for(self, folder: FilePath, say: Explainer) -> None:
        """Note older studies that are not there, and names that they do not have.

        Those of a study in `folder` were read long ago.
        """
        if any((folder / name).exists() for name in LEDGERS):
            return
        for index, spec in enumerate(self.studies):
            where = (*WHERE, "studies", index)
            if spec.mode == "none":
                continue
            if not FilePath(spec.ledger).exists():
                said = f"no such file or folder from here: {given(spec.ledger)}"
                say.fault((*where, "ledger"), said)
            elif spec.rename:
                _named_there(spec, (*where, "rename"), say)

    def held_against(self, space: Space, say: Explainer) -> WarmStartSpec:
        """Complete the points, and note what does not fit the space."""
        complete: list[Mapping[str, Value]] = []
        for index, point in enumerate(self.enqueue):
            if any(value is BROKEN for value in point.values()):
                continue
            whole = _complete(point, space, (*WHERE, "enqueue", index), say)
            if whole is not None:
                complete.append(whole)
        return WarmStartSpec(
            enqueue=tuple(complete),
            studies=_renaming(self.studies, space, say),
            prior=_believed(self.prior, space, say),
        )


def read_warm_start(node: object, say: Explainer) -> WarmStart | Broken:
    """Read the section on its own."""
    long = copied(node)
    if not isinstance(long, dict):
        if long is not BROKEN:
            say.fault(WHERE, f"must be a mapping with {listed(KEYS)}, got {given(node)}")
        return BROKEN
    for key in long:
        if key not in KEYS:
            where = f"it belongs into an entry of `studies`: {{ledger: PATH, {key}: …}}"
            advice = where if key in ENTRY else suggestion(key, KEYS)
            say.fault((*WHERE, key), f"unknown key, {advice}", key=True)
    points = _points(long.get("enqueue"), (*WHERE, "enqueue"), say)
    studies = _studies(long.get("studies"), (*WHERE, "studies"), say)
    prior = _prior(long.get("prior"), (*WHERE, "prior"), say)
    if isinstance(points, Broken) or isinstance(studies, Broken) or isinstance(prior, Broken):
        return BROKEN
    return WarmStart(enqueue=points, studies=studies, prior=prior)


def _points(node: object, path: Path, say: Explainer) -> list[dict[str, Any]] | Broken:
    if node is None or node is BROKEN:
        return []
    if not isinstance(node, list):
        say.fault(path, f"must be a list of points, got {given(node)}")
        return BROKEN
    sound = []
    for index, point in enumerate(node):
        if isinstance(point, Mapping):
            sound.append(dict(point))
        elif point is not BROKEN:
            example = "must be a mapping such as {lr: 1e-3, optimizer: adamw}"
            say.fault((*path, index), f"{example}, got {given(point)}")
    return sound if len(sound) == len(node) else BROKEN


def _studies(node: object, path: Path, say: Explainer) -> tuple[MemorySpec, ...] | Broken:
    """Read older studies; a bare path is one of them."""
    if node is None or node is BROKEN:
        return () if node is None else BROKEN
    nodes = node if isinstance(node, list) else [node]
    if not isinstance(node, list):
        say.moved((*path, 0), path)
    read: list[MemorySpec] = []
    for index, entry in enumerate(nodes):
        where = (*path, index)
        spec = build(MemorySpec, word_for(entry, "ledger", where, say), where, say)
        if not isinstance(spec, Broken):
            read.append(spec)
    if len(read) < len(nodes) or not _told_apart(read, path, say):
        return BROKEN
    modes = dict.fromkeys(spec.mode for spec in read if spec.mode in MODEL_MODES)
    if len(modes) > 1:
        several = listed(map(repr, modes), "and")
        say.fault(path, f"one way for a model to learn from all of them, got {several}")
        return BROKEN
    return tuple(read)


def _told_apart(studies: list[MemorySpec], path: Path, say: Explainer) -> bool:
    """Note what stands there twice: the second would take the place of the first."""
    sound = True
    for index, spec in enumerate(studies):
        before, mine = studies[:index], asked_of(spec)
        alike = (n for n, other in enumerate(before) if one_study(mine, asked_of(other)))
        twice = next(alike, None)
        if twice is not None:
            advice = "to learn from one study in two ways give both a `name:`"
            say.fault((*path, index), f"the same as warm_start.studies[{twice}]; {advice}")
        elif spec.name is not None and spec.name in [other.name for other in before]:
            say.fault((*path, index, "name"), f"another study is called {spec.name!r} already")
        else:
            continue
        sound = False
    return sound


def _renaming(
    studies: tuple[MemorySpec, ...], space: Space, say: Explainer
) -> tuple[MemorySpec, ...]:
    """Note names that lead to no parameter of this study."""
    known = [parameter.name for parameter in space.parameters]
    for index, spec in enumerate(studies):
        for theirs, ours in spec.rename.items():
            where = (*WHERE, "studies", index, "rename", theirs)
            if ours not in known:
                say.fault(where, f"no parameter {ours!r} here, {suggestion(ours, known)}")
            first = next(name for name, target in spec.rename.items() if target == ours)
            if first != theirs:
                say.fault(where, f"{first!r} is called {ours!r} here already")
    return studies


def _named_there(spec: MemorySpec, path: Path, say: Explainer) -> None:
    """Note names that an older study does not have; if it cannot be read, whoever needs it says so."""
    try:
        old = interop.read_old(
            FilePath(spec.ledger),
            spec.kind,
            metric=spec.metric,
            goal=spec.goal,
            columns=spec.columns,
            study=spec.study,
        )
    except TunerError:
        return
    for theirs in spec.rename:
        if theirs not in old.names:
            said = f"no parameter {theirs!r} in {spec.ledger}, {suggestion(theirs, old.names)}"
            say.fault((*path, theirs), said, key=True)


def _prior(node: object, path: Path, say: Explainer) -> dict[str, PriorSpec] | Broken:
    """Read beliefs; a bare value is where the best one is believed to be."""
    if node is None or node is BROKEN:
        return {} if node is None else BROKEN
    if not isinstance(node, Mapping):
        say.fault(path, f"must be a mapping such as {{lr: 1e-3}}, got {given(node)}")
        return BROKEN
    read: dict[str, PriorSpec] = {}
    for name, entry in node.items():
        long = entry if isinstance(entry, Mapping) else {"at": entry}
        spec = build(PriorSpec, long, (*path, name), say)
        if not isinstance(spec, Broken):
            read[name] = spec
    return read if len(read) == len(node) else BROKEN


def _believed(
    prior: Mapping[str, PriorSpec], space: Space, say: Explainer
) -> Mapping[str, PriorSpec]:
    """Note beliefs about what is not searched, or about values that cannot be."""
    known = [p.name for p in space.searched]
    sound = {}
    for name, belief in prior.items():
        where = (*WHERE, "prior", name)
        if name not in known:
            say.fault(where, f"no searched parameter, {suggestion(name, known)}", key=True)
            continue
        try:
            sound[name] = replace(belief, at=space.value(name, belief.at))  # type: ignore[arg-type]  # never null
        except ValueError as wrong:
            say.fault(where, str(wrong))
    return sound


def _complete(
    given: Mapping[str, Any], space: Space, path: Path, say: Explainer
) -> dict[str, Value] | None:
    try:
        point = space.filled(given)
    except UsageError as wrong:
        for line in str(wrong).splitlines():
            name, _, message = line.partition(": ")
            if message and name in given:
                say.fault((*path, name), message)
            else:
                say.fault(path, line)
        return None
    if added := filled_in(space, given, point):
        say.notice(path, f"{listed(added, 'and')} not given; {FILLED}")
    return point


def filled_in(space: Space, given: Mapping[str, Any], point: Mapping[str, Value]) -> list[str]:
    """Name the searched parameters of a completed point that a person said nothing about."""
    return [p.name for p in space.searched if p.name in point and p.name not in given]
