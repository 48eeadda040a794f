"""An attempt's folder and its exit become an `Outcome`. Reads files, changes none.

The one place where runners decide how an attempt ended; every runner that leaves a folder behind
(log files, reports.jsonl, result.json) ends here.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuner import wire
from tuner.runners.classify import Verdict, failure_of
from tuner.runners.exits import Exit
from tuner.runners.missing import explain
from tuner.runners.readings import reading_of
from tuner.runners.secrets import mask
from tuner.runners.sources import records_of, reported
from tuner.runners.spec import Classify
from tuner.study import Constraint, Ending, Metric, Outcome, Source

TAIL = 1 << 16  # bytes of each log that patterns are searched in
FROM_OUTSIDE: dict[str, Ending] = {
    "terminated": "interrupted",
    "killed": "interrupted",
    "tuner_died": "interrupted",
    "stopped": "stopped",
}
PRINTED = Source()


@dataclass(frozen=True, kw_only=True)
class Collector:
    """What it takes to judge an attempt of one study."""

    metric: Metric
    constraints: Sequence[Constraint] = ()
    classify: Sequence[Classify] = ()
    timeout_s: float | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that must be measured, the metric first."""
        bounded = [constraint.metric for constraint in self.constraints]
        return tuple(dict.fromkeys([self.metric.name, *bounded]))

    def outcome(self, folder: Path, ended: Exit, secrets: Iterable[str] = ()) -> Outcome:
        """Say how an attempt ended. Values of `secrets` are masked in the message."""
        metrics = {} if ended.reason == "unstartable" else self.metrics(folder, whole=ended.clean)
        state, verdict = self._judge(folder, ended, metrics)
        message = " ".join(part for part in (verdict and verdict.message, _notes(ended)) if part)
        return Outcome(
            state=state,
            failure=verdict.failure if verdict else None,
            metrics=metrics,
            exit_code=ended.exit_code,
            wall_s=ended.wall_s,
            gpu_s=ended.wall_s * ended.gpus,
            peak_memory_bytes=ended.peak_memory_bytes,
            message=mask(message, secrets) or None,
            final=verdict is not None and verdict.final,
        )

    def metrics(self, folder: Path, *, whole: bool) -> dict[str, float]:
        """Read every named number, the metric only from where it is asked to be read."""
        source, name, others = self.metric.source, self.metric.name, self.names[1:]
        said = reading_of(self.metric, reported(folder))
        main = said
        if source.kind != "stdout" or name not in said:
            main = reading_of(self.metric, records_of(source, self.names, folder, whole=whole))
        found = {**said, **main}
        if not found.keys() >= set(others):
            records = records_of(PRINTED, others, folder, whole=whole)
            found = {**reading_of(self.metric, records), **found}
        if name not in main and source.kind != "return":
            found.pop(name, None)
        return found

    def _judge(
        self, folder: Path, ended: Exit, metrics: dict[str, float]
    ) -> tuple[Ending, Verdict | None]:
        """Give the state, and the failure if it is one."""
        if ended.reason in FROM_OUTSIDE:
            return FROM_OUTSIDE[ended.reason], None
        if ended.reason == "timeout":
            return "failed", Verdict("timeout", f"ran longer than {duration(self.timeout_s)}")
        if ended.reason == "unstartable":
            return "failed", Verdict("unstartable", ended.message)
        if ended.reason == "lost":
            return "lost", Verdict("lost", ended.message or "its supervisor was killed")
        missing = [name for name in self.names if name not in metrics]
        if ended.clean and not missing:
            return self._judge_value(metrics[self.metric.name])
        verdict = failure_of(ended, tails_of(folder), self.classify)
        return "failed", verdict or self._no_metric(missing, folder)

    def _judge_value(self, value: float) -> tuple[Ending, Verdict | None]:
        if math.isfinite(value):
            return "completed", None
        return "failed", Verdict("diverged", f"{self.metric.name} is {value}")

    def _no_metric(self, missing: list[str], folder: Path) -> Verdict:
        name = missing[0]
        source = self.metric.source if name == self.metric.name else self._source_of_others()
        return Verdict("no_metric", explain(name, source, folder))

    def _source_of_others(self) -> Source:
        """Constraints' metrics have no regular expression and no tag of their own."""
        source = self.metric.source
        return PRINTED if source.kind == "regex" else source


def _notes(ended: Exit) -> str:
    notes = []
    if ended.survivors:
        notes.append(f"({ended.survivors} of its processes cannot be killed)")
    if ended.log_trouble:
        notes.append(f"(output was lost: {ended.log_trouble})")
    return " ".join(notes)


def tails_of(folder: Path) -> str:
    """Give the ends of both logs, standard error last: that is where the last word is."""
    return "\n".join(tail_of(folder / name) for name in (wire.STDOUT_NAME, wire.STDERR_NAME))


def tail_of(path: Path, size: int = TAIL) -> str:
    """Give the end of a text file, empty if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            return file.read(size).decode("utf-8", errors="replace")
    except OSError:
        return ""


def duration(seconds: float | None) -> str:
    """Write seconds the way the configuration does.

    Example:
        >>> duration(7200), duration(90), duration(0.5)
        ('2h', '90s', '0.5s')
    """
    value = seconds or 0.0
    for unit, size in (("h", 3600), ("m", 60)):
        if value >= size and value % size == 0:
            return f"{value / size:g}{unit}"
    return f"{value:g}s"
