"""Any sampler of Optuna by name: TPE, CMA-ES, NSGA-II, QMC and what a newer version brings.

Optuna's samplers keep their state inside an Optuna study. Ours is made anew from the history: every
question that it was asked and every answer that it was told, in their order. So a resumed study goes on
as if it had never stopped, and nothing but the ledger has to be kept.
"""

import copy
import inspect
import math
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import optuna
from optuna.trial import TrialState as State

from tuner.errors import FitError, SpaceExhaustedError, TunerError, UsageError
from tuner.expression import did_you_mean
from tuner.samplers.optuna_space import fixed, suggested
from tuner.samplers.spec import bare
from tuner.space import Key, Point, Space
from tuner.space.rules import live_values
from tuner.study import History, Suggestion, Trial, TrialState

Event = tuple[str, int, object, str]
"""What happened to which trial, and what of it matters: a memo of it is good as long as all agree."""

TRIES = 60
"""Points that break a `require` or were tried, before Sobol is asked."""

REHEARSED = 12
"""Questions of a rehearsal: two more than any of Optuna's samplers answers by chance at first."""


@dataclass(kw_only=True)
class Memo:
    """An Optuna study that was told a history, as far as `told`.

    Attributes:
        asked: questions that trials of ours wait to answer, by id.
        waiting: questions that no trial of ours is known to answer, by the point's key.
        seen: keys of all points.
        spent: questions were asked that no trial tells of.
    """

    study: optuna.Study
    asked: dict[int, optuna.trial.Trial] = field(default_factory=dict)
    waiting: list[tuple[Key, optuna.trial.Trial]] = field(default_factory=list)
    seen: set[Key] = field(default_factory=set)
    spent: bool = False
    told: list[Event] = field(default_factory=list)

    def twin(self) -> "Memo":
        """Copy what may still change; ended trials of Optuna's never do, and are shared."""
        ended = [t for t in self.study.get_trials(deepcopy=False) if t.state.is_finished()]
        shared = {id(trial): trial for trial in ended}
        study, asked, waiting = copy.deepcopy((self.study, self.asked, self.waiting), shared)
        return Memo(
            study=study,
            asked=asked,
            waiting=waiting,
            seen=set(self.seen),
            spent=self.spent,
            told=self.told,
        )


def sampler_class(name: str) -> type[optuna.samplers.BaseSampler]:
    """Find a sampler by its name, with or without `Sampler`, however it is spelled.

    Example:
        >>> [sampler_class(name).__name__ for name in ("tpe", "cma_es", "NSGAIISampler")]
        ['TPESampler', 'CmaEsSampler', 'NSGAIISampler']
    """
    there = {bare(word): word for word in dir(optuna.samplers) if word.endswith("Sampler")}
    for useless in ("base", "basega", "partialfixed", "grid"):  # our grid is method: grid
        there.pop(useless, None)
    found = there.get(bare(name))
    if found is None:
        known = ", ".join(sorted(there.values()))
        said = f"search.sampler: Optuna has no {name!r}{did_you_mean(bare(name), there)}"
        raise UsageError(said, hint=f"it has {known}")
    return getattr(optuna.samplers, found)  # type: ignore[no-any-return]


class OptunaSampler:
    """Asks one of Optuna's samplers, a study of which is a memo of the history."""

    def __init__(self, name: str, options: Mapping[str, Any], space: Space, *, seed: int) -> None:
        self.space, self.seed = space, seed
        self._class, self._options = sampler_class(name), dict(options)
        self._memo = self._kept = self._fresh()

    def _fresh(self) -> Memo:
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
        return Memo(study=optuna.create_study(sampler=sampler, direction="maximize"))

    def rehearse(self) -> None:
        """Ask a dozen times and answer with made-up numbers, then forget it all.

        Raises:
            UsageError: the sampler does not take its options or the space, or lacks a library.
        """
        with warnings.catch_warnings(), self._at_fault(UsageError):
            warnings.simplefilter("ignore")
            for step in range(REHEARSED):
                self._ask()
                for _, asked in self._memo.waiting:
                    self._memo.study.tell(asked, float(step))
                self._memo.waiting = []
        self._memo = self._kept = self._fresh()

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  its chance is the study's seed
        """Give up to `count` points; fewer where nothing new is found.

        Raises:
            SpaceExhaustedError: no new point was found.
            FitError: the sampler raised something.
        """
        with warnings.catch_warnings(), self._at_fault(FitError):
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
    def _at_fault(self, kind: type[TunerError]) -> Iterator[None]:
        """Say what the sampler raised with its name: it is the options or the space that it dislikes."""
        try:
            yield
        except TunerError:
            raise
        except Exception as error:
            self._memo.spent = True
            words = " ".join(str(error).split())
            said = f"search.sampler: {self._class.__name__}: {type(error).__name__}: {words}"
            hint = "correct search.options, or take another sampler: tpe takes every space"
            if isinstance(error, ImportError):
                hint = "pip install 'tuner[optuna]'"
            raise kind(said, hint=hint) from error

    def _catch_up(self, history: History) -> None:
        """Take in what happened since; from the start where the past is another one.

        Answers that nobody took were never given: then it is taken in on what the memo was before the
        questions, of which a twin is kept. To tell it everything anew would cost as many questions as
        there are trials.
        """
        events = _events(history)
        if events[: len(self._memo.told)] != self._memo.told:
            self._go_back(events)
        self._take_in(events, history)
        if self._memo.waiting or self._memo.spent:
            self._go_back(events)
            self._take_in(events, history)
            self._memo.spent = False  # a trial's own question was in vain, as it will be again
        self._kept = self._memo.twin()

    def _go_back(self, events: list[Event]) -> None:
        """Return to the last memo without open questions, if that is part of this past."""
        old = self._kept.told
        self._memo = self._kept.twin() if events[: len(old)] == old else self._fresh()

    def _take_in(self, events: list[Event], history: History) -> None:
        for what, number, gain, _ in events[len(self._memo.told) :]:
            trial = history.trials[number]
            if what == "asked":
                self._take(trial)
            else:
                self._tell(trial, gain)  # type: ignore[arg-type]
        self._memo.told = events

    def _take(self, trial: Trial) -> None:
        """Find the question that a trial of ours answers, or ask it again.

        One that is answered otherwise now (other options, bounds or an other Optuna) is dropped, and
        the trial counts as somebody else's.
        """
        key = self.space.key(trial.params)
        if trial.method == "optuna":
            if not self._memo.waiting:
                self._ask()
            match = [asked for waiting, asked in self._memo.waiting if waiting == key]
            if match:
                self._memo.asked[trial.id] = match[0]
                self._memo.waiting = [
                    pair for pair in self._memo.waiting if pair[1] is not match[0]
                ]
            else:
                self._drop()
        self._memo.seen.add(key)

    def _drop(self) -> None:
        """Let questions go that no trial answers."""
        for _, asked in self._memo.waiting:
            self._memo.study.tell(asked, state=State.FAIL)
        self._memo.waiting = []

    def _tell(self, trial: Trial, gain: float | None) -> None:
        """Tell how a trial ended, whoever suggested it."""
        asked = self._memo.asked.pop(trial.id, None)
        if asked is not None:
            self._memo.study.tell(asked, gain, State.FAIL if gain is None else None)
            return
        point, _ = self.space.usable(trial.params)
        if gain is None or point is None:
            return
        params, held = fixed(self.space, point)
        if all(how._contains(how.to_internal_repr(params[name])) for name, how in held.items()):
            made = optuna.trial.create_trial(params=params, distributions=held, value=gain)
            self._memo.study.add_trial(made)

    def _ask(self) -> Point | None:
        """Ask for a point that is new and allowed; others are told to have failed."""
        for _ in range(TRIES):
            trial = self._memo.study.ask()
            values, _ = live_values(self.space.rules, lambda p, t=trial: suggested(t, p))  # type: ignore[misc]
            point = self.space.point(self.space.trim(values))
            key = self.space.key(point)
            if key not in self._memo.seen and not self.space.violations(point):
                self._memo.seen.add(key)
                self._memo.waiting.append((key, trial))
                return point
            self._memo.study.tell(trial, state=State.FAIL)
        self._memo.spent = True
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
