"""Collect, record, judge, refill: one tick.

The loop meets protocols, never implementations, and nothing in it acts on a fact that is not on disk
(`pen.py`). `crew.py` knows the jobs, `judge.py` when to stop, `propose.py` what comes next.
"""

from collections.abc import Callable
from contextlib import suppress

from tuner.errors import LedgerLockedError
from tuner.ledger.book import Book
from tuner.loop.clock import Clock
from tuner.loop.confirm import confirmations
from tuner.loop.crew import Crew
from tuner.loop.interrupt import DRAIN, KILL, TERMINATE, WORK, Interrupt
from tuner.loop.judge import Judge
from tuner.loop.known import Known
from tuner.loop.parts import Parts, Slot
from tuner.loop.pen import Pen
from tuner.loop.propose import Proposer, Ready
from tuner.loop.seeds import trial_seed
from tuner.loop.usage import Usage
from tuner.stopping.base import Verdict
from tuner.study import History, Outcome, Pulse, Stage, Suggested, Trial

STAGES: dict[int, Stage] = {
    WORK: "running",
    DRAIN: "draining",
    TERMINATE: "terminating",
    KILL: "terminating",
}
IDLE_S, SOON_S, PULSE_S, LOOK_AROUND_S = 0.25, 0.01, 0.2, 5.0
LOOK_AGAIN_S = 0.1  # at orphans that are about to go
LOST = Outcome(state="lost", failure="lost", message="the tuner died while it ran")


def orphans(history: History, alive: Callable[[str], bool]) -> list[Trial]:
    """Give the trials that a dead process left running; those handed out by hand are nobody's."""
    return [
        trial
        for trial in history.running
        if trial.start is not None
        and trial.start.pid != 0
        and not trial.suggestion.by_hand
        and not alive(trial.worker)
    ]


class Loop:
    """Turns the crank until a rule, the space or a person says stop.

    Args:
        book: history and ledger in step, already opened.
        parts: what the configuration asks for.
        rebuild: gives new parts when another process has changed the configuration.
        alive: says whether the process that wrote a fact still works on the study.
        me: this process, as facts name it.
    """

    def __init__(
        self,
        book: Book,
        parts: Parts,
        *,
        clock: Clock,
        interrupt: Interrupt,
        alive: Callable[[str], bool],
        rebuild: Callable[[History], Parts],
        me: str,
    ) -> None:
        self.book, self.parts, self.usage = book, parts, Usage()
        self._clock, self._interrupt = clock, interrupt
        self._alive, self._rebuild, self._me = alive, rebuild, me
        self._pen = Pen(book, clock)
        self._crew = Crew(parts, self._pen, clock)
        self._judge = Judge(parts.rules, book.history, clock, self._crew.running_gpu_s)
        self._proposer = Proposer(parts.sampler, parts.seed, warm_up=parts.warm_up)
        self._stage = WORK
        self._began = clock.monotonic()
        self._next_pulse = self._next_look = 0.0
        self._ending = 0  # orphans that are not gone yet; each still uses its place
        self._known = Known(parts.key)

    def run(self) -> Verdict | None:
        """Work until nothing is left to do; whatever happens, no job is left behind.

        Returns None when a person ended it.
        """
        try:
            while not self.tick():
                pass
        except Exception:
            self._let_jobs_end()
            raise
        finally:
            self.parts.runner.close()
            self._proposer.close()
        if self._proposer.error is not None:
            raise self._proposer.error
        return self._judge.verdict if self._stage == WORK else None

    def _let_jobs_end(self) -> None:
        """After an error: end the jobs with grace, and write down what they gave if possible."""
        for number in self._crew.at_work:
            self.parts.runner.cancel(number)
        with suppress(Exception):
            while self._crew.at_work and self._interrupt.stage < KILL:
                updates = self.parts.runner.wait(IDLE_S)
                self._pen.write(self._crew.take_in(updates, self.book.history.trials))

    def tick(self) -> bool:
        """Turn once; True when it is over."""
        updates = self.parts.runner.wait(self._patience())
        self._pen.write(self._crew.take_in(updates, self.book.history.trials))
        self._hear()
        self._obey()
        self._judge.look(self.book.history, exhausted=self._proposer.exhausted)
        if self._stage == WORK and not self._pen.blocked:
            try:
                self._look_around()
                self._refill()
                if not updates:
                    self._get_ready()
            except LedgerLockedError as error:
                self._pen.rest(str(error))
        self._pulse()
        return self._over()

    def _hear(self) -> None:
        """Take in what other processes wrote, and follow a configuration that they changed."""
        self.book.catch_up()
        history = self.book.history
        if history.config_hash != self.parts.hash:
            self.parts = self._crew.parts = self._rebuild(history)
            self._proposer.replace(self.parts.sampler, self.parts.seed)
            self._judge.replace(self.parts.rules)
            self._known = Known(self.parts.key)

    def _look_around(self) -> None:
        """Finish what dead processes left running: with its result if it has one, else again."""
        if self._clock.monotonic() < self._next_look:
            return
        self._ending = 0
        for trial in orphans(self.book.history, self._alive):
            if trial.start is None or trial.worker == self._me:
                continue
            if not self.parts.runner.gone(trial.start):
                self._ending += 1
                continue
            outcome = self.parts.runner.adopt(trial.start) or LOST
            with self.book.turn():
                now = self.book.history.trials[trial.id]
                if now.open and now.start == trial.start:  # else another worker was quicker
                    self._pen.write([self._crew.finish(now, now.attempt, outcome)])
        pause_s = LOOK_AGAIN_S if self._ending else LOOK_AROUND_S
        self._next_look = self._clock.monotonic() + pause_s

    def _obey(self) -> None:
        """Follow Ctrl-C, SIGTERM and `tuner stop`; a stage is never taken back."""
        self._crew.end_asked(self.book.history.trials)
        asked = {None: WORK, "stop": DRAIN, "stop_now": TERMINATE}[self.book.history.stop_asked]
        failed = DRAIN if self._proposer.error is not None else WORK
        stage = max(self._interrupt.stage, asked, failed, self._stage)
        if stage > self._stage and stage >= TERMINATE:
            for number in self._crew.at_work:
                self.parts.runner.cancel(number, force=stage == KILL)
        self._stage = stage

    def _refill(self) -> None:
        """Fill every free place: trials that wait first, then new suggestions."""
        self._confirm()
        while self._crew.free > self._ending and (slot := self.parts.slots.acquire()) is not None:
            started = False
            try:
                started = self._start_waiting(slot) or self._start_new(slot)
            finally:
                if not started:
                    self.parts.slots.release(slot)
            if not started:
                break
        if self._crew.at_work:
            self._proposer.warm_up()
            if self._judge.verdict is None:
                slots, job_s = self._crew.slots, self._crew.job_s
                self._proposer.prepare(self.book.history, slots=slots, job_s=job_s)

    def _get_ready(self) -> None:
        """Have the runner prepare for what follows, while every place is taken and nothing happens."""
        busy, ready = len(self._crew.at_work), self.parts.get_ready
        if ready is not None and not self._crew.free and self._judge.verdict is None:
            ready(busy)

    def _confirm(self) -> None:
        """Once the search is over and nothing runs, have the winners run again."""
        if self._confirmations():
            with self.book.turn():
                self._pen.attempt(self._confirmations())

    def _confirmations(self) -> list[Suggested]:
        confirm = self.parts.confirm
        if confirm is None or not self._judge.may_confirm:
            return []
        return confirmations(self.book.history, confirm, self.parts.seed, self._judge.allows)

    def _startable(self, trial: Trial) -> bool:
        if trial.id in self._crew.at_work or self._crew.pausing(trial):
            return False
        return self._judge.allows(trial)

    def _start_waiting(self, slot: Slot) -> bool:
        """Start a trial that waits: enqueued, to be repeated, or due for another attempt."""
        if not any(self._startable(trial) for trial in self.book.history.waiting):
            return False
        with self.book.turn():
            trial = next(filter(self._startable, self.book.history.waiting), None)
            return trial is not None and self._crew.start(trial.suggestion, trial.attempt + 1, slot)

    def _start_new(self, slot: Slot) -> bool:
        """Start a new suggestion, if one is ready and nobody was quicker."""
        if self._judge.verdict is not None:
            return False
        slots, job_s = self._crew.slots, self._crew.job_s
        history = self.book.history
        ready = self._proposer.take(history, self._crew.free, slots=slots, job_s=job_s)
        if ready is None:
            return False
        with self.book.turn():
            if self._judge.look(history, exhausted=False) is not None:
                self._proposer.give_back(ready)  # another worker used up the budget
                return False
            if self._known(history, ready.suggestion.point):
                return False  # somebody suggested it meanwhile
            suggested = self._suggested(ready)
            return self._crew.start(suggested, 1, slot, before=[suggested])

    def _suggested(self, ready: Ready) -> Suggested:
        number = self.book.history.next_id
        return ready.suggestion.as_fact(
            number,
            point=self.parts.complete(ready.suggestion.point),
            seed=trial_seed(self.parts.seed, number),
            seen=ready.seen,
        )

    def _patience(self) -> float:
        """Seconds to wait for news: little while a free place waits for a suggestion."""
        searching = self._judge.verdict is None and self._stage == WORK
        return SOON_S if searching and self._crew.free else IDLE_S

    def _pulse(self) -> None:
        now, busy = self._clock.monotonic(), len(self._crew.at_work)
        self.usage.spend(
            now,
            slots=self._crew.slots,
            busy=busy,
            proposing=self._proposer.busy,
            work_left=self._judge.verdict is None and self._stage == WORK,
        )
        if now < self._next_pulse:
            return
        self._next_pulse = now + PULSE_S
        self.book.pulse(
            Pulse(
                slots=self._crew.slots,
                busy=busy,
                stage=STAGES[self._stage],
                elapsed_s=now - self._began,
                busy_s=max(0.0, self.usage.busy_s - self._crew.starting_s),
                offered_s=self.usage.offered_s,
                proposing_s=self.usage.proposing_s,
                starting_s=self._crew.starting_s,
                message=self._message(busy),
            )
        )

    def _message(self, busy: int) -> str | None:
        if self._pen.blocked:
            waiting = f"{len(self._pen.held)} facts wait, nothing new is started"
            return f"{self._pen.trouble}: {waiting}"
        if not busy:
            return None
        jobs, them = (f"{busy} jobs", "them") if busy > 1 else ("1 job", "it")
        return {
            WORK: None,
            DRAIN: f"waiting for {jobs}; Ctrl-C again terminates {them}",
            TERMINATE: f"terminating {jobs}; Ctrl-C again kills {them}",
            KILL: f"killing {jobs}",
        }[self._stage]

    def _over(self) -> bool:
        """Nothing runs, nothing waits to be written, and nothing may be started any more."""
        if self._crew.at_work or (self._pen.held and self._stage < KILL):
            return False
        if self._stage != WORK:
            return True
        if self._judge.verdict is None or self._ending:
            return False
        waiting = any(self._judge.allows(trial) for trial in self.book.history.waiting)
        return not waiting and not self._confirmations()
