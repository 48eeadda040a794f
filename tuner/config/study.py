"""All sections of a configuration together: what is missing, what clashes, and the whole of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path as FilePath
from typing import Any

from tuner.config import crosscheck, sections
from tuner.config.explain import Explainer, nearest, suggestion
from tuner.config.metric import read_constraints, read_metric
from tuner.config.parameters import read_space
from tuner.config.plain import to_plain
from tuner.config.runner import read_runner
from tuner.config.schema import StudyConfig, WarmStartSpec
from tuner.config.sinks import read_sinks
from tuner.config.tree import BROKEN, Broken
from tuner.config.warmstart import WarmStart, read_warm_start
from tuner.runners.spec import PythonSpec
from tuner.space import Space
from tuner.study import Metric, Source

KEYS = (
    *("version", "name", "seed", "dir", "metric", "constraints", "parameters", "require", "runner"),
    *("resources", "search", "stop", "cost", "confirm", "warm_start", "ledger", "sinks"),
)
NOT_YET = {
    "metrics": ("metric", "; write metric: {name: …, goal: …} for one"),
    "early_stopping": ("stop", ""),
}
# Keys of other tools at the top, or of a section that was forgotten: what to write, and which of our
# required sections they stand for.
FOREIGN = {
    "command": ("runner", "write runner: {command: …}"),
    "program": ("runner", "write runner: python PROGRAM {args}"),
    "method": ("search", "write search: {method: …}"),
    "trials": ("stop", "write stop: {trials: …}"),
    "run_cap": ("stop", "write stop: {trials: …}"),
    "parallel": ("resources", "write resources: {parallel: …}"),
    "goal": ("metric", "write metric: {name: …, goal: …}"),
    "direction": ("metric", "write metric: {name: …, goal: …}"),
    "space": ("parameters", "write parameters: {…}"),
    "search_space": ("parameters", "write parameters: {…}"),
    "early_terminate": ("stop", "stopping trials early is not yet supported by this version"),
}
REQUIRED = {
    "metric": "write metric: {name: loss, goal: minimize}",
    "parameters": "write parameters: {lr: {type: float, min: 1e-5, max: 0.1, log: true}}",
    "runner": "write runner: {command: python train.py {args}}, or {type: manual} to tell by hand",
}
# Sections that may be left out; each reader says what stands for nothing.
OPTIONAL: dict[str, Callable[[object, Explainer], object]] = {
    "constraints": read_constraints,
    "resources": sections.read_resources,
    "search": sections.read_search,
    "stop": sections.read_stop,
    "cost": sections.read_cost,
    "confirm": sections.read_confirm,
    "ledger": sections.read_ledger,
    "warm_start": read_warm_start,
    "sinks": read_sinks,
}


def read_study(
    root: Mapping[str, Any], say: Explainer, source: FilePath | None, *, looking: bool = False
) -> StudyConfig | None:
    """Read the whole of a configuration; None, with every mistake noted, if there is any.

    `looking` for older studies too, where they are still to be read, and into the script of the jobs.
    """
    _check_keys(root, say)
    parts = _read_parts(root, say, source)
    if looking and BROKEN not in (parts["warm_start"], parts["dir"]):
        parts["warm_start"].looked_for(parts["dir"], say)
    _hold_together(parts, root, say)
    if looking and not say.problems:
        crosscheck.notice_undeclared(parts["runner"], parts["space"], say)
    if say.problems:
        return None
    config = StudyConfig(**parts, notices=tuple(say.notices), source=source)
    return replace(config, plain=to_plain(config))


def _check_keys(root: Mapping[str, Any], say: Explainer) -> None:
    meant: set[str | None] = set()
    for key in root:
        if key in NOT_YET:
            section, advice = NOT_YET[key]
            say.fault((key,), f"is not yet supported by this version{advice}", key=True)
            meant.add(section)
        elif key in FOREIGN:
            say.fault((key,), f"unknown key; {FOREIGN[key][1]}", key=True)
            meant.add(FOREIGN[key][0])
        elif key not in KEYS:
            say.fault((key,), f"unknown key, {suggestion(key, KEYS)}", key=True)
            meant.add(nearest(key, KEYS))
    for key, advice in REQUIRED.items():
        if key not in root and key not in meant:  # a misspelt key is one mistake, already said
            say.fault((), f"the key {key!r} is missing; {advice}")


def _read_parts(root: Mapping[str, Any], say: Explainer, source: FilePath | None) -> dict[str, Any]:
    """Read every section on its own; BROKEN stands for one with mistakes, or a missing one."""
    given = {key: value for key, value in root.items() if value is not None}
    sections.read_version(given.get("version", 1), say)
    name = sections.read_name(given.get("name", sections.fallback_name(source)), say)
    parts: dict[str, Any] = {
        "name": name,
        "dir": sections.read_dir(given.get("dir", sections.DEFAULT_DIR), name, say),
        "seed": sections.read_seed(given.get("seed", 0), say),
        "metric": BROKEN,
        "space": BROKEN,
        "runner": BROKEN,
    }
    if "metric" in root:
        parts["metric"] = read_metric(root["metric"], say)
    if "parameters" in root:
        parts["space"] = read_space(root["parameters"], given.get("require"), say)
    if "runner" in root:
        parts["runner"] = read_runner(root["runner"], say)
    if isinstance(parts["runner"], PythonSpec) and not isinstance(parts["metric"], Broken):
        parts["metric"] = _returned(parts["metric"], root["metric"])
    for key, read in OPTIONAL.items():
        parts[key] = read(given.get(key), say)
    return parts


def _returned(metric: Metric, node: object) -> Metric:
    """Read the metric of a Python function from what it returns, unless a source is given."""
    if isinstance(node, Mapping) and node.get("source") is not None:
        return metric
    return replace(metric, source=Source(kind="return"))


def _hold_together(parts: dict[str, Any], root: Mapping[str, Any], say: Explainer) -> None:
    """Check what needs several sections, as far as those are sound; complete the warm start."""
    space, runner, metric = parts["space"], parts["runner"], parts["metric"]
    names = root.get("parameters")
    if isinstance(names, Mapping) and names:
        crosscheck.check_command(root.get("runner"), names, say)
    if not isinstance(runner, Broken):
        if not isinstance(metric, Broken):
            crosscheck.check_source(metric, runner, say)
        if BROKEN not in (parts["stop"], parts["resources"]):
            crosscheck.notice_stop(parts["stop"], runner, parts["resources"], say)
    if not isinstance(space, Space):
        return
    crosscheck.check_require(space, say)
    if BROKEN not in (parts["search"], parts["resources"], parts["stop"]):
        crosscheck.notice_search(parts["search"], space, parts["resources"].parallel, say)
        crosscheck.notice_initial(parts["search"], parts["stop"], say)
    if not isinstance(runner, Broken):
        crosscheck.check_flags(runner, space.parameters, say)
        crosscheck.notice_unused(runner, space, say)
        crosscheck.notice_operators(runner, say)
    if not isinstance(parts["constraints"], Broken):
        crosscheck.check_constraints(parts["constraints"], space, say)
    if not isinstance(parts["warm_start"], Broken):
        parts["warm_start"] = _begun(parts["warm_start"], parts, root, say)


def _begun(
    read: WarmStart, parts: Mapping[str, Any], root: Mapping[str, Any], say: Explainer
) -> WarmStart | WarmStartSpec:
    """Hold the warm start against the search and the space, where these are sound."""
    if not say.clean(("require",)):
        return read
    if not isinstance(parts["search"], Broken):
        crosscheck.check_memory(read, parts["search"], root.get("warm_start"), say)
    return read.held_against(parts["space"], say)
