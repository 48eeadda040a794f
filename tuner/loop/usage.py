"""Where the slot seconds went: used by jobs, waiting for a suggestion, or idle for another reason."""

from dataclasses import dataclass


@dataclass
class Usage:
    """Sums of slot seconds since the first job started.

    Attributes:
        busy_s: a job ran.
        proposing_s: free, and a suggestion was being made.
        offered_s: there were places and still something to do in them.
    """

    busy_s: float = 0.0
    proposing_s: float = 0.0
    offered_s: float = 0.0
    _at: float | None = None

    def spend(self, now: float, *, slots: int, busy: int, proposing: bool, work_left: bool) -> None:
        """Account for the time since the last call; the state is the one that held in between."""
        if self._at is None:
            if busy:
                self._at = now
            return
        passed, self._at = now - self._at, now
        self.busy_s += busy * passed
        if work_left:
            self.offered_s += max(slots, busy) * passed
            self.proposing_s += max(slots - busy, 0) * passed if proposing else 0.0
        else:
            self.offered_s += busy * passed
