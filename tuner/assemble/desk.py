"""Where trials are handed out to programs and people, and their results taken in.

The counterpart of the loop for those who do the work themselves: `api.Study` and the verbs `ask`,
`tell` and `enqueue`. The same rule holds: what is handed out is on disk first.
"""

import os
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tuner import wire
from tuner.assemble.memories import Wanted, gone, same
from tuner.assemble.opening import Opening
from tuner.assemble.parts import check_search, sampler_of
from tuner.assemble.told import Result, verdict_on
from tuner.assemble.waiting import enqueued, queue
from tuner.config import StudyConfig, config_hash, read_config, unfit
from tuner.errors import SpaceExhaustedError, UsageError
from tuner.interop.spec import MemorySpec, asked_of
from tuner.loop import Judge, Known, RealClock, trial_seed
from tuner.samplers.base import Sampler
from tuner.stopping.make import make_rules
from tuner.study import (
    Failure,
    Finished,
    History,
    Remembered,
    Started,
    Suggested,
    Suggestion,
    Trial,
    TrialState,
    Value,
)

TRIES = 20


class Desk:
    """Hands trials out and takes results in.

    Args:
        opening: an open study.
        stays: this process lives until the result is told, so that a trial it leaves behind may be
            handed out again; a one-shot command does not.
    """

    def __init__(self, opening: Opening, *, stays: bool = True) -> None:
        self.opening = opening
        self._use(opening.config)
        self._pid = os.getpid() if stays else 0
        self._since: dict[int, float] = {}

    def _use(self, config: StudyConfig) -> None:
        self.config, self._hash = config, config_hash(config.plain)
        self._sampler: Sampler | None = None
        self._known = Known(config.space.key)

    @property
    def history(self) -> History:
        """Everything that happened, including what other processes wrote until now."""
        self.opening.book.catch_up()
        history = self.opening.book.history
        if history.config_hash != self._hash:  # `tuner set`, or another process's file
            changed = read_config(history.config or {})
            self._use(replace(changed, dir=self.opening.config.dir))
            self._hash = history.config_hash
        return history

    def hand_out(self, budget: int | None = None) -> Trial | None:
        """Give a trial: one that waits, one a dead program left, or a new suggestion.

        Args:
            budget: no new suggestion once so many trials count; None for no limit.

        Returns:
            The trial; None when nothing waits and the budget is used up.

        Raises:
            SpaceExhaustedError: every point of a finite space has been suggested.
            UsageError: the search cannot make a suggestion here.
        """
        for _ in range(TRIES):
            old = self._hand_out_old()
            if old is not None:
                return old
            history = self.history
            if budget is not None and history.counted >= budget:
                return None
            rng = np.random.default_rng([self.config.seed, history.next_id])
            made = self._search().suggest(history.snapshot(), 1, rng)[0]
            new = self._hand_out_new(made, budget)
            if new is not None:
                return new
        raise SpaceExhaustedError(f"no new point in {TRIES} tries: other workers were quicker")

    def _search(self) -> Sampler:
        """Build the sampler when it is first needed: who only tells results needs none."""
        if self._sampler is None:
            check_search(self.config)
            self._sampler = sampler_of(self.config)
        return self._sampler

    def hand_out_several(self, count: int) -> list[Trial]:
        """Give `count` trials, or fewer where the space ends.

        Raises:
            SpaceExhaustedError: not one is left.
        """
        trials: list[Trial] = []
        for _ in range(count):
            try:
                trial = self.hand_out()
            except SpaceExhaustedError:
                if not trials:
                    raise
                break
            trials += [trial] if trial is not None else []
        return trials

    def judge(self, trials: int) -> Judge:
        """Make what says when a program that works its way through trials should stop."""
        rules = make_rules(replace(self.config.stop, trials=trials))
        return Judge(rules, self.history, RealClock(), lambda: 0.0)

    def waits(self, trial: Trial) -> bool:
        """Say whether a trial can be handed out: it waits, or a dead program was asked for it.

        One that a runner started (it has an argv) is left to the loops.
        """
        if trial.state == TrialState.SUGGESTED:
            return True
        start = trial.start
        if start is None or start.pid == 0 or start.argv or trial.id in self._since:
            return False
        mine = trial.worker == self.opening.worker
        return mine or not self.opening.alive(trial.worker)

    def _hand_out_old(self) -> Trial | None:
        if not any(self.waits(trial) for trial in self.history.open):
            return None
        with self.opening.book.turn():
            trial = next(filter(self.waits, self.opening.book.history.open), None)
            return None if trial is None else self._start(trial.id, trial.attempt + 1, [])

    def _hand_out_new(self, made: Suggestion, budget: int | None) -> Trial | None:
        space, book = self.config.space, self.opening.book
        with book.turn():
            history = book.history
            used_up = budget is not None and history.counted >= budget
            if used_up or self._known(history, made.point):
                return None
            number = history.next_id
            fact = made.as_fact(
                number,
                point=space.complete(made.point),
                seed=trial_seed(self.config.seed, number),
                seen=history.ended,
                by_hand=True,
            )
            return self._start(number, 1, [fact])

    def _start(self, number: int, attempt: int, before: Sequence[Suggested]) -> Trial:
        """Write down who was asked to evaluate the trial. Called inside a turn."""
        started = Started(
            trial=number,
            attempt=attempt,
            host=socket.gethostname(),
            pid=self._pid,
            pid_started=wire.start_ticks(self._pid) if self._pid else 0.0,
            boot_id=wire.boot_id(),
        )
        self.opening.book.write(*before, started)
        self._since[number] = time.monotonic()
        return self.opening.book.history.trials[number]

    def take_result(self, number: int, result: Result, noise: Result | None = None) -> None:
        """Write down what a trial measured; a number that is not finite means that it diverged.

        Raises:
            UsageError: no such trial, it has ended already, a metric is missing, or the noise is no
                standard error.
        """
        self._finish(number, **verdict_on(self.config, result, noise))

    def take_failure(self, number: int, failure: Failure, message: str | None = None) -> None:
        """Write down that a trial gave no result."""
        self._finish(number, state="failed", failure=failure, message=message)

    def _finish(self, number: int, **verdict: Any) -> None:  # noqa: ANN401  fields of Finished
        book = self.opening.book
        with book.turn():
            known = book.history.trials.get(number)
            if known is None:
                raise UsageError(f"there is no trial {number}")
            if not known.open:
                raise UsageError(
                    f"trial {number} has ended already: it is {known.state}",
                    hint=f"`tuner retry {number}` opens it again",
                )
            if known.start and known.start.argv and self.opening.alive(known.worker):
                raise UsageError(f"trial {number} is being run by {known.worker}")
            began = self._since.pop(number, None)
            wall = 0.0 if began is None else time.monotonic() - began
            attempt = max(known.attempt, 1)
            book.write(Finished(trial=number, attempt=attempt, wall_s=wall, **verdict))

    def enqueue(self, values: Mapping[str, Value]) -> Trial | None:
        """Put a point first in line; None if the study has seen it.

        What is missing gets its default, else the middle of its range, as in `warm_start.enqueue`.

        Raises:
            UsageError: naming every value that does not fit the space.
        """
        point = self.config.space.filled(values)
        book = self.opening.book
        with book.turn():
            facts = queue(book.history, self.config, [point])
            book.write(*facts)
        return book.history.trials[facts[0].trial] if facts else None

    def add(
        self, values: Mapping[str, Value], result: Result, noise: Result | None = None
    ) -> Trial:
        """Take in a result measured elsewhere; it costs nothing of the budget of trials.

        At a point that was tried before it counts as a repeat: in the ranking, and as noise.
        """
        verdict = verdict_on(self.config, result, noise)
        point = self.config.space.complete(self.config.space.point(values))
        book = self.opening.book
        with book.turn():
            number, first = book.history.next_id, self._known.first(book.history, point)
            book.write(
                Suggested(trial=number, point=point, method="added", of=first, by_hand=True),
                Finished(trial=number, attempt=1, **verdict),
            )
        return book.history.trials[number]

    def remember(self, asked: MemorySpec) -> Remembered:
        """Learn from an older study, unless that was done; with the mode none, put one aside.

        Raises:
            UsageError: it cannot be read, translated or used, or there is nothing to put aside.
        """
        if reason := unfit(asked.mode, self.config.search):
            raise UsageError(f"{asked.ledger}: mode: {reason}")
        book, own = self.opening.book, None if self.opening.in_memory else self.config.dir
        wanted = Wanted([asked], own, beside=self.config.warm_start.studies)
        before = dict(self.history.memories)
        found = wanted.facts(self.history, self.config)  # others write meanwhile
        with book.turn():
            if dict(book.history.memories) != before:
                found = wanted.facts(book.history, self.config)
            book.write(*found)
            book.write(*enqueued(book.history, self.config))
        known = [f for f in book.history.memories.values() if same(f.asked, asked_of(asked))]
        if not found and not known:
            nothing = f"nothing was learnt from {asked.ledger}, so nothing is put aside"
            raise UsageError(*(gone(self.history, wanted) or [nothing]))
        return (known or found)[0]
