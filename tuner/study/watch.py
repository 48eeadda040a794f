"""Whoever looks on while a study runs: the live board, plain lines, the CSV mirror, later sinks."""

from dataclasses import dataclass
from typing import Literal, Protocol

from tuner.study.facts import Record
from tuner.study.history import History

Stage = Literal["running", "draining", "terminating"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the loop stands, a few times a second.

    Attributes:
        slots, busy: places for jobs, and those in use now.
        elapsed_s: monotonic seconds of this session.
        busy_s, offered_s: slot seconds in which jobs ran, and slot seconds since the first start in
            which there was work for a slot: once nothing more is started, a free one is not counted.
        proposing_s: slot seconds in which a place was free and waited for a suggestion.
        starting_s: slot seconds in which a place was taken and its job did not run: folder, process,
            and until the end was seen.
        message: what a person should know now (the disk is full; Ctrl-C again terminates).
    """

    slots: int
    busy: int
    stage: Stage = "running"
    elapsed_s: float = 0.0
    busy_s: float = 0.0
    offered_s: float = 0.0
    proposing_s: float = 0.0
    starting_s: float = 0.0
    message: str | None = None


class Watcher(Protocol):
    """Sees what happens and changes nothing; an error in it never ends a study."""

    def on_record(self, record: Record, history: History) -> None:
        """Hear of one more record, already folded into `history`."""

    def on_pulse(self, pulse: Pulse, history: History) -> None:
        """Hear how the loop stands."""

    def close(self) -> None:
        """Put things in order: the study is over for this process."""
