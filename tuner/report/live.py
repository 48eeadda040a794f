"""The board of a study that runs: redrawn in place, on the loop's own pulse, without a thread.

`make_watcher` chooses between the board, plain lines and silence.
"""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import IO, Any, cast

from rich.console import Console, ConsoleOptions, RenderResult
from rich.control import Control
from rich.live import Live
from rich.segment import Segment

from tuner.report import numbers
from tuner.report.board import View, board
from tuner.report.patient import Patient
from tuner.report.plain import PlainLines, Silence
from tuner.report.screen import Line
from tuner.report.tally import Tally
from tuner.study import Closed, History, Pulse, Record, Started, Suggested, Watcher

REFRESH_S = 0.5
SPARE_LINES = 1  # the cursor's own line below the board


class Lines:
    """Lines that fit already: rich need not wrap them, which would take half of the time."""

    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Give the pieces of every line."""
        for line in self._lines:
            for words, style in line.parts:
                yield Segment(words, console.get_style(style) if style else None)
            yield Segment.line()


class LiveBoard:
    """Shows how the study stands, on a terminal.

    Args:
        title: what stands in the upper left corner.
        clock: monotonic seconds; never the time of day.
    """

    def __init__(
        self, console: Console, title: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._patient = console.file if isinstance(console.file, Patient) else None
        self._console, self._title, self._clock = console, title, clock
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._tally: Tally | None = None
        self._began: dict[int, float] = {}
        self._next = 0.0
        self._size = console.size
        self._last: tuple[Pulse, History] | None = None
        self._offset: float | None = None
        self._reason: str | None = None
        self._fallback: tuple[str, ...] = ()
        self._over = False

    def on_record(self, record: Record, history: History) -> None:
        """Count one more record; draws nothing."""
        if self._tally is None:
            self._tally = Tally.of(history)
        self._tally = self._tally.take(record, history)
        if isinstance(record.fact, Closed):
            self._reason = record.fact.reason
        if isinstance(record.fact, Suggested) and record.fact.reason:
            self._fallback = (f"trial {record.fact.trial} is a fallback's: {record.fact.reason}",)
        if isinstance(record.fact, Started):  # perhaps by another worker, and some time ago
            age = numbers.since(record.at, datetime.now(UTC)) or 0.0
            self._began[record.fact.trial] = self._clock() - age

    def on_pulse(self, pulse: Pulse, history: History) -> None:
        """Draw, twice a second at most; a new message is drawn at once."""
        before, self._last = self._last, (pulse, history)
        urgent = before is None or before[0].message != pulse.message
        if self._offset is None:  # wall time of earlier sessions
            self._offset = max(0.0, history.wall_s - pulse.elapsed_s)
        if self._patient is not None and self._patient.stuck:
            return  # a later pulse draws, when the terminal takes text again
        if urgent or self._clock() >= self._next:
            self._next = self._clock() + REFRESH_S
            self.draw(pulse, history)

    def draw(self, pulse: Pulse, history: History) -> None:
        """Draw the board now."""
        if not self._live.is_started:
            self._live.start()
        size = self._console.size
        if size != self._size:  # the terminal has wrapped the old lines anew: start over
            self._size = size
            self._console.control(Control.home(), Control.clear())
            self._live._live_render._shape = None
        lines = board(self._view(pulse, history), size.width, max(1, size.height - SPARE_LINES))
        self._live.update(Lines(lines), refresh=True)

    def close(self) -> None:
        """Draw for the last time and leave the board on the screen."""
        self._over = True
        if self._last is not None:
            self.draw(*self._last)
        self._live.stop()
        if self._patient is not None:
            self._patient.settle()

    def _view(self, pulse: Pulse, history: History) -> View:
        now = self._clock()
        return View(
            history=history,
            tally=self._tally or Tally.of(history),
            title=self._title,
            state="over" if self._over else pulse.stage,
            detail=(self._reason or "") if self._over else "",
            pulse=replace(pulse, message=None) if self._over else pulse,
            elapsed={t.id: now - self._began.get(t.id, now) for t in history.running},
            session_s=(self._offset or 0.0) + pulse.elapsed_s,
            warnings=self._fallback,
        )


def make_watcher(
    plain: Mapping[str, Any],
    *,
    quiet: bool = False,
    verbose: bool = False,
    console: Console | None = None,
) -> Watcher:
    """Choose who shows a study that runs.

    Args:
        plain: the normalised configuration.
        quiet: nothing but what the verb itself says.
        verbose: a line an event, reports included, on a terminal too.
        console: where to; standard error by default, where no program reads.
    """
    if quiet:
        return Silence()
    out = Patient(sys.stderr)
    console = console or Console(
        file=cast("IO[str]", out), highlight=False, markup=False, emoji=False
    )
    if verbose or not console.is_terminal or console.is_dumb_terminal:
        return PlainLines(out, verbose=verbose)
    return LiveBoard(console, str(plain.get("name", "study")))
