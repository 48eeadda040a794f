"""`runner`: who does the work. Short forms become the fields of a runner's spec."""

import re
from collections.abc import Mapping
from typing import Any

from tuner.config.build import build, written_keys
from tuner.config.explain import Explainer, given, listed, nearest, suggestion
from tuner.config.shorthand import measure
from tuner.config.tree import BROKEN, Broken, Path
from tuner.config.units import DURATION, SIZE, Unit
from tuner.runners.spec import (
    CommandSpec,
    CustomSpec,
    JobSpec,
    ManualSpec,
    PythonSpec,
    RunnerSpec,
    looks_secret,
)

PATH: Path = ("runner",)
KINDS: dict[str, type[RunnerSpec]] = {
    "command": CommandSpec,
    "python": PythonSpec,
    "custom": CustomSpec,
    "manual": ManualSpec,
}
KNOWN = ("type", *dict.fromkeys(word for kind in KINDS.values() for word in written_keys(kind)))
NOT_YET = ("ray", "slurm")
LIMITS: dict[str, tuple[str, Unit]] = {
    "memory": ("limit_memory", SIZE),
    "file": ("limit_file", SIZE),
    "cpu": ("limit_cpu_s", DURATION),
}
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OURS = "TUNER_"


def read_runner(node: object, say: Explainer) -> RunnerSpec | Broken:
    """Read the runner in any of its forms; BROKEN, with every mistake noted."""
    if isinstance(node, str | list):
        say.moved((*PATH, "command"), PATH)
        node = {"command": node}
    if node is BROKEN:
        return BROKEN
    if not isinstance(node, Mapping):
        example = "'python train.py {args}' or {type: command, command: …}"
        say.fault(PATH, f"must be a command such as {example}, got {given(node)}")
        return BROKEN
    long = dict(node)
    kind = _kind(long, say)
    if kind is None:
        return BROKEN
    if issubclass(kind, JobSpec):
        _job(long, say)
    if isinstance(long.get("flags"), str):
        say.moved((*PATH, "flags", "*"), (*PATH, "flags"))
        long["flags"] = {"*": long["flags"]}
    return build(kind, long, PATH, say)


def _kind(node: dict[str, Any], say: Explainer) -> type[RunnerSpec] | None:
    name = node.get("type")
    if name is BROKEN:
        return None
    if name is None:
        return _untyped(node, say)
    if isinstance(name, str) and name in NOT_YET:
        say.fault((*PATH, "type"), f"{name} is not yet supported by this version")
        return None
    if not isinstance(name, str) or name not in KINDS:
        meant = nearest(name, KINDS) if isinstance(name, str) else None
        hint = f", did you mean {meant!r}?" if meant else ""
        say.fault((*PATH, "type"), f"must be {listed(map(repr, KINDS))}, got {given(name)}{hint}")
        return None
    kind = KINDS[name]
    strangers = [key for key in node if key in KNOWN and key not in written_keys(kind)]
    for key in strangers:
        say.fault((*PATH, key), f"does not go with type: {name}", key=True)
    return None if strangers else kind


def _untyped(node: dict[str, Any], say: Explainer) -> type[RunnerSpec] | None:
    if "command" in node and "target" not in node:
        return CommandSpec
    unknown = [key for key in node if key not in KNOWN]
    for key in unknown:
        say.fault((*PATH, key), f"unknown key, {suggestion(key, KNOWN)}", key=True)
    if not unknown:
        said = "the key 'type' is missing" if "target" in node else "the key 'command' is missing"
        advice = (
            "write type: python" if "target" in node else "write command: python train.py {args}"
        )
        say.fault(PATH, f"{said}; {advice}")
    return None


def _job(node: dict[str, Any], say: Explainer) -> None:
    """Rewrite what the command and python runners share."""
    measure(node, "timeout", "timeout_s", PATH, say, DURATION)
    measure(node, "grace", "grace_s", PATH, say, DURATION)
    measure(node, "log_cap", "log_cap", PATH, say, SIZE)
    if "limits" in node:
        _limits(node, node.pop("limits"), say)
    if "env" in node:
        _environment(node, say)


def _limits(node: dict[str, Any], limits: object, say: Explainer) -> None:
    where = (*PATH, "limits")
    if not isinstance(limits, Mapping):
        if limits is not None and limits is not BROKEN:
            said = "must be a mapping with memory, file or cpu"
            say.fault(where, f"{said}, got {given(limits)}")
        return
    for key in limits:
        if key not in LIMITS:
            say.fault((*where, key), f"unknown key, {suggestion(key, list(LIMITS))}", key=True)
    inside = dict(limits)
    for key, (name, unit) in LIMITS.items():
        measure(inside, key, name, where, say, unit)
        if name in inside:
            node[name] = inside[name]
            say.moved((*PATH, name), (*where, name))


def _environment(node: dict[str, Any], say: Explainer) -> None:
    """Split `env` into variables to set and variables that must be there."""
    where, env = (*PATH, "env"), node["env"]
    needed = list(node.get("require_env") or [])
    if isinstance(env, list):
        for index in range(len(env)):
            say.moved((*PATH, "require_env", len(needed) + index), (*where, index))
        node["require_env"] = needed + env
        del node["env"]
        for index, name in enumerate(env):
            _variable(name, (*where, index), say)
    elif isinstance(env, Mapping):
        node["env"] = {}
        for name, value in env.items():
            _variable(name, (*where, name), say)
            if value is None:
                needed.append(name)
            else:
                node["env"][name] = _setting(name, value, (*where, name), say)
        if needed:
            node["require_env"] = needed


def _variable(name: object, path: Path, say: Explainer) -> None:
    if isinstance(name, str) and not VARIABLE.fullmatch(name):
        say.fault(path, f"{given(name)} is no name of a variable", key=True)
    elif isinstance(name, str) and name.startswith(OURS):
        say.fault(path, f"{name} is set by tuner itself; use another name", key=True)


def _setting(name: str, value: object, path: Path, say: Explainer) -> object:
    if looks_secret(name):
        advice = f"export {name} before `tuner run` and write env: [{name}] or {name}: null"
        say.fault(path, f"looks like a secret, which a configuration must not hold; {advice}")
        return BROKEN
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
