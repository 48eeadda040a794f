"""Suggestions made in a thread while jobs run, so that a free place seldom waits for one.

How fresh a suggestion has to be depends on what freshness costs: where making one takes less than
a hundredth of a job, or only one job runs at a time, it is made when the place is free and knows
every result. Otherwise as many as there are places lie ready; they know the trials that ran when
they were made, and are made anew after each result, the old ones staying good until then.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tuner.errors import SpaceExhaustedError
from tuner.samplers.base import Sampler
from tuner.study import History, Record, Suggested, Suggestion

WORTH_WAITING = 0.01  # of a job's seconds
QUICK_S = 0.02  # a suggestion that may take less is waited for: coming back later takes as long
LAST_WAIT_S = 20.0  # for a model that is being fitted when everything else is over


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A suggestion with what it knew.

    Attributes:
        seen: trials that had ended.
    """

    suggestion: Suggestion
    seen: int


class Proposer:
    """Asks the sampler, one request at a time, in a thread of its own.

    Same history, same seed, same suggestions: the generator comes from the seed and the trial's id.

    Attributes:
        exhausted: the sampler has no further point.
        error: what it raised; nothing is asked of it any more.
    """

    def __init__(self, sampler: Sampler, seed: int, *, warm_up: Callable[[], None] | None) -> None:
        self.sampler = sampler
        self.seed = seed
        self.exhausted = False
        self.error: BaseException | None = None
        self.last_s = 0.0
        self._warm_up = warm_up
        self._ready: list[Ready] = []
        self._thread: threading.Thread | None = None
        self._warming: threading.Thread | None = None
        self._answer: list[Ready] | BaseException | None = None
        self._epoch = self._asked_epoch = 0

    @property
    def busy(self) -> bool:
        """A request is under way."""
        return self._thread is not None

    def warm_up(self) -> None:
        """Load what the model will need, in the background, once the first jobs run."""
        if self._warm_up is not None and self._thread is None:
            work, self._warm_up = self._warm_up, None
            self._warming = threading.Thread(target=work, name="tuner-warm-up", daemon=True)
            self._warming.start()

    def replace(self, sampler: Sampler, seed: int) -> None:
        """Use another sampler from now on; what lies ready was made for another space."""
        self.sampler, self.seed, self._ready, self.exhausted = sampler, seed, [], False
        self._epoch += 1

    def take(self, history: History, wanted: int, *, slots: int, job_s: float) -> Ready | None:
        """Give a suggestion if one is good enough, else have it made: come back soon.

        Args:
            history: everything known now.
            wanted: places that are free.
            slots: places in all.
            job_s: typical seconds of a job, 0 while unknown.
        """
        self._collect()
        if self._must_be_fresh(slots, job_s):
            self._ready = [ready for ready in self._ready if ready.seen == history.ended]
        if self._ready:
            return self._ready.pop(0)
        if not self.busy and not self.exhausted and self.error is None:
            self._request(history, wanted)
            if self.last_s < QUICK_S and self._thread is not None:
                self._thread.join(QUICK_S)
                self._collect()
        return self._ready.pop(0) if self._ready else None

    def prepare(self, history: History, *, slots: int, job_s: float) -> None:
        """Keep suggestions ready for places that will come free."""
        self._collect()
        done = self.exhausted or self.error is not None
        if self.busy or done or self._must_be_fresh(slots, job_s):
            return
        if any(ready.seen != history.ended for ready in self._ready):
            self._request(history, slots)
        elif len(self._ready) < slots:
            self._request(history, slots - len(self._ready), keep=self._ready)

    def give_back(self, ready: Ready) -> None:
        """Keep a suggestion that could not be used now."""
        self._ready.insert(0, ready)

    def _must_be_fresh(self, slots: int, job_s: float) -> bool:
        return slots == 1 or self.last_s < WORTH_WAITING * job_s

    def _request(self, history: History, count: int, keep: list[Ready] | None = None) -> None:
        known = history.snapshot()
        kept = list(keep or [])
        for ready in kept:
            pretend(known, ready.suggestion)
        rng = np.random.default_rng([self.seed, known.next_id])
        self._asked_epoch, sampler = self._epoch, self.sampler

        def work() -> None:
            try:
                made = sampler.suggest(known, count, rng)
                fresh = [Ready(suggestion=one, seen=history_ended) for one in made]
                self._answer = [*kept, *fresh]
            except BaseException as error:  # noqa: BLE001  handed to the loop's thread
                self._answer = error

        history_ended = history.ended
        self._thread = threading.Thread(target=work, name="tuner-proposer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the threads: a library that is at work while the interpreter ends may abort it."""
        for thread in (self._thread, self._warming):
            if thread is not None:
                thread.join(LAST_WAIT_S)

    def _collect(self) -> None:
        """Take in the answer of a finished request; an error is kept in `error`."""
        if self._thread is None or self._thread.is_alive():
            return
        self._thread.join()
        answer, self._thread, self._answer = self._answer, None, None
        if self._asked_epoch != self._epoch:
            return  # made for a space that is no longer searched
        if isinstance(answer, SpaceExhaustedError):
            self.exhausted = not self._ready
        elif isinstance(answer, BaseException):
            self.error = answer
        elif answer:
            self._ready = answer
            self.last_s = max(ready.suggestion.seconds for ready in answer)


def pretend(history: History, suggestion: Suggestion) -> None:
    """Let a snapshot take a suggestion for a trial that waits, so that the sampler sees it pending."""
    fact = Suggested(
        trial=history.next_id,
        point=suggestion.point,
        method=suggestion.method,
        seen=history.ended,
    )
    history.apply(Record(number=history.last + 1, at="", elapsed_s=0.0, worker="", fact=fact))
