"""The only way a fact comes into being: append, then fold, then notify.

On a full disk the results of jobs are held back and written when space is there again; until then
nothing new is started, and the jobs that run live on.
"""

from collections.abc import Sequence

from tuner.errors import LedgerFullError
from tuner.ledger.book import Book
from tuner.loop.clock import Clock
from tuner.study import Fact

AGAIN_S = 2.0


class Pen:
    """Writes into the book.

    Attributes:
        held: facts that happened and wait for space on the disk.
    """

    def __init__(self, book: Book, clock: Clock) -> None:
        self.book, self.held = book, list[Fact]()
        self._clock, self._not_before = clock, 0.0

    @property
    def blocked(self) -> bool:
        """The disk was full a moment ago: start nothing."""
        return bool(self.held) or self._clock.monotonic() < self._not_before

    def write(self, facts: Sequence[Fact]) -> None:
        """Write facts that have happened, together with those that were held back."""
        self.held.extend(facts)
        if self.held and self._clock.monotonic() >= self._not_before and self.attempt(self.held):
            self.held = []

    def attempt(self, facts: Sequence[Fact]) -> bool:
        """Write facts that may be taken back; False: the disk is full and they did not happen."""
        try:
            self.book.write(*facts)
        except LedgerFullError:
            self._not_before = self._clock.monotonic() + AGAIN_S
            return False
        return True
