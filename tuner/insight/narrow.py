"""Where the next study can look: the part of the space that holds the best points of drawn functions."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from tuner.dataset import Floats
from tuner.insight.base import Narrowed
from tuner.insight.ground import Ground
from tuner.space import Space
from tuner.space.parameter import (
    UNSET,
    Bool,
    Choice,
    Derived,
    Fixed,
    Float,
    Int,
    Parameter,
)
from tuner.space.scale import scale_of
from tuner.surrogates.make import Functions

DRAWS, CANDIDATES = 32, 2000
TAIL = 0.05
"""Share of the best points that may lie outside on either side."""

MARGIN = 0.1
"""Of the range: room to either side of where the best points lie."""

RARE = 0.05
"""Chance below which a category is left out."""

WORTH = 0.8
"""Share of the range above which narrowing it is not worth the risk."""

TYPES: dict[type[Parameter], str] = {Float: "float", Int: "int", Bool: "bool"}


def narrowed_of(ground: Ground) -> Narrowed:
    """Give bounds around where functions drawn from the model have their best points."""
    rows, tops, share = _tops(ground)
    points = ground.region.points(rows)
    changed: dict[str, str] = {}
    parameters: list[Parameter] = []
    kept, inside = 1.0, np.ones(len(tops), dtype=np.bool_)
    for parameter in ground.space.parameters:
        if isinstance(parameter, Fixed | Derived):
            parameters.append(parameter)
            continue
        held = np.array([parameter.name in points[row] for row in tops])
        best = ground.best.get(parameter.name, UNSET)
        new, part, within = parameter, 1.0, held | ~held
        if held.any() and best is not UNSET:
            values = [points[row].get(parameter.name) for row in tops]
            new, part, within = _narrower(parameter, values, held, share, best)
        if new != parameter and _stands(ground.space, [*parameters, new]):
            changed[parameter.name] = f"{part:.0%} of the range hold the best points"
            kept *= part
            inside &= within | ~held
        else:
            new = parameter
        parameters.append(new)
    return Narrowed(
        parameters={p.name: node_of(p) for p in parameters},
        changed=changed,
        kept=kept,
        best_kept=float(share @ inside),
    )


def _tops(ground: Ground) -> tuple[Floats, Any, Floats]:
    """Give candidates, and of each drawn function the row of its best one, with weights."""
    rng = ground.rng(4)
    seen = ground.dataset.X[np.argsort(-np.nan_to_num(ground.dataset.Y[:, 0], nan=-np.inf))[:20]]
    near = np.repeat(seen, 20, axis=0)
    numbers = np.array([c.kind != "category" for c in ground.region.encoding.columns])
    near = near + numbers * rng.normal(scale=0.05, size=near.shape)
    legal, kept, _ = ground.region.legal(near)
    rows = np.concatenate([ground.region.sample(CANDIDATES, rng), seen, legal[kept]])
    rows = ground.region.legal(rows)[0]
    values = Functions.of(ground.form, DRAWS, rng).at(rows)
    tops = np.concatenate([part.argmax(axis=0) for part in values])
    share = np.repeat(ground.form.share / DRAWS, DRAWS)
    return rows, tops, share / share.sum()


def _narrower(
    parameter: Float | Int | Choice | Bool, values: list[Any], held: Any, share: Floats, best: Any
) -> tuple[Parameter, float, Any]:
    """Give a parameter that holds most of the values, the share of it that is left, and who is inside."""
    if isinstance(parameter, Choice | Bool) and not getattr(parameter, "ordered", False):
        weights = {v: 0.0 for v in parameter.values}
        for value, h, s in zip(values, held, share, strict=True):
            if h:
                weights[value] += s
        whole = sum(weights.values())
        left = tuple(v for v in parameter.values if weights[v] >= RARE * whole or v == best)
        within = np.array([value in left for value in values])
        if len(left) == len(parameter.values):
            return parameter, 1.0, within
        part = len(left) / len(parameter.values)
        if len(left) == 1:
            return Fixed(name=parameter.name, value=left[0], when=parameter.when), part, within
        default = parameter.default if parameter.default in left else UNSET
        return replace(parameter, values=left, default=default), part, within
    if isinstance(parameter, Choice | Bool) or parameter.or_zero:
        return parameter, 1.0, held
    scale = scale_of(parameter)
    places = scale.places([v for v, h in zip(values, held, strict=True) if h])
    order = np.argsort(places)
    reached = np.cumsum(share[held][order])
    reached /= reached[-1]
    low = float(places[order][np.searchsorted(reached, TAIL)])
    high = float(places[order][min(np.searchsorted(reached, 1 - TAIL), len(places) - 1)])
    [mine] = scale.places([best])
    low, high = min(low, mine) - MARGIN, max(high, mine) + MARGIN
    low, high = max(low, 0.0), min(high, 1.0)
    if high - low > WORTH:
        return parameter, 1.0, held
    ends = scale.values(np.array([low, high]))
    default = parameter.default
    try:
        new = replace(
            parameter,
            min=ends[0],
            max=ends[1],
            default=default if default is not None and ends[0] <= default <= ends[1] else None,
        )
    except ValueError:
        return parameter, 1.0, held
    within = np.array([v is not None and ends[0] <= v <= ends[1] for v in values])
    return new, high - low, within


def _stands(space: Space, parameters: list[Parameter]) -> bool:
    """Say whether a space with other parameters in the first places is still one."""
    try:
        Space((*parameters, *space.parameters[len(parameters) :]), space.require)
    except ValueError:
        return False
    return True


def node_of(parameter: Parameter) -> dict[str, object]:
    """Write a parameter as a configuration has it: what differs from defaults."""
    kind = TYPES.get(type(parameter))
    node: dict[str, object] = {} if kind is None else {"type": kind}
    for entry in fields(parameter):
        value = getattr(parameter, entry.name)
        if entry.name != "name" and value != entry.default:
            node[entry.name] = list(value) if isinstance(value, tuple) else value
    return node
