"""What an old study is, whoever wrote it: trials with values and results, and what could not be read.

Whatever reads one gives these values and nothing of its own: data, never objects of another tool.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tuner.errors import UsageError
from tuner.study import Constraint, Value
from tuner.study.metric import Goal

__all__ = [
    "LONGEST_LABEL",
    "Columns",
    "Goal",
    "Kind",
    "NoMetricError",
    "Node",
    "OldStudy",
    "OldTrial",
    "SeveralStudiesError",
    "State",
]

Kind = Literal["tuner", "csv", "optuna", "wandb", "ray", "mlflow", "ax", "smac", "orion"]
State = Literal["completed", "stopped", "failed"]
TAKEN = "taken as parameters: "  # how the note begins of columns that nothing tells apart
OPEN = "has not ended: it is "  # how it is said of a trial of ours that is still to come
LATE = "taken as results and no parameters: "
LONGEST_LABEL = 100  # characters of what another tool called a trial
Node = Mapping[str, object]  # of a parameter, as in the YAML


class NoMetricError(UsageError):
    """A table does not tell which column is the metric; `choice` says which ones there are."""

    def __init__(self, choice: str) -> None:
        super().__init__("which column is the metric?", hint=f"name it: {choice}")
        self.choice = choice


class SeveralStudiesError(UsageError):
    """A file does not tell which of its studies is meant; `choice` names them."""

    def __init__(self, said: str, choice: str) -> None:
        super().__init__(said, hint=f"name one by `study`: {choice}")
        self.choice = choice


@dataclass(frozen=True, slots=True, kw_only=True)
class OldTrial:
    """A point that was tried, and what came of it.

    Attributes:
        label: what the other tool calls it: a number, a name; or the number of its line.
        place: what `label` is of.
        point: values by the names of the other tool; what was nested has dots in its name.
        metrics: in their raw units; nan and infinities where these were reported.
        state: stopped means ended early, with the last report as its metrics.
        noise: standard errors of metrics, in their units, where they are known.
    """

    label: str
    point: Mapping[str, Value]
    metrics: Mapping[str, float]
    state: State = "completed"
    noise: Mapping[str, float] = field(default_factory=dict)
    place: Literal["trial", "line"] = "trial"

    @property
    def called(self) -> str:
        """Name it in a message."""
        return f"{self.place} {self.label[:LONGEST_LABEL]}"


@dataclass(frozen=True, kw_only=True)
class OldStudy:
    """A study of the past, as far as it can be read.

    Attributes:
        source: the file or folder that was read.
        metric: what was searched for; None where it does not say, or says several.
        goal: None where it does not say.
        parameters: the space where it is declared, in the words of our own configuration; may be
            empty, or lack some of the names in the points.
        constraints: bounds on metrics that had to hold there.
        require: conditions on parameters, as expressions of our language.
        unread: what could not be read, one line each with its place and the reason.
        notes: what was decided without being said by the file, one line each.
    """

    name: str
    source: Path
    kind: Kind
    metric: str | None
    goal: Goal | None
    parameters: Mapping[str, Node]
    trials: Sequence[OldTrial]
    constraints: Sequence[Constraint] = ()
    require: Sequence[str] = ()
    unread: Sequence[str] = ()
    notes: Sequence[str] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Name its parameters, the declared ones first."""
        tried = (name for trial in self.trials for name in trial.point)
        return tuple(dict.fromkeys([*self.parameters, *tried]))


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which columns of a table mean what.

    Attributes:
        parameters, metrics, noise: column by name; names of `noise` are those of metrics.
        state, label: a column each, None for none.
    """

    parameters: Mapping[str, str]
    metrics: Mapping[str, str]
    noise: Mapping[str, str] = field(default_factory=dict)
    state: str | None = None
    label: str | None = None


def numbered(labels: Sequence[str], place: str) -> str:
    """Name trials, runs of numbers as ranges.

    Example:
        >>> numbered(["1", "2", "3", "7"], "line"), numbered(["a-b"], "trial")
        ('lines 1-3, 7', 'trial a-b')
    """
    parts: list[list[str]] = []
    for label in (label[:LONGEST_LABEL] for label in labels):
        last = parts[-1][-1] if parts else ""
        numbers = label.isdecimal() and last.isdecimal()  # Python reads 4,300 digits and no more
        follows = numbers and int(label) == int(last) + 1
        if follows:
            parts[-1] = [parts[-1][0], label]
        else:
            parts.append([label])
    word = place if len(labels) == 1 else f"{place}s"
    return f"{word} {', '.join('-'.join(part) for part in parts)}"
