"""Figures of what a model of the study says: what matters, how far to trust it, what it was worth.

The numbers come from `tuner.insight`; nothing is fitted here.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tuner.report import numbers
from tuner.report.figures import ticks
from tuner.report.figures.chart import (
    Axis,
    Band,
    Bars,
    Chart,
    Line,
    Nothing,
    Panel,
    Points,
    drawable,
    finite,
    within,
)
from tuner.report.figures.subject import Subject
from tuner.study import Trial
from tuner.study.foretold import NORMAL_95

if TYPE_CHECKING:
    from tuner.insight.base import Estimate

MOST_BARS = 24
PERCENT = 100.0
ALONE = "nothing varies: there is no parameter to choose"


def importance(subject: Subject) -> Chart | Nothing:
    """Draw which parameters matter, alone and with all their interactions."""
    found = subject.understood.importance()
    weights = found.weights[:MOST_BARS]
    if not weights:
        return Nothing(reason=ALONE)
    total, first = [weight.total for weight in weights], [weight.first for weight in weights]
    panel = Panel(
        marks=(
            _bars(total, "with its interactions", "muted", interval=True),
            _bars(first, "alone", "main", interval=False),
        ),
        x=Axis(label="share of the metric's variance, %", low=0.0, high=_end(total)),
        y=Axis.of([weight.name for weight in weights], down=True),
    )
    title = f"{subject.name}: what decides {subject.metric.name}"
    notes: tuple[str, ...] = (*found.doubts, *more(len(found.weights), MOST_BARS, "parameters"))
    return Chart(title=title, panels=(panel,), notes=notes, rows=len(weights))


def interactions(subject: Subject) -> Chart | Nothing:
    """Draw which pairs of parameters explain more together than each alone."""
    found = subject.understood.importance()
    pairs = subject.understood.pairs()[:MOST_BARS]
    if not pairs:
        return Nothing(reason="no two parameters vary and are alive together: there is no pair")
    shares = [pair.share for pair in pairs]
    panel = Panel(
        marks=(_bars(shares, "together, beyond each alone", "main", interval=True),),
        x=Axis(label="share of the metric's variance, %", low=0.0, high=_end(shares)),
        y=Axis.of([" x ".join(pair.names) for pair in pairs], down=True),
    )
    title = f"{subject.name}: parameters that act together"
    return Chart(title=title, panels=(panel,), notes=found.doubts, rows=len(pairs))


def _bars(shares: "Sequence[Estimate]", name: str, tone: str, *, interval: bool) -> Bars:
    values = tuple(PERCENT * share.value for share in shares)
    return Bars(
        places=tuple(float(place) for place in range(len(shares))),
        lengths=values,
        name=name,
        tone="muted" if tone == "muted" else "main",
        low=tuple(PERCENT * share.low for share in shares) if interval else (),
        high=tuple(PERCENT * share.high for share in shares) if interval else (),
        hover=tuple(
            f"{name or 'together'} {PERCENT * s.value:.1f} %\n"
            f"95 %: {PERCENT * s.low:.1f} to {PERCENT * s.high:.1f}"
            for s in shares
        ),
    )


def _end(shares: "Sequence[Estimate]") -> float:
    found = finite(drawable(PERCENT * share.high) for share in shares)
    return max([*found, 1.0]) * 1.04


def more(count: int, most: int, what: str) -> tuple[str, ...]:
    """Say that there is more than is shown, where there is."""
    return (f"the first {most} of {count} {what}",) if count > most else ()


def calibration(subject: Subject) -> Chart | Nothing:
    """Draw what the model foretells of each trial from all others, against what was measured."""
    found = subject.understood.calibration()
    if not found.ids:
        return Nothing(reason="no completed trial to foretell")
    observed, mean, sd = (
        tuple(map(float, values)) for values in (found.observed, found.mean, found.sd)
    )
    sight = subject.sight([*observed, *mean])
    low, high = sight.axis.low or 0.0, sight.axis.high or 1.0
    trials = [subject.history.trials[number] for number in found.ids]
    low_ends = tuple(m - NORMAL_95 * s for m, s in zip(mean, sd, strict=True))
    high_ends = tuple(m + NORMAL_95 * s for m, s in zip(mean, sd, strict=True))
    places = Points(
        xs=observed,
        ys=mean,
        low=within(low_ends, sight.axis),
        high=high_ends,
        hover=tuple(
            f"{subject.said(trial)}\nforetold {numbers.number(m)} ± {numbers.number(NORMAL_95 * s)}"
            for trial, m, s in zip(trials, mean, sd, strict=True)
        ),
    )
    bound = Line(xs=(low, high), ys=(low, high), name="as measured", tone="plain", dashed=True)
    measured = replace(sight.axis, label=f"{subject.metric.name}, measured")
    foretold = replace(sight.axis, label="foretold, 95 %")
    left = Panel(marks=(places, bound), title="foretold and measured", x=measured, y=foretold)
    note = (
        f"{PERCENT * found.inside:.0f} % of trials lie inside their 95 % interval; "
        f"R² {found.r2:.2f}; z spreads by {found.spread:.2f}, and by 1 where the model is right"
    )
    title = f"{subject.name}: how well trials are foretold"
    panels = (left, _errors(found.ids, tuple(map(float, found.z)), trials, subject))
    return Chart(title=title, panels=panels, columns=2, notes=(note, *sight.notes), rows=14)


def _errors(
    ids: Sequence[int], z: tuple[float, ...], trials: Sequence[Trial], subject: Subject
) -> Panel:
    """Give the standardised errors by trial."""
    ends = (float(min(ids)), float(max(ids)))
    pad = max(0.5, 0.02 * (ends[1] - ends[0]))
    reach = max([3.0, *(abs(value) for value in finite(map(drawable, z)))]) * 1.05
    points = Points(
        xs=tuple(map(float, ids)),
        ys=z,
        hover=tuple(
            f"{subject.said(trial)}\nz {value:+.2f}" for trial, value in zip(trials, z, strict=True)
        ),
    )
    across = (ends[0] - pad, ends[1] + pad)
    band = Band(xs=across, low=(-NORMAL_95,) * 2, high=(NORMAL_95,) * 2, name="95 %", tone="model")
    return Panel(
        marks=(band, points),
        title="errors in standard deviations",
        x=Axis(label="trial", low=across[0], high=across[1], ticks=ticks.counts(*across)),
        y=Axis(label="z", low=-reach, high=reach),
    )


def sobol(subject: Subject) -> Chart | Nothing:
    """Draw the best so far, and what Sobol points would have had by the model."""
    race = subject.understood.against_sobol()
    if race.doubt:
        return Nothing(reason=f"what Sobol points would have had cannot be told: {race.doubt}")
    ours, middle, low, high = (
        tuple(map(float, values)) for values in (race.ours, race.sobol, race.low, race.high)
    )
    if math.isnan(race.chance):
        return Nothing(reason="no completed trial that keeps the constraints yet")
    xs = tuple(float(place + 1) for place in range(len(ours)))
    sight = subject.sight([*ours, *middle, *finite(low), *finite(high)])
    panel = Panel(
        marks=(
            Band(xs=xs, low=within(low, sight.axis), high=high, tone="muted", name="Sobol, 95 %"),
            Line(xs=xs, ys=middle, tone="plain", name="Sobol, median"),
            Line(xs=xs, ys=ours, tone="best", name="this study", step=True),
        ),
        x=Axis(
            label="completed trials",
            low=0.5,
            high=len(xs) + 0.5,
            ticks=ticks.counts(0.5, len(xs) + 0.5),
        ),
        y=sight.axis,
    )
    notes = (
        f"better than Sobol after {len(xs)} trials with probability {race.chance:.2f}, by the model",
    )
    title = f"{subject.name}: the search against Sobol points"
    return Chart(title=title, panels=(panel,), notes=(*notes, *sight.notes))
