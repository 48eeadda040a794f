"""Who writes, and when: what `Record` says beside the fact. The sources of time are handed in."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Give the wall time: a label for people, never used to order or to measure."""
    return datetime.now(UTC)


class Stamp:
    """Marks the records of one session of one process.

    Attributes:
        worker: as `host/boot/pid/start`.
    """

    def __init__(
        self,
        worker: str,
        utc: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.worker = worker
        self._utc, self._monotonic = utc, monotonic
        self._began: float | None = None

    @property
    def at(self) -> str:
        """UTC, ISO 8601 with microseconds, as in `2026-01-31T09:30:00.000000Z`."""
        return self._utc().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    @property
    def elapsed_s(self) -> float:
        """Monotonic seconds since the session began: with its first record, however long before it was read."""
        now = self._monotonic()
        if self._began is None:
            self._began = now
        return round(now - self._began, 6)
