"""Monotonic time, handed in so that tests bring their own. Wall time is a label and lives in the ledger."""

import time
from typing import Protocol


class Clock(Protocol):
    """Measures durations."""

    def monotonic(self) -> float:
        """Give seconds that never go back."""


class RealClock:
    """The system's monotonic clock."""

    def monotonic(self) -> float:
        """Give seconds that never go back."""
        return time.monotonic()
