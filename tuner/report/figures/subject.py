"""What figures are of: a study, and lazily what a model makes of it. The kinds of figures share it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tuner.report import numbers
from tuner.report.figures.chart import Axis, Shade, drawable, finite
from tuner.space import Space
from tuner.study import Constraint, History, Metric, Opened, Trial, TrialState, ranking

if TYPE_CHECKING:
    from tuner.insight.make import Understood
    from tuner.surrogates.make import Relations

NEARLY_ALL = 0.8  # the share of the values that an axis is made for
ROOM, PAD = 3.0, 0.04
WIDE = 100.0  # from this ratio on, positive values lie on a log axis
MOST_SAID = 12  # parameters in what is said of a trial


@dataclass(frozen=True)
class Subject:
    """A study as figures see it.

    Attributes:
        understand: makes the model's account of the study; raises FitError where it cannot.
        relate: says how the study and its older ones go together; None where that says too little.
    """

    history: History
    space: Space
    understand: "Callable[[], Understood]"
    relate: "Callable[[], Relations | None]" = lambda: None

    @cached_property
    def understood(self) -> "Understood":
        """What a model makes of the study, made once."""
        return self.understand()

    @cached_property
    def name(self) -> str:
        """What the study is called."""
        fact = self.history.opened.fact if self.history.opened else None
        return fact.study if isinstance(fact, Opened) else "study"

    @cached_property
    def metric(self) -> Metric:
        """What is measured."""
        return self.history.metric

    @cached_property
    def constraints(self) -> tuple[Constraint, ...]:
        """What must hold."""
        return self.history.constraints

    @cached_property
    def scored(self) -> tuple[Trial, ...]:
        """Completed trials with a value that can be drawn, by id."""
        found = [t for t in self.history.completed if not math.isnan(self.value(t))]
        return tuple(sorted(found, key=lambda trial: trial.id))

    @cached_property
    def best(self) -> Trial | None:
        """The best feasible trial, repeats taken together: the one that a model looks around of."""
        found = ranking.best(self.history)
        return found.trial if found else None

    def value(self, trial: Trial) -> float:
        """Give what was measured; nan where nothing was, or nothing that can be drawn."""
        return drawable(trial.metrics.get(self.metric.name))

    def feasible(self, trial: Trial) -> bool:
        """Say whether a trial keeps the constraints."""
        return all(constraint.holds(trial.metrics) for constraint in self.constraints)

    def said(self, trial: Trial) -> str:
        """Tell of a trial in a few lines: what it is, its value, its parameters."""
        if trial.id not in self._said:  # a figure of many panels asks in each of them
            self._said[trial.id] = self._words(trial)
        return self._said[trial.id]

    @cached_property
    def _said(self) -> dict[int, str]:
        return {}

    def _words(self, trial: Trial) -> str:
        state = "" if trial.state == TrialState.COMPLETED else f", {trial.failure or trial.state}"
        lines = [f"trial {trial.id} ({trial.method}{state})"]
        value = trial.metrics.get(self.metric.name)
        if value is not None:
            lines.append(f"{self.metric.name} {numbers.number(value)}")
        params = list(trial.params.items())
        lines += [f"{name} {numbers.text(v)}" for name, v in params[:MOST_SAID]]
        more = len(params) - MOST_SAID
        lines += [f"and {more} more"] if more > 0 else []
        return "\n".join(numbers.clean(line) for line in lines)

    def sight(self, values: Sequence[float]) -> "Sight":
        """Choose an axis for values of the metric: bad outliers do not squeeze the rest."""
        return sight(self.metric, values)


@dataclass(frozen=True, kw_only=True)
class Sight:
    """An axis for values of a metric.

    Attributes:
        beyond: how many worse values lie outside.
        worst: the worst value inside, or where the axis is cut.
    """

    axis: Axis
    beyond: int = 0
    worst: float = math.nan

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said of it."""
        if not self.beyond:
            return ()
        noun = "value lies" if self.beyond == 1 else "values lie"
        return (f"{self.beyond} worse {noun} beyond the axis",)


def sight(metric: Metric, values: Sequence[float]) -> Sight:
    """Choose an axis: log where positive values differ by much, cut where few are far worse."""
    found = sorted(finite(map(drawable, values)), key=metric.gain, reverse=True)
    if not found:
        return Sight(axis=Axis(label=metric.name))
    most = found[int(NEARLY_ALL * (len(found) - 1))]
    log = min(found) > 0 and max(most, found[0]) / min(most, found[0]) >= WIDE
    places = [math.log10(value) for value in found] if log else found
    best, near, worst = places[0], math.log10(most) if log else most, places[-1]
    limit = best + ROOM * (near - best)
    end = limit if near != best and abs(worst - best) > abs(limit - best) else worst
    pad = PAD * abs(end - best) or 0.05 * abs(best) or 1.0
    low, high = min(best, end) - pad, max(best, end) + pad
    beyond = sum(not low <= place <= high for place in places)
    ends = (10.0**low, 10.0**high) if log else (low, high)
    axis = Axis(label=metric.name, log=log, low=ends[0], high=ends[1])
    return Sight(axis=axis, beyond=beyond, worst=10.0**end if log else end)


def shade(metric: Metric, values: Sequence[float]) -> tuple[Shade, tuple[float, ...]]:
    """Choose colours for values of the metric, the best vivid; and give the values on that scale."""
    axis = sight(metric, values).axis
    low, high = axis.low or 0.0, axis.high or 0.0
    flip = metric.goal == "minimize"
    kept = tuple(values)
    label = metric.name
    if axis.log:
        low, high, label = math.log10(low), math.log10(high), f"log10 {label}"
        kept = tuple(math.log10(value) if value > 0 else math.nan for value in kept)
    return Shade(label=label, low=low, high=high, reverse=flip), kept
