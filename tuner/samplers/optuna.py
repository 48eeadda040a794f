"""Any sampler of Optuna by name: TPE, CMA-ES, NSGA-II, QMC and what a newer version brings.

Optuna's samplers keep their state inside an Optuna study. Ours is made anew from the history: every
question that it was asked and every answer that it was told, in their order. So a resumed study goes on
as if it had never stopped, and nothing but the ledger has to be kept.
"""

import math
import re
import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.trial import TrialState as State

from tuner.errors import SpaceExhaustedError, UsageError
from tuner.space import Point, Space
from tuner.space.parameter import Bool, Choice, Float, Int, Searched
from tuner.space.rules import live_values
from tuner.study import History, Suggestion, Trial, TrialState, Value

TRIES = 60
"""Points that break a `require` or were tried, before Sobol is asked."""


def sampler_class(name: str) -> type[optuna.samplers.BaseSampler]:
    """Find a sampler by its name, with or without `Sampler`, however it is spelled.

    Example:
        >>> [sampler_class(name).__name__ for name in ("tpe", "cma_es", "NSGAIISampler")]
        ['TPESampler', 'CmaEsSampler', 'NSGAIISampler']
    """
    there = {_bare(word): word for word in dir(optuna.samplers) if word.endswith("Sampler")}
    there.pop("base", None)
    found = there.get(_bare(name))
    if found is None:
        known = ", ".join(sorted(there.values()))
        raise UsageError(f"search.sampler: Optuna has no {name!r}", hint=f"it has {known}")
    return getattr(optuna.samplers, found)  # type: ignore[no-any-return]


def _bare(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()).removesuffix("sampler")


class OptunaSampler:
    """Asks one of Optuna's samplers, a study of which is a memo of the history."""

    def __init__(self, name: str, options: Mapping[str, Any], space: Space, *, seed: int) -> None:
        self.space, self.seed = space, seed
        self._class, self._options = sampler_class(name), dict(options)
        self._told: list[tuple[str, int]] = []
        self._start()

    def _start(self) -> None:
        """Begin with an Optuna study that knows nothing."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                sampler = self._class(**{"seed": self.seed, **self._options})
            except TypeError as error:
                raise UsageError(f"search.options: {self._class.__name__}: {error}") from error
        self._study = optuna.create_study(sampler=sampler, direction="maximize")
        self._asked: dict[int, optuna.trial.Trial] = {}
        self._waiting: list[tuple[str, optuna.trial.Trial]] = []
        self._seen: set[str] = set()
        self._told = []

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  its chance is the study's seed
        """Give up to `count` points; fewer where nothing new is found.

        Raises:
            SpaceExhaustedError: no new point was found.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the library to its own users
            self._catch_up(history)
            found: list[Suggestion] = []
            for _ in range(count):
                since = time.perf_counter()
                asked = self._ask()
                if asked is None:
                    break
                point, _ = asked
                seconds = time.perf_counter() - since
                found.append(Suggestion(point=point, method="optuna", seconds=seconds))
        if not found:
            raise SpaceExhaustedError("Optuna's sampler gave nothing that is new")
        return found

    def _catch_up(self, history: History) -> None:
        """Take in what happened since; from the start where the past is another one."""
        events = _events(history)
        if events[: len(self._told)] != self._told:
            self._start()
        self._take_in(events, history)
        if self._waiting:  # answers that nobody took are as if they had never been given
            self._start()
            self._take_in(events, history)

    def _take_in(self, events: list[tuple[str, int]], history: History) -> None:
        for what, number in events[len(self._told) :]:
            trial = history.trials[number]
            if what == "asked":
                self._take(trial)
            else:
                self._tell(trial, history)
        self._told = events

    def _take(self, trial: Trial) -> None:
        """Find the question that a trial of ours answers, or ask it again."""
        key = self.space.key(trial.params)
        if trial.method == "optuna":
            if not self._waiting:
                self._ask()
            for place, (waiting, asked) in enumerate(self._waiting):
                if waiting == key:
                    self._asked[trial.id] = asked
                    del self._waiting[place]
                    break
        self._seen.add(key)

    def _tell(self, trial: Trial, history: History) -> None:
        """Tell how a trial ended, whoever suggested it."""
        gain = history.metric.gain(trial.metrics.get(history.metric.name, math.nan))
        done = trial.state == TrialState.COMPLETED and math.isfinite(gain) and not trial.excluded
        asked = self._asked.pop(trial.id, None)
        if asked is not None:
            self._study.tell(asked, gain if done else None, None if done else State.FAIL)
            return
        point, _ = self.space.usable(trial.params)
        if not done or point is None:
            return
        fixed = _Fixed(self.space, point)
        self._study.add_trial(
            optuna.trial.create_trial(
                params=fixed.params, distributions=fixed.distributions, value=gain
            )
        )

    def _ask(self) -> tuple[Point, optuna.trial.Trial] | None:
        """Ask for a point that is new and allowed; others are told to have failed."""
        for _ in range(TRIES):
            trial = self._study.ask()
            values, _ = live_values(self.space.rules, lambda p, t=trial: _suggested(t, p))  # type: ignore[misc]
            point = self.space.point(self.space.trim(values))
            key = self.space.key(point)
            if key not in self._seen and not self.space.violations(point):
                self._seen.add(key)
                self._waiting.append((key, trial))
                return point, trial
            self._study.tell(trial, state=State.FAIL)
        return None


def _events(history: History) -> list[tuple[str, int]]:
    """List what happened, in its order: trials that were suggested and trials that ended.

    Every suggestion says how many trials had ended when it was made.
    """
    events: list[tuple[str, int]] = []
    told = 0
    for trial in history.trials.values():
        known = max(told, min(trial.suggestion.seen, len(history.endings)))
        events += [("told", number) for number in history.endings[told:known]]
        events.append(("asked", trial.id))
        told = known
    return events + [("told", number) for number in history.endings[told:]]


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


def _suggested(trial: optuna.trial.Trial, parameter: Searched) -> Value:
    """Ask for the value of one live parameter."""
    found: dict[str, Any] = {}
    for name, how in distributions(parameter).items():
        if found.get(f"{name}=0"):
            return 0 if isinstance(parameter, Int) else 0.0
        found[name] = trial._suggest(name, how)
    value: Value = found[parameter.name]
    return value


class _Fixed:
    """The live parameters of a point as Optuna has them."""

    def __init__(self, space: Space, point: Point) -> None:
        self.params: dict[str, Any] = {}
        self.distributions: dict[str, BaseDistribution] = {}
        for parameter in space.searched:
            if parameter.name not in point:
                continue
            value, name = point[parameter.name], parameter.name
            held = distributions(parameter)
            if f"{name}=0" in held:
                self.params[f"{name}=0"] = value == 0
                self.distributions[f"{name}=0"] = held[f"{name}=0"]
                if value == 0:
                    continue
            self.params[name], self.distributions[name] = value, held[name]
