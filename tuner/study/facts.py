"""The facts: what happened, past tense, never changed. State is a fold over them (`history.py`).

A fact says what happened; its `Record` says when, in which order and by whom.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Value = bool | int | float | str | None
Point = Mapping[str, Value]
Metrics = Mapping[str, float]

Ending = Literal["completed", "stopped", "failed", "lost", "interrupted"]
Failure = Literal[
    "oom", "diverged", "timeout", "infra", "crash", "no_metric", "lost", "unstartable"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A process began to work on the study.

    Attributes:
        config: normalised; None when it equals the one already in the ledger.
        joined: other live processes were already at work (their time is not counted twice).
        versions: of tuner, python and the packages that shape suggestions.
        git: commit, dirty, diff (a hash); empty outside of a repository.
    """

    study: str
    config: Mapping[str, Any] | None
    config_hash: str
    versions: Mapping[str, str] = field(default_factory=dict)
    git: Mapping[str, str] = field(default_factory=dict)
    host: str = ""
    joined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconfigured:
    """The configuration changed: by an edited file on resume, or by `tuner set`."""

    config: Mapping[str, Any]
    config_hash: str
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A point was chosen and became a trial that waits for a place.

    Attributes:
        point: values of all live parameters, fixed and derived ones included.
        method: sobol, random, grid, bayes, branch, enqueued, added, rerun, confirm.
        by_hand: asked for by a person or a program that will tell the result; no runner starts it.
        seed: what the trial's process gets as TUNER_SEED.
        of: the trial that this one repeats, for rerun, confirm and what was added at its point.
        mean, sd: predicted for what will be measured, noise included, in the metric's own units.
        acquisition: value of the acquisition function at the point.
        seconds: spent on the suggestion.
        reason: why a fallback was used, None for the first choice.
        seen: finished trials the sampler knew.
        memory: how much each older study weighed in the prediction, by its name.
    """

    trial: int
    point: Point
    method: str
    seed: int = 0
    of: int | None = None
    mean: float | None = None
    sd: float | None = None
    acquisition: float | None = None
    seconds: float = 0.0
    reason: str | None = None
    seen: int = 0
    by_hand: bool = False
    memory: Metrics = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """An attempt is about to start: written before any of the user's code runs.

    pid 0 means that no process of ours looks after it: it was handed out by hand.
    """

    trial: int
    attempt: int
    host: str = ""
    pid: int = 0
    pid_started: float = (
        0.0  # clock ticks since boot; with pid and boot_id it names a process for ever
    )
    boot_id: str = ""
    devices: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A running attempt said how it goes."""

    trial: int
    attempt: int
    step: float | None
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An attempt ended.

    Attributes:
        again: another attempt of the same trial follows; the trial waits for a place once more.
        noise: known standard errors of metrics, in their units.
        message: one line for a person: the last words of the log, the nearest metric names.
    """

    trial: int
    attempt: int
    state: Ending
    failure: Failure | None = None
    metrics: Metrics = field(default_factory=dict)
    noise: Metrics = field(default_factory=dict)
    exit_code: int | None = None
    wall_s: float = 0.0
    gpu_s: float = 0.0
    peak_memory_bytes: int | None = None
    message: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A person, or the study itself, said something.

    kind: note (text on a trial or the study), mark (a tag on a trial; `exclude` keeps it out of the
    model and the ranking; `-tag` takes it away), retry (run the trial once more), stop (drain; of a
    trial: end it, and keep what it reported), stop_now (terminate).
    """

    kind: Literal["note", "mark", "retry", "stop", "stop_now"]
    trial: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An older study was read, and what it knows written down in the words of this one.

    Nothing is read again after that: the older study may grow or go, suggestions stay the same. A
    memory of the same name takes the place of the one before; the mode `none` puts it aside.

    Attributes:
        memory: its name, one of a kind in this study.
        source: where it was read.
        asked: what was asked for, as in `warm_start.studies`.
        mode: how it is used; see `interop/spec.py`.
        points: values of this study's parameters, as far as they could be translated.
        metric, goal: of this study when it was translated; what another is for is read anew.
        gains: of the points, larger is better, in the older study's units; nan where a trial failed.
        errors: standard errors of the gains, nan where unknown; empty where none is known.
        parameters: how each parameter was translated.
        left_out: older trials that could not be used, with the reason.
        unused: how many they are.
        notes: what was decided of the older study without its file saying so.
    """

    memory: str
    source: str = ""
    asked: Mapping[str, Any] = field(default_factory=dict)
    mode: str = "auto"
    metric: str = ""
    goal: str = ""
    points: tuple[Point, ...] = ()
    gains: tuple[float, ...] = ()
    errors: tuple[float, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    unused: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The process that opened the study let go of it.

    Attributes:
        finished: a rule found the study done; not a person, an error or too many failures.
    """

    reason: str
    finished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A fact of a newer version, kept as it is and ignored by the fold."""

    name: str
    body: Mapping[str, Any]


Fact = (
    Opened
    | Reconfigured
    | Remembered
    | Suggested
    | Started
    | Reported
    | Finished
    | Noted
    | Closed
    | Unknown
)


class Record(NamedTuple):
    """A fact with its place in the ledger.

    A tuple, because a replay makes millions of them.

    Attributes:
        number: 1, 2, 3 … in the order of the ledger; readers drop a number seen before.
        at: UTC, ISO 8601: a label for people, never used to order or to measure.
        elapsed_s: monotonic seconds since the writing process opened the study.
        worker: who wrote it, as `host/boot/pid/start`.
    """

    number: int
    at: str
    elapsed_s: float
    worker: str
    fact: Fact
