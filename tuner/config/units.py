"""Durations and sizes with their units: `2h`, `1h30m`, `8GiB`. Text in, numbers out."""

import re
from collections.abc import Callable
from dataclasses import dataclass

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {
    "B": 1,
    **{f"{prefix}B": 1000**power for power, prefix in enumerate(("k", "M", "G", "T"), start=1)},
    "KB": 1000,
    **{f"{prefix}iB": 1024**power for power, prefix in enumerate(("K", "M", "G", "T"), start=1)},
}
PARTS = r"\s*(\d+(\.\d+)?\s*d)?\s*(\d+(\.\d+)?\s*h)?\s*(\d+(\.\d+)?\s*m)?\s*(\d+(\.\d+)?\s*s)?\s*"
AMOUNT = r"\s*(\d+(?:\.\d+)?)\s*([kKMGT]?i?B)\s*"
LONGEST = 40  # characters
FOREVER = 1000 * 365 * 86400  # seconds; more is a slip, and no clock can wait for it


def seconds(text: str) -> float:
    """Read a duration.

    Raises:
        ValueError: saying what would be right.

    Example:
        >>> seconds("1h30m"), seconds("0.5s"), seconds("1d")
        (5400.0, 0.5, 86400.0)
    """
    if len(text) <= LONGEST and text.strip() and re.fullmatch(PARTS, text, re.ASCII):
        parts = re.findall(r"([\d.]+)\s*([dhms])", text, re.ASCII)
        total = float(sum(float(number) * SECONDS[unit] for number, unit in parts))
        if total <= FOREVER:
            return total
    raise ValueError("must be a duration with units such as 90s, 30m, 2h, 1d or 1h30m")


def size(text: str) -> int:
    """Read a number of bytes.

    Raises:
        ValueError: saying what would be right.

    Example:
        >>> size("8GiB"), size("1.5kB")
        (8589934592, 1500)
    """
    match = re.fullmatch(AMOUNT, text, re.ASCII) if len(text) <= LONGEST else None
    if match is not None and match[2] in BYTES:
        total = int(float(match[1]) * BYTES[match[2]])
        if total < 2**63:
            return total
    raise ValueError("must be a size with a unit such as 512MiB or 8GiB")


@dataclass(frozen=True, slots=True)
class Unit:
    """A way to read a quantity, and the units that a bare number may have meant."""

    read: Callable[[str], float]
    likely: tuple[str, ...]


DURATION = Unit(seconds, ("s", "m", "h"))
SIZE = Unit(size, ("MiB", "GiB"))
