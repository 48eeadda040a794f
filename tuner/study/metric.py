"""What is measured, which way is better, and what must hold. The one place where a sign flips."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from tuner.errors import UsageError

Goal = Literal["minimize", "maximize"]
SourceKind = Literal["stdout", "regex", "file", "json", "csv", "tensorboard", "return"]


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a metric is read from once an attempt has ended.

    Attributes:
        kind: stdout (`name: 0.9`, `name=0.9`, `name 0.9`, a JSON line), regex (on stdout), file
            (JSONL), json, csv, tensorboard, return (of a Python function).
        where: the regex, the file (relative to the attempt's folder) or the tag; unused otherwise.
        step: the key or column that counts steps, for `file` and `csv`.
    """

    kind: SourceKind = "stdout"
    where: str | None = None
    step: str | None = None


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A measured quantity and its goal.

    Attributes:
        reduce: how several values of one attempt become one: last, best or mean(k) of the last k.
    """

    name: str
    goal: Goal = "minimize"
    source: Source = field(default_factory=Source)
    reduce: str = "last"

    def gain(self, value: float) -> float:
        """Turn a raw value into "more is better"."""
        return value if self.goal == "maximize" else -value

    def raw(self, gain: float) -> float:
        """Turn a gain back into the user's units."""
        return self.gain(gain)


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """A bound on a measured metric, as in `latency_ms <= 20`."""

    metric: str
    op: Literal["<=", ">="]
    bound: float

    def slack(self, value: float) -> float:
        """Give the room left in the metric's own units: feasible when it is at least 0."""
        return self.bound - value if self.op == "<=" else value - self.bound

    def holds(self, metrics: Mapping[str, float]) -> bool:
        """Say whether the measured values keep the bound; unmeasured or nan does not."""
        value = metrics.get(self.metric, math.nan)
        return self.slack(value) >= 0

    def __str__(self) -> str:
        return f"{self.metric} {self.op} {self.bound:g}"


def metric_of(config: Mapping[str, Any]) -> Metric:
    """Read the metric out of a normalised config, as ledgers keep it.

    Raises UsageError when it is not there, or not one: a ledger may come from anywhere.
    """
    node: Any = config.get("metric")
    try:
        metric = Metric(**{**node, "source": Source(**node.get("source", {}))})
    except (TypeError, AttributeError) as error:
        raise _not_said("metric") from error
    if type(metric.name) is not str or metric.goal not in get_args(Goal):
        raise _not_said("metric")
    return metric


def measured(config: Mapping[str, Any]) -> str | None:
    """Name the metric; None where nothing says it."""
    try:
        return metric_of(config).name
    except UsageError:
        return None


def picks(config: Mapping[str, Any]) -> tuple[str, str] | None:
    """Give the metric and the goal by which one of several values is picked; None where none is."""
    try:
        metric = metric_of(config)
    except UsageError:
        return None
    return (metric.name, metric.goal) if metric.reduce == "best" else None


def constraints_of(config: Mapping[str, Any]) -> tuple[Constraint, ...]:
    """Read the outcome constraints out of a normalised config. Raises UsageError as `metric_of`."""
    try:
        constraints = tuple(Constraint(**node) for node in config.get("constraints", ()))
    except TypeError as error:
        raise _not_said("constraints") from error
    for each in constraints:
        if type(each.metric) is not str or type(each.bound) not in (int, float):
            raise _not_said("constraints")
    return constraints


def _not_said(what: str) -> UsageError:
    return UsageError(
        f"the configuration in this ledger does not say rightly what the {what} of the study is",
        hint="running the study again with its configuration writes it down anew",
    )
