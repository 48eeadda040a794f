"""Supervisors that wait for a job, so that no job waits for the start of an interpreter.

Kept by `shell.py`, which starts them while it has nothing else to do. One that is not used costs
some memory and goes when the runner is closed, or with the tuner.
"""

from contextlib import suppress

from tuner.runners.launch import Launched

MOST = 4  # jobs that end at the same moment are helped; more of them would only cost memory


class Spares:
    """A few supervisors without a job."""

    def __init__(self) -> None:
        self._waiting: list[Launched] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> Launched:
        """Give one that waits, or a new one. Raises OSError when none can be started."""
        while self._waiting:
            spare = self._waiting.pop()
            if not spare.gone:
                return spare
            spare.finish()  # somebody killed it
        return Launched()

    def grow(self, wanted: int) -> None:
        """Start one more, if there are fewer than `wanted`."""
        if len(self._waiting) < min(wanted, MOST):
            with suppress(OSError):
                self._waiting.append(Launched())

    def close(self) -> None:
        """Send all of them away."""
        while self._waiting:
            self._waiting.pop().finish()
