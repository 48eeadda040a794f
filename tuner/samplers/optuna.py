"""Any sampler of Optuna by name: TPE, CMA-ES, NSGA-II, QMC and what a newer version brings.

Optuna's samplers keep their state inside an Optuna study. Ours is made anew from the history: every
question that it was asked and every answer that it was told, in their order. So a resumed study goes on
as if it had never stopped, and nothing but the ledger has to be kept.
"""

import inspect
import math
import re
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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

from tuner.errors import SpaceExhaustedError, TunerError, UsageError
from tuner.expression import did_you_mean
from tuner.space import Point, Space
from tuner.space.parameter import Bool, Choice, Float, Int, Searched
from tuner.space.rules import live_values
from tuner.study import History, Suggestion, Trial, TrialState, Value

Event = tuple[str, int, object, str]
"""What happened to which trial, and what of it matters: a memo of it is good as long as all agree."""

TRIES = 60
"""Points that break a `require` or were tried, before Sobol is asked."""


def sampler_class(name: str) -> type[optuna.samplers.BaseSampler]:
    """Find a sampler by its name, with or without `Sampler`, however it is spelled.

    Example:
        >>> [sampler_class(name).__name__ for name in ("tpe", "cma_es", "NSGAIISampler")]
        ['TPESampler', 'CmaEsSampler', 'NSGAIISampler']
    """
    there = {_bare(word): word for word in dir(optuna.samplers) if word.endswith("Sampler")}
    for useless in ("base", "basega", "partialfixed", "grid"):  # our grid is method: grid
        there.pop(useless, None)
    found = there.get(_bare(name))
    if found is None:
        known = ", ".join(sorted(there.values()))
        said = f"search.sampler: Optuna has no {name!r}{did_you_mean(_bare(name), there)}"
        raise UsageError(said, hint=f"it has {known}")
    return getattr(optuna.samplers, found)  # type: ignore[no-any-return]


def _bare(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower()).removesuffix("sampler")


class OptunaSampler:
    """Asks one of Optuna's samplers, a study of which is a memo of the history."""

    def __init__(self, name: str, options: Mapping[str, Any], space: Space, *, seed: int) -> None:
        self.space, self.seed = space, seed
        self._class, self._options = sampler_class(name), dict(options)
        self._told: list[Event] = []
        self._start()

    def _start(self) -> None:
        """Begin with an Optuna study that knows nothing."""
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            takes = inspect.signature(self._class).parameters
            seed = {"seed": self.seed % 2**32} if "seed" in takes else {}
            try:
                sampler = self._class(**{**seed, **self._options})
            except (TypeError, ValueError) as error:
                known = ", ".join(name for name in takes if name != "seed")
                raise UsageError(
                    f"search.options: {self._class.__name__}: {error}", hint=f"it takes {known}"
                ) from error
        self._study = optuna.create_study(sampler=sampler, direction="maximize")
        self._asked: dict[int, optuna.trial.Trial] = {}
        self._waiting: list[tuple[str, optuna.trial.Trial]] = []
        self._seen: set[str] = set()
        self._spent = False  # questions were asked that no trial tells of
        self._told = []

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  its chance is the study's seed
        """Give up to `count` points; fewer where nothing new is found.

        Raises:
            SpaceExhaustedError: no new point was found.
        """
        with warnings.catch_warnings(), self._at_fault():
            warnings.simplefilter("ignore")  # of the library to its own users
            self._catch_up(history)
            found: list[Suggestion] = []
            for _ in range(count):
                since = time.perf_counter()
                point = self._ask()
                if point is None:
                    break
                seconds = time.perf_counter() - since
                found.append(Suggestion(point=point, method="optuna", seconds=seconds))
        if not found:
            raise SpaceExhaustedError("Optuna's sampler gave nothing that is new")
        return found

    @contextmanager
    def _at_fault(self) -> Iterator[None]:
        """Say what the sampler raised with its name: it is the options or the space that it dislikes."""
        try:
            yield
        except TunerError:
            raise
        except ModuleNotFoundError as error:
            hint = "pip install 'tuner[optuna]'"
            raise UsageError(
                f"search.sampler: {self._class.__name__}: {error}", hint=hint
            ) from error
        except Exception as error:
            said = f"search.sampler: {self._class.__name__}: {type(error).__name__}: {error}"
            raise UsageError(said) from error

    def _catch_up(self, history: History) -> None:
        """Take in what happened since; from the start where the past is another one."""
        events = _events(history)
        if events[: len(self._told)] != self._told:
            self._start()
        self._take_in(events, history)
        if self._waiting or self._spent:  # answers that nobody took were never given
            self._start()
            self._take_in(events, history)

    def _take_in(self, events: list[Event], history: History) -> None:
        for what, number, gain, _ in events[len(self._told) :]:
            trial = history.trials[number]
            if what == "asked":
                self._take(trial)
            else:
                self._tell(trial, gain)  # type: ignore[arg-type]
        self._told = events

    def _take(self, trial: Trial) -> None:
        """Find the question that a trial of ours answers, or ask it again.

        One that is answered otherwise now (other options, bounds or an other Optuna) is dropped, and
        the trial counts as somebody else's.
        """
        key = self.space.key(trial.params)
        if trial.method == "optuna":
            if not self._waiting:
                self._ask()
            match = [asked for waiting, asked in self._waiting if waiting == key]
            if match:
                self._asked[trial.id] = match[0]
                self._waiting = [pair for pair in self._waiting if pair[1] is not match[0]]
            else:
                self._drop()
        self._seen.add(key)

    def _drop(self) -> None:
        """Let questions go that no trial answers."""
        for _, asked in self._waiting:
            self._study.tell(asked, state=State.FAIL)
        self._waiting = []

    def _tell(self, trial: Trial, gain: float | None) -> None:
        """Tell how a trial ended, whoever suggested it."""
        asked = self._asked.pop(trial.id, None)
        if asked is not None:
            self._study.tell(asked, gain, State.FAIL if gain is None else None)
            return
        point, _ = self.space.usable(trial.params)
        if gain is None or point is None:
            return
        params, held = _fixed(self.space, point)
        if all(how._contains(how.to_internal_repr(params[name])) for name, how in held.items()):
            made = optuna.trial.create_trial(params=params, distributions=held, value=gain)
            self._study.add_trial(made)

    def _ask(self) -> Point | None:
        """Ask for a point that is new and allowed; others are told to have failed."""
        for _ in range(TRIES):
            trial = self._study.ask()
            values, _ = live_values(self.space.rules, lambda p, t=trial: _suggested(t, p))  # type: ignore[misc]
            point = self.space.point(self.space.trim(values))
            key = self.space.key(point)
            if key not in self._seen and not self.space.violations(point):
                self._seen.add(key)
                self._waiting.append((key, trial))
                return point
            self._study.tell(trial, state=State.FAIL)
        self._spent = True
        return None


def _events(history: History) -> list[Event]:
    """List what happened, in its order: trials that were suggested, and how they ended.

    Every suggestion says how many trials had ended when it was made. One that was retried ended once:
    as it did last.
    """
    last = {number: place for place, number in enumerate(history.endings)}
    endings = [number for place, number in enumerate(history.endings) if last[number] == place]
    ended = [_ending(history, n) for n in endings if not history.trials[n].open]
    events: list[Event] = []
    told = 0
    for trial in history.trials.values():
        known = max(told, min(trial.suggestion.seen, len(ended)))
        events += ended[told:known]
        events.append(("asked", trial.id, trial.method, repr(trial.params)))
        told = known
    return events + ended[told:]


def _ending(history: History, number: int) -> Event:
    """Say what a trial brought: its gain, or None where it has none that counts."""
    trial, metric = history.trials[number], history.metric
    gain = metric.gain(trial.metrics.get(metric.name, math.nan))
    counts = trial.state == TrialState.COMPLETED and math.isfinite(gain) and not trial.excluded
    return ("told", number, gain if counts else None, "")


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


def _fixed(space: Space, point: Point) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
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
