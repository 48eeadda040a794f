"""How numbers, times and points look on a screen. Files get full precision from `export.py`.

Pure and standard library only; every table, the live board and the plain lines use it.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from tuner.study import Value

MINUTE, HOUR, DAY = 60, 3600, 86400
SECONDS_WITH_TENTHS = 10
DIGITS, POINT_DIGITS = 5, 4
BARS = "▁▂▃▄▅▆▇█"


def number(value: float | None, digits: int = DIGITS) -> str:
    """Write a number short: a few significant digits, integers whole.

    Example:
        >>> number(0.000012345678), number(12), number(1234567.0), number(0.5), number(None)
        ('1.2346e-05', '12', '1.2346e+06', '0.5', '-')
    """
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.{digits}g}"


def text(value: Value) -> str:
    r"""Write any value of a point, on one line and free of control characters.

    Example:
        >>> text(True), text(None), text(1e-5), text("adam\nw")
        ('true', 'null', '1e-05', 'adam\\nw')
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value, POINT_DIGITS)
    return clean(value)


def exact(value: Value) -> str:
    """Write any value of a point with all its digits."""
    return repr(value) if isinstance(value, float) else text(value)


def clean(words: str) -> str:
    r"""Make a foreign string safe for a terminal: what cannot be printed is escaped.

    Example:
        >>> clean("a\x1b[31mb")
        'a\\x1b[31mb'
    """
    if words.isprintable():
        return words
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)


def point(values: Mapping[str, Value]) -> str:
    """Write a point on one line.

    Example:
        >>> point({"lr": 0.001, "opt": "adamw"})
        'lr=0.001 opt=adamw'
    """
    return " ".join(f"{clean(name)}={text(value)}" for name, value in values.items())


def seconds(value: float | None) -> str:
    """Write a span of time with its two largest units.

    Example:
        >>> [seconds(s) for s in (0.123, 59.6, 61, 3 * 3600 + 120, 90000, None)]
        ['0.1s', '1m00s', '1m01s', '3h02m', '1d01h', '-']
    """
    if value is None or not math.isfinite(value):
        return "-"
    if value < SECONDS_WITH_TENTHS:
        return f"{value:.1f}s"
    whole = round(value)
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m{whole % MINUTE:02}s"
    if whole < DAY:
        return f"{whole // HOUR}h{whole % HOUR // MINUTE:02}m"
    return f"{whole // DAY}d{whole % DAY // HOUR:02}h"


def size(count: float) -> str:
    """Write a number of bytes.

    Example:
        >>> size(512), size(2048), size(3 * 1024**3)
        ('512 B', '2.0 KiB', '3.0 GiB')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:  # noqa: PLR2004  the step between the units
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def since(at: str | None, now: datetime) -> float | None:
    """Give the seconds from an ISO 8601 time to `now`; None if it cannot be read."""
    try:
        then = datetime.fromisoformat(at or "")
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max(0.0, (now - then).total_seconds())


def sparkline(values: list[float], width: int, ends: tuple[float, float] | None = None) -> str:
    """Draw numbers as small bars, the last one at the right; thinned to `width` characters.

    Args:
        values: finite ones.
        width: of the terminal's columns.
        ends: what the lowest and the highest bar stand for; the range of the values unless given.

    Example:
        >>> sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8), sparkline([5, 6], 8, (1, 8))
        ('▁▂▃▄▅▆▇█', '▅▆')
    """
    if not values or width < 1:
        return ""
    if len(values) > width:
        step = (len(values) - 1) / max(1, width - 1)
        values = [values[round(place * step)] for place in range(width)]
    halves = [value / 2 for value in values]  # so that the range of huge values stays finite
    low, high = (min(halves), max(halves)) if ends is None else (ends[0] / 2, ends[1] / 2)
    if not high > low:
        return BARS[0] * len(values)
    top = len(BARS) - 1
    return "".join(BARS[round(min(1.0, (half - low) / (high - low)) * top)] for half in halves)
