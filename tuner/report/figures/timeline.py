"""The figure of which trial ran when and where, from what the ledger says. No model is asked."""

from collections.abc import Sequence
from datetime import UTC, datetime

from tuner.report import numbers
from tuner.report.figures import ticks
from tuner.report.figures.chart import Axis, Chart, Mark, Nothing, Panel, Spans
from tuner.report.figures.course import STATES, failure
from tuner.report.figures.model import more
from tuner.report.figures.subject import Subject
from tuner.study import Trial
from tuner.study.sessions import Ran, gaps_of, ran_of

PAUSE = 0.1  # of the time in which trials ran: longer pauses are cut out
SHORT_S = 2.0  # no pause is shorter
MOST_ROWS = 64


def timeline(subject: Subject) -> Chart | Nothing:
    """Draw which trial ran when and where; of a retried one the last attempt."""
    ran = ran_of(subject.history)
    if not ran:
        return Nothing(reason="no trial was started by the study")
    cut, pauses = _without_pauses([(start, end) for _, start, end in ran])
    lanes, names = _lanes(ran)
    rows = min(len(names), MOST_ROWS)
    marks: list[Mark] = []
    for state, tone in STATES.items():
        here = [
            place
            for place, (trial, _, _) in enumerate(ran)
            if trial.state == state and lanes[place] < rows
        ]
        if here:
            marks.append(
                Spans(
                    rows=tuple(float(lanes[place]) for place in here),
                    starts=tuple(cut[place][0] for place in here),
                    ends=tuple(cut[place][1] for place in here),
                    name=str(state),
                    tone=tone,
                    hover=tuple(_when(subject, ran[place]) for place in here),
                )
            )
    length = max(end for _, end in cut)
    pad = 0.01 * length
    time = Axis(label="time", low=-pad, high=length + pad, ticks=ticks.times(length))
    panel = Panel(marks=tuple(marks), x=time, y=Axis.of(names[:rows], down=True))
    title = f"{subject.name}: what ran when"
    notes = (*_notes(ran, pauses), *more(len(names), MOST_ROWS, "places where trials ran"))
    return Chart(title=title, panels=(panel,), notes=notes, rows=rows)


def _notes(ran: Sequence[Ran], pauses: int) -> list[str]:
    notes = []
    if pauses:
        cut = (
            "a pause in which nothing ran is"
            if pauses == 1
            else f"{pauses} pauses in which nothing ran are"
        )
        notes.append(f"{cut} cut out")
    again = sum(trial.attempt > 1 for trial, _, _ in ran)
    if again:
        noun = "trial" if again == 1 else "trials"
        notes.append(f"{again} {noun} ran more than once: the last attempt is shown")
    return notes


def _without_pauses(spans: Sequence[tuple[float, float]]) -> tuple[list[tuple[float, float]], int]:
    """Move spans, sorted by their start, so that they begin at 0 and no long pause is between them."""
    first, last = spans[0][0], max(end for _, end in spans)
    gaps = gaps_of(spans)
    busy = last - first - sum(end - start for start, end in gaps)
    long = [(start, end) for start, end in gaps if end - start > max(PAUSE * busy, SHORT_S)]

    def moved(time: float) -> float:
        return time - first - sum(end - start for start, end in long if time >= end)

    return [(moved(start), moved(end)) for start, end in spans], len(long)


def _lanes(ran: Sequence[Ran]) -> tuple[list[int], list[str]]:
    """Give each span a row: by host and device, and as many rows of these as ran at once."""
    groups: dict[str, list[float]] = {}
    found = []
    for trial, start, end in ran:
        rows = groups.setdefault(_where(trial), [])
        free = (row for row, until in enumerate(rows) if until <= start)
        row = next(free, len(rows))
        rows[row:] = [*rows[row:], end] if row == len(rows) else [end, *rows[row + 1 :]]
        found.append((_where(trial), row))
    order = [(group, row) for group in sorted(groups) for row in range(len(groups[group]))]
    names = [f"{group} {row + 1}" if len(groups[group]) > 1 else group for group, row in order]
    place = {key: number for number, key in enumerate(order)}
    return [place[key] for key in found], names


def _where(trial: Trial) -> str:
    start = trial.start
    if start is None or not start.pid:
        return "by hand"
    return f"{start.host}:{','.join(start.devices)}" if start.devices else start.host or "here"


def _when(subject: Subject, one: Ran) -> str:
    trial, start, end = one
    at = datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"{failure(subject, trial)}\n{at}, {numbers.seconds(end - start)}"
