"""What an unquoted word of YAML means: the core schema of YAML 1.2, and no guessing.

Where YAML 1.1 (PyYAML, most editors of ten years ago) reads the same word as something else, neither
reading is taken: the person says which one was meant.
"""

import math
import re
from collections.abc import Callable

Scalar = bool | int | float | str | None

WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
INTEGER = re.compile(r"[-+]?[0-9]+")
BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
LARGEST = 2**63 - 1
LONGEST = 80  # characters of a number; no double and no 64-bit integer needs more

YES_OR_NO = re.compile(r"(yes|on)|(no|off)", re.IGNORECASE)
LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
CLOCK = re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9]){1,4}(\.[0-9]*)?")
UNDERSCORED = re.compile(
    r"(?=.*_)[-+]?(0x[0-9a-fA-F_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?)"
)
NUMERIC = re.compile(r"[-+]?[0-9.][0-9a-fA-FxobE_:.+-]*")
BINARY = re.compile(r"[-+]?0b[01_]+")


class ScalarError(ValueError):
    """A word that two versions of YAML read differently, or a number that a ledger cannot keep."""


def resolve(text: str) -> Scalar:
    """Read one plain scalar; timestamps and everything unknown stay text.

    Raises:
        ScalarError: with what is wrong and what would be right.

    Example:
        >>> [resolve(text) for text in ("1e-3", "0x10", "true", "2024-01-01", "sgd")]
        [0.001, 16, True, '2024-01-01', 'sgd']
    """
    if text in WORDS:
        return WORDS[text]
    first = text[0]
    if not (first.isdigit() or first in "+-.yYnNoO"):
        return text
    if len(text) > LONGEST:
        if NUMERIC.fullmatch(text):
            raise ScalarError(f"a number of {len(text)} characters is too long")
        return text
    for pattern, explain in AMBIGUOUS:
        if pattern.fullmatch(text):
            raise ScalarError(explain(text))
    return _number(text)


def _number(text: str) -> Scalar:
    if BASED.fullmatch(text):
        return checked(int(text, 0))
    if INTEGER.fullmatch(text):
        return checked(int(text))
    number = NOT_FINITE.fullmatch(text) or FLOAT.fullmatch(text)
    return checked(float(text.replace(".i", "i").replace(".n", "n"))) if number else text


def checked(number: float) -> float:
    """Pass a number on, if a ledger can keep it."""
    if isinstance(number, int) and abs(number) > LARGEST:
        raise ScalarError(f"{number:.3e} does not fit in 64 bits; write {float(number)!r}")
    if not math.isfinite(number):
        raise ScalarError(f"must be finite, got {number}")
    return number


def checked_text(text: str) -> str:
    """Pass a text on, if files, processes and ledgers can hold it."""
    if "\0" in text:
        raise ScalarError("holds a NUL character")
    if not text.isprintable() and re.search("[\ud800-\udfff]", text):
        raise ScalarError("holds half of a character (a lone surrogate)")
    return text


def _yes_or_no(text: str) -> str:
    meant = "true" if text.lower() in ("yes", "on") else "false"
    return (
        f"{text} is {meant} to YAML 1.1 and a word to YAML 1.2; write {meant}, "
        f"or '{text}' in quotes for the word"
    )


def _leading_zero(text: str) -> str:
    sign = "-" if text.startswith("-") else ""
    decimal = text.lstrip("+-").lstrip("0") or "0"
    if decimal == "0" or set(decimal) & {"8", "9"}:
        return f"{text} has a leading zero; write {sign}{decimal}, or '{text}' in quotes"
    octal = int(decimal, 8)
    return (
        f"{text} is {sign}{octal} to YAML 1.1 and {sign}{decimal} to YAML 1.2; "
        f"write {sign}{octal} or {sign}{decimal}, or '{text}' in quotes for the text"
    )


def _clock(text: str) -> str:
    value = 0
    for part in text.lstrip("+-").split(".")[0].split(":"):
        value = value * 60 + int(part)
    return (
        f"{text} is {value} to YAML 1.1 and text to YAML 1.2; write {value}, a duration with units "
        f"such as 90m or 1h30m, or '{text}' in quotes for the text"
    )


def _underscored(text: str) -> str:
    plain = text.replace("_", "")
    return (
        f"{text} is a number to YAML 1.1 and text to YAML 1.2; write {plain}, "
        f"or '{text}' in quotes for the text"
    )


def _binary(text: str) -> str:
    return (
        f"{text} is a binary number to YAML 1.1 and text to YAML 1.2; write the number in decimal, "
        f"or '{text}' in quotes for the text"
    )


# In this order: the first pattern that matches the whole word explains it.
AMBIGUOUS: tuple[tuple[re.Pattern[str], Callable[[str], str]], ...] = (
    (YES_OR_NO, _yes_or_no),
    (LEADING_ZERO, _leading_zero),
    (CLOCK, _clock),
    (UNDERSCORED, _underscored),
    (BINARY, _binary),
)
