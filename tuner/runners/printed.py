r"""Metrics in what a program prints: `name: 0.93`, `name=0.93`, `name 0.93`, or a line of JSON. Pure.

A name counts only whole: `val_acc` is neither in `best_val_acc` nor in `val_acc/top5`. A number
counts only when it is all there is: `93%`, `12ms` and `0,93` are none, and `missing.py` says so.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

CODES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
DIGITS = r"\d+(?:_\d+)*"
NUMBER = (
    rf"[-+]?(?:(?:{DIGITS}\.?(?:{DIGITS})?|\.{DIGITS})(?:[eE][-+]?\d+)?|(?i:nan|inf(?:inity)?))"
)
WRAPPED = r"(?:(?:tensor|array|Array|np\.\w+|numpy\.\w+)\()?"  # tensor(0.93, device='cuda:0')
AFTER = r"(?=\.?(?:[\s;|)\]}\"'±]|,(?!\d)|$))"
BETWEEN = r"[\"']?(?:\s*[:=]\s*|\s+)"
BEFORE = r"(?<![\w./-])[\"']?"
STEPS = ("step", "epoch")  # say when something was measured, and are no measurement
STEP = re.compile(rf"(?i:{BEFORE}({'|'.join(STEPS)}){BETWEEN}[\[(]?)(\d+(?:\.\d+)?)(?![\w%])")


def pattern_of(names: Iterable[str]) -> re.Pattern[str]:
    """Compile what finds (name, number) for any of the names, in one line."""
    longest_first = sorted(names, key=len, reverse=True)
    either = "|".join(re.escape(name) for name in longest_first)
    return re.compile(rf"{BEFORE}({either}){BETWEEN}{WRAPPED}({NUMBER}){AFTER}")


def plain(line: str) -> str:
    """Take colours and cursor movements out of a line."""
    return CODES.sub("", line) if "\x1b" in line else line


def number_of(value: object) -> float | None:
    """Read a number out of JSON, where nan and the infinities may be strings; None for no number.

    Example:
        >>> [number_of(value) for value in (1, "nan", "0.5", True, "hello", None)]
        [1.0, nan, None, None, None, None]
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if not isinstance(value, str) or not math.isfinite(number) else None


def flat(body: Mapping[str, object], prefix: str = "") -> dict[str, float]:
    """Give the numbers of a JSON object by name, those of objects inside as `outer.inner`.

    Example:
        >>> flat({"loss": 0.5, "eval": {"acc": 0.9, "note": "fine"}})
        {'loss': 0.5, 'eval.acc': 0.9}
    """
    numbers = {}
    for name, value in body.items():
        if isinstance(value, Mapping):
            numbers.update(flat(value, f"{prefix}{name}."))
        elif (number := number_of(value)) is not None:
            numbers[f"{prefix}{name}"] = number
    return numbers


def json_line(line: str) -> dict[str, float] | None:
    """Read a line that is a JSON object; None if it is none."""
    text = line.strip()
    if not (text.startswith("{") and text.endswith("}")):
        return None
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return flat(body) if isinstance(body, dict) else None


def printed(lines: Iterable[str], names: Sequence[str]) -> Iterator[dict[str, float]]:
    r"""Give the named numbers of every line that has some.

    Example:
        >>> list(
        ...     printed(["epoch 3 loss=0.5 acc: 1e-1", "best_loss 0.1", "acc 93%"], ["loss", "acc"])
        ... )
        [{'loss': 0.5, 'acc': 0.1}]
    """
    pattern = pattern_of(names)
    for raw in lines:
        if not any(name.rpartition(".")[2] in raw for name in names):
            continue
        line = plain(raw)
        body = json_line(line)
        if body is not None:
            if any(name in body for name in names):
                yield measured(body, names, None)
            continue
        found = [(match[1], float(match[2])) for match in pattern.finditer(line)]
        for place, (name, value) in enumerate(found):
            if name in {other for other, _ in found[place + 1 :]}:
                yield {name: value}  # said again further on in the same line
        if found:
            yield dict(found)


def measured(
    record: Mapping[str, float], names: Sequence[str], step: str | None
) -> dict[str, float]:
    """Give what a record measured: without the step that is named, and without the usual ones.

    Example:
        >>> measured({"epoch": 3, "step": 40, "acc": 0.5, "lr": 0.1}, ["acc"], None)
        {'acc': 0.5, 'lr': 0.1}
        >>> measured({"round": 3, "epoch": 7, "acc": 0.5}, ["acc", "epoch"], "round")
        {'epoch': 7, 'acc': 0.5}
    """
    apart = {step, *(key for key in STEPS if key not in names)}
    return {name: value for name, value in record.items() if name not in apart}


def step_of(raw: str, names: Sequence[str]) -> float | None:
    """Give the step that a line names, `step` before `epoch`; None if it names none.

    Example:
        >>> names = ["acc"]
        >>> step_of("Epoch 3/10 acc: 0.5", names), step_of('{"acc": 0.5, "step": 20}', names)
        (3.0, 20.0)
        >>> step_of("acc: 0.5", names), step_of("step 10% acc: 0.5", names)
        (None, None)
    """
    line = plain(raw)
    said = json_line(line)
    if said is None:
        said = {match[1].lower(): float(match[2]) for match in STEP.finditer(line)}
    steps = [said[key] for key in STEPS if key in said and key not in names]
    return next(filter(math.isfinite, steps), None)
