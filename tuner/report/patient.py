"""A stream that never keeps its writer waiting: a terminal may be stopped with Ctrl-S, or hang.

A study must not stand still because nobody reads what it prints. A thread does the writing; while it
is stuck, the board leaves frames out (`stuck` says so), and lines wait in memory.
"""

import io
import queue
import threading
from typing import TextIO

from typing_extensions import override

LAST_WORDS_S = 1.0


class Patient(io.TextIOBase):
    """Text for a stream that may block.

    Args:
        stream: where the text goes in the end; it is not closed.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._texts: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._idle = threading.Condition()
        self._given = self._written = 0
        threading.Thread(target=self._work, name="tuner-screen", daemon=True).start()

    @property
    def stuck(self) -> bool:
        """What was given earlier has not been written yet."""
        return self._given != self._written

    @property
    @override
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has an attribute there
        """The stream's."""
        return self._stream.encoding

    @override
    def write(self, text: str) -> int:
        """Take the text and return at once."""
        self._given += 1
        self._texts.put(text)
        return len(text)

    @override
    def flush(self) -> None:
        """Do nothing: the thread flushes after every text."""

    def settle(self, timeout_s: float = LAST_WORDS_S) -> None:
        """Wait until everything is written, but not for ever."""
        with self._idle:
            self._idle.wait_for(lambda: not self.stuck, timeout_s)

    @override
    def isatty(self) -> bool:
        """Say what the stream is."""
        return self._stream.isatty()

    @override
    def fileno(self) -> int:
        """Give the stream's, for the size of the terminal."""
        return self._stream.fileno()

    def _work(self) -> None:
        while True:
            text = self._texts.get()
            try:
                self._stream.write(text)
                self._stream.flush()
            except (OSError, ValueError):  # the reader has gone; the study goes on
                pass
            with self._idle:
                self._written += 1
                self._idle.notify_all()
