"""The JSON Schema of one parameter, in any of its forms and in the words of other tools. Pure."""

from tuner.config.aliases import DISTRIBUTIONS, SYNONYMS, TYPES
from tuner.config.build import hints_of
from tuner.config.oneline import FORMS
from tuner.config.shapes import SCALAR, TEXT, Schema, any_of, object_of, spec_of, type_of
from tuner.space import Bool, Choice, Derived, Fixed, Float, Int

ONE_LINE = rf"^\s*({'|'.join(FORMS)})\s*\(.*\)\s*$"
ENDS = (["min", "max"], ["low", "high"], ["lower", "upper"], ["minimum", "maximum"], ["bounds"])


def parameter_schema() -> Schema:
    """Give the schema of a parameter."""
    values: Schema = {"type": "array", "items": SCALAR, "minItems": 1}
    return any_of(
        {"type": "string", "pattern": ONE_LINE},
        values,
        _ranged(Float, "float"),
        _ranged(Int, "int"),
        _parameter(Bool, {"enum": ["bool", "boolean"]}, required=["type"]),
        _chosen(values),
        _parameter(Fixed, None, required=["value"], value=SCALAR),
        _parameter(Derived, None, required=["derive"]),
        _drawn(values),
    )


def _parameter(kind: type, type_: Schema | None, *, required: list[str], **other: Schema) -> Schema:
    node = spec_of(kind, "parameters.*", name=None, type=type_, **other)
    return {**node, "required": required} if required else {**node, "required": []}


def _theirs(kind: type) -> dict[str, Schema]:
    """Give the words of other tools for the keys of a parameter."""
    hints = hints_of(kind)
    found = {
        word: {**type_of(hints[ours], "parameters.*"), "deprecated": True}
        for word, ours in SYNONYMS.items()
        if ours in hints and ours != "values"
    }
    return {**found, "scale": {"enum": ["log", "linear"], "deprecated": True}}


def _ranged(kind: type, name: str) -> Schema:
    names = [name, *(word for word, ours in TYPES.items() if ours == name)]
    bounds: Schema = {"type": "array", "items": {"type": "number"}, "deprecated": True}
    pair = {**bounds, "minItems": 2, "maxItems": 2}
    required = ["type"] if name == "int" else []  # bounds such as 0.5 say float by themselves
    node = _parameter(kind, {"enum": names}, required=required, **_theirs(kind), bounds=pair)
    return {**node, "anyOf": [{"required": ends} for ends in ENDS]}


def _chosen(values: Schema) -> Schema:
    names = ["choice", *(word for word, ours in TYPES.items() if ours == "choice")]
    theirs = {
        word: {**values, "deprecated": True} for word, ours in SYNONYMS.items() if ours == "values"
    }
    flag: Schema = {"type": "boolean", "deprecated": True}
    node = _parameter(
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
    return {**object_of("parameters.*", properties, required=["distribution"]), "deprecated": True}
