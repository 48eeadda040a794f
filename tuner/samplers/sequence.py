"""One sampler after another: space-filling points before a model, and a ladder for when one fails."""

import math
from collections.abc import Callable
from collections.abc import Sequence as Row
from dataclasses import replace
from itertools import islice

import numpy as np

from tuner.errors import SpaceExhaustedError, TunerError
from tuner.samplers.base import Sampler
from tuner.study import History, Suggestion, Trial, TrialState

FEWEST_RESULTS = 2  # finite ones; a model of one value knows no scale


class Sequence:
    """Asks `first` for the initial trials and `then` afterwards.

    Every trial counts towards `initial`, whoever suggested it: points from a person are as good a
    start as ours, and waiting or failed ones are being paid for already. The turn comes only once
    two results are there, however many trials that takes: before, a model has nothing to learn from.

    Attributes:
        warm_up: does ahead of time what makes the first answer of `then` slow.
    """

    def __init__(
        self,
        first: Sampler,
        then: Sampler,
        *,
        initial: Callable[[History], int],
        warm_up: Callable[[], None],
    ) -> None:
        self.warm_up = warm_up
        self._first = first
        self._then = then
        self._initial = initial

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give what the sampler whose turn it is gives; an answer comes from one of them."""
        turn = self._then if self._ready(history) else self._first
        return turn.suggest(history, count, rng)

    def _ready(self, history: History) -> bool:
        if len(history.trials) < self._initial(history):
            return False
        name = history.metric.name
        finite = (t for t in history.trials.values() if _has_result(t, name))
        return len(list(islice(finite, FEWEST_RESULTS))) == FEWEST_RESULTS


def _has_result(trial: Trial, metric: str) -> bool:
    done = trial.state == TrialState.COMPLETED and not trial.excluded
    return done and math.isfinite(trial.metrics.get(metric, math.nan))


class Ladder:
    """Asks the first sampler; when it fails, the next one, and says why.

    A model that cannot be fitted, a choice that turns out not to fit, a library that is gone or a bug
    of ours costs a worse suggestion and never the study; what can be known before it begins is refused
    then (`check_sampler` in `make.py`). Only that the space is exhausted passes through.
    """

    def __init__(self, rungs: Row[tuple[str, Sampler]]) -> None:
        self._rungs = rungs

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give what the first sampler that does not fail gives, with the failures as the reason."""
        failures: list[str] = []
        *upper, (_, last) = self._rungs
        for name, sampler in upper:
            try:
                return _explained(sampler.suggest(history, count, rng), failures)
            except SpaceExhaustedError:
                raise
            except Exception as error:  # noqa: BLE001  nothing may end a study that is running
                failures.append(f"{name} failed: {_said(error)}")
        return _explained(last.suggest(history, count, rng), failures)


def _said(error: Exception) -> str:
    """Put an error on one line of sensible length, with what to do about it."""
    text = " ".join(str(error).split())[:300]
    if not isinstance(error, TunerError):
        return f"{type(error).__name__}: {text}"
    return f"{text} ({error.hint})" if error.hint else text


def _explained(suggestions: list[Suggestion], failures: list[str]) -> list[Suggestion]:
    if not failures:
        return suggestions
    return [_with_reason(suggestion, failures) for suggestion in suggestions]


def _with_reason(suggestion: Suggestion, failures: list[str]) -> Suggestion:
    reasons = [*failures, suggestion.reason] if suggestion.reason else failures
    return replace(suggestion, reason="; ".join(reasons))
