"""Which of two groups of studies is better, and how sure that is. Plain values."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from tuner.numerics import bootstrap
from tuner.report.entrant import Entry
from tuner.report.export import plain

FEWEST = 5  # runs a side: resampling fewer gives no interval that holds 95 % of the time
SEED = 0


class Measure(NamedTuple):
    """What two groups are compared by.

    Attributes:
        name: for a program.
        words: for a person.
        where: when it is seen, as in "in the end".
    """

    name: str
    words: str
    where: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a group stands against the first one.

    Attributes:
        better: the name of the better group; None where they are not told apart.
        difference: ours minus theirs in gain, larger is better for `ours`; None without a result.
        runs: pairs of studies, or studies of the smaller group.
        why: for lack of what there is no verdict, empty when there is one.
    """

    ours: str
    theirs: str
    measure: Measure
    better: str | None
    difference: bootstrap.Interval | None
    runs: int
    paired: bool
    why: str = ""

    def record(self) -> dict[str, Any]:
        """Give it as plain JSON types."""
        low_high = self.difference if self.difference and not self.why else None
        return {
            "ours": self.ours,
            "theirs": self.theirs,
            "measure": self.measure.name,
            "of": self.measure.words,
            "gain": plain(self.difference.mean if self.difference else None),
            "low": plain(low_high.low if low_high else None),
            "high": plain(low_high.high if low_high else None),
            "runs": self.runs,
            "paired": self.paired,
            "better": self.better,
            "why": self.why or None,
        }


def held(ours: Sequence[Entry], theirs: Sequence[Entry]) -> list[Verdict]:
    """Hold a group against another: by the best in the end, and on the way there.

    Pairs are of equal seeds where each study of the smaller group has its one partner in the other.
    What is compared ends with the study that had the fewest trials.
    """
    both = [*ours, *theirs]
    least = min(len(entry.curve) for entry in both)
    alike = all(len(entry.curve) == least for entry in both)
    begun = max((next_number(entry.curve) for entry in both), default=0)
    ending = "the best" if alike else f"the best after {least} trials"
    end = Measure("best", ending, "in the end" if alike else f"after {least} trials")
    area = f"the mean of the best so far over trials {begun + 1} to {least}"
    way = Measure("area", area, "on the way")
    finals = [[e.final() if alike else e.after(least) for e in rows] for rows in (ours, theirs)]
    areas = [
        [float(np.mean(e.curve[begun:least])) if begun < least else None for e in rows]
        for rows in (ours, theirs)
    ]
    return [_verdict(ours, theirs, end, *finals), _verdict(ours, theirs, way, *areas)]


def next_number(steps: Sequence[float]) -> int:
    """Count the trials before the first result."""
    return next((place for place, value in enumerate(steps) if not math.isnan(value)), len(steps))


def _verdict(
    ours: Sequence[Entry],
    theirs: Sequence[Entry],
    measure: Measure,
    a: Sequence[float | None],
    b: Sequence[float | None],
) -> Verdict:
    gain = ours[0].history.metric.gain
    left = [(e.seed, gain(v)) for e, v in zip(ours, a, strict=True) if v is not None]
    right = [(e.seed, gain(v)) for e, v in zip(theirs, b, strict=True) if v is not None]
    pairs = _pairs(left, right)
    runs = min(len(left), len(right))
    rng = np.random.default_rng(SEED)
    x, y = [value for _, value in left], [value for _, value in right]
    found, why = None, ""
    if not runs:
        why = "a study has no result"
    elif runs < FEWEST:
        found = bootstrap.Interval(_mean(pairs) if pairs else _mean(x) - _mean(y), *[math.nan] * 2)
        why = f"{FEWEST} seeds a side are needed to tell, there are {runs}"
    else:
        found = bootstrap.paired(pairs, rng) if pairs else bootstrap.unpaired(x, y, rng)
    told = found is not None and not why and (found.low > 0 or found.high < 0)
    winner = (ours if found is not None and found.mean > 0 else theirs)[0].group
    return Verdict(
        ours=ours[0].group,
        theirs=theirs[0].group,
        measure=measure,
        better=winner if told else None,
        difference=found,
        runs=runs,
        paired=bool(pairs),
        why=why,
    )


def _pairs(left: Sequence[tuple[int, float]], right: Sequence[tuple[int, float]]) -> list[float]:
    """Give the differences of equal seeds; none where a seed is there twice or lacks its partner."""
    a, b = dict(left), dict(right)
    fewer, more = sorted((a, b), key=len)
    if len(a) < len(left) or len(b) < len(right) or not fewer.keys() <= more.keys():
        return []
    return [a[seed] - b[seed] for seed in fewer]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
