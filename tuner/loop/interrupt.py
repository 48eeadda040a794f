"""First Ctrl-C drains, second terminates, third kills; SIGTERM terminates.

Signals only raise a stage; the loop reads it at its next tick, so nothing is cut in half.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from tuner.errors import INTERRUPTED, TERMINATED

WORK, DRAIN, TERMINATE, KILL = 0, 1, 2, 3


class Interrupt:
    """How far the user has gone.

    Attributes:
        stage: WORK, DRAIN (start nothing new and wait), TERMINATE (SIGTERM to every job), KILL.
        exit_code: None while nobody interrupted, else 130 or 143.
    """

    def __init__(self) -> None:
        self.stage = WORK
        self.exit_code: int | None = None

    @property
    def reason(self) -> str:
        """Why a person ended the session: by a signal, or else through the ledger."""
        return "stopped by `tuner stop`" if self.exit_code is None else "interrupted"

    def ctrl_c(self) -> None:
        """Go one stage further."""
        self.stage = min(self.stage + 1, KILL)
        self.exit_code = self.exit_code or INTERRUPTED

    def terminate(self) -> None:
        """End the jobs with grace, at once if already asked."""
        self.stage = KILL if self.stage >= TERMINATE else TERMINATE
        self.exit_code = TERMINATED

    @contextmanager
    def listening(self) -> Iterator["Interrupt"]:
        """Take over SIGINT, SIGTERM and SIGHUP of the main thread while the study runs."""

        def on_signal(number: int, _frame: FrameType | None) -> None:
            if number == signal.SIGINT:
                self.ctrl_c()
            else:
                self.terminate()

        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, on_signal) for number in numbers}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
