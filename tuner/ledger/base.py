"""What every ledger promises."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from tuner.study import Fact, Record


class Ledger(Protocol):
    """Where facts are written down.

    Promises, checked for every ledger in `tests/contracts/test_every_ledger.py`:
      1. when `append` returns, the facts survive a crash of this process and of the machine;
      2. `catch_up` gives every record exactly once, in order, other writers' and own ones alike
         (`append` returns its own records, which `catch_up` then does not repeat);
      3. inside `turn()` nobody else appends: what `catch_up` gives there is all there is;
      4. a record is never changed or removed; damage is skipped, counted in `damage` and named.
    """

    notices: list[str]  # what a person should know about the place, once

    @property
    def damage(self) -> list[str]:
        """Give what was skipped, each with its place."""

    def catch_up(self) -> list[Record]:
        """Give the records written since the last call, by anyone.

        Outside of a turn it may give nothing while another process is writing.
        """

    def turn(self) -> AbstractContextManager[None]:
        """Hold the ledger's lock; may be nested. Raises LedgerLockedError naming the holder."""

    def append(self, facts: Sequence[Fact]) -> list[Record]:
        """Write facts, one line and one write each, then one fsync; takes the lock if not held.

        The caller has caught up inside the same turn when the facts depend on the history.
        Raises LedgerError if a fact could not be confirmed to be on disk: act on none of them.
        LedgerFullError means that there was no space: the same facts may be written again later.
        """

    def close(self) -> None:
        """Let go of files and locks; appending again raises LedgerError."""
