"""The language as a JSON Schema, for editors: every form that the reader takes, and no other key.

Derived from the same specs as the reader; only short forms are written out here. What a schema cannot
say (names in expressions, min below max) is left to `tuner check`.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from tuner.config.aliases import DISTRIBUTIONS, SYNONYMS, TYPES
from tuner.config.build import hints_of, keys, needed
from tuner.config.expect import NONE, UNIONS, is_container
from tuner.config.oneline import FORMS
from tuner.config.runner import KINDS, LIMITS
from tuner.config.schema import ConfirmSpec, CostSpec
from tuner.config.sections import NAME
from tuner.config.study import KEYS, REQUIRED
from tuner.config.words import MEANING
from tuner.ledger.spec import LedgerSpec
from tuner.runners.spec import ResourcesSpec
from tuner.samplers.spec import SearchSpec
from tuner.space import Bool, Choice, Derived, Fixed, Float, Int
from tuner.stopping.spec import StopSpec

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
SCALAR: Schema = {"type": ["number", "string", "boolean", "null"]}
DURATION: Schema = {
    "type": "string",
    "pattern": r"^\s*(?=\d)(\d+(\.\d+)?\s*d)?\s*(\d+(\.\d+)?\s*h)?\s*(\d+(\.\d+)?\s*m)?\s*"
    r"(\d+(\.\d+)?\s*s)?\s*$",
}
SIZE: Schema = {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(B|kB|KB|MB|GB|TB|[KMGT]iB)\s*$"}
VARIABLE = r"^(?!TUNER_)[A-Za-z_][A-Za-z0-9_]*$"
ONE_LINE = rf"^\s*({'|'.join(FORMS)})\s*\(.*\)\s*$"
PLAIN_TYPES: dict[object, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: TEXT,
    NONE: {"type": "null"},
}
ENDS = (["min", "max"], ["low", "high"], ["lower", "upper"], ["minimum", "maximum"], ["bounds"])
AT_LEAST_1: Schema = {"minimum": 1}
LIMITED: dict[str, Schema] = {
    "stop.trials": AT_LEAST_1,
    "stop.plateau.trials": AT_LEAST_1,
    "stop.failures.consecutive": AT_LEAST_1,
    "confirm.top": AT_LEAST_1,
    "confirm.seeds": AT_LEAST_1,
    "resources.parallel": AT_LEAST_1,
    "runner.retries.*": {"minimum": 0},
}


def json_schema() -> Schema:
    """Give the schema of a configuration file, draft 2020-12."""
    sections: dict[str, Schema] = {
        "version": {"const": 1},
        "name": {"type": "string", "pattern": f"^{NAME.pattern}$"},
        "seed": {"type": "integer", "minimum": 0},
        "dir": TEXT,
        "metric": _any_of(TEXT, _metric()),
        "constraints": _one_or_many(TEXT),
        "parameters": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {**_parameter(), "description": MEANING["parameters.*"]},
        },
        "require": _one_or_many(TEXT),
        "runner": _any_of(TEXT, {"type": "array", "items": TEXT}, *map(_runner, KINDS)),
        "resources": _spec(ResourcesSpec, "resources", gpus=_gpus()),
        "search": _word(_spec(SearchSpec, "search")),
        "stop": _spec(StopSpec, "stop", wall_s=None, wall=DURATION),
        "cost": _spec(CostSpec, "cost"),
        "confirm": _spec(ConfirmSpec, "confirm"),
        "warm_start": _object("warm_start", {"enqueue": _points()}),
        "ledger": _word(_spec(LedgerSpec, "ledger")),
    }
    body = _object("", {key: sections[key] for key in KEYS}, required=list(REQUIRED))
    for key in KEYS:
        if key not in REQUIRED:
            body["properties"][key] = _or_nothing(body["properties"][key])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tuner study",
        "description": "The configuration of a study, as `tuner run` reads it.",
        **body,
    }


def _object(
    path: str, properties: Mapping[str, Schema], *, required: list[str] | None = None
) -> Schema:
    """Make an object of described keys; a key without its sentence is a mistake of ours."""
    described = {
        key: {
            **LIMITED.get(_join(path, key), {}),
            **schema,
            "description": MEANING[_join(path, key)],
        }
        for key, schema in properties.items()
    }
    node: Schema = {"type": "object", "properties": described, "additionalProperties": False}
    return {**node, "required": required} if required else node


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _any_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def _one_or_many(schema: Schema) -> Schema:
    return _any_of(schema, {"type": "array", "items": schema})


def _or_nothing(schema: Schema) -> Schema:
    described = schema.pop("description")
    return {**_any_of(schema, {"type": "null"}), "description": described}


def _word(spec: Schema) -> Schema:
    """Allow the value of a spec's first key to stand for the whole."""
    first = next(iter(spec["properties"].values()))
    return _any_of({key: value for key, value in first.items() if key != "description"}, spec)


def _spec(kind: type, path: str, **other: Schema | None) -> Schema:
    """Describe a spec by its fields; `other` replaces, adds or (None) hides keys."""
    hints, must = hints_of(kind), needed(kind)
    properties: dict[str, Schema] = {}
    for key, name in keys(kind).items():
        schema = other[key] if key in other else _type(hints[name], _join(path, key))
        if schema is not None:
            empty = name not in must and is_container(hints[name])
            properties[key] = _any_of(schema, {"type": "null"}) if empty else schema
    properties |= {k: v for k, v in other.items() if k not in properties and v is not None}
    required = [name.rstrip("_") for name in must if name.rstrip("_") in properties]
    return _object(path, properties, required=required)


def _type(kind: Any, path: str) -> Schema:  # noqa: ANN401  an annotation
    origin = get_origin(kind)
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin in UNIONS:
        return _any_of(*(_type(arm, path) for arm in get_args(kind)))
    if origin is tuple:
        return {"type": "array", "items": _type(get_args(kind)[0], path)}
    if origin is Mapping:
        inside = _type(get_args(kind)[1], f"{path}.*")
        return {"type": "object", "additionalProperties": inside}
    return PLAIN_TYPES[kind] if kind in PLAIN_TYPES else {} if kind is Any else _spec(kind, path)


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
    return _object("metric", properties, required=["name"])


def _source() -> Schema:
    path = "metric.source"
    forms = [
        _object(
            path,
            {kind: TEXT, **({"step": TEXT} if kind in ("file", "csv") else {})},
            required=[kind],
        )
        for kind in ("stdout", "file", "json", "csv", "tensorboard")
    ]
    return _any_of({"enum": ["stdout", "return"]}, *forms)


def _parameter() -> Schema:
    values: Schema = {"type": "array", "items": SCALAR, "minItems": 1}
    return _any_of(
        {"type": "string", "pattern": ONE_LINE},
        values,
        _ranged(Float, "float"),
        _ranged(Int, "int"),
        _spec_of(Bool, {"enum": ["bool", "boolean"]}, required=["type"]),
        _chosen(values),
        _spec_of(Fixed, None, required=["value"], value=SCALAR),
        _spec_of(Derived, None, required=["derive"]),
        _drawn(values),
    )


def _spec_of(kind: type, type_: Schema | None, *, required: list[str], **other: Schema) -> Schema:
    node = _spec(kind, "parameters.*", name=None, type=type_, **other)
    return {**node, "required": required} if required else {**node, "required": []}


def _theirs(kind: type) -> dict[str, Schema]:
    """Give the words of other tools for the keys of a parameter."""
    hints = hints_of(kind)
    found = {
        word: {**_type(hints[ours], "parameters.*"), "deprecated": True}
        for word, ours in SYNONYMS.items()
        if ours in hints and ours != "values"
    }
    return {**found, "scale": {"enum": ["log", "linear"], "deprecated": True}}


def _ranged(kind: type, name: str) -> Schema:
    names = [name, *(word for word, ours in TYPES.items() if ours == name)]
    bounds: Schema = {"type": "array", "items": {"type": "number"}, "deprecated": True}
    pair = {**bounds, "minItems": 2, "maxItems": 2}
    required = ["type"] if name == "int" else []  # bounds such as 0.5 say float by themselves
    node = _spec_of(kind, {"enum": names}, required=required, **_theirs(kind), bounds=pair)
    return {**node, "anyOf": [{"required": ends} for ends in ENDS]}


def _chosen(values: Schema) -> Schema:
    names = ["choice", *(word for word, ours in TYPES.items() if ours == "choice")]
    theirs = {
        word: {**values, "deprecated": True} for word, ours in SYNONYMS.items() if ours == "values"
    }
    flag: Schema = {"type": "boolean", "deprecated": True}
    node = _spec_of(
        Choice,
        {"enum": names},
        required=[],
        values=values,
        default=SCALAR,
        is_ordered=flag,
        **theirs,
    )
    return {**node, "anyOf": [{"required": [key]} for key in ("values", *theirs)]}


def _drawn(values: Schema) -> Schema:
    """Describe W&B's form, where a distribution stands for the type."""
    number: Schema = {"type": "number"}
    properties = {
        "distribution": {"enum": list(DISTRIBUTIONS)},
        **dict.fromkeys(("min", "max", "q", "step", "default"), number),
        "values": values,
        "value": SCALAR,
        "when": TEXT,
    }
    return {**_object("parameters.*", properties, required=["distribution"]), "deprecated": True}


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
            "limits": _any_of(_object("runner.limits", units), {"type": "null"}),
            "log_cap": _any_of(SIZE, {"type": "integer"}),
            "env": _environment(),
        }
    if "flags" in keys(kind):
        style = {"enum": ["value", "present", "no_prefix"]}
        other["flags"] = _any_of(style, {"type": "object", "additionalProperties": style})
    node = _spec(kind, "runner", **other)
    return node if name == "command" else {**node, "required": ["type", *node.get("required", [])]}


def _retries(kind: type) -> Schema:
    count: Schema = {"type": "integer", "minimum": 0, "description": MEANING["runner.retries.*"]}
    properties = dict.fromkeys(keys(kind), count)
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _environment() -> Schema:
    name: Schema = {"type": "string", "pattern": VARIABLE}
    value: Schema = {"type": ["string", "integer", "null"], "description": MEANING["runner.env.*"]}
    return _any_of(
        {"type": "array", "items": name},
        {"type": "object", "propertyNames": name, "additionalProperties": value},
    )


def _gpus() -> Schema:
    ids: Schema = {"type": "array", "items": {"type": ["string", "integer"]}}
    return _any_of({"const": "auto"}, {"type": "integer", "minimum": 0}, ids)


def _points() -> Schema:
    point: Schema = {"type": "object", "additionalProperties": SCALAR}
    return {"type": "array", "items": point}
