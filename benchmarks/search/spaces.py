"""Neutral search spaces: what every tool is given, in nobody's own language.

A space is an ordered dict from a name to a specification:

    {"t": "float", "lo": 1e-5, "hi": 0.1, "log": True}
    {"t": "int", "lo": 1, "hi": 8, "log": False}
    {"t": "cat", "choices": [16, 32, 64], "ordered": True}

and any of them may carry `"when": [parent, [values]]`: the parameter is alive only if `parent`, which
is declared before it, is alive and has one of these values. Dead parameters are absent from configs.
Needs numpy only, because each peer runs in an environment of its own.
"""

import math
from typing import Any

import numpy as np

Value = float | int | str
Spec = dict[str, Any]
Space = dict[str, Spec]
Config = dict[str, Value]


def real(lo: float, hi: float, *, log: bool = False) -> Spec:
    """Describe a float."""
    return {"t": "float", "lo": float(lo), "hi": float(hi), "log": log}


def integer(lo: int, hi: int, *, log: bool = False) -> Spec:
    """Describe an int; both ends belong to it."""
    return {"t": "int", "lo": lo, "hi": hi, "log": log}


def choice(*choices: Value, ordered: bool = False) -> Spec:
    """Describe one of several values."""
    return {"t": "cat", "choices": list(choices), "ordered": ordered}


def when(parent: str, *values: Value, spec: Spec) -> Spec:
    """Make a specification depend on its parent's value."""
    return {**spec, "when": [parent, list(values)]}


def box(dimensions: int, lo: float, hi: float, *, log: bool = False) -> Space:
    """Describe `dimensions` equal floats x0, x1, …."""
    return {f"x{j}": real(lo, hi, log=log) for j in range(dimensions)}


def _limits(spec: Spec) -> tuple[float, float]:
    """Give the ends on the scale of the unit interval: an int owns half a unit on either side."""
    half = 0.5 if spec["t"] == "int" else 0.0
    lo, hi = spec["lo"] - half, spec["hi"] + half
    return (math.log(lo), math.log(hi)) if spec["log"] else (lo, hi)


def from_unit(spec: Spec, u: float) -> Value:
    """Map a number in [0, 1] to a value; ints and categories get equal shares.

    Example:
        >>> from_unit(integer(1, 4), 0.9), from_unit(choice("a", "b"), 0.2)
        (4, 'a')
    """
    if spec["t"] == "cat":
        count = len(spec["choices"])
        return spec["choices"][min(int(u * count), count - 1)]
    a, b = _limits(spec)
    value = a + u * (b - a)
    value = math.exp(value) if spec["log"] else value
    if spec["t"] == "int":
        value = round(value)
    kind = int if spec["t"] == "int" else float
    return kind(min(max(value, spec["lo"]), spec["hi"]))


def to_unit(spec: Spec, value: Value) -> float:
    """Map a value back; for a category the middle of its share.

    Example:
        >>> to_unit(choice("a", "b"), "b"), to_unit(real(0.01, 1, log=True), 0.1)
        (0.75, 0.5)
    """
    if spec["t"] == "cat":
        return (spec["choices"].index(value) + 0.5) / len(spec["choices"])
    a, b = _limits(spec)
    return ((math.log(value) if spec["log"] else value) - a) / (b - a)


def alive(spec: Spec, config: Config) -> bool:
    """Say whether a parameter exists beside what `config` holds already."""
    parent, values = spec.get("when", (None, ()))
    return parent is None or config.get(parent) in values


def prune(space: Space, config: Config) -> Config:
    """Leave out the dead parameters.

    Example:
        >>> space = {"a": choice("x", "y"), "b": when("a", "x", spec=real(0, 1))}
        >>> prune(space, {"a": "y", "b": 0.5})
        {'a': 'y'}
    """
    kept: Config = {}
    for name, spec in space.items():
        if alive(spec, kept):
            kept[name] = config[name]
    return kept


def flat(space: Space) -> Space:
    """Forget the conditions, for tools that do not know any."""
    return {name: {k: v for k, v in spec.items() if k != "when"} for name, spec in space.items()}


def random_config(space: Space, rng: np.random.RandomState) -> Config:
    """Draw uniformly on the unit cube, one number for every parameter, alive or not."""
    return prune(space, {name: from_unit(spec, rng.rand()) for name, spec in space.items()})


def check(space: Space, config: Config) -> None:
    """Refuse a config that does not lie in the space."""
    living = [name for name, spec in space.items() if alive(spec, config)]
    if sorted(living) != sorted(config):
        raise ValueError(f"parameters: expected {living}, got {list(config)}")
    for name, value in config.items():
        spec = space[name]
        if spec["t"] == "cat":
            inside = value in spec["choices"]
        else:
            inside = spec["lo"] <= value <= spec["hi"]
            inside &= isinstance(value, int) == (spec["t"] == "int")
        if not inside:
            raise ValueError(f"{name}: {value!r} is not in {spec}")
