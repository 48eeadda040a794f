"""Our own ledgers, of any version and in either format."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from tuner.errors import UsageError
from tuner.interop.base import OPEN, Node, OldStudy, OldTrial, State
from tuner.ledger import read_study
from tuner.study import History, Metric, Opened, Trial, metric_of


def read_own(path: Path) -> OldStudy:
    """Read a study's folder, its ledger, or a table of its trials.

    Trials that have not ended and those marked `exclude` are named in `unread`.

    Raises:
        UsageError, LedgerError: nothing is there, or it cannot be read.
    """
    reading = read_study(path)
    history = reading.history
    metric, unread = _metric(history)
    unread += reading.damage
    trials = []
    for trial in history.trials.values():
        why = _left_out(trial)
        if why:
            unread.append(f"trial {trial.id}: {why}")
        else:
            trials.append(_old(trial))
    return OldStudy(
        name=_name(history) or reading.file.stem,
        source=path,
        kind="tuner",
        metric=metric.name if metric else None,
        goal=metric.goal if metric else None,
        parameters=_parameters(history.config),
        trials=tuple(trials),
        unread=tuple(unread),
        notes=tuple(
            f"its {section} is not taken over"
            for section in ("require", "constraints")
            if (history.config or {}).get(section)
        ),
    )


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
