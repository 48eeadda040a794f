"""When trials ran, and in which sessions: time between two sessions is no time of the study."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from tuner.study.history import History
from tuner.study.trial import Trial, TrialState

Span = tuple[float, float]
"""A start and an end in seconds."""


class Ran(NamedTuple):
    """A trial with the start and the end of its last attempt, in seconds since 1970."""

    trial: Trial
    start: float
    end: float


def ran_of(history: History) -> list[Ran]:
    """Give every trial that was started, by its start; one that runs has run until the last record.

    An attempt that was lost with its process ended, for all that is known, with the last other trial
    of that process.
    """
    now = history.last_at or ""
    found = [one for trial in history.trials.values() for one in _ran(trial, now)]
    seen: dict[str, float] = {}
    for trial, _, end in found:
        if not _lost(trial):
            seen[trial.worker] = max(end, seen.get(trial.worker, end))
    known = [
        Ran(trial, start, max(start, seen.get(trial.worker, start)) if _lost(trial) else end)
        for trial, start, end in found
    ]
    return sorted(known, key=lambda one: (one.start, one.trial.id))


def gaps_of(spans: Sequence[Span]) -> list[Span]:
    """Give the times in which nothing ran, between spans sorted by their start."""
    gaps = []
    busy_until = spans[0][0] if spans else 0.0
    for start, end in spans:
        if start > busy_until:
            gaps.append((busy_until, start))
        busy_until = max(busy_until, end)
    return gaps


def sessions_of(ran: Sequence[Ran]) -> list[list[Ran]]:
    """Part what ran, sorted by its start, where nothing ran and all processes are others afterwards."""
    last = {one.trial.worker: one.start for one in ran}
    pauses = {end for _, end in gaps_of([(one.start, one.end) for one in ran])}
    found: list[list[Ran]] = []
    going_on = 0.0
    for one in ran:
        if not found or (one.start in pauses and going_on < one.start):
            found.append([])
        found[-1].append(one)
        going_on = max(going_on, last[one.trial.worker])
    return found


def _ran(trial: Trial, now: str) -> list[Ran]:
    start = _seconds(trial.started_at)
    if start is None or trial.state == TrialState.SUGGESTED:
        return []
    told = trial.finish.wall_s if trial.finish else 0.0
    end = start + told if told > 0 else _seconds(trial.finished_at or now)
    return [Ran(trial, start, max(start, end or start))]


def _lost(trial: Trial) -> bool:
    """Say whether nobody saw the attempt end."""
    return trial.finish is not None and trial.finish.state == "lost" and not trial.finish.wall_s


def _seconds(at: str | None) -> float | None:
    try:
        when = datetime.fromisoformat(at or "")
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
