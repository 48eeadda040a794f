"""How a job ended, as its supervisor says it in exit.json and on the status pipe. Pure."""

import json
import signal
from dataclasses import dataclass, fields
from typing import Literal

SIGNALLED = 128  # what a shell adds to a signal's number to make an exit code of it
Reason = Literal[
    "exited", "timeout", "terminated", "stopped", "killed", "tuner_died", "unstartable", "lost"
]


@dataclass(frozen=True, kw_only=True)
class Exit:
    """The end of one process.

    Attributes:
        reason: what ended it; `exited` when nobody did.
        code, signal: one of them is set, unless the job never ran.
        oom_kills: processes that the kernel killed for memory meanwhile, on all of the machine.
        survivors: processes that could not be killed (in uninterruptible sleep).
        log_trouble: why output was lost, empty when none was.
    """

    reason: Reason
    code: int | None = None
    signal: int | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_memory_bytes: int | None = None
    oom_kills: int = 0
    gpus: float = 0.0
    survivors: int = 0
    log_bytes: int = 0
    log_trouble: str = ""
    message: str = ""

    @property
    def clean(self) -> bool:
        """It ended by itself, with exit code 0: what it wrote is whole."""
        return self.reason == "exited" and self.code == 0

    @property
    def exit_code(self) -> int | None:
        """As a shell gives it: 128 and the number of the signal, for one that was killed."""
        return self.code if self.signal is None else SIGNALLED + self.signal

    @property
    def signal_name(self) -> str:
        """SIGKILL and its like, also when a shell passed it on as 137; empty for none."""
        code = self.exit_code or 0
        try:
            return signal.Signals(code - SIGNALLED).name if code > SIGNALLED else ""
        except ValueError:
            return ""


def read_exit(text: str) -> Exit | None:
    """Read a record; None if it is not whole.

    Example:
        >>> read_exit('{"reason": "exited", "code": 0, "a_newer": "field"}').clean
        True
        >>> read_exit('{"reason": "exi') is None
        True
    """
    known = {field.name for field in fields(Exit)}
    try:
        body = json.loads(text)
        return Exit(**{name: value for name, value in body.items() if name in known})
    except (ValueError, TypeError, AttributeError):
        return None
