"""What `tuner compare` shows of several studies: tables, differences, verdicts in sentences."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tuner.report import numbers
from tuner.report.contest import ABSENT, Contest
from tuner.report.entrant import EARLY, LEARNT, Entry
from tuner.report.screen import Line, aligned, folded
from tuner.report.verdict import Verdict

SPARKS = 24
MOST_PATHS = 5
SECTIONS = {
    "space": ("parameters", "require"),
    "metric": ("metric", "constraints"),
    "search": ("search", "warm_start", LEARNT),
}
ALONE = "one study alone: name another to hold it against"
ONE_GROUP = (
    "all are one group, seeds of the same settings; --group NAME=PATTERN, twice, sets some apart"
)
BELIEVED = "where the model is named beside the best, what is so far the best is what it believes"
OTHERS = "other settings"
BEST = ("id", "value", "error", "repeats", "chance", "believed")


def screen(found: Contest, width: int) -> list[Line]:
    """Draw everything."""
    lines = _results(found, width)
    if any(entry.best and entry.best.believed is not None for entry in found.entries):
        lines += [Line(words, "dim") for words in folded(BELIEVED, width)]
    lines += [Line(), *_spent(found, width)]
    for heading, table in _different(found).items():
        lines += [Line(), Line(f"differences: {heading}", "bold"), *aligned(table, width)]
    said = [found.refusal] if found.refusal else [sentence(v, found) for v in found.verdicts]
    if not said:
        said = [ALONE if len(found.entries) == 1 else ONE_GROUP]
    said += [
        f"{numbers.clean(name)} mixes settings: its studies differ in {_listed(paths)}"
        for name, paths in found.mixed.items()
    ]
    for words in said:
        lines += [Line(), *map(Line, folded(words, width))]
    if len(found.groups) > 2:  # noqa: PLR2004  more than one pair
        several = "each interval holds for itself, not for all of them together"
        lines += [Line(), *(Line(words, "dim") for words in folded(several, width))]
    return lines


def _listed(paths: Sequence[str]) -> str:
    """Name the first few."""
    more = f" and {len(paths) - MOST_PATHS} more" if len(paths) > MOST_PATHS else ""
    return ", ".join(map(numbers.clean, paths[:MOST_PATHS])) + more


def _called(found: Contest) -> list[Line]:
    """Give the name of every study, with its folder where another has the same name."""
    times = Counter(entry.name for entry in found.entries)
    return [
        Line(numbers.clean(e.name if times[e.name] == 1 else f"{e.name} ({e.folder})"), "bold")
        for e in found.entries
    ]


def _results(found: Contest, width: int) -> list[Line]:
    """Draw the best of every study, the best so far on the way, and how it came about."""
    rows, several = found.entries, len(found.groups) < len(found.entries)
    names = list(dict.fromkeys(entry.history.metric.name for entry in rows))
    table: dict[str, list[Line]] = {"<study": _called(found)}
    if several:
        table["<group"] = [Line(numbers.clean(e.group)) for e in rows]
    table[">seed"] = [Line(str(e.seed)) for e in rows]
    table["<best " + numbers.clean(" / ".join(names))] = [_best(e) for e in rows]
    for trials in (n for n in EARLY if any(len(e.curve) >= n for e in rows)):
        table[f">after {trials}"] = [_number(e.after(trials)) for e in rows]
    table[">half"] = [_number(e.after(math.ceil(len(e.curve) / 2))) for e in rows]
    table[">all"] = [_number(e.after(len(e.curve))) for e in rows]
    table["<best so far"] = _sparks(rows, together=not found.refusal)
    return aligned(table, width)


def _best(entry: Entry) -> Line:
    """Write the best with its evidence."""
    best = entry.best
    if best is None:
        return Line("-", "dim")
    line = Line(numbers.number(best.value, 6))
    if best.error is not None:
        line.add(f" ± {numbers.number(best.error, 2)}")
    words = [f"{best.repeats} runs"] if best.repeats > 1 else []
    if best.believed is not None:
        words.append(f"model {numbers.number(best.believed, 4)}")
    if best.chance is not None:
        words.append(f"truly best {best.chance:.0%}")
    words.append(f"trial {best.trial.id}")
    return line.add(f" ({', '.join(words)})", "dim")


def _number(value: float | None) -> Line:
    return Line(numbers.number(value))


def _sparks(entries: Sequence[Entry], *, together: bool) -> list[Line]:
    """Draw the curves on one scale of values where that can be, and one of trials."""
    curves = [[value for value in entry.curve if math.isfinite(value)] for entry in entries]
    every = [value for values in curves for value in values]
    ends = (min(every), max(every)) if every and together else None
    longest = max(map(len, curves), default=0) or 1
    return [
        Line(numbers.sparkline(values, math.ceil(SPARKS * len(values) / longest), ends), "green")
        for values in curves
    ]


def _spent(found: Contest, width: int) -> list[Line]:
    """Draw what every study has used up, and what failed."""
    records = [entry.record() for entry in found.entries]
    table = {
        "<study": _called(found),
        ">trials": [Line(str(r["trials"])) for r in records],
        ">wall": [Line(numbers.seconds(r["wall_s"])) for r in records],
    }
    if any(r["gpu_s"] for r in records):
        table[">gpu hours"] = [Line(numbers.number(r["gpu_s"] / 3600, 3)) for r in records]
    if any(r["cost"] is not None for r in records):
        table[">cost"] = [Line(_price(r)) for r in records]
    table["<failed"] = [Line(_failed(r), "red" if r["failed"] else "") for r in records]
    return aligned(table, width)


def _price(record: dict[str, Any]) -> str:
    if record["cost"] is None:
        return "-"
    return f"{record['cost']:.2f} {numbers.clean(record['currency'])}"


def _failed(record: dict[str, Any]) -> str:
    kinds = ", ".join(f"{n} {numbers.clean(kind)}" for kind, n in record["failures"].items())
    return f"{record['failed']} ({kinds})" if kinds else str(record["failed"])


def _different(found: Contest) -> dict[str, dict[str, list[Line]]]:
    """Lay out what the configurations say differently, a section at a time, a column a group."""
    sections: dict[str, list[str]] = {}
    for path in found.differences:
        first = path.partition(".")[0]
        home = next((name for name, keys in SECTIONS.items() if first in keys), OTHERS)
        sections.setdefault(home, []).append(path)
    return {
        name: {
            "<": [Line(numbers.clean(path.removeprefix("parameters.")), "dim") for path in paths],
            **{
                "<" + numbers.clean(group): [
                    Line(_said(path, found.differences[path][group])) for path in paths
                ]
                for group in found.groups
            },
        }
        for name in (*SECTIONS, OTHERS)
        if (paths := sections.get(name))
    }


def _said(path: str, value: object) -> str:
    """Write a value of a configuration; what is left out is at its default, a parameter is absent."""
    if value == ABSENT:
        if path == LEARNT:
            return "nothing"
        whole = path.startswith("parameters.") and path.count(".") == 1
        return "-" if whole else "default"
    if isinstance(value, str):
        return numbers.clean(value)
    if isinstance(value, dict):
        return " ".join(f"{numbers.clean(str(k))}={_said('', v)}" for k, v in value.items())
    return numbers.clean(json.dumps(value, ensure_ascii=False))


def sentence(verdict: Verdict, found: Contest) -> str:
    """Say how a group stands against the first one, with the interval."""
    ours, theirs = numbers.clean(verdict.ours), numbers.clean(verdict.theirs)
    where, difference = verdict.measure.where, verdict.difference
    if difference is None:
        return f"{ours} and {theirs} are not told apart {where}: {verdict.why}"
    goal = found.entries[0].history.metric.goal
    ahead, behind, sign = (ours, theirs, 1) if difference.mean >= 0 else (theirs, ours, -1)
    above = "higher" if goal == "maximize" else "lower"
    size = numbers.number(sign * difference.mean, 3)
    by = f"{verdict.measure.words} of {ahead} is {above} by {size}"
    if verdict.why:
        return f"{ours} and {theirs} are not told apart {where}: {by}; {verdict.why}"
    low, high = sorted((sign * difference.low, sign * difference.high))
    interval = f"[95 %: {numbers.number(low, 3)} to {numbers.number(high, 3)}]"
    paired = "pairs of equal seeds" if verdict.paired else "runs a side, unpaired"
    evidence = f"{by} {interval}, {verdict.runs} {paired}"
    if verdict.better is None:
        return f"{ours} and {theirs} are not told apart {where}: {evidence}"
    return f"{ahead} is better than {behind} {where}: {evidence}"


def rows(found: Contest) -> Iterable[dict[str, Any]]:
    """Give one flat row a study, for a table."""
    for entry in found.entries:
        record = entry.record()
        best, after = record.pop("best") or {}, record.pop("after")
        metric = record.pop("metric")
        failures = record.pop("failures")
        del record["curve"]
        yield {
            **record,
            "metric": metric["name"],
            "goal": metric["goal"],
            **{f"best.{n}": best.get(n) for n in BEST},
            **{f"after.{trials}": value for trials, value in after.items()},
            "failures": " ".join(f"{kind}={times}" for kind, times in failures.items()),
        }
