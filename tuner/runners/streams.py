"""What a job prints, on its way to a file that stays under its cap, with secrets masked.

Part of the supervisor: standard library only, and as little of it as possible.
"""

import _signal  # type: ignore[import-not-found]  # the C half of signal, unknown to typeshed
import os

CHUNK = 1 << 18  # bytes read at a time
LONG_LINE = 1 << 16  # a line longer than this is cut
PATTERN_S = 1.0  # for one chunk; some expressions take for ever, and the job must stay supervised


def out_of_time(*_: object) -> None:
    """Interrupt a regular expression."""
    raise TimeoutError


class Mask:
    """Writes *** over secrets, also over those that arrive in two pieces."""

    def __init__(self, secrets: list[bytes]) -> None:
        self.secrets = sorted(secrets, key=len, reverse=True)
        self.held = b""

    def __call__(self, data: bytes) -> bytes:
        """Give what can be passed on; the beginning of what may be a secret is held back."""
        if not self.secrets:
            return data
        data = self.held + data
        for secret in self.secrets:
            data = data.replace(secret, b"***")
        longest = 0
        for secret in self.secrets:
            for size in range(min(len(secret) - 1, len(data)), longest, -1):
                if data.endswith(secret[:size]):
                    longest = size
                    break
        cut = len(data) - longest
        self.held = data[cut:]
        return data[:cut]


class Log:
    """One stream and its file.

    The first half as it comes. Then only lines that name a metric, as they come, in a small room of
    their own; the tail is held in memory and written at the end, after a line that says how much
    was left out. Cuts are made between lines: half a number must not look like a number.

    Args:
        path: of the file, which must not exist.
        cap: bytes that the file may have.
        needles: names of metrics.
        pattern: a regular expression for lines to keep, empty for none.
    """

    def __init__(self, path: str, cap: int, needles: list[bytes], pattern: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW
        self.file = os.open(path, flags, 0o600)
        self.slack = min(LONG_LINE, cap // 16)
        self.head_room = cap // 2 - self.slack
        self.kept_room = cap // 16
        self.tail_room = cap // 2 - self.kept_room - min(256, cap // 16)
        self.needles, self.pattern = needles, pattern
        self.heading = True
        self.seen = self.written = 0
        self.tail = bytearray()
        self.line = b""  # not finished yet, may come to hold a needle
        self.kept: list[tuple[int, int]] = []  # (place in the stream, place in the file)
        self.trouble = ""

    def take(self, data: bytes) -> None:
        """Take the next piece of the stream."""
        if self.heading:
            cut = self.head_end(data)
            self.write(data[:cut])
            self.seen += cut
            data = data[cut:]
        if data:
            self.tail += data
            if len(self.tail) > self.tail_room + CHUNK:
                del self.tail[: -self.tail_room]
            if self.kept_room > 0:
                self.keep_lines(data)
            self.seen += len(data)

    def head_end(self, data: bytes) -> int:
        """Say how much of `data` still belongs to the head, which ends with a whole line."""
        room = self.head_room - self.seen
        if len(data) <= room:
            return len(data)
        cut = data.find(b"\n", max(room, 0), room + self.slack) + 1
        if cut == 0 and len(data) <= room + self.slack:
            return len(data)
        self.heading = False
        return cut or room + self.slack

    def keep_lines(self, data: bytes) -> None:
        """Write those finished lines of the stream that hold a needle."""
        begin = self.seen - len(self.line)
        data = self.line + data
        cut = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if len(data) - cut > LONG_LINE:
            cut = len(data)
        done, self.line = data[:cut], data[cut:]
        for start, end in self.hits(done):
            line = done[start:end] + b"\n"
            self.kept_room -= len(line)
            if self.kept_room < 0:
                break
            self.kept.append((begin + start, self.written))
            self.write(line)

    def hits(self, done: bytes) -> list[tuple[int, int]]:
        """Give where lines with a needle begin and end, in order, each line once."""
        places = self.matches(done)
        for needle in self.needles:
            place = done.find(needle)
            while place >= 0:
                places.append(place)
                place = done.find(needle, place + len(needle))
        lines, end = [], -1
        for place in sorted(places):
            if place >= end:
                start = max(done.rfind(b"\n", 0, place), done.rfind(b"\r", 0, place)) + 1
                ends = [done.find(b"\n", place), done.find(b"\r", place)]
                end = min((at for at in ends if at >= 0), default=len(done))
                if end - start <= LONG_LINE:
                    lines.append((start, end))
        return lines

    def matches(self, done: bytes) -> list[int]:
        """Find the pattern; one that is unfit for bytes, or takes for ever, is given up."""
        if not self.pattern:
            return []
        import re  # half of the supervisor's start, and few jobs need it

        _signal.signal(_signal.SIGALRM, out_of_time)
        _signal.setitimer(_signal.ITIMER_REAL, PATTERN_S)
        try:
            return [match.start() for match in re.finditer(self.pattern, done, re.MULTILINE)]
        except (re.error, TimeoutError):
            self.pattern = b""
            return []
        finally:
            _signal.setitimer(_signal.ITIMER_REAL, 0)

    def write(self, data: bytes | bytearray) -> None:
        """Write; on a full disk the job lives on and its output is lost."""
        try:
            while data:
                size = os.write(self.file, data)
                self.written += size
                data = data[size:]
        except OSError as error:
            self.trouble = error.strerror or str(error)

    def finish(self) -> None:
        """Write the tail, take away the kept lines that it repeats, and close."""
        if len(self.tail) > self.tail_room:
            del self.tail[: -self.tail_room]
        begin = self.seen - len(self.tail)
        repeated = [at for place, at in self.kept if place >= begin]
        if repeated:
            os.ftruncate(self.file, repeated[0])
            self.written = repeated[0]
        left_out = begin - self.written
        if self.tail and left_out > 0:
            cut = self.tail.find(b"\n", 0, LONG_LINE) + 1
            self.write(b"[tuner: %d bytes left out here]\n" % (left_out + cut))
            self.write(self.tail[cut:] if cut else b"..." + self.tail)
        else:
            self.write(self.tail)
        os.close(self.file)
