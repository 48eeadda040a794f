"""One trial: a point, its attempts, and what came of them."""

from dataclasses import dataclass, field
from enum import StrEnum

from tuner.study.facts import Ending, Failure, Finished, Metrics, Point, Started, Suggested


class TrialState(StrEnum):
    """Where a trial stands.

        SUGGESTED ──> RUNNING ──> COMPLETED
            ^            ├──────> STOPPED     ended early on purpose, keeps its last report
            │            ├──────> FAILED      crashed, timed out, or reported no metric
            └────────────┘        another attempt follows; `tuner retry` leads back here too

    A trial told by hand goes from SUGGESTED to its end directly.
    """

    SUGGESTED = "suggested"
    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


CRASHED = frozenset({"crash", "oom", "infra"})
"""Failures of a job that broke off, which mostly says why in its standard error."""

OPEN = frozenset({TrialState.SUGGESTED, TrialState.RUNNING})


@dataclass(slots=True, kw_only=True)
class Trial:
    """What is known of one point. Only `History.apply` changes it, and never once it has ended.

    Not frozen, because a ledger of 100,000 trials is replayed by changing open trials in place.

    Attributes:
        attempt: the attempt that runs or ran last, 0 before the first.
        attempts_lost, attempts_interrupted: attempts that ended without a verdict on the point.
        finish_number: of the record that ended the last attempt: the order of finishing.
        reports: (step, metrics) of the current attempt, oldest first.
        gpu_s, wall_s: over all attempts.
        stop_asked: a person wants this one to end, with what it has reported.
    """

    id: int
    suggestion: Suggested
    state: TrialState = TrialState.SUGGESTED
    attempt: int = 0
    attempts_lost: int = 0
    attempts_interrupted: int = 0
    suggested_at: str = ""
    worker: str = ""
    start: Started | None = None
    started_at: str | None = None
    finish: Finished | None = None
    finished_at: str | None = None
    finish_number: int = 0
    reports: list[tuple[float | None, Metrics]] = field(default_factory=list)
    wall_s: float = 0.0
    gpu_s: float = 0.0
    marks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stop_asked: bool = False

    @property
    def params(self) -> Point:
        """Values of all live parameters, fixed and derived ones included."""
        return self.suggestion.point

    @property
    def method(self) -> str:
        """How the point was chosen."""
        return self.suggestion.method

    @property
    def metrics(self) -> Metrics:
        """What was measured; empty until an attempt finished with something."""
        return self.finish.metrics if self.finish else _NOTHING

    @property
    def noise(self) -> Metrics:
        """Known standard errors of the metrics."""
        return self.finish.noise if self.finish else _NOTHING

    @property
    def failure(self) -> Failure | None:
        """The class of the last failure, None if it did not fail."""
        return self.finish.failure if self.finish and self.state == TrialState.FAILED else None

    @property
    def open(self) -> bool:
        """Waiting or running: its result is still to come."""
        return self.state in OPEN

    @property
    def counted(self) -> bool:
        """Uses up the budget of trials: neither a repeat nor a result measured elsewhere."""
        return self.suggestion.method not in ("added", "rerun", "confirm")

    @property
    def elsewhere(self) -> bool:
        """Measured elsewhere: imported, or added by a program."""
        return self.suggestion.method == "added"

    @property
    def asked(self) -> bool:
        """Handed out by `tuner ask`: no process runs it, and somebody will tell the result."""
        return self.start is not None and not self.start.pid and self.suggestion.by_hand

    @property
    def learnt(self) -> bool:
        """Chosen for what a model of the trials before expected of it."""
        return self.suggestion.method in ("bayes", "branch")

    @property
    def logged(self) -> bool:
        """A command of ours ran for it, so there is what it wrote; not what was done by hand."""
        return self.start is not None and bool(self.start.argv)

    def seen_by(self, study: str = "", *, silent: bool = False) -> str:
        """Give the command that shows what became of it: what it wrote, or what is known of it.

        Standard error tells of a crash; a value that is missing or none is looked for in the output.

        Args:
            study: how commands name it, empty for the latest.
            silent: there is nothing in its standard error.
        """
        verb = "logs" if self.logged and self.failure != "unstartable" else "show"
        option = "--stderr" if verb == "logs" and self.failure in CRASHED and not silent else ""
        return " ".join(filter(None, ("tuner", verb, study, str(self.id), option)))

    @property
    def excluded(self) -> bool:
        """Marked by a person as not to be used."""
        return "exclude" in self.marks


_NOTHING: Metrics = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A point with its origin, before it is a trial. Fields as in `facts.Suggested`."""

    point: Point
    method: str
    mean: float | None = None
    sd: float | None = None
    acquisition: float | None = None
    seconds: float = 0.0
    reason: str | None = None
    memory: Metrics = field(default_factory=dict)

    def as_fact(
        self, trial: int, *, point: Point, seed: int, seen: int, by_hand: bool = False
    ) -> Suggested:
        """Make a trial of it; `point` is its own, completed by fixed and derived values."""
        return Suggested(
            trial=trial,
            point=point,
            method=self.method,
            seed=seed,
            mean=self.mean,
            sd=self.sd,
            acquisition=self.acquisition,
            seconds=self.seconds,
            reason=self.reason,
            seen=seen,
            by_hand=by_hand,
            memory=self.memory,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an attempt ended, before it is a fact. Fields as in `facts.Finished`.

    Attributes:
        final: another attempt would end the same way, so none follows.
    """

    state: Ending
    failure: Failure | None = None
    metrics: Metrics = field(default_factory=dict)
    noise: Metrics = field(default_factory=dict)
    exit_code: int | None = None
    wall_s: float = 0.0
    gpu_s: float = 0.0
    peak_memory_bytes: int | None = None
    message: str | None = None
    final: bool = False

    def as_fact(self, trial: int, attempt: int, *, again: bool) -> Finished:
        """Say which attempt ended so, and whether another one follows."""
        return Finished(
            trial=trial,
            attempt=attempt,
            state=self.state,
            failure=self.failure,
            metrics=self.metrics,
            noise=self.noise,
            exit_code=self.exit_code,
            wall_s=self.wall_s,
            gpu_s=self.gpu_s,
            peak_memory_bytes=self.peak_memory_bytes,
            message=self.message,
            again=again,
        )
