"""The jobs of this process: which run, in which place, how one is started and how it ends."""

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from tuner.errors import TunerError
from tuner.loop.clock import Clock
from tuner.loop.parts import Parts, Slot
from tuner.loop.pen import Pen
from tuner.loop.retry import pause_s
from tuner.runners.base import Ended, Job, Progress, Update
from tuner.study import (
    Fact,
    Finished,
    Outcome,
    Reported,
    Started,
    Suggested,
    Trial,
)

TYPICAL_OF = 20
CUT_SHORT = ("stopped", "interrupted", "lost")  # ends that say nothing about the point
ASKED = "a person ended it"
SHORT_OF = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM}


@dataclass(frozen=True, kw_only=True)
class Held:
    """A place in use: since when, and how much of the GPUs it holds."""

    slot: Slot
    since: float


class Crew:
    """Starts jobs and takes their results in.

    Attributes:
        at_work: places in use, by trial.
        starting_s: slot seconds that jobs which ended held without running.
    """

    def __init__(self, parts: Parts, pen: Pen, clock: Clock) -> None:
        self.parts, self.at_work = parts, dict[int, Held]()
        self.starting_s = 0.0
        self._pen, self._clock = pen, clock
        self._not_before: dict[int, float] = {}
        self._ending: set[int] = set()  # trials whose jobs were told to end
        self._seconds: list[float] = []

    @property
    def slots(self) -> int:
        """Places in all."""
        return self.parts.slots.total

    @property
    def free(self) -> int:
        """Places without a job."""
        return max(self.slots - len(self.at_work), 0)

    @property
    def job_s(self) -> float:
        """Seconds of a typical job, 0 while unknown."""
        return median(self._seconds[-TYPICAL_OF:]) if self._seconds else 0.0

    def running_gpu_s(self) -> float:
        """Give the GPU seconds of the attempts that run now."""
        now = self._clock.monotonic()
        return sum((now - held.since) * held.slot.gpus for held in self.at_work.values())

    def pausing(self, trial: Trial) -> bool:
        """Say whether the trial waits out a pause before its next attempt."""
        return self._not_before.get(trial.id, 0.0) > self._clock.monotonic()

    def start(
        self, suggested: Suggested, attempt: int, slot: Slot, before: Sequence[Fact] = ()
    ) -> bool:
        """Prepare, write down, go; True if the place is in use now. Called inside a turn."""
        runner, since = self.parts.runner, self._clock.monotonic()
        job = self._job(suggested, attempt, slot)
        try:
            started = runner.prepare(job)
        except (TunerError, OSError) as error:
            if isinstance(error, OSError) and error.errno in SHORT_OF:
                self._pen.rest(f"no job can be started: {error.strerror}")
            else:
                self._pen.attempt([*before, *_unstartable(job, str(error))])
            return False
        if not self._pen.attempt([*before, started]):
            runner.discard(job.trial)
            return False
        self.at_work[job.trial] = Held(slot=slot, since=since)
        runner.go(job)
        return True

    def end_asked(self, trials: Mapping[int, Trial]) -> None:
        """Have the runner end what a person wants to end, one by one: each is told once."""
        for number in self.at_work.keys() - self._ending:
            if trials[number].stop_asked:
                self._ending.add(number)
                self.parts.runner.cancel(number, as_stopped=True)

    def take_in(self, updates: Sequence[Update], trials: dict[int, Trial]) -> list[Fact]:
        """Turn what the runner saw into facts; places of ended jobs are free from here on."""
        facts: list[Fact] = []
        for update in updates:
            match update:
                case Progress(trial=number, attempt=attempt, step=step, metrics=metrics):
                    facts.append(
                        Reported(trial=number, attempt=attempt, step=step, metrics=metrics)
                    )
                case Ended(trial=number, attempt=attempt, outcome=outcome):
                    held = self.at_work.pop(number)
                    self._ending.discard(number)
                    self.parts.slots.release(held.slot)
                    held_s = self._clock.monotonic() - held.since
                    self._seconds.append(held_s)
                    self.starting_s += max(0.0, held_s - outcome.wall_s)
                    facts.append(self.finish(trials[number], attempt, outcome))
        return facts

    def finish(self, trial: Trial, attempt: int, outcome: Outcome) -> Finished:
        """Decide whether another attempt follows, and say it in the fact itself."""
        if trial.stop_asked and outcome.state in CUT_SHORT:
            said = outcome.message or ASKED
            outcome = replace(outcome, state="stopped", failure=None, message=said)
        pause = pause_s(outcome, trial, self.parts.retries)
        if pause:
            self._not_before[trial.id] = self._clock.monotonic() + pause
        return outcome.as_fact(trial.id, attempt, again=pause is not None)

    def _job(self, suggested: Suggested, attempt: int, slot: Slot) -> Job:
        folder = self.parts.folder / "trials" / str(suggested.trial)
        return Job(
            study=self.parts.study,
            study_dir=self.parts.folder,
            trial=suggested.trial,
            attempt=attempt,
            values=suggested.point,
            seed=suggested.seed,
            folder=folder / f"attempt-{attempt}",
            checkpoint=folder / "checkpoint",
            devices=slot.devices,
            gpus=slot.gpus,
        )


def _unstartable(job: Job, message: str) -> list[Fact]:
    return [
        Started(trial=job.trial, attempt=job.attempt, pid=os.getpid(), folder=str(job.folder)),
        Finished(
            trial=job.trial,
            attempt=job.attempt,
            state="failed",
            failure="unstartable",
            message=message,
        ),
    ]
