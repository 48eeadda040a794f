"""What every sink promises, and what it is told of a study."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tuner.study import Metric, Trial, Value


@dataclass(frozen=True, kw_only=True)
class About:
    """The study whose trials are written.

    Attributes:
        id: one of a kind among studies, the same for ever.
        folder: of the study.
        params, metrics: every name that the study has, as far as is known.
    """

    name: str
    id: str
    folder: Path
    metric: Metric
    params: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


class Sink(Protocol):
    """Takes trials that have ended, one at a time.

    Promises, checked for every sink in `tests/sinks/test_every_sink.py`:
      1. `write` shows point, metrics, reports, state and times of a trial;
      2. after `take_back` nothing is shown of it, also of what an earlier process wrote, or only
         half of it; a trial that was never written may be taken back.
    """

    def write(self, trial: Trial, about: About) -> None:
        """Show a trial. May raise anything."""

    def take_back(self, trial: int, about: About) -> None:
        """Show it no more. May raise anything."""

    def close(self) -> None:
        """Put things in order."""


def steps_of(trial: Trial) -> list[tuple[int, dict[str, float]]]:
    """Give the reports with whole, growing steps; counted where the job gave others."""
    said: list[tuple[int, dict[str, float]]] = []
    for place, (step, metrics) in enumerate(trial.reports):
        last = said[-1][0] if said else -1
        whole = step is not None and float(step).is_integer() and step > last
        said.append(
            (int(step) if whole and step is not None else max(place, last + 1), dict(metrics))
        )
    return said


def text_of(value: Value) -> str:
    """Write a value of a point as text, with all its digits.

    Example:
        >>> text_of(True), text_of(None), text_of(1e-5)
        ('true', 'null', '1e-05')
    """
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def seconds_of(at: str | None) -> float | None:
    """Give a time of the ledger in seconds since 1970; None where there is none.

    Example:
        >>> seconds_of("1970-01-01T00:01:00+00:00")
        60.0
    """
    try:
        then = datetime.fromisoformat(at or "")
    except ValueError:
        return None
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp()
