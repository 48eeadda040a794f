"""State as a fold of facts: `History.apply` takes one more record in.

Duplicate record numbers are dropped (a writer that could not confirm a write repeats it under the
same number). A finished trial is never changed in place, so a `snapshot` is cheap and safe to read
from another thread. Facts about a trial nobody suggested, and memories torn apart, count as `orphans`.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from typing import Any

from tuner.study.facts import (
    Closed,
    Finished,
    Noted,
    Opened,
    Point,
    Reconfigured,
    Record,
    Remembered,
    Reported,
    Started,
    Suggested,
)
from tuner.study.metric import Constraint, Metric, constraints_of, measured, metric_of, picks
from tuner.study.trial import Trial, TrialState

RUNNING, FAILED = TrialState.RUNNING, TrialState.FAILED
ENDED = {
    "completed": TrialState.COMPLETED,
    "stopped": TrialState.STOPPED,
    "failed": TrialState.FAILED,
    "lost": TrialState.FAILED,
    "interrupted": TrialState.FAILED,
}


class History:
    """Everything that happened in a study, in order, as questions can use it.

    Attributes:
        trials: by id, in the order of suggestion.
        config: the normalised configuration in force, None before the first `Opened`.
        last: number of the last record taken in.
        endings: ids of trials in the order in which they ended; one that was retried comes again.
        revised: how often something was turned over that had been so before: an ended trial, or
            what is measured.
        picked: (metric, goal) by which `reduce: best` picked values that trials have; not those told.
        memories: what older studies taught, by name; those that were put aside are gone.
        foretold_after: id of the last trial of which another metric was foretold, if anything was.
        workers: who opened the study and has not closed it, dead processes included, and when.
    """

    def __init__(self) -> None:
        self.trials: dict[int, Trial] = {}
        self.config: Mapping[str, Any] | None = None
        self.config_hash = ""
        self.opened: Record | None = None
        self.first_opened_at: str | None = None
        self.closed: Record | None = None
        self.stop_asked: str | None = None
        self.notes: list[str] = []
        self.memories: dict[str, Remembered] = {}
        self.put_aside: dict[str, str] = {}  # where they were read, by name
        self.workers: dict[str, Record] = {}
        self.last = 0
        self.last_at: str | None = None
        self.orphans = 0
        self.picked: frozenset[tuple[str, str]] = frozenset()
        self._picks: tuple[str, str] | None = None  # by the configuration in force
        self.ended = self.revised = 0
        self.endings: list[int] = []
        self.counted = 0  # trials that use up the budget
        self.gpu_s = 0.0  # of all attempts that ended
        self.wall_s = 0.0  # that processes worked on the study, at the same time counted once
        self._leader = ""  # whose time counts while several processes work
        self._session_s: dict[str, float] = {}  # by worker
        self._open: dict[int, Trial] = {}
        self._highest = self.foretold_after = 0  # ids of trials

    @classmethod
    def replay(cls, records: Iterable[Record]) -> "History":
        """Fold a whole ledger."""
        history = cls()
        for record in records:
            history.apply(record)
        return history

    def apply(self, record: Record) -> None:
        """Take one more record in."""
        if record.number <= self.last:
            return
        self.last = record.number
        self.last_at = record.at
        worker, elapsed_s = record.worker, record.elapsed_s
        before = self._session_s.get(worker, math.inf)
        if elapsed_s > before:
            self._session_s[worker] = elapsed_s
            if not self._leader and worker in self.workers:
                self._leader = worker  # a joined process that works on alone
            elif worker == self._leader:
                self.wall_s += elapsed_s - before
        fact = record.fact
        take = _TAKE.get(type(fact))
        if take is not None:
            take(self, record, fact)

    def _opened(self, record: Record, fact: Opened) -> None:
        self.opened, self.closed, self.stop_asked = record, None, None
        self.first_opened_at = self.first_opened_at or record.at
        if fact.config is not None:
            self._configured(fact.config, fact.config_hash)
        self._session_s.setdefault(record.worker, 0.0)
        if not fact.joined or not self._leader:
            self._leader = record.worker
        self.workers[record.worker] = record

    def _configured(self, config: Mapping[str, Any], digest: str) -> None:
        if measured(config) != measured(self.config or {}):
            self.foretold_after = self._highest
        self.config, self.config_hash = config, digest
        self._picks = picks(config)
        self.revised += 1

    def _reconfigured(self, _record: Record, fact: Reconfigured) -> None:
        self._configured(fact.config, fact.config_hash)
        self.closed = None  # what ended it was judged by the configuration of before

    def _remembered(self, _record: Record, fact: Remembered) -> None:
        count = len(fact.points)
        if len(fact.gains) != count or len(fact.errors) not in (0, count):
            self.orphans += 1
            return
        self.memories = {**self.memories, fact.memory: fact}  # snapshots share what is not changed
        self.put_aside = {name: at for name, at in self.put_aside.items() if name != fact.memory}
        if fact.mode == "none":
            del self.memories[fact.memory]
            self.put_aside[fact.memory] = fact.source

    def _closed(self, record: Record, _fact: Closed) -> None:
        self.closed = record
        self.workers.pop(record.worker, None)
        if record.worker == self._leader:
            self._leader = ""

    def _suggested(self, record: Record, fact: Suggested) -> None:
        trial = Trial(id=fact.trial, suggestion=fact, suggested_at=record.at, worker=record.worker)
        old = self.trials.get(fact.trial)
        if old is not None and not old.open:
            self.ended -= 1  # told anew, as when a person edited a table that is the ledger
            self.revised += 1
        self.counted += trial.counted - (old is not None and old.counted)
        self.trials[fact.trial] = trial
        self._open[fact.trial] = trial
        self._highest = max(self._highest, fact.trial)

    def _started(self, record: Record, fact: Started) -> None:
        trial = self._open.get(fact.trial)
        if trial is None:
            self.orphans += 1
            return
        trial.state, trial.attempt = RUNNING, fact.attempt
        trial.start, trial.started_at = fact, record.at
        trial.worker, trial.reports, trial.finish = record.worker, [], None

    def _reported(self, _record: Record, fact: Reported) -> None:
        trial = self._open.get(fact.trial)
        if trial is None:
            self.orphans += 1
        elif fact.attempt == trial.attempt:
            trial.reports.append((fact.step, fact.metrics))

    def _finished(self, record: Record, fact: Finished) -> None:
        trial = self._open.get(fact.trial)
        if trial is None:
            self.orphans += 1
            return
        if fact.attempt < trial.attempt and fact.state != "completed":
            self.orphans += 1  # said too late, by a process that was taken for dead
            return
        if self._picks and not trial.suggestion.by_hand:
            value = fact.metrics.get(self._picks[0], math.nan)
            self.picked |= {self._picks} if math.isfinite(value) else set()
        trial.finish, trial.finished_at = fact, record.at
        trial.finish_number = record.number
        trial.wall_s += fact.wall_s
        trial.gpu_s += fact.gpu_s
        self.gpu_s += fact.gpu_s
        trial.attempt = max(trial.attempt, fact.attempt)
        trial.attempts_lost += fact.state == "lost"
        trial.attempts_interrupted += fact.state == "interrupted"
        if fact.again:
            trial.state = TrialState.SUGGESTED
            return
        trial.state = ENDED[fact.state]
        del self._open[trial.id]
        self.ended += 1
        self.endings.append(trial.id)

    def _noted(self, _record: Record, fact: Noted) -> None:
        if fact.trial is None and fact.kind in ("stop", "stop_now"):
            self.stop_asked = fact.kind
            return
        if fact.trial is None:
            self.notes.append(fact.text)
            return
        old = self.trials.get(fact.trial)
        if old is None:
            self.orphans += 1
            return
        trial = old if old.open else copy(old)  # an ended trial is replaced, never changed
        match fact.kind:
            case "note":
                trial.notes = (*trial.notes, fact.text)
            case "mark":  # "-tag" takes a tag away
                tag = fact.text.removeprefix("-")
                others = tuple(mark for mark in trial.marks if mark != tag)
                trial.marks = others if fact.text.startswith("-") else (*others, tag)
            case "stop" | "stop_now":
                trial.stop_asked = trial.open
            case _ if trial.state in (FAILED, TrialState.STOPPED):
                trial.state, trial.stop_asked = TrialState.SUGGESTED, False
                self._open[trial.id] = trial
                self.ended -= 1
            case _:
                pass  # a retry of a trial that is open or completed changes nothing
        self.trials[trial.id] = trial
        self.revised += not old.open

    def snapshot(self) -> "History":
        """Copy what may still change; ended trials are shared."""
        twin = copy(self)
        twin._open = {number: copy(trial) for number, trial in self._open.items()}
        for trial in twin._open.values():
            trial.reports = list(trial.reports)
        twin.trials = {**self.trials, **twin._open}
        twin.notes, twin.endings = list(self.notes), list(self.endings)
        twin.workers = dict(self.workers)
        twin._session_s = dict(self._session_s)
        return twin

    @property
    def metric(self) -> Metric:
        """What is measured, and its goal."""
        return metric_of(self.config or {})

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """What must hold for a trial to count as feasible."""
        return constraints_of(self.config or {})

    @property
    def git(self) -> Mapping[str, str]:
        """The state of the repository when the study was last opened; empty where there is none."""
        fact = self.opened.fact if self.opened else None
        return fact.git if isinstance(fact, Opened) else {}

    @property
    def open(self) -> list[Trial]:
        """Trials that wait or run, in the order of suggestion (a retried one comes last)."""
        return list(self._open.values())

    @property
    def waiting(self) -> list[Trial]:
        """Trials that wait for a place."""
        return [t for t in self._open.values() if t.state == TrialState.SUGGESTED]

    @property
    def running(self) -> list[Trial]:
        """Trials with a live attempt, as far as the ledger knows."""
        return [t for t in self._open.values() if t.state == TrialState.RUNNING]

    @property
    def completed(self) -> list[Trial]:
        """Trials with a result that may be used."""
        done = TrialState.COMPLETED
        return [t for t in self.trials.values() if t.state == done and not t.excluded]

    @property
    def next_id(self) -> int:
        """The id of the next trial."""
        return self._highest + 1

    def points(self) -> list[Point]:
        """Every point ever suggested, in order."""
        return [trial.params for trial in self.trials.values()]


_TAKE: dict[type, Callable[[History, Record, Any], None]] = {
    Opened: History._opened,
    Reconfigured: History._reconfigured,
    Remembered: History._remembered,
    Suggested: History._suggested,
    Started: History._started,
    Reported: History._reported,
    Finished: History._finished,
    Noted: History._noted,
    Closed: History._closed,
}
