"""The only way a fact comes into being: append, then fold, then notify.

On a full disk, or behind a lock that somebody does not let go of, the results of jobs are held back
and written later; until then nothing new is started, and the jobs that run live on.
"""

from collections.abc import Sequence

from tuner.errors import LedgerFullError, LedgerLockedError
from tuner.ledger.book import Book
from tuner.loop.clock import Clock
from tuner.study import Fact

AGAIN_S = 2.0


class Pen:
    """Writes into the book.

    Attributes:
        held: facts that happened and wait to be written.
        trouble: why they wait.
    """

    def __init__(self, book: Book, clock: Clock) -> None:
        self.book, self.held = book, list[Fact]()
        self.trouble = ""
        self._clock, self._not_before = clock, 0.0

    @property
    def blocked(self) -> bool:
        """Writing did not work a moment ago: start nothing."""
        return bool(self.held) or self._clock.monotonic() < self._not_before

    def write(self, facts: Sequence[Fact]) -> None:
        """Write facts that have happened, together with those that were held back."""
        self.held.extend(facts)
        if self.held and self._clock.monotonic() >= self._not_before and self.attempt(self.held):
            self.held = []

    def attempt(self, facts: Sequence[Fact]) -> bool:
        """Write facts that may be taken back; False: they were not written and did not happen."""
        try:
            self.book.write(*facts)
        except LedgerFullError:
            self.rest("the disk is full")
            return False
        except LedgerLockedError as error:
            self.rest(str(error))
            return False
        return True

    def rest(self, trouble: str) -> None:
        """Start nothing and write nothing for a moment."""
        self.trouble = trouble
        self._not_before = self._clock.monotonic() + AGAIN_S
