"""Optuna's distributions and trials, as both of its stores keep them. Pure.

A value is stored as a number: of a categorical parameter its place among the choices. A distribution
is JSON, `{"name": "FloatDistribution", "attributes": {"low": …, "high": …, "log": …, "step": …}}`;
names ending in UniformDistribution are those before Optuna 3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.expression import did_you_mean
from tuner.interop.base import Goal, Node, OldStudy, OldTrial, SeveralStudiesError
from tuner.interop.documents import parse_json
from tuner.interop.nodes import range_node
from tuner.interop.optuna_bounds import bounds_on, metric_names_of
from tuner.interop.values import ended, int_of, listed, number_of, value_of
from tuner.study import Value

FLOATS = ("FloatDistribution", "UniformDistribution", "LogUniformDistribution")
STEPPED = "DiscreteUniformDistribution"
INTS = ("IntDistribution", "IntUniformDistribution", "IntLogUniformDistribution")
CATEGORICAL = "CategoricalDistribution"
STATES = ("RUNNING", "COMPLETE", "PRUNED", "FAIL", "WAITING")
GOALS: dict[str, Goal] = {"MINIMIZE": "minimize", "MAXIMIZE": "maximize"}


@dataclass
class Stored:
    """A trial as it is stored.

    Attributes:
        params: stored number and distribution by parameter.
        values: one for each objective.
        constraints: what they came to, by name; see `optuna_bounds.py`.
        last: the step and value of the last report.
        wrong: what about it cannot be read; it is left out.
    """

    number: int
    state: str = "RUNNING"
    params: dict[str, tuple[object, str]] = field(default_factory=dict)
    values: dict[int, object] = field(default_factory=dict)
    constraints: dict[str, object] = field(default_factory=dict)
    last: tuple[float, object] | None = None
    wrong: str = ""


@dataclass(frozen=True)
class Distribution:
    """A parameter as it was asked for: its node in our words, and the choices of a categorical one."""

    node: Node
    choices: tuple[Value, ...] | None = None
    whole: bool = False

    def external(self, stored: object) -> Value:
        """Give the value that a stored number stands for. Raises ValueError."""
        number = number_of(stored)
        if self.choices is None:
            return int_of(stored) if self.whole else value_of(number)
        if not 0 <= number < len(self.choices):
            raise ValueError(f"has no choice number {number:g}")
        return self.choices[int(number)]


@lru_cache(maxsize=1024)
def distribution_of(text: str) -> Distribution:
    """Read a distribution. Raises ValueError saying what about it cannot be."""
    body = parse_json(text)
    attributes = body.get("attributes") if isinstance(body, dict) else None
    if not isinstance(attributes, dict):
        raise ValueError("has a distribution that is none")  # noqa: TRY004  one kind of error
    name = body.get("name")
    if name == CATEGORICAL:
        choices = attributes.get("choices")
        if not isinstance(choices, list) or not choices:
            raise ValueError("has no choices")
        values = tuple(value_of(each) for each in choices)
        return Distribution({"values": list(values)}, values)
    if name not in (*FLOATS, STEPPED, *INTS):
        raise ValueError(f"has the distribution {str(name)[:40]!r}, which is not known")
    return Distribution(_range(str(name), attributes), whole=name in INTS)


def _range(name: str, attributes: Mapping[str, Any]) -> Node:
    return range_node(
        attributes.get("low"),
        attributes.get("high"),
        whole=name in INTS,
        log=attributes.get("log") is True or "Log" in name,
        step=attributes.get("q" if name == STEPPED else "step"),
    )


def widened(one: Node, other: Node) -> Node:
    """Join two nodes of one parameter whose ranges differed from trial to trial."""
    if one == other:
        return one
    if "min" not in one or "min" not in other:
        return one if "min" in one else other
    low, high = (
        pick(one[key], other[key], key=number_of) for key, pick in (("min", min), ("max", max))
    )
    return {**other, "min": low, "max": high}


def chosen(names: Iterable[str], wanted: str | None, path: Path) -> str:
    """Choose one of several studies. Raises UsageError where it has to be named."""
    names = list(names)
    if wanted is None and len(names) == 1:
        return names[0]
    if not names:
        raise UsageError(f"{path} holds no study")
    if wanted in names:
        return str(wanted)
    if wanted is None:
        raise SeveralStudiesError(f"{path} holds {len(names)} studies", listed(names))
    near = did_you_mean(wanted, names)
    raise UsageError(f"{path} holds no study {wanted!r}{near}", hint=f"it has {listed(names)}")


def metric_names(stored: object, count: int) -> list[str]:
    """Name the objectives as the study does, else as Optuna's tables do."""
    if isinstance(stored, list) and len(stored) == count and len(set(map(str, stored))) == count:
        return [str(name) for name in stored]
    return ["value"] if count == 1 else [f"values_{index}" for index in range(count)]


def old_study(
    path: Path,
    name: str,
    trials: Iterable[Stored],
    goals: Mapping[str, Goal | None],
    metric: str | None,
    unread: Iterable[str] = (),
) -> OldStudy:
    """Make a study of what either store holds.

    Args:
        path: that was read.
        name: of the study.
        trials: in the order of their numbers.
        goals: of the objectives, by name, in their order.
        metric: the objective that is meant, where there are several.
        unread: lines that could not be read before.
    """
    found, left, nodes = [], list(unread), dict[str, Node]()
    trials = list(trials)
    taken = {*goals, *(name for trial in trials for name in trial.params)}
    bounds = metric_names_of((name for trial in trials for name in trial.constraints), taken)
    for trial in trials:
        try:
            found.append(_old(trial, list(goals), bounds, nodes))
        except ValueError as why:
            left.append(f"trial {trial.number}: {why}")
    meant = metric or (next(iter(goals)) if len(goals) == 1 else None)
    return OldStudy(
        name=name,
        source=path,
        kind="optuna",
        metric=meant,
        goal=goals.get(meant) if meant else None,
        parameters=nodes,
        trials=tuple(found),
        constraints=bounds_on(bounds.values()),
        unread=tuple(left),
    )


def _old(
    trial: Stored, names: list[str], bounds: Mapping[str, str], nodes: dict[str, Node]
) -> OldTrial:
    if trial.wrong:
        raise ValueError(trial.wrong)
    if not set(trial.values) <= set(range(len(names))):
        raise ValueError("it has an objective the study does not have")
    values = {names[index]: number_of(value) for index, value in trial.values.items()}
    if not values and trial.state == "PRUNED" and trial.last is not None and len(names) == 1:
        values = {names[0]: number_of(trial.last[1])}
    state = ended(trial.state, measured=bool(values))
    point: dict[str, Value] = {}
    for name, (stored, text) in trial.params.items():
        try:
            distribution = distribution_of(text)
            point[name] = distribution.external(stored)
        except ValueError as why:
            raise ValueError(f"{name} {why}") from None
        node = distribution.node
        nodes[name] = widened(nodes[name], node) if name in nodes else node
    for name, came in trial.constraints.items():
        try:
            values[bounds[name]] = number_of(came)
        except ValueError as why:
            raise ValueError(f"{bounds[name]} {why}") from None
    return OldTrial(label=str(trial.number), point=point, metrics=values, state=state)
