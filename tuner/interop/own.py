"""Our own ledgers, of any version and in either format."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from tuner.errors import TunerError, UsageError
from tuner.interop.base import OPEN, Node, OldStudy, OldTrial, State
from tuner.ledger import read_study
from tuner.ledger.spec import LEDGERS
from tuner.study import (
    Constraint,
    History,
    Metric,
    Opened,
    Trial,
    constraints_of,
    metric_of,
)


def read_own(path: Path) -> OldStudy:
    """Read a study's folder, its ledger, or a table of its trials.

    Trials that have not ended and those marked `exclude` are named in `unread`. What a table does not
    say, the ledger beside it does: the metric, the space and what had to hold.

    Raises:
        UsageError, LedgerError: nothing is there, or it cannot be read.
    """
    reading = read_study(path)
    history = reading.history
    told = history if history.config is not None else _beside(reading.file) or history
    metric, unread = _metric(told)
    constraints, wrong = _constraints(told)
    unread += [*wrong, *reading.damage]
    trials = []
    for trial in history.trials.values():
        why = _left_out(trial)
        if why:
            unread.append(f"trial {trial.id}: {why}")
        else:
            trials.append(_old(trial))
    return OldStudy(
        name=_name(told) or reading.file.stem,
        source=path,
        kind="tuner",
        metric=metric.name if metric else None,
        goal=metric.goal if metric else None,
        parameters=_parameters(told.config),
        trials=tuple(trials),
        constraints=constraints,
        require=_require(told.config),
        unread=tuple(unread),
    )


def _beside(file: Path) -> History | None:
    """Give the study in whose folder a table lies."""
    if not any((file.parent / name).is_file() for name in LEDGERS):
        return None
    try:
        return read_study(file.parent).history
    except TunerError:
        return None


def _name(history: History) -> str:
    fact = history.opened.fact if history.opened else None
    return fact.study if isinstance(fact, Opened) else ""


def _metric(history: History) -> tuple[Metric | None, list[str]]:
    if history.config is None:
        return None, []
    try:
        return metric_of(history.config), []
    except UsageError as wrong:
        return None, [str(wrong)]


def _constraints(history: History) -> tuple[tuple[Constraint, ...], list[str]]:
    try:
        return constraints_of(history.config or {}), []
    except UsageError as wrong:
        return (), [str(wrong)]


def _require(config: Mapping[str, Any] | None) -> tuple[str, ...]:
    texts = (config or {}).get("require")
    if not isinstance(texts, list | tuple):
        return ()
    return tuple(text for text in texts if isinstance(text, str))


def _left_out(trial: Trial) -> str:
    if trial.open:
        return f"{OPEN}{trial.state}"
    return "is marked `exclude`" if trial.excluded else ""


def _old(trial: Trial) -> OldTrial:
    return OldTrial(
        label=str(trial.id),
        point=trial.params,
        metrics=trial.metrics,
        state=cast("State", str(trial.state)),
        noise=trial.noise,
    )


def _parameters(config: Mapping[str, Any] | None) -> dict[str, Node]:
    """Give the nodes of a ledger's configuration; what is none is left out, whoever wrote it."""
    nodes = (config or {}).get("parameters")
    if not isinstance(nodes, Mapping):
        return {}
    return {name: dict(node) for name, node in nodes.items() if isinstance(node, Mapping)}
