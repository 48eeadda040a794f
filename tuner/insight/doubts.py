"""Why what a model says may not be trusted, a sentence each."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from tuner.insight.base import Calibration, Finding, Importance
from tuner.insight.calibrated import calibration_of
from tuner.insight.ground import Ground
from tuner.space.parameter import Bool, Choice
from tuner.study import History, Trial
from tuner.study.foretold import kept
from tuner.surrogates.make import credible

POOR, WEAK = 0.3, 0.7
"""Shares of the variance, left out, below which a model hardly knows anything, or not much."""

FEW_A_PARAMETER = 5
"""Trials a parameter, below which there are few."""

MANY_FAILED = 0.2
"""Share of failed trials that is worth a word."""

CROWDED = 0.4
"""For how much of a trial each counts when that is worth a word."""

LUCKY = 0.85
"""Share of trials inside the 95 % interval, below which the model is too sure of itself."""


FEWEST_JUDGED = 10
"""Results with a forecast from which it can be told how those come out."""


def doubts_of(ground: Ground, importance: Importance, worth: float) -> tuple[str, ...]:
    """Say what speaks against the figures; nothing where the model is good.

    Args:
        ground: of the study.
        importance: what was found.
        worth: for how much of a trial each counts, the trials being crowded.
    """
    found = []
    calibration = calibration_of(ground)
    measured, searched = len(calibration.ids), len(ground.space.searched)
    if calibration.r2 < WEAK:
        found.append(hardly(calibration) or _foretells("foretells only in part", calibration))
    if calibration.inside < LUCKY:
        found.append(
            f"the model is too sure of itself: {calibration.inside:.0%} of the trials lie inside "
            "their 95% intervals"
        )
    if worth < CROWDED:
        found.append(_crowded(measured, worth, importance))
    if measured < FEW_A_PARAMETER * searched:
        found.append(
            f"{measured} results are few for {searched} parameters: bounds are less sure than they say"
        )
    if said := too_good(ground)[1]:
        found.append(said)
    found += _untried(ground)
    failed = int(ground.whole.failed.sum())
    known = len(ground.whole.ids)
    if failed > MANY_FAILED * known:
        found.append(f"{failed} of {known} trials failed and say nothing here")
    if ground.fence is not None:
        fence = ground.metric.raw(ground.fence)
        side = "above" if ground.metric.goal == "minimize" else "below"
        found.append(f"values {side} {fence:.4g} lie far out and count as {fence:.4g}")
    results = _results(ground.history)
    if results > measured:
        found.append(f"made of {measured} of {results} results")
    if ground.space.require:
        found.append("combinations that `require` forbids count as the model expects them to be")
    return tuple(found)


def too_good(ground: Ground) -> tuple[int, str]:
    """Give the trial that is best of those that the model does not believe, and words; 0 and none else."""
    dataset = ground.whole
    rows = np.flatnonzero(dataset.measured)
    gains = dataset.Y[rows, 0]
    likely = credible(gains)
    if likely.all():
        return 0, ""
    first = rows[gains.argmax()]
    name, raw = ground.metric.name, ground.metric.raw
    more = int((~likely).sum()) - 1
    others = f", and {more} more the like" if more else ""
    return dataset.ids[first], (
        f"trial {dataset.ids[first]} measured {name} {raw(float(dataset.Y[first, 0])):.4g}{others}, too good "
        f"to be true beside the others: to the model it is {raw(float(gains[likely].max())):.4g}, the best of "
        "those"
    )


def disbelieved(ground: Ground, see: Callable[[Trial], str], study: str) -> Iterator[Finding]:
    """Warn of a value that wins although the model does not believe it; see and study as `make` has them."""
    number, said = too_good(ground)
    if not said:
        return
    trial = " ".join(filter(None, (study, str(number))))
    todo = (
        f"see why: {see(ground.history.trials[number])}; `tuner rerun {trial}` measures it again, "
        f"`tuner mark {trial} exclude` keeps it out of the ranking"
    )
    yield Finding(about="results", level="warning", text=said, todo=todo)


def _untried(ground: Ground) -> Iterator[str]:
    """Say of which categories values are left."""
    for parameter in ground.space.searched:
        if isinstance(parameter, Choice | Bool) and (untried := ground.untried(parameter)):
            values = f"{len(untried)} of {len(parameter.values)} values of {parameter.name}"
            were = "was" if len(untried) == 1 else "were"
            yield f"{values} {were} never tried: what is said of {parameter.name} is by the others"


def hardly(calibration: Calibration) -> str:
    """Say that a model fails its own check, in words; empty where it does not."""
    return "" if calibration.r2 >= POOR else _foretells("hardly foretells", calibration)


def _foretells(said: str, calibration: Calibration) -> str:
    explained = max(0.0, calibration.r2)
    return f"the model {said} trials that it has not seen: it explains {explained:.0%} of their variance"


def _crowded(measured: int, worth: float, importance: Importance) -> str:
    """Say that trials crowd, and whether anything can be told nevertheless."""
    said = f"of the whole {measured} trials say as much as {max(1.0, measured * worth):.0f} spread evenly"
    if len(importance.weights) > 1 and not importance.tells:
        return (
            "the study looked at too small a part of the space to say which parameter matters more: "
            + said
        )
    return f"the trials crowd in parts of the space: {said}, and intervals are wider for it"


def _results(history: History) -> int:
    """Count the trials that measured something, those included that a model is not made of."""
    name = history.metric.name
    trials = (t for t in history.trials.values() if not (t.open or t.excluded))
    return sum(math.isfinite(t.metrics.get(name, math.nan)) for t in trials)


def foretold(history: History) -> Iterator[Finding]:
    """Hold results against what was said of them when they were proposed."""
    inside, judged = kept(history)
    if judged < FEWEST_JUDGED:
        return
    text = (
        f"{inside} of {judged} results came out inside the 95% intervals that were foretold of them"
    )
    if inside >= LUCKY * judged:
        yield Finding(about="foretold", level="good", text=text)
        return
    todo = "points are chosen where the model hopes most: take what is foretold for a guess"
    yield Finding(about="foretold", level="note", text=text, todo=todo)
