"""One value of another tool as a value of ours: a number, a text, true, false or null. Pure."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tuner.interop.base import State
from tuner.study import Value

WORDS: dict[str, Value] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "None"), None),
}
ABSENT = frozenset(
    {"", "NaN", "nan", "NA", "<NA>", "n/a", "N/A", "#N/A"}
)  # as pandas, R and spreadsheets write it
LONGEST = 64  # characters of a number
MOST, FEWEST = 0.9, 3  # share and number of cells that make a column one of numbers
WIDEST = 2**63  # what a whole number stays below
LONGEST_TEXT = 2000
DEEPEST = 20
UNHEARD = re.compile("[\0\ud800-\udfff]")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_ENDLESS = re.compile(r"([+-]?)(inf|infinity|nan)", re.IGNORECASE)
_COMPLETED = (
    "completed",
    "complete",
    "finished",
    "done",
    "success",
    "succeeded",
    "terminated",
    "ok",
)
_STOPPED = ("stopped", "pruned", "early_stopped", "early-stopped", "killed")
_FAILED = (
    "failed",
    "fail",
    "failure",
    "error",
    "errored",
    "crashed",
    "broken",
    "crash",
)
STATES: dict[str, State] = {
    **dict.fromkeys(_COMPLETED, "completed"),
    **dict.fromkeys(_STOPPED, "stopped"),
    **dict.fromkeys(_FAILED, "failed"),
}


def ended(word: str, *, measured: bool) -> State:
    """Say how a trial ended, from another tool's word for it.

    Raises:
        ValueError: it has not ended, or gave nothing without having failed.
    """
    state = STATES.get(word.strip().rpartition(".")[2].lower())
    if state is None:
        raise ValueError(f"it has not ended: its state is {word!r}")
    if state != "failed" and not measured:
        raise ValueError(f"it has no metric, its state is {word!r}")
    return state


def value_of(raw: object) -> Value:
    """Take a value of a JSON file as one of ours; a list is its text, as in "[64, 64]".

    Raises:
        ValueError: it is a number that is not finite, or a text without end.
    """
    if raw is None or isinstance(raw, bool):
        return raw
    if isinstance(raw, int):
        return _whole(raw)
    if isinstance(raw, float):
        if not math.isfinite(raw):
            raise ValueError(f"is {raw}")
        return raw
    if isinstance(raw, str):
        return _text(raw)
    return value_of(json.dumps(raw, default=str))


def _text(text: str) -> str:
    """Give a text that a ledger, a configuration and an argument of a command can hold."""
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is a text of more than {LONGEST_TEXT} characters")
    if UNHEARD.search(text):
        raise ValueError("is a text with characters that are none")
    return text


def _whole(number: int) -> int | float:
    """Give a whole number as it is, or as a double where 64 bits do not hold it."""
    if abs(number) < WIDEST:
        return number
    if abs(number) >= 10**LONGEST:
        raise ValueError(f"is a number of more than {LONGEST} digits")
    return float(number)


def number_of(raw: object) -> float:
    """Take a measured number, which may be nan or infinite. Raises ValueError where it is none."""
    if type(raw) is float:
        return raw
    if isinstance(raw, str):
        raw = word_of(raw, measured=True)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError("is no number")  # noqa: TRY004  one kind of error for all that is wrong
    try:
        return float(raw)
    except OverflowError:
        raise ValueError("is no number that a double can hold") from None


def int_of(raw: object) -> int:
    """Take a whole number of 64 bits, what is behind the point cut off. Raises ValueError for others.

    Example:
        >>> int_of(3), int_of(2.0)
        (3, 2)
    """
    number = number_of(raw)
    if not abs(number) < WIDEST:
        raise ValueError("is no whole number of 64 bits")
    return raw if isinstance(raw, int) else int(number)


def word_of(text: str, *, measured: bool = False) -> Value:
    """Read a cell or a text that stands for a value.

    Args:
        text: not an absent one.
        measured: nan and infinities are numbers.

    Raises:
        ValueError: it is a text without end, or with characters that are none.

    Example:
        >>> [word_of(text) for text in ("64", "1e-3", "True", "None", "adam", "1_000")]
        [64, 0.001, True, None, 'adam', '1_000']
    """
    text = text.strip()
    if text in WORDS:
        return WORDS[text]
    if len(text) <= LONGEST:
        if _WHOLE.fullmatch(text):
            return _whole(int(text))
        if _FLOAT.fullmatch(text) or (measured and _ENDLESS.fullmatch(text)):
            number = float(text)
            return number if measured or math.isfinite(number) else text
    return _text(text)


def flattened(mapping: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Give the leaves of nested mappings, with dots between their names; too deep ones as they are.

    Example:
        >>> dict(flattened({"optimizer": {"lr": 0.1, "name": "sgd"}, "depth": 3}))
        {'optimizer.lr': 0.1, 'optimizer.name': 'sgd', 'depth': 3}
    """
    waiting = [(str(name), value, 1) for name, value in reversed(list(mapping.items()))]
    while waiting:
        name, value, depth = waiting.pop()
        if isinstance(value, Mapping) and value and depth < DEEPEST:
            inner = reversed(list(value.items()))
            waiting += [(f"{name}.{key}", entry, depth + 1) for key, entry in inner]
        else:
            yield name, value


def point_of(mapping: Mapping[str, object]) -> tuple[dict[str, Value], list[str]]:
    """Give the values of a trial, and what cannot be one, each with the reason."""
    point: dict[str, Value] = {}
    wrong: list[str] = []
    for name, raw in flattened(mapping):
        try:
            point[name] = value_of(raw)
        except ValueError as why:
            wrong.append(f"{name} {why}")
    return point, wrong


def is_number(text: str) -> bool:
    """Say whether a cell is a measured number, nan and infinities included.

    Example:
        >>> is_number("1e-3"), is_number("inf"), is_number("True"), is_number("3h")
        (True, True, False, False)
    """
    try:
        number_of(text)
    except ValueError:
        return False
    return True


def mostly_numbers(numbers: Sequence[bool]) -> bool:
    """Say whether cells are those of a column of numbers: all are, or few of many are not.

    Example:
        >>> (
        ...     mostly_numbers([True, True]),
        ...     mostly_numbers([True] * 9 + [False]),
        ...     mostly_numbers([True, False]),
        ... )
        (True, True, False)
    """
    count = sum(numbers)
    return count == len(numbers) or (count >= FEWEST and count >= MOST * len(numbers))


def listed(names: Iterable[str], most: int = 8) -> str:
    """Write names for a person, the first few of many.

    Example:
        >>> listed(["b", "a"]), listed("abc", most=2)
        ('b, a', 'a, b and 1 more')
    """
    names = list(names)
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def literal(value: Value) -> str:
    """Write a value in an expression.

    Example:
        >>> [literal(value) for value in ("sgd", True, None, 0.5)]
        ["'sgd'", 'true', 'null', '0.5']

    Raises:
        ValueError: the text holds what none can: quotes or a line break.
    """
    if isinstance(value, str):
        if not value.isprintable() or "'" in value or "\\" in value:
            raise ValueError(f"{value!r} cannot stand in an expression")
        return f"'{value}'"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value)
