"""What happened: facts, the fold that makes state of them, and which trial is best."""

from tuner.study.facts import (
    Closed,
    Ending,
    Fact,
    Failure,
    Finished,
    Metrics,
    Noted,
    Opened,
    Point,
    Reconfigured,
    Record,
    Remembered,
    Reported,
    Started,
    Suggested,
    Unknown,
    Value,
)
from tuner.study.history import History
from tuner.study.marks import marked
from tuner.study.metric import Constraint, Metric, Source, constraints_of, metric_of
from tuner.study.trial import Outcome, Suggestion, Trial, TrialState
from tuner.study.watch import Pulse, Stage, Watcher

__all__ = [
    "Closed",
    "Constraint",
    "Ending",
    "Fact",
    "Failure",
    "Finished",
    "History",
    "Metric",
    "Metrics",
    "Noted",
    "Opened",
    "Outcome",
    "Point",
    "Pulse",
    "Reconfigured",
    "Record",
    "Remembered",
    "Reported",
    "Source",
    "Stage",
    "Started",
    "Suggested",
    "Suggestion",
    "Trial",
    "TrialState",
    "Unknown",
    "Value",
    "Watcher",
    "constraints_of",
    "marked",
    "metric_of",
]
