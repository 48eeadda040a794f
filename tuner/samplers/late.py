"""A sampler that is built when it is first needed, because building it loads a heavy library."""

import contextlib
import threading
from collections.abc import Callable
from typing import Protocol

import numpy as np

from tuner.samplers.base import Sampler
from tuner.study import History, Suggestion


class Heavy(Sampler, Protocol):
    """A sampler that can do ahead of time what makes its first suggestion slow."""

    def warm_up(self) -> None:
        """Do it."""


class Late:
    """Stands in for a sampler until the first request, from whichever thread it comes."""

    def __init__(self, build: Callable[[], Heavy]) -> None:
        self._build = build
        self._built: Heavy | None = None
        self._lock = threading.Lock()

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Build the sampler if that has not been done, and ask it."""
        return self._ready().suggest(history, count, rng)

    def warm_up(self) -> None:
        """Build the sampler and warm it up ahead of time; a failure shows when the sampler is asked."""
        with contextlib.suppress(Exception):
            self._ready().warm_up()

    def _ready(self) -> Heavy:
        with self._lock:
            if self._built is None:
                self._built = self._build()
            return self._built
