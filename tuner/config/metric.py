"""`metric` and `constraints`: what is measured, where it is read from, and what must hold."""

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, get_args

from tuner.config.aliases import rename
from tuner.config.build import build
from tuner.config.explain import Explainer, given, listed, nearest
from tuner.config.shorthand import word_for
from tuner.config.tree import BROKEN, Broken, Path
from tuner.errors import ExpressionError
from tuner.expression import parse_bound
from tuner.study import Constraint, Metric, Source
from tuner.study.metric import SourceKind

PATH: Path = ("metric",)
GOALS = {"min": "minimize", "max": "maximize", "minimise": "minimize", "maximise": "maximize"}
REDUCE = re.compile(r"last|best|mean\([1-9][0-9]{0,5}\)")
NAME = re.compile(r"[^\s=:,{}\[\]\"'](?:[^\n\r\"{}]*[^\s=:,{}\[\]\"'])?")
LONGEST_NAME = 200
STDOUT, RETURN = "stdout", "return"
FORMS = (
    "stdout, return, {stdout: '<regex>'}, {file: metrics.jsonl}, {json: result.json},"
    " {csv: log.csv} or {tensorboard: tag}"
)
SUFFIXES = {".jsonl": "file", ".json": "json", ".csv": "csv"}


def read_metric(node: object, say: Explainer) -> Metric | Broken:
    """Read the metric in any of its forms; BROKEN, with every mistake noted."""
    long = word_for(node, "name", PATH, say)
    if long is BROKEN:
        return BROKEN
    if not isinstance(long, Mapping):
        said = "must be a mapping with name and goal, such as {name: loss, goal: minimize}"
        say.fault(PATH, f"{said}, got {given(node)}")
        return BROKEN
    long = dict(long)
    goal_sound = _goal(long, say)
    if "source" in long:
        long["source"] = _source(long["source"], say)
    metric = build(Metric, long, PATH, say)
    _check_words(long, say)
    if not isinstance(metric, Broken):
        _check_source(metric.source, say)
    return metric if goal_sound and say.clean(PATH) else BROKEN


def _goal(node: dict[str, Any], say: Explainer) -> bool:
    sound = True
    for theirs in ("direction", "mode"):
        if theirs in node:
            sound &= rename(node, theirs, "goal", PATH, say)
    goal = node.get("goal")
    if isinstance(goal, str) and goal.lower() in GOALS:
        node["goal"] = GOALS[goal.lower()]
        say.notice((*PATH, "goal"), f"{goal} is read as {node['goal']}")
    if "goal" not in node and not any(nearest(key, ["goal"]) for key in node):
        say.notice(PATH, "has no goal; minimize is assumed")
    return sound


def _check_words(node: Mapping[str, Any], say: Explainer) -> None:
    name, reduce = node.get("name"), node.get("reduce")
    if isinstance(name, str) and (not NAME.fullmatch(name) or len(name) > LONGEST_NAME):
        said = "must be a metric's name as the job writes it"
        say.fault((*PATH, "name"), f"{said}, got {given(name)}")
    if isinstance(reduce, str) and not REDUCE.fullmatch(reduce):
        said = "must be last, best or mean(k) of the last k"
        say.fault((*PATH, "reduce"), f"{said}, got {given(reduce)}")


def _check_source(source: Source, say: Explainer) -> None:
    where = (*PATH, "source", "where")
    if source.kind in (STDOUT, RETURN):
        if source.where is not None:
            say.fault(where, f"does not go with kind: {source.kind}")
    elif not source.where:
        say.fault((*PATH, "source"), f"must be {FORMS}; {source.kind} needs to know where")
    elif source.kind == "regex":
        _check_regex(source.where, where, say)
    elif source.kind != "tensorboard":
        _check_file(source.where, where, say)


def _check_regex(pattern: str, path: Path, say: Explainer) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as wrong:
        say.fault(path, f"is no regular expression: {wrong}, got {given(pattern)}")
        return
    if groups == 0:
        said = "must have a group around the number, as in 'loss is ([0-9.]+)'"
        say.fault(path, f"{said}, got {given(pattern)}")


def _check_file(name: str, path: Path, say: Explainer) -> None:
    file = PurePath(name)
    if file.is_absolute() or ".." in file.parts:
        said = "must lie in the trial's folder, which no other trial shares"
        say.fault(path, f"{said}; have the job write {{trial.dir}}/{file.name}, got {given(name)}")


def _source(node: object, say: Explainer) -> object:
    """Give the canonical form {kind, where, step} of a source, or what was given."""
    path = (*PATH, "source")
    if isinstance(node, str):
        return _source_word(node, path, say)
    if not isinstance(node, Mapping) or "kind" in node:
        return node
    forms = [kind for kind in get_args(SourceKind) if kind not in ("regex", RETURN)]
    found = [kind for kind in forms if kind in node]
    if len(found) != 1:
        meant = next((m for m in (nearest(key, forms) for key in node) if m), None)
        hint = f", did you mean {meant!r}?" if meant and not found else ""
        got = listed(map(repr, node), "and") or "an empty mapping"
        say.fault(path, f"must be {FORMS}, got {got}{hint}")
        return BROKEN
    long, kind = dict(node), found[0]
    long["where"] = long.pop(kind)
    long["kind"] = "regex" if kind == STDOUT else kind
    say.moved((*path, "where"), (*path, kind))
    if "step" in long and kind not in ("file", "csv"):
        say.fault(
            (*path, "step"), f"does not go with {kind}; only file and csv have steps", key=True
        )
        return BROKEN
    if long["where"] is None:
        say.fault((*path, kind), f"must be {FORMS}, got nothing behind {kind}")
        return BROKEN
    return long


def _source_word(word: str, path: Path, say: Explainer) -> object:
    if word in (STDOUT, RETURN):
        say.moved((*path, "kind"), path)
        return {"kind": word}
    for suffix, kind in SUFFIXES.items():
        if word.endswith(suffix):
            say.fault(path, f"must be {{{kind}: {word}}} to read from a file, got {given(word)}")
            return BROKEN
    meant = nearest(word, (STDOUT, RETURN))
    hint = f", did you mean {meant!r}?" if meant else ""
    say.fault(path, f"must be {FORMS}, got {given(word)}{hint}")
    return BROKEN


def read_constraints(node: object, say: Explainer) -> tuple[Constraint, ...] | Broken:
    """Read bounds on measured outcomes; one alone may stand without a list."""
    path: Path = ("constraints",)
    if isinstance(node, str):
        say.moved((*path, 0), path)
        node = [node]
    if node is None:
        return ()
    if not isinstance(node, list):
        if node is not BROKEN:
            said = "must be a list of bounds such as latency_ms <= 20"
            say.fault(path, f"{said}, got {given(node)}")
        return BROKEN
    read = [_constraint(entry, (*path, index), say) for index, entry in enumerate(node)]
    sound = [constraint for constraint in read if not isinstance(constraint, Broken)]
    return tuple(sound) if len(sound) == len(read) else BROKEN


def _constraint(node: object, path: Path, say: Explainer) -> Constraint | Broken:
    if isinstance(node, Mapping) or node is BROKEN:
        return build(Constraint, node, path, say)
    if not isinstance(node, str):
        say.fault(path, f"must be a bound such as latency_ms <= 20, got {given(node)}")
        return BROKEN
    try:
        metric, op, bound = parse_bound(node)
    except ExpressionError as wrong:
        say.fault(path, f"{wrong}, got {given(node)}")
        return BROKEN
    return Constraint(metric=metric, op=op, bound=bound)
