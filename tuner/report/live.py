"""The board of a study that runs: painted in place, on the loop's own pulse, without a thread.

`make_watcher` chooses between the board, plain lines and silence, for `tuner run` and `tuner watch`.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TextIO

from tuner.report import numbers
from tuner.report.board import board
from tuner.report.canvas import Canvas, can_paint
from tuner.report.last_words import last_words
from tuner.report.patient import Patient
from tuner.report.plain import PlainLines, Silence
from tuner.report.screen import Line
from tuner.report.sections import View
from tuner.report.tally import Tally
from tuner.study import Closed, History, Pulse, Record, Started, Suggested

REFRESH_S = 0.5
Standing = Callable[[History], tuple[str, str]]
"""How a study stands, and a few words on that."""

Parting = Callable[[History], Sequence[str]]
"""What a verb says below the board in the end."""


class LiveBoard:
    """Shows how the study stands, on a terminal.

    Args:
        standing: says how the study stands; without it, as the loop's pulse has it.
        parting: gives the lines that are said once the board is closed: the last frame leaves them room.
        clock: monotonic seconds; never the time of day.
    """

    def __init__(
        self,
        canvas: Canvas,
        *,
        standing: Standing | None = None,
        parting: Parting = lambda _history: (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._canvas, self._standing, self._clock = canvas, standing, clock
        self._parting = parting
        self._known: History | None = None
        self._tally = Tally()
        self._began: dict[int, float] = {}  # when its attempt began, on our clock
        self._said: dict[int, str] = {}
        self._next = 0.0
        self._last: tuple[Pulse, History] | None = None
        self._offset: float | None = None
        self._reason: str | None = None
        self._fallback: tuple[str, ...] = ()
        self._over = False

    def on_record(self, record: Record, history: History) -> None:
        """Count one more record; draws nothing."""
        self._meet(history)
        self._tally = self._tally.take(record, history)
        if isinstance(record.fact, Closed):
            self._reason = record.fact.reason
        if isinstance(record.fact, Suggested) and record.fact.reason:
            self._fallback = (f"trial {record.fact.trial} is a fallback's: {record.fact.reason}",)
        if isinstance(record.fact, Started):
            self._note_start(record.fact.trial, record.at)

    def on_pulse(self, pulse: Pulse, history: History) -> None:
        """Draw, twice a second at most; a new message and a new size are drawn at once."""
        self._meet(history)
        before, self._last = self._last, (pulse, history)
        if self._offset is None:  # wall time of earlier sessions
            self._offset = max(0.0, history.wall_s - pulse.elapsed_s)
        if self._canvas.stuck:
            return  # a later pulse draws, when the terminal takes text again
        told = before is None or before[0].message != pulse.message
        if told or self._clock() >= self._next or self._canvas.stale:
            self._next = self._clock() + REFRESH_S
            self.draw(pulse, history)

    def draw(self, pulse: Pulse, history: History) -> None:
        """Draw the board now."""
        view = self._view(pulse, history)

        def picture(width: int, height: int) -> list[Line]:
            return board(view, width, height)

        below = self._parting(history) if self._over else ()
        self._canvas.paint(picture, [*below, *self._canvas.kept] if self._over else ())

    def close(self) -> None:
        """Draw for the last time and leave the board on the screen; the terminal is given back."""
        self._over = True
        try:
            if self._last is not None:
                self.draw(*self._last)
        finally:
            self._canvas.close()

    def _meet(self, history: History) -> None:
        """Count afresh when it is another history than before: the first, or a ledger begun anew."""
        if history is self._known:
            return
        self._known, self._tally = history, Tally.of(history)
        self._began, self._said, self._fallback, self._reason = {}, {}, (), None
        for trial in history.running:
            self._note_start(trial.id, trial.started_at)

    def _note_start(self, trial: int, at: str | None) -> None:
        """Take down when an attempt began, perhaps by another process, and some time ago."""
        age = numbers.since(at, datetime.now(UTC)) or 0.0
        self._began[trial] = self._clock() - age

    def _elapsed(self, history: History) -> dict[int, float]:
        now = self._clock()
        return {trial.id: now - self._began.get(trial.id, now) for trial in history.running}

    def _last_words(self, history: History) -> dict[int, str]:
        """Give the last line of the last failed trial of each class; a log is read once."""
        for failed in self._tally.failures.values():
            if failed.trial not in self._said:
                self._said[failed.trial] = last_words(history.trials[failed.trial])
        return self._said

    def _view(self, pulse: Pulse, history: History) -> View:
        state, detail = ("over", self._reason or "") if self._over else (str(pulse.stage), "")
        if self._standing is not None:
            state, detail = self._standing(history)
        aside = (self._canvas.aside,) if self._canvas.aside else ()
        return View(
            history=history,
            tally=self._tally,
            title=str((history.config or {}).get("name", "study")),
            state=state,
            detail=detail,
            pulse=replace(pulse, message=None) if self._over else pulse,
            elapsed=self._elapsed(history),
            session_s=(self._offset or 0.0) + pulse.elapsed_s,
            warnings=(*self._fallback, *aside),
            said=self._last_words(history),
        )


def make_watcher(
    *,
    quiet: bool = False,
    verbose: bool = False,
    out: TextIO | None = None,
    standing: Standing | None = None,
    parting: Parting = lambda _history: (),
) -> LiveBoard | PlainLines | Silence:
    """Choose who shows a study that runs.

    Args:
        quiet: nothing but what the verb itself says.
        verbose: a line an event, reports included, on a terminal too.
        out: where to; by default to standard error, where no program reads, without waiting for it.
        standing: as for `LiveBoard`.
        parting: as for `LiveBoard`.
    """
    if quiet:
        return Silence()
    if verbose or not can_paint(out or sys.stderr):
        return PlainLines(out or Patient(sys.stderr), verbose=verbose)
    return LiveBoard(Canvas(Patient(out or sys.stderr)), standing=standing, parting=parting)
