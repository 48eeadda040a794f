"""Figures of how a study went, trial by trial: progress, learning curves. No model is asked."""

import math
from collections.abc import Iterable, Sequence

from tuner.report import numbers
from tuner.report.figures import ticks
from tuner.report.figures.chart import (
    Axis,
    Band,
    Chart,
    Line,
    Mark,
    Nothing,
    Panel,
    Points,
    Tone,
    drawable,
    within,
)
from tuner.report.figures.subject import Sight, Subject
from tuner.study import History, Trial, TrialState
from tuner.study.foretold import NORMAL_95, kept
from tuner.study.ranking import model_judges, origin, values_judged

STATES: dict[TrialState, Tone] = {
    TrialState.COMPLETED: "main",
    TrialState.STOPPED: "other",
    TrialState.FAILED: "bad",
    TrialState.RUNNING: "model",
}
EMPTY = "no trial yet"
JUDGED = "the metric is noisy: the best so far is the best measured; a model names the winner"
WITHOUT = "a failed trial has no value: its cross stands at the bad end"
LONGEST_CURVE = 200  # places of a learning curve


def progress(subject: Subject) -> Chart | Nothing:
    """Draw values by trial, the best so far, and what the model foretold."""
    trials = sorted(subject.history.trials.values(), key=lambda trial: trial.id)
    if not trials:
        return Nothing(reason=EMPTY)
    sight = subject.sight([subject.value(trial) for trial in trials])
    marks = [
        *_foretold(trials, sight.axis),
        *_measured(subject, trials),
        *_without(subject, trials, sight),
        *_best_so_far(subject),
    ]
    y = sight.axis
    if all(isinstance(mark, Points) and mark.name == "failed" for mark in marks):
        y = Axis(low=-1.0, high=1.0, ticks=((0.0, "no value"),))
    panel = Panel(marks=tuple(marks), x=_by_trial(trials), y=y)
    notes = sight.notes
    if any(trial.suggestion.mean is not None for trial in trials):
        words = f"the band is what the model foretold when it proposed the trial: 95 %{_kept(subject.history)}"
        cut = any(_reaches_beyond(mark, y) for mark in marks if isinstance(mark, Band))
        notes = (f"{words}; it goes on beyond the axis" if cut else words, *notes)
    if any(trial.state == TrialState.FAILED for trial in trials):
        notes = (*notes, WITHOUT)
    if model_judges(subject.history):
        notes = (*notes, JUDGED)
    return Chart(title=f"{subject.name}: values by trial", panels=(panel,), notes=notes)


def _reaches_beyond(band: Band, axis: Axis) -> bool:
    if axis.low is None or axis.high is None:
        return False
    return any(low < axis.low for low in band.low) or any(high > axis.high for high in band.high)


def _by_trial(trials: Sequence[Trial]) -> Axis:
    ids = [trial.id for trial in trials]
    pad = max(0.5, 0.015 * (max(ids) - min(ids)))
    low, high = min(ids) - pad, max(ids) + pad
    return Axis(label="trial", low=low, high=high, ticks=ticks.counts(low, high))


def _foretold(trials: Sequence[Trial], axis: Axis) -> list[Mark]:
    rows = []
    for trial in trials:
        mean, sd = drawable(trial.suggestion.mean), drawable(trial.suggestion.sd)
        half = 0.0 if math.isnan(sd) else NORMAL_95 * sd
        rows.append((float(trial.id), mean, mean - half, mean + half))
    if all(math.isnan(mean) for _, mean, _, _ in rows):
        return []
    xs, means, lows, highs = map(tuple, zip(*rows, strict=True))
    return [
        Band(xs=xs, low=within(lows, axis), high=highs, name="foretold", tone="model"),
        Line(
            xs=xs,
            ys=within(means, axis),
            name="foretold, mean",
            tone="model",
            dashed=True,
            thin=True,
        ),
    ]


def _kept(history: History) -> str:
    """Say how many measurements came out as they were foretold."""
    inside, judged = kept(history)
    return f", and {inside:,} of {judged:,} measurements lie in it" if judged else ""


def _measured(subject: Subject, trials: Sequence[Trial]) -> list[Mark]:
    def points(name: str, tone: Tone, some: Iterable[Trial], symbol: str = "dot") -> list[Mark]:
        kept = list(some)
        if not kept:
            return []
        return [
            Points(
                xs=tuple(float(trial.id) for trial in kept),
                ys=tuple(subject.value(trial) for trial in kept),
                name=name,
                tone=tone,
                symbol="ring" if symbol == "ring" else "dot",
                hover=tuple(subject.said(trial) for trial in kept),
            )
        ]

    valued = [trial for trial in trials if not math.isnan(subject.value(trial))]
    done = [trial for trial in valued if trial.state == TrialState.COMPLETED]
    good = [trial for trial in done if not trial.excluded and subject.feasible(trial)]
    broken = [trial for trial in done if not trial.excluded and not subject.feasible(trial)]
    return [
        *points("excluded", "muted", (trial for trial in done if trial.excluded), "ring"),
        *points("breaks a constraint", "muted", broken),
        *points("completed", "main", good),
        *points("stopped early", "other", (t for t in valued if t.state == TrialState.STOPPED)),
    ]


def _without(subject: Subject, trials: Sequence[Trial], sight: Sight) -> list[Mark]:
    """Mark failed trials at the bad end of the axis: they have no value."""
    failed = [trial for trial in trials if trial.state == TrialState.FAILED]
    if not failed:
        return []
    edge = 0.0 if math.isnan(sight.worst) else sight.worst
    return [
        Points(
            xs=tuple(float(trial.id) for trial in failed),
            ys=(edge,) * len(failed),
            name="failed",
            tone="bad",
            symbol="cross",
            hover=tuple(failure(subject, trial) for trial in failed),
        )
    ]


def failure(subject: Subject, trial: Trial) -> str:
    """Tell of a trial, and why it failed."""
    message = trial.finish.message if trial.finish else None
    return subject.said(trial) + (f"\n{numbers.clean(message)}" if message else "")


def _best_so_far(subject: Subject) -> list[Mark]:
    xs, ys = [], []
    best = math.nan
    judged = values_judged(subject.history)
    for trial in subject.scored:
        value = drawable(judged.get(origin(subject.history, trial)))
        if math.isnan(value):
            continue
        if math.isnan(best) or subject.metric.gain(value) > subject.metric.gain(best):
            best = value
            xs.append(float(trial.id))
            ys.append(best)
    if not xs:
        return []
    xs.append(float(max(subject.history.trials)))
    ys.append(best)
    return [Line(xs=tuple(xs), ys=tuple(ys), name="best so far", tone="best", step=True)]


def learning(subject: Subject) -> Chart | Nothing:
    """Draw the metric as trials reported it on their way."""
    name = subject.metric.name
    curves = [
        (trial, curve)
        for trial in subject.history.trials.values()
        if len(curve := _curve(trial, name)) > 1
    ]
    if not curves:
        return Nothing(reason=f"no trial reported {numbers.clean(name)} more than once on its way")
    sight = subject.sight([value for _, curve in curves for _, value in curve])
    best = subject.best
    marks: list[Mark] = []
    for state, tone in STATES.items():
        some = [(trial, curve) for trial, curve in curves if trial.state == state]
        if some:
            marks.append(_curves(subject, some, name=str(state), tone=tone, thin=True))
    own = [(trial, curve) for trial, curve in curves if trial is best]
    if own:
        marks.append(_curves(subject, own, name=f"best: trial {own[0][0].id}", tone="best"))
    panel = Panel(marks=tuple(marks), x=Axis(label="step"), y=sight.axis)
    title = f"{subject.name}: learning curves"
    return Chart(title=title, panels=(panel,), notes=sight.notes)


def _curve(trial: Trial, name: str) -> list[tuple[float, float]]:
    """Give (step, value) of the last attempt, thinned where it is long."""
    found = [
        (float(place if step is None else step), drawable(metrics[name]))
        for place, (step, metrics) in enumerate(trial.reports)
        if name in metrics
    ]
    stride = max(1, len(found) // LONGEST_CURVE)
    return found[::stride] + (found[-1:] if stride > 1 else [])


def _curves(
    subject: Subject,
    some: Sequence[tuple[Trial, list[tuple[float, float]]]],
    *,
    name: str,
    tone: Tone,
    thin: bool = False,
) -> Line:
    """Put curves into one line with gaps between them."""
    xs: list[float] = []
    ys: list[float] = []
    hover: list[str] = []
    for trial, curve in some:
        xs += [step for step, _ in curve] + [math.nan]
        ys += [value for _, value in curve] + [math.nan]
        words = f"trial {trial.id}, {subject.metric.name} "
        hover += [words + numbers.number(value) for _, value in curve] + [""]
    return Line(xs=tuple(xs), ys=tuple(ys), hover=tuple(hover), name=name, tone=tone, thin=thin)
