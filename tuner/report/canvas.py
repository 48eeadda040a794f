"""A terminal that one screen is painted on, again and again, in place.

Every frame is one text: home, each line followed by what erases the rest of it, then the rest of
the screen. Nothing is erased before it is painted over, so that nothing flickers; terminals that
know synchronised output (mode 2026) show a frame at once. What stood on the terminal before is
scrolled away and not lost, and the last frame stays. A signal says that the size has changed, even
if it has changed back: what was painted has been wrapped anew by then.

What other code prints meanwhile would tear the frame: it is kept, and printed when the canvas closes.
"""

import io
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO

from typing_extensions import override

from tuner.report.patient import Patient
from tuner.report.screen import WIDEST, Line, in_colour, width_of

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
BEGIN, END = "\x1b[?2026h\x1b[?7l", "\x1b[?7h\x1b[?2026l"  # as one frame, and without wrapping
HOME, CLEAR, REST_OF_LINE, REST = "\x1b[H", "\x1b[H\x1b[2J", "\x1b[K", "\x1b[J"
UNKNOWN = os.terminal_size((80, 24))
CHANGED = (signal.SIGWINCH, signal.SIGCONT)
MOST_ASIDE = 200  # lines that other code printed


def can_paint(out: TextIO) -> bool:
    """Say whether a stream is a terminal that understands more than lines."""
    return out.isatty() and os.environ.get("TERM", "") not in ("", "dumb", "unknown")


def size_of(out: TextIO | Patient) -> os.terminal_size:
    """Give columns and lines of a terminal, 80 x 24 where nobody knows."""
    with suppress(OSError, ValueError):
        found = os.get_terminal_size(out.fileno())
        if found.columns > 0 and found.lines > 0:
            return found
    return UNKNOWN


class Canvas:
    """Paints lines on a terminal.

    Args:
        out: the terminal.
        colour: paint with colours and weights; where it is not said, as NO_COLOR and TERM have it.
        size: gives columns and lines.
    """

    def __init__(
        self,
        out: TextIO | Patient,
        *,
        colour: bool | None = None,
        size: Callable[[], os.terminal_size] | None = None,
    ) -> None:
        self._out = out
        self._colour = in_colour(out) if colour is None else colour
        self._size = size or (lambda: size_of(out))
        self._painted: os.terminal_size | None = None
        self._changed = False
        self._aside: Aside | None = None
        self._before: dict[int, object] = {}

    @property
    def stuck(self) -> bool:
        """What was painted before is still under way."""
        return isinstance(self._out, Patient) and self._out.stuck

    @property
    def stale(self) -> bool:
        """The terminal is not as it was when the last frame was painted."""
        return self._changed or (self._painted is not None and self._painted != self._size())

    @property
    def aside(self) -> str:
        """The last line that other code printed."""
        return self.kept[-1] if self.kept else ""

    @property
    def kept(self) -> Sequence[str]:
        """What other code printed, to be printed again when the canvas closes."""
        return self._aside.lines if self._aside else ()

    def paint(
        self, picture: Callable[[int, int], Sequence[Line]], below: Sequence[str] = ()
    ) -> None:
        """Paint one frame.

        Args:
            picture: gives the lines for a width and a height.
            below: what will be said below the last frame, which leaves as many rows free, but keeps
                half of the screen.
        """
        size = self._size()
        head = HOME
        if self._painted is None:
            self._begin()
            head = HIDE + "\n" * size.lines + CLEAR
        elif self.stale:
            head = CLEAR
        self._painted, self._changed = size, False
        free = sum(max(1, -(-width_of(words) // size.columns)) for words in below)
        height = max(size.lines - 1 - free, size.lines // 2)  # one for the cursor
        lines = picture(min(size.columns, WIDEST), max(1, height))
        frame = "".join(self._row(line, size.columns) for line in lines)
        self._write(BEGIN + head + frame + REST + END)

    def _row(self, line: Line, columns: int) -> str:
        """Give a line, and what erases the rest of its row.

        Behind a full row the cursor stays on the last column: erasing would take what stands there.
        """
        text = line.ansi() if self._colour else line.plain
        return f"{text}{REST_OF_LINE if line.width < columns else ''}\r\n"

    def close(self) -> None:
        """Leave the last frame, the cursor below it, and print what was kept."""
        if self._painted is not None:
            self._painted = None
            self._end()
            self._write(SHOW)
        if isinstance(self._out, Patient):
            self._out.settle()

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal has gone; the study goes on
            self._out.write(text)
            self._out.flush()

    def _begin(self) -> None:
        self._aside = Aside()
        self._aside.begin()
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._on_change) for number in CHANGED}

    def _on_change(self, _number: int, _frame: object) -> None:
        self._changed = True

    def _end(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler or signal.SIG_DFL)  # type: ignore[arg-type]
        if self._aside is not None:
            self._aside.end()
            self._write("".join(f"{line}\n" for line in self._aside.lines))


class Aside(io.TextIOBase):
    """Stands in for standard output and error while they are the painted terminal.

    Attributes:
        lines: what was printed, the last ones.
    """

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=MOST_ASIDE)
        self._rest = ""
        self._mutex = threading.Lock()
        self._stood: dict[str, TextIO] = {}

    def begin(self) -> None:
        """Take the place of the streams."""
        for name in ("stdout", "stderr"):
            stream = getattr(sys, name)
            if stream is not None and stream.isatty():
                self._stood[name] = stream
                setattr(sys, name, self)

    def end(self) -> None:
        """Give the streams their place back."""
        for name, stream in self._stood.items():
            if getattr(sys, name) is self:
                setattr(sys, name, stream)
        if self._rest:
            self.write("\n")

    @override
    def write(self, text: str) -> int:
        """Keep whole lines."""
        with self._mutex:
            *lines, self._rest = (self._rest + text).split("\n")
            self.lines.extend(line.rstrip() for line in lines if line.strip())
        return len(text)

    @override
    def isatty(self) -> bool:
        """No longer a terminal: no colours, no bars."""
        return False
