"""Optuna's journal file: one JSON object a line, each an operation. Read without Optuna.

A trial's number is its place in the file, as Optuna counts them. The snapshots that Optuna keeps
beside a journal in Redis are pickles; a file has none.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuner.interop.base import OldStudy
from tuner.interop.documents import json_lines
from tuner.interop.optuna_bounds import constraints_in
from tuner.interop.optuna_space import GOALS, STATES, Stored, chosen, metric_names, old_study
from tuner.interop.values import int_of, number_of

DIRECTIONS = (None, GOALS["MINIMIZE"], GOALS["MAXIMIZE"])
ENDED = ("COMPLETE", "PRUNED", "FAIL")
Log = dict[str, Any]


def read_optuna_journal(
    path: Path, study: str | None = None, metric: str | None = None
) -> OldStudy:
    """Read one study of a journal.

    Args:
        path: of the file.
        study: its name, where there are several.
        metric: the objective that is meant, where it has several.

    Raises:
        UsageError: it cannot be read, or which study is meant is not clear.
    """
    replay, unread = _Replay(), []
    for number, log in json_lines(path):
        try:
            if isinstance(log, ValueError):
                raise log
            replay.take(log)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as why:
            said = str(why) if isinstance(log, ValueError) else "it is no operation of a journal"
            unread.append(f"line {number}: {said}")
    studies = {each.name: each for each in replay.studies.values()}
    found = studies[chosen(studies, study, path)]
    names = metric_names(found.metric_names, len(found.directions))
    goals = {n: DIRECTIONS[d] for n, d in zip(names, found.directions, strict=True)}
    return old_study(path, found.name, found.trials, goals, metric, unread)


@dataclass
class _Study:
    name: str
    directions: list[int]
    trials: list[Stored] = field(default_factory=list)
    metric_names: object = None


class _Replay:
    """The fold of operations, as far as it matters here."""

    def __init__(self) -> None:
        self.studies: dict[int, _Study] = {}
        self.trials: list[Stored] = []
        self.made = 0

    def take(self, log: Log) -> None:
        """Take one more operation in; most of attributes are passed over."""
        match log["op_code"]:
            case 0:
                self._create_study(log)
            case 1:
                self.studies.pop(log["study_id"], None)
            case 3:
                self._set_system_attribute(log)
            case 4:
                self._create_trial(log)
            case 5:
                self._set_param(log)
            case 6:
                self._set_state(log)
            case 7:
                self._report(log)
            case 9:
                self._set_constraints(log)
            case int():
                pass
            case _:
                raise ValueError

    def _create_study(self, log: Log) -> None:
        if log["study_name"] in [study.name for study in self.studies.values()]:
            return
        directions = [int_of(each) for each in log["directions"]]
        if not directions or not set(directions) <= {0, 1, 2}:
            raise ValueError
        self.studies[self.made] = _Study(str(log["study_name"]), directions)
        self.made += 1

    def _set_system_attribute(self, log: Log) -> None:
        names = log["system_attr"].get("study:metric_names")
        if names is not None and log["study_id"] in self.studies:
            self.studies[log["study_id"]].metric_names = names

    def _create_trial(self, log: Log) -> None:
        study = self.studies.get(log["study_id"])
        if study is None:
            return
        distributions = log.get("distributions") or {}
        params = {
            name: (value, str(distributions[name])) for name, value in log.get("params", {}).items()
        }
        values = log.get("values") or ([log["value"]] if log.get("value") is not None else [])
        trial = Stored(
            number=len(study.trials),
            state=STATES[log.get("state", 0)],
            params=params,
            values=_values(values, study),
            constraints=_constraints(log.get("system_attrs") or {}),
        )
        study.trials.append(trial)
        self.trials.append(trial)

    def _set_param(self, log: Log) -> None:
        trial = self._open(log)
        if trial is not None:
            stored = log["param_value_internal"], str(log["distribution"])
            trial.params[str(log["param_name"])] = stored

    def _set_state(self, log: Log) -> None:
        trial = self._open(log)
        if trial is None:
            return
        trial.state = STATES[log["state"]]
        if log["values"] is not None:
            trial.values = dict(enumerate(log["values"]))

    def _report(self, log: Log) -> None:
        trial = self._open(log)
        step = number_of(log["step"])
        if trial is not None and (trial.last is None or trial.last[0] <= step):
            trial.last = step, log["intermediate_value"]

    def _set_constraints(self, log: Log) -> None:
        trial, found = self._open(log), _constraints(log["system_attr"])
        if trial is not None:
            trial.constraints |= found

    def _open(self, log: Log) -> Stored | None:
        """Give the trial an operation is about, None once it has ended: the first word counts."""
        number = log["trial_id"]
        if number < 0:
            raise IndexError
        trial = self.trials[number]
        return None if trial.state in ENDED else trial


def _constraints(attributes: dict[str, object]) -> dict[str, object]:
    return {
        n: v for key, stored in attributes.items() for n, v in constraints_in(key, stored).items()
    }


def _values(values: list[object], study: _Study) -> dict[int, object]:
    return dict(enumerate(values[: len(study.directions)]))
