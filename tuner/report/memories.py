"""What a study remembers of older ones: `tuner memory` as tables and as plain values.

Pure. What models make of the memories is drawn by `figures`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from tuner.report import numbers
from tuner.report.screen import Line, aligned, folded
from tuner.study import History, Remembered
from tuner.study.faith import BETA, faith

LAST = 10
"""Suggestions of the model over which weights are averaged."""


class Memory(NamedTuple):
    """One older study, and how much it weighed of late; None before the model suggested anything."""

    fact: Remembered
    weight: float | None

    @property
    def failed(self) -> int:
        """Count its trials without a result."""
        return sum(gain != gain for gain in self.fact.gains)  # noqa: PLR0124  only nan differs from itself


def memories(history: History) -> list[Memory]:
    """Give the older studies with their mean weights over the last suggestions of the model."""
    origins = [trial.suggestion for trial in history.trials.values() if trial.learnt]
    last = [origin.memory for origin in origins[-LAST:]]

    def weight(name: str) -> float | None:
        if history.memories[name].mode in WEIGHTLESS:
            return None
        return sum(weights.get(name, 0.0) for weights in last) / len(last) if last else None

    return [Memory(fact, weight(name)) for name, fact in history.memories.items()]


WEIGHTLESS = ("enqueue", "prior")
"""Modes that do not shape the model: there is no weight to speak of."""

AS_IT_IS = ("as it is", "minimize", "maximize")
"""Translations that need no saying."""

MOST_LINES = 6
"""Lines of what was left out, where it is told by the way."""


def averaged(history: History) -> str:
    """Say what the weights of `memories` are an average of; empty where that needs no saying."""
    origins = [trial.suggestion for trial in history.trials.values() if trial.learnt]
    last = [origin.memory for origin in origins[-LAST:]]
    without = sum(not weights for weights in last)
    if not without or without == len(last):
        return ""
    return (
        f"weights on average over the last {len(last)} suggestions of the model, of which {without} "
        "did without any and count as 0"
    )


def put_aside(history: History) -> list[str]:
    """Say, a line each, which older studies were learnt from once and are put aside."""
    known = [fact.source for fact in history.memories.values()]
    return [
        numbers.clean(f"put aside: {name} ({source}); name it again to learn from it")
        for name, source in history.put_aside.items()
        if source not in known
    ]


def translated(fact: Remembered) -> dict[str, str]:
    """Give how the parameters and the metric that are not as they were became what they are here."""
    return {name: how for name, how in fact.parameters.items() if how not in AS_IT_IS}


def nothing_of(fact: Remembered) -> str:
    """Say in a line that nothing is learnt from an older study; empty where something is."""
    if fact.points or not fact.left_out:
        return ""
    first = fact.left_out[0]
    return f"nothing is learnt, for none of its {fact.unused:,} trials can be used, as in {first}"


def told(fact: Remembered) -> list[str]:
    """Tell in a few lines what was learnt, or that it was put aside."""
    if fact.mode == "none":
        return [f"put aside {fact.memory} ({fact.source})"]
    nothing = nothing_of(fact)
    if nothing:
        return [numbers.clean(f"warning: {fact.memory} ({fact.source}): {nothing}")]
    used = f"{len(fact.points):,} of its trials"
    lines = [f"learning from {fact.memory} ({fact.source}), mode {fact.mode}: {used}"]
    lines += [f"  {name}: {how}" for name, how in translated(fact).items()]
    lines += [f"  {note}" for note in fact.notes]
    lines += [f"  left out: {line}" for line in fact.left_out[:MOST_LINES]]
    if len(fact.left_out) > MOST_LINES:
        lines.append(f"  and {len(fact.left_out) - MOST_LINES} more: see `tuner memory`")
    return list(map(numbers.clean, lines))


def believed(prior: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Give by parameter where the best value is believed to be, as `warm_start.prior` has it."""
    return {
        name: f"near {numbers.text(belief['at'])}, confidence {belief.get('confidence', 'medium')}"
        for name, belief in prior.items()
    }


def beliefs_of(history: History) -> dict[str, str]:
    """Give by parameter where the best value of a study is believed to be."""
    section = (history.config or {}).get("warm_start") or {}
    return believed(section.get("prior") or {})


def strength(trials: int) -> str:
    """Say how much beliefs weigh after so many trials.

    Example:
        >>> strength(40)
        'weight 0.25 after 40 trials, where 1 is as much as the model; it is 10 / trials'
    """
    count = "1 trial" if trials == 1 else f"{trials:,} trials"
    weight = numbers.number(faith(trials), 2)
    much = "where 1 is as much as the model; it is"
    return f"weight {weight} after {count}, {much} {BETA:g} / trials"


COLUMNS = ("memory", "source", "mode", "trials", "failed", "left_out", "weight")


def row(memory: Memory) -> dict[str, Any]:
    """Give one older study as a row of plain values, under COLUMNS."""
    fact = memory.fact
    counts = (len(fact.points), memory.failed, fact.unused)
    values = (fact.memory, fact.source, fact.mode, *counts, memory.weight)
    return dict(zip(COLUMNS, values, strict=True))


def record(memory: Memory) -> dict[str, Any]:
    """Give everything known of one older study as plain JSON types."""
    fact = memory.fact
    more = {"asked": dict(fact.asked), "parameters": dict(fact.parameters)}
    return {**row(memory), **more, "left_out": list(fact.left_out), "notes": list(fact.notes)}


def table(rows: Sequence[Memory], width: int) -> list[Line]:
    """Draw older studies, one a row."""
    facts = [memory.fact for memory in rows]
    return aligned(
        {
            "<memory": [Line(numbers.clean(fact.memory)) for fact in facts],
            "<mode": [Line(fact.mode) for fact in facts],
            ">trials": [Line(str(len(fact.points))) for fact in facts],
            ">failed": [Line(str(memory.failed)) for memory in rows],
            ">left out": [Line(str(fact.unused)) for fact in facts],
            ">weight": [Line(numbers.number(memory.weight, 2)) for memory in rows],
            "<source": [Line(numbers.clean(fact.source)) for fact in facts],
        },
        width,
    )


def details(rows: Sequence[Memory], width: int) -> list[Line]:
    """Draw what had to be translated and how, what was decided, and every trial that was left out."""
    lines: list[Line] = []
    for memory in rows:
        fact = memory.fact
        parts: Mapping[str, list[str]] = {
            "parameters": [f"{name}: {how}" for name, how in translated(fact).items()],
            "left out": list(fact.left_out),
            "notes": list(fact.notes),
        }
        for heading, words in parts.items():
            if not words:
                continue
            lines += [Line(), Line(f"{numbers.clean(fact.memory)}: {heading}", "bold")]
            for one in words:
                first, *rest = folded(numbers.clean(one), max(20, width - 2))
                lines.append(Line("  " + first))
                lines += [Line("    " + more) for more in rest]
    return lines
