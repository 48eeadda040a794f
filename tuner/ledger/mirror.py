"""`trials.csv`: every trial as a row, beside the ledger, for people and pandas. Never read back.

A watcher. Rewritten in one step, and the less often the longer that takes, so that a study of
100,000 trials spends a twentieth of its time on it at most, and none before its first job runs.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tuner.errors import LedgerError
from tuner.ledger.csv_table import render
from tuner.ledger.disk import Disk, replace_file
from tuner.ledger.jsonl import ledger_error
from tuner.ledger.workers import Worker, this_worker
from tuner.study import History, Pulse, Record

NAME = "trials.csv"
PAUSE_S = 1.0
SHARE = 20
ROW_S = 2e-5  # what a row costs, about: for the first table, before one was measured


def write_table(history: History, file: Path, disk: Disk | None = None) -> None:
    """Write every trial as a row: all of the old file or all of the new one is there, never less."""
    mark = Worker.parse(this_worker()).file
    table = render(history.trials.values(), history.constraints)
    try:
        replace_file(disk or Disk(), file, table, mark=mark)
    except OSError as error:
        raise ledger_error(file, "written", error) from error


class Mirror:
    """Keeps `trials.csv` up to date; a full disk makes it wait, nothing makes it raise but the end."""

    def __init__(
        self,
        folder: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        disk: Disk | None = None,
    ) -> None:
        self.file = folder / NAME
        self._monotonic, self._disk = monotonic, disk or Disk()
        self._history: History | None = None
        self._written, self._not_before = 0, 0.0
        self._pulses = False

    def on_record(self, record: Record, history: History) -> None:  # noqa: ARG002  any will do
        """Write the table if that is due, unless a pulse follows: a free place would wait for it."""
        if not self._pulses:
            self._look(history)

    def on_pulse(self, pulse: Pulse, history: History) -> None:  # noqa: ARG002  any will do
        """Write the table if that is due."""
        self._pulses = True
        self._look(history)

    def close(self) -> None:
        """Write what is not written yet."""
        if self._history is not None and self._stale(self._history):
            self._write(self._history)

    def _stale(self, history: History) -> bool:
        return history.last != self._written or not self.file.exists()

    def _look(self, history: History) -> None:
        if self._history is None:
            self._history = history
            wait_s = SHARE * ROW_S * len(history.trials)
            self._not_before = self._monotonic() + (wait_s if wait_s > PAUSE_S else 0.0)
        if self._monotonic() < self._not_before or history.last == self._written:
            return
        began = self._monotonic()
        with suppress(LedgerError):  # no space, perhaps: tried again when due, and at the end
            self._write(history)
        now = self._monotonic()
        self._not_before = now + max(PAUSE_S, SHARE * (now - began))

    def _write(self, history: History) -> None:
        number = history.last
        write_table(history, self.file, self._disk)
        self._written = number
