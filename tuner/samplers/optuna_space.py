"""A space as Optuna sees it: a distribution a parameter, and a gate for one that may be zero."""

from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from tuner.space import Point, Space
from tuner.space.parameter import Bool, Choice, Float, Int, Searched
from tuner.study import Value


def distributions(parameter: Searched) -> dict[str, BaseDistribution]:
    """Say how Optuna is to see a parameter: itself, and a gate where it may be zero."""
    own: BaseDistribution
    match parameter:
        case Float():
            own = FloatDistribution(
                parameter.min, parameter.max, log=parameter.log, step=parameter.step
            )
        case Int():
            step = 1 if parameter.log else parameter.step
            own = IntDistribution(parameter.min, parameter.max, log=parameter.log, step=step)
        case Bool():
            own = CategoricalDistribution([False, True])
        case Choice():
            own = CategoricalDistribution(parameter.values)
    if isinstance(parameter, Float | Int) and parameter.or_zero:
        return {f"{parameter.name}=0": CategoricalDistribution([False, True]), parameter.name: own}
    return {parameter.name: own}


def suggested(trial: optuna.trial.Trial, parameter: Searched) -> Value:
    """Ask for the value of one live parameter."""
    found: dict[str, Any] = {}
    for name, how in distributions(parameter).items():
        if found.get(f"{name}=0"):
            return 0 if isinstance(parameter, Int) else 0.0
        found[name] = trial._suggest(name, how)
    value: Value = found[parameter.name]
    return value


def fixed(space: Space, point: Point) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
    """Give the live parameters of a point as Optuna has them, and what they are drawn from."""
    params: dict[str, Any] = {}
    held: dict[str, BaseDistribution] = {}
    for parameter in space.searched:
        if parameter.name not in point:
            continue
        value, gate = point[parameter.name], f"{parameter.name}=0"
        for name, how in distributions(parameter).items():
            if params.get(gate):
                break
            params[name], held[name] = value == 0 if name == gate else value, how
    return params, held
