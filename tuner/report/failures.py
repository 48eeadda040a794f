"""Failures in words: how many of which class, and which branch of the space has nothing but failures. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tuner.report import numbers
from tuner.space.birth import identity
from tuner.study import History, Trial, Value

MENDED = ("crash", "lost", "infra", "no_metric", "unstartable")
"""Classes that speak of the job or the machine more than of the point: what is mended is worth a retry."""

NAMES, TEXT = (re.compile(r"\w+"), re.compile(r"[\w.-]+")), re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True, kw_only=True)
class Barren:
    """A value of a category that decides which parameters are live, of which every trial failed.

    Attributes:
        trials: all that have ended there, the one that failed last at the end.
    """

    name: str
    value: Value
    trials: tuple[Trial, ...]

    def __str__(self) -> str:
        where = numbers.point({self.name: self.value})
        count = len(self.trials)
        said = "the only trial" if count == 1 else f"all {count:,} trials"
        return f"{said} of {where} failed: {classes(self.trials)}"


def failed(history: History) -> list[Trial]:
    """Give the trials whose last word is a failure, the one that failed last at the end."""
    found = [trial for trial in history.trials.values() if trial.state == "failed"]
    return sorted(found, key=lambda trial: trial.finish_number)


def classes(trials: Sequence[Trial]) -> str:
    """Count failures by class, as in `3 crash, 1 oom`."""
    counted = Counter(trial.failure or "unknown" for trial in trials)
    return ", ".join(f"{count:,} {name}" for name, count in counted.most_common())


def summary(history: History) -> str:
    """Say in one line how many trials failed, of what, and the last one's message; '' if none did."""
    found = failed(history)
    if not found:
        return ""
    ended = sum(not trial.open for trial in history.trials.values())
    last, some = found[-1], "" if len(found) == 1 else "the last "
    message = last.finish.message if last.finish else None
    said = f"{len(found):,} of {ended:,} trials failed: {classes(found)}, {some}trial {last.id}"
    return numbers.clean(f"{said}: {message}" if message else said)


def words_for_retry(history: History) -> str:
    """Give what `tuner retry` takes for the failures that may be mended; '' for none."""
    found = {str(trial.failure) for trial in failed(history)}
    return "failed" if found and found <= {*MENDED} else " ".join(n for n in MENDED if n in found)


def barren(history: History) -> Iterator[Barren]:
    """Find the branches in which every trial failed, while one of another branch did not."""
    ended = [trial for trial in history.trials.values() if not (trial.open or trial.excluded)]
    ended.sort(key=lambda trial: trial.finish_number)
    if not any(trial.state == "failed" for trial in ended):
        return
    for name in gates((history.config or {}).get("parameters")):
        there = [trial for trial in ended if name in trial.params]
        if all(trial.state == "failed" for trial in there):
            continue
        for key in dict.fromkeys(identity(trial.params[name]) for trial in there):
            mine = [trial for trial in there if identity(trial.params[name]) == key]
            if all(trial.state == "failed" for trial in mine):
                yield Barren(name=name, value=mine[0].params[name], trials=tuple(mine))


def gates(parameters: object) -> list[str]:
    """Name the categories that decide which parameters are live, of a normalised configuration.

    Told from the words of its conditions: reading the whole of it costs more than all the rest.

    Example:
        >>> gates(
        ...     {
        ...         "a": {"values": [1, 2]},
        ...         "b": {"type": "bool"},
        ...         "c": {"value": 1, "when": "a == 1"},
        ...     }
        ... )
        ['a']
    """
    nodes = parameters if isinstance(parameters, Mapping) else {}
    known = {name: node for name, node in nodes.items() if isinstance(node, Mapping)}
    left = [str(node["when"]) for node in known.values() if node.get("when")]
    found: set[str] = set()
    while left:
        text = TEXT.sub("", left.pop())
        named = {name for words in NAMES for name in words.findall(text)} & known.keys() - found
        found |= named
        left += [str(known[name]["derive"]) for name in named if known[name].get("derive")]
    return [
        n for n in known if n in found and ("values" in known[n] or known[n].get("type") == "bool")
    ]
