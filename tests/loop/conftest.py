"""A study in memory, a clock that is set by hand, and a runner that follows a script."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tuner.ledger import Book, MemoryLedger, Stamp
from tuner.loop.interrupt import Interrupt
from tuner.loop.loop import Loop
from tuner.loop.parts import Parts
from tuner.runners.base import Ended
from tuner.runners.spec import Retries
from tuner.study import Opened, Outcome, Started, Suggestion

CONFIG = {
    "metric": {"name": "loss", "goal": "minimize", "source": {"kind": "stdout"}, "reduce": "last"},
}


@dataclass
class Clock:
    now: float = 0.0

    def monotonic(self):
        return self.now


@dataclass
class Slots:
    total: int = 1
    taken: int = 0
    uses_gpus: bool = False

    def acquire(self):
        if self.taken >= self.total:
            return None
        self.taken += 1
        return Place()

    def release(self, slot):
        self.taken -= 1

    def resize(self, parallel):
        self.total = parallel


@dataclass(frozen=True)
class Place:
    devices: tuple = ()
    gpus: float = 1.0


class Counting:
    """Suggests x = 0, 1, 2 … and remembers what it was shown."""

    def __init__(self):
        self.seen = []

    def suggest(self, history, count, rng):
        self.seen.append([(t.id, str(t.state)) for t in history.trials.values()])
        start = len({t.params["x"] for t in history.trials.values()})
        return [
            Suggestion(point={"x": start + i}, method="counting", seconds=0.0) for i in range(count)
        ]


@dataclass
class Scripted:
    """A job takes `seconds` of the clock and ends as the script for its trial says."""

    clock: Clock
    script: dict = field(default_factory=dict)
    seconds: float = 10.0
    log: list = field(default_factory=list)
    due: dict = field(default_factory=dict)
    jobs: dict = field(default_factory=dict)
    orphans: dict = field(default_factory=dict)
    gone_at: float = 0.0

    def prepare(self, job):
        self.log.append(("prepare", *job.key))
        self.jobs[job.trial] = job
        return Started(trial=job.trial, attempt=job.attempt, pid=1, argv=("train",))

    def go(self, job):
        self.log.append(("go", *job.key))
        self.due[job.trial] = self.clock.now + self.seconds

    def discard(self, trial):
        self.log.append(("discard", trial))
        del self.jobs[trial]

    def wait(self, timeout_s):
        if self.due and min(self.due.values()) > self.clock.now + timeout_s:
            self.clock.now += timeout_s
        elif self.due:
            self.clock.now = max(self.clock.now, min(self.due.values()))
        else:
            self.clock.now += timeout_s
        ready = [trial for trial, at in self.due.items() if at <= self.clock.now]
        return [self._end(trial) for trial in ready]

    def _end(self, trial):
        job = self.jobs.pop(trial)
        self.due.pop(trial)
        endings = self.script.get(trial, [])
        outcome = endings[min(job.attempt, len(endings)) - 1] if endings else self.result(job)
        return Ended(trial=trial, attempt=job.attempt, outcome=outcome)

    def result(self, job):
        loss = float(job.values["x"])
        return Outcome(state="completed", metrics={"loss": loss}, gpu_s=self.seconds)

    def cancel(self, trial, *, force=False, as_stopped=False):
        self.log.append(("cancel", trial, force))
        self.script[trial] = [Outcome(state="stopped" if as_stopped else "interrupted")]
        self.due[trial] = self.clock.now

    def gone(self, start):
        return self.clock.now >= self.gone_at

    def adopt(self, start):
        self.log.append(("adopt", start.trial))
        return self.orphans.get(start.trial)

    def close(self):
        self.log.append(("close",))


@dataclass
class World:
    """Everything a test of the loop holds in its hands."""

    clock: Clock
    stamp: Stamp
    book: Book
    runner: Scripted
    sampler: Counting
    slots: Slots
    interrupt: Interrupt
    settings: dict
    alive: set = field(default_factory=set)

    def loop(self, me="me", **changes):
        parts = Parts(
            study="test",
            seed=0,
            folder=Path("study"),
            sampler=self.sampler,
            runner=self.runner,
            slots=self.slots,
            complete=dict,
            key=str,
            hash="h",
            **{"rules": (), "retries": Retries(), **self.settings, **changes},
        )
        return Loop(
            self.book,
            parts,
            clock=self.clock,
            interrupt=self.interrupt,
            alive=self.alive.__contains__,
            rebuild=lambda history: parts,
            me=me,
        )


@pytest.fixture
def world():
    clock = Clock()
    stamp = Stamp("me", monotonic=clock.monotonic)
    book = Book(MemoryLedger(stamp))
    book.write(Opened(study="test", config=CONFIG, config_hash="h"))
    return World(clock, stamp, book, Scripted(clock), Counting(), Slots(), Interrupt(), {})
