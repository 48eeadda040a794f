"""Pieces of a JSON Schema, made of the specs that the reader uses and the sentences of `words.py`. Pure.

Called by `jsonschema.py`, which puts a configuration together from them.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from tuner.config.build import hints_of, keys, needed
from tuner.config.expect import NONE, UNIONS, is_container
from tuner.config.words import MEANING

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
SCALAR: Schema = {"type": ["number", "string", "boolean", "null"]}
PLAIN_TYPES: dict[object, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    str: TEXT,
    NONE: {"type": "null"},
}
AT_LEAST_1: Schema = {"minimum": 1}
LIMITED: dict[str, Schema] = {
    "stop.trials": AT_LEAST_1,
    "stop.plateau.trials": AT_LEAST_1,
    "stop.failures.consecutive": AT_LEAST_1,
    "confirm.top": AT_LEAST_1,
    "confirm.seeds": AT_LEAST_1,
    "resources.parallel": AT_LEAST_1,
    "runner.retries.*": {"minimum": 0},
    "warm_start.studies.ledger": {"minLength": 1},
    "warm_start.studies.max_trials": AT_LEAST_1,
    "warm_start.studies.name": {"minLength": 1},
    "warm_start.studies.seeds": {"minimum": 0},
}


def object_of(
    path: str, properties: Mapping[str, Schema], *, required: list[str] | None = None
) -> Schema:
    """Make an object of described keys; a key without its sentence is a mistake of ours."""
    described = {
        key: {
            **LIMITED.get(join(path, key), {}),
            **schema,
            "description": MEANING[join(path, key)],
        }
        for key, schema in properties.items()
    }
    node: Schema = {"type": "object", "properties": described, "additionalProperties": False}
    return {**node, "required": required} if required else node


def join(path: str, key: str) -> str:
    """Give the path of a key, as `words.py` writes it."""
    return f"{path}.{key}" if path else key


def any_of(*schemas: Schema) -> Schema:
    """Allow any of several forms."""
    return {"anyOf": list(schemas)}


def one_or_many(schema: Schema) -> Schema:
    """Allow one, or a list of them."""
    return any_of(schema, {"type": "array", "items": schema})


def or_nothing(schema: Schema) -> Schema:
    """Allow a key that is there with nothing behind it."""
    described = schema.pop("description")
    return {**any_of(schema, {"type": "null"}), "description": described}


def word(spec: Schema) -> Schema:
    """Allow the value of a spec's first key to stand for the whole."""
    first = next(iter(spec["properties"].values()))
    return any_of({key: value for key, value in first.items() if key != "description"}, spec)


def spec_of(kind: type, path: str, **other: Schema | None) -> Schema:
    """Describe a spec by its fields; `other` replaces, adds or (None) hides keys."""
    hints, must = hints_of(kind), needed(kind)
    properties: dict[str, Schema] = {}
    for key, name in keys(kind).items():
        schema = other[key] if key in other else type_of(hints[name], join(path, key))
        if schema is not None:
            empty = name not in must and is_container(hints[name])
            properties[key] = any_of(schema, {"type": "null"}) if empty else schema
    properties |= {k: v for k, v in other.items() if k not in properties and v is not None}
    required = [name.rstrip("_") for name in must if name.rstrip("_") in properties]
    return object_of(path, properties, required=required)


def type_of(kind: Any, path: str) -> Schema:  # noqa: ANN401  an annotation
    """Describe what an annotation allows."""
    origin = get_origin(kind)
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin in UNIONS:
        return any_of(*(type_of(arm, path) for arm in get_args(kind)))
    if origin is tuple:
        return {"type": "array", "items": type_of(get_args(kind)[0], path)}
    if origin is Mapping:
        inside = type_of(get_args(kind)[1], f"{path}.*")
        return {"type": "object", "additionalProperties": inside}
    return PLAIN_TYPES[kind] if kind in PLAIN_TYPES else {} if kind is Any else spec_of(kind, path)
