"""The language as a JSON Schema, for editors: every form that the reader takes, and no other key.

Derived from the same specs as the reader; only short forms are written out here. What a schema cannot
say (names in expressions, min below max) is left to `tuner check`.
"""

from tuner.config.build import hints_of, keys
from tuner.config.parameter_schema import parameter_schema
from tuner.config.runner import KINDS, LIMITS
from tuner.config.schema import ConfirmSpec, CostSpec
from tuner.config.sections import NAME
from tuner.config.shapes import (
    SCALAR,
    TEXT,
    Schema,
    any_of,
    object_of,
    one_or_many,
    or_nothing,
    spec_of,
    word,
)
from tuner.config.study import KEYS, REQUIRED
from tuner.config.words import MEANING
from tuner.interop.spec import MemorySpec, PriorSpec
from tuner.ledger.spec import LedgerSpec
from tuner.runners.spec import ResourcesSpec
from tuner.samplers.spec import SearchSpec
from tuner.sinks.spec import KINDS as SINKS
from tuner.stopping.spec import StopSpec

DURATION: Schema = {
    "type": "string",
    "pattern": r"^\s*(?=\d)(\d+(\.\d+)?\s*d)?\s*(\d+(\.\d+)?\s*h)?\s*(\d+(\.\d+)?\s*m)?\s*"
    r"(\d+(\.\d+)?\s*s)?\s*$",
}
SIZE: Schema = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(B|kB|KB|MB|GB|TB|[KMGT]iB)\s*$"}
VARIABLE = r"^(?!TUNER_)[A-Za-z_][A-Za-z0-9_]*$"


def json_schema() -> Schema:
    """Give the schema of a configuration file, draft 2020-12."""
    sections: dict[str, Schema] = {
        "version": {"const": 1},
        "name": {"type": "string", "pattern": f"^{NAME.pattern}$"},
        "seed": {"type": "integer", "minimum": 0},
        "dir": TEXT,
        "metric": any_of(TEXT, _metric()),
        "constraints": one_or_many(TEXT),
        "parameters": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {**parameter_schema(), "description": MEANING["parameters.*"]},
        },
        "require": one_or_many(TEXT),
        "runner": any_of(TEXT, {"type": "array", "items": TEXT}, *map(_runner, KINDS)),
        "resources": spec_of(ResourcesSpec, "resources", gpus=_gpus()),
        "search": word(spec_of(SearchSpec, "search")),
        "stop": spec_of(StopSpec, "stop", wall_s=None, wall=DURATION),
        "cost": spec_of(CostSpec, "cost"),
        "confirm": spec_of(ConfirmSpec, "confirm"),
        "warm_start": object_of("warm_start", _warm_start()),
        "ledger": word(spec_of(LedgerSpec, "ledger")),
        "sinks": one_or_many(_sink()),
    }
    body = object_of("", {key: sections[key] for key in KEYS}, required=list(REQUIRED))
    for key in KEYS:
        if key not in REQUIRED:
            body["properties"][key] = or_nothing(body["properties"][key])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tuner study",
        "description": "The configuration of a study, as `tuner run` reads it.",
        **body,
    }


def _metric() -> Schema:
    goal: Schema = {"enum": ["minimize", "maximize", "min", "max", "minimise", "maximise"]}
    theirs = {**goal, "deprecated": True}
    properties = {
        "name": TEXT,
        "goal": goal,
        "source": _source(),
        "reduce": {"type": "string", "pattern": r"^(last|best|mean\([1-9][0-9]*\))$"},
        "direction": theirs,
        "mode": theirs,
    }
    return object_of("metric", properties, required=["name"])


def _source() -> Schema:
    path = "metric.source"
    forms = [
        object_of(
            path,
            {kind: TEXT, **({"step": TEXT} if kind in ("file", "csv") else {})},
            required=[kind],
        )
        for kind in ("stdout", "file", "json", "csv", "tensorboard")
    ]
    return any_of({"enum": ["stdout", "return"]}, *forms)


def _runner(name: str) -> Schema:
    """Describe one kind of runner; only the command may leave out its type."""
    kind: type = KINDS[name]
    retries = _retries(hints_of(kind)["retries"])
    other: dict[str, Schema | None] = {"type": {"const": name}, "retries": retries}
    if "timeout_s" in keys(kind):
        hidden = ("timeout_s", "grace_s", "require_env", *(field for field, _ in LIMITS.values()))
        units = {key: SIZE if key in ("memory", "file") else DURATION for key in LIMITS}
        other |= dict.fromkeys(hidden)
        other |= {
            "timeout": DURATION,
            "grace": DURATION,
            "limits": any_of(object_of("runner.limits", units), {"type": "null"}),
            "log_cap": any_of(SIZE, {"type": "integer"}),
            "env": _environment(),
        }
    if "flags" in keys(kind):
        style = {"enum": ["value", "present", "no_prefix"]}
        other["flags"] = any_of(style, {"type": "object", "additionalProperties": style})
    node = spec_of(kind, "runner", **other)
    return node if name == "command" else {**node, "required": ["type", *node.get("required", [])]}


def _retries(kind: type) -> Schema:
    count: Schema = {"type": "integer", "minimum": 0, "description": MEANING["runner.retries.*"]}
    properties = dict.fromkeys(keys(kind), count)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _environment() -> Schema:
    name: Schema = {"type": "string", "pattern": VARIABLE}
    value: Schema = {"type": ["string", "integer", "null"], "description": MEANING["runner.env.*"]}
    return any_of(
        {"type": "array", "items": name},
        {"type": "object", "propertyNames": name, "additionalProperties": value},
    )


def _gpus() -> Schema:
    ids: Schema = {"type": "array", "items": {"type": ["string", "integer"]}}
    return any_of({"const": "auto"}, {"type": "integer", "minimum": 0}, ids)


def _warm_start() -> dict[str, Schema]:
    studies = word(spec_of(MemorySpec, "warm_start.studies"))
    belief = any_of(SCALAR, spec_of(PriorSpec, "warm_start.prior.*"))
    nothing: Schema = {"type": "null"}
    return {
        "enqueue": any_of(_points(), nothing),
        "studies": any_of(one_or_many(studies), nothing),
        "prior": any_of({"type": "object", "additionalProperties": belief}, nothing),
    }


def _sink() -> Schema:
    """Describe a sink: its type alone, or with what else is asked of it."""
    forms = [
        {**node, "required": ["type"]}
        for node in (spec_of(kind, "sinks", type={"const": name}) for name, kind in SINKS.items())
    ]
    return any_of({"enum": list(SINKS)}, *forms)


def _points() -> Schema:
    point: Schema = {"type": "object", "additionalProperties": SCALAR}
    return {"type": "array", "items": point}
