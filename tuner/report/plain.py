"""One line an event, for a log file or a pipe: what `tuner run` prints when nobody watches a board."""

import sys
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from tuner.report import numbers
from tuner.report.limits import BREAKS, breaks
from tuner.report.patient import Patient
from tuner.report.tally import Tally
from tuner.study import (
    Finished,
    History,
    Pulse,
    Reconfigured,
    Record,
    Reported,
    Started,
    Suggested,
)


class Silence:
    """A watcher for `--quiet`: looks away."""

    def on_record(self, record: Record, history: History) -> None:
        """Say nothing."""

    def on_pulse(self, pulse: Pulse, history: History) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""


class PlainLines:
    """Prints a line when a trial starts, ends or is the best so far, and for each reason of a fallback.

    Args:
        out: where to, standard error by default; a reader that has gone is no reason to stop a study.
        verbose: reports, suggestions and their reasons too.
        clock: gives the time of day that opens a line.
    """

    def __init__(
        self,
        out: TextIO | Patient | None = None,
        *,
        verbose: bool = False,
        clock: Callable[[], str] = lambda: time.strftime("%H:%M:%S"),
    ) -> None:
        self._out: TextIO | Patient | None = out or sys.stderr
        self._verbose, self._clock = verbose, clock
        self._tally = Tally()
        self._known: History | None = None
        self._message: str | None = None
        self._me: str | None = None
        self._reasons: set[str | None] = {None}

    @property
    def alone(self) -> bool:
        """The reader has gone, as far as writing has told."""
        return self._out is None

    def on_record(self, record: Record, history: History) -> None:
        """Print what happened, if it is worth a line."""
        if self._known is None:
            self._me = record.worker  # the first fact is our own
        self._meet(history)
        before = self._tally.best
        self._tally = self._tally.take(record, history)
        self._say(self._words(record, history))
        after = self._tally.best
        if after is not None and after != before and isinstance(record.fact, Finished):
            value = numbers.number(after.value, 6)
            self._say(f"best {self._tally.metric.name} {value} trial {after.trial.id}")

    def on_pulse(self, pulse: Pulse, history: History) -> None:
        """Print a message of the loop once."""
        self._meet(history)
        if pulse.message != self._message:
            self._message = pulse.message
            self._say(pulse.message)

    def close(self) -> None:
        """Leave nothing in a buffer."""
        self._say(None)
        if isinstance(self._out, Patient):
            self._out.settle()

    def _meet(self, history: History) -> None:
        """Count afresh when it is another history than before: the first, or a ledger begun anew."""
        if history is not self._known:
            self._known, self._tally = history, Tally.of(history)

    def _words(self, record: Record, history: History) -> str | None:
        fact = record.fact
        match fact:
            case Reconfigured() if record.worker != self._me:  # our own was told by the verb
                words = f"configuration changed: {'; '.join(fact.diff) or 'see the ledger'}"
            case Started() if fact.trial in history.trials:
                again = f" (attempt {fact.attempt})" if fact.attempt > 1 else ""
                point = numbers.point(history.trials[fact.trial].params)
                words = f"trial {fact.trial} started{again}  {point}"
            case Finished():
                words = f"trial {fact.trial} {ending(fact)}{_marked(fact, history)}"
            case Reported() if self._verbose:
                step = "" if fact.step is None else f" at {numbers.number(fact.step)}"
                words = f"trial {fact.trial}{step}  {measured(fact.metrics)}"
            case Suggested() if self._verbose or fact.reason not in self._reasons:
                self._reasons.add(fact.reason)
                why = f" ({fact.reason})" if fact.reason else ""
                words = f"trial {fact.trial} suggested by {fact.method} in {fact.seconds:.2f}s{why}"
            case _:
                return None
        return words

    def _say(self, words: str | None) -> None:
        if self._out is None:
            return
        try:
            if words is not None:
                self._out.write(f"{self._clock()} {numbers.clean(words)}\n")
            self._out.flush()
        except (OSError, ValueError):  # the reader of the pipe has gone; the study goes on
            self._out = None


def ending(fact: Finished) -> str:
    """Say how an attempt ended."""
    took = numbers.seconds(fact.wall_s)
    again = ", goes again" if fact.again else ""
    if fact.state in ("completed", "stopped"):
        return f"{fact.state} in {took}  {measured(fact.metrics)}{again}"
    kind = f" ({fact.failure})" if fact.failure else ""
    why = f": {fact.message}" if fact.message else ""
    return f"{fact.state}{kind} after {took}{again}{why}"


def _marked(fact: Finished, history: History) -> str:
    """Say which constraints an ended trial breaks, behind the mark that the table has; nothing for none."""
    trial = history.trials.get(fact.trial)
    missing = breaks(trial, history) if trial and trial.finish is fact else ""
    return f"  {BREAKS} {missing}" if missing else ""


def measured(metrics: Mapping[str, float]) -> str:
    """Write metrics on one line."""
    return " ".join(f"{name}={numbers.number(value, 6)}" for name, value in metrics.items())
