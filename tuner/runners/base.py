"""What every runner promises, and what passes between it and the loop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tuner.study import Metrics, Outcome, Started, Value


@dataclass(frozen=True, kw_only=True)
class Job:
    """One attempt of one trial, as a runner needs it.

    Attributes:
        values: of every live parameter, fixed and derived ones included.
        folder: the attempt's own folder, made by the runner, never used before.
        checkpoint: folder that the attempts of a trial share.
        devices: ids for CUDA_VISIBLE_DEVICES; empty leaves the variable alone unless `hide_gpus`.
        gpus: share of GPUs held, for GPU seconds (0.25 for a quarter of one).
    """

    study: str
    study_dir: Path
    trial: int
    attempt: int
    values: Mapping[str, Value]
    seed: int
    folder: Path
    checkpoint: Path
    devices: tuple[str, ...] = ()
    gpus: float = 0.0
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[int, int]:
        """Trial and attempt."""
        return self.trial, self.attempt


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A running attempt reported."""

    trial: int
    attempt: int
    step: float | None
    metrics: Metrics


@dataclass(frozen=True, kw_only=True)
class Ended:
    """An attempt is over, nothing of it is left running."""

    trial: int
    attempt: int
    outcome: Outcome


Update = Progress | Ended


class Runner(Protocol):
    """Does the work.

    Promises, checked for every runner in `tests/contracts/test_every_runner.py`:
      1. `prepare` runs none of the user's code; `go` does, and only after the fact is on disk;
      2. every job that went ends in exactly one `Ended`, whatever it does;
      3. when it has ended, no process that it started is left, however detached;
      4. `cancel` ends it within the grace period (at once with `force`), as `interrupted`;
      5. when the tuner itself dies, every job dies within the grace period plus a second.
    """

    def prepare(self, job: Job) -> Started:
        """Make the folder and the process that waits for `go`; say what will be started."""

    def go(self, job: Job) -> None:
        """Start what `prepare` made ready."""

    def discard(self, trial: int) -> None:
        """Forget what `prepare` made ready: none of it ran, none of it will, nothing is reported."""

    def wait(self, timeout_s: float) -> list[Update]:
        """Give what happened, as soon as something did, after `timeout_s` seconds at the latest."""

    def cancel(self, trial: int, *, force: bool = False, as_stopped: bool = False) -> None:
        """End the attempt of a trial: SIGTERM, grace, SIGKILL; `force` skips to the last."""

    def gone(self, start: Started) -> bool:
        """Say whether nothing of an attempt of a dead tuner is left. Does not wait: ask again.

        True after the grace period and a few seconds, whatever was left until then.
        """

    def adopt(self, start: Started) -> Outcome | None:
        """Say how an attempt of a dead tuner ended, once it is gone; None if it left no result."""

    def close(self) -> None:
        """End everything at once and let go."""
