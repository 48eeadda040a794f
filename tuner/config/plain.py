"""The normalised form of a configuration: JSON types, one spelling, only what differs from defaults.

What the ledger keeps, what is hashed and compared on a resume, and what `read_config` reads back into
an equal `StudyConfig`.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from tuner.config.schema import StudyConfig
from tuner.space import Bool, Float, Int, Parameter
from tuner.study import Metric

TYPES: dict[type[Parameter], str] = {Float: "float", Int: "int", Bool: "bool"}
SECTIONS = ("runner", "resources", "search", "stop", "cost", "confirm", "warm_start", "ledger")
Spec = Any  # an instance of any dataclass
UNSET = "unset"
HASH_DIGITS = 16


def to_plain(config: StudyConfig) -> dict[str, Any]:
    """Write a configuration in its normalised form."""
    plain: dict[str, Any] = {
        "version": config.version,
        "name": config.name,
        "seed": config.seed,
        "dir": str(config.dir),
        "metric": _metric(config.metric),
        "constraints": [_everything(constraint) for constraint in config.constraints],
        "parameters": {p.name: _parameter(p) for p in config.space.parameters},
        "require": list(config.space.require),
    }
    for section in SECTIONS:
        spec = getattr(config, section)
        plain[section] = None if spec is None else _spec(spec)
    plain["sinks"] = [{"type": sink.type, **_spec(sink)} for sink in config.sinks]
    plain["runner"] = {"type": config.runner.type, **plain["runner"]}
    for section in ("cost", "confirm"):  # there at all, even if every key is at its default
        if plain[section] is not None:
            plain[section] = _everything(getattr(config, section))
    return {key: value for key, value in plain.items() if value not in (None, {}, [])}


def _metric(metric: Metric) -> dict[str, Any]:
    return {**_everything(metric), "source": _everything(metric.source)}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    node = _spec(parameter)
    del node["name"]
    kind = TYPES.get(type(parameter))
    return node if kind is None else {"type": kind, **node}


def _everything(spec: Spec) -> dict[str, Any]:
    return {entry.name: _value(getattr(spec, entry.name)) for entry in fields(spec)}


def _spec(spec: Spec) -> dict[str, Any]:
    """Write the fields of a dataclass that differ from their defaults."""
    return {
        entry.name.rstrip("_"): _value(getattr(spec, entry.name))
        for entry in fields(spec)
        if getattr(spec, entry.name) != _default(entry)
    }


def _default(entry: Field[Any]) -> object:
    return entry.default if entry.default_factory is MISSING else entry.default_factory()


def _value(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return _spec(value)
    if isinstance(value, Mapping):
        return {key: _value(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_value(entry) for entry in value]
    return str(value) if isinstance(value, Path) else value


def config_hash(plain: Mapping[str, object]) -> str:
    """Give 16 hex digits that are equal exactly when two normalised configurations are.

    The order of parameters counts, because it is the order of a model's columns; no other does.

    Example:
        >>> config_hash({"name": "a", "seed": 1}) == config_hash({"seed": 1, "name": "a"})
        True
    """
    body = json.dumps([plain, _order(plain)], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_DIGITS]


def diff(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """Say what changed between two normalised configurations, a line each, for a person.

    Example:
        >>> diff({"stop": {"trials": 20}}, {"stop": {"trials": 40}, "seed": 1})
        ['stop.trials: 20 -> 40', 'seed: unset -> 1']
    """
    lines = list(_changes(old, new, ()))
    kept = [name for name in _order(old) if name in _order(new)]
    if kept != [name for name in _order(new) if name in _order(old)]:
        lines.append("parameters: their order changed")
    return lines


def _changes(old: object, new: object, path: tuple[str, ...]) -> Iterator[str]:
    where = ".".join(path)
    whole = len(path) == 2 and path[0] == "parameters"  # noqa: PLR2004  parameters.NAME
    if whole and (old is MISSING or new is MISSING):
        yield f"{where}: {'removed' if new is MISSING else 'added'}"
    elif isinstance(old, Mapping) or isinstance(new, Mapping):
        left = old if isinstance(old, Mapping) else {}
        right = new if isinstance(new, Mapping) else {}
        for key in dict.fromkeys([*left, *right]):
            yield from _changes(left.get(key, MISSING), right.get(key, MISSING), (*path, str(key)))
    elif old != new or type(old) is not type(new):
        yield f"{where}: {_shown(old)} -> {_shown(new)}"


def _order(plain: Mapping[str, object]) -> list[str]:
    parameters = plain.get("parameters")
    return list(parameters) if isinstance(parameters, Mapping) else []


def _shown(value: object) -> str:
    if value is MISSING:
        return UNSET
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() and text else json.dumps(value)
