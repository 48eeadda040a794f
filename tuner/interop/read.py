"""Any old study by its file or folder: told who wrote it, read, and made sure of its metric."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from tuner.errors import UsageError
from tuner.expression import did_you_mean
from tuner.interop.base import Columns, Goal, Kind, OldStudy
from tuner.interop.recognise import is_json, is_sqlite, kind_of
from tuner.interop.sheet import ONE_WAY
from tuner.interop.table import read_csv
from tuner.interop.values import listed
from tuner.ledger import collector_paused


@collector_paused()
def read_old(
    path: Path,
    kind: Kind | Literal["auto"] = "auto",
    *,
    metric: str | None = None,
    goal: Goal | None = None,
    columns: Columns | None = None,
    study: str | None = None,
) -> OldStudy:
    """Read the study that another run, or another tool, left behind. Nothing of it is executed.

    Args:
        path: a file or a folder.
        kind: who wrote it; auto to tell by the content.
        metric: the metric that is meant, where it names none or several.
        goal: which way is better, where it does not say.
        columns: of a CSV table, what its columns mean.
        study: which one, where a file holds several.

    Raises:
        UsageError: it is of no kind that is known, cannot be read, or lacks the metric.
    """
    if columns is not None:
        old = read_csv(path, columns, metric=metric)
    else:
        old = _read(path, kind_of(path) if kind == "auto" else kind, metric, study)
    meant = _metric(old, metric)
    return replace(old, metric=meant, goal=goal or (old.goal if meant == old.metric else None))


def _read(  # noqa: PLR0911  an arm a kind
    path: Path, kind: Kind, metric: str | None, study: str | None
) -> OldStudy:
    """Read with the reader of a kind, which no other needs to load."""
    match kind:
        case "tuner":
            from tuner.interop.own import read_own

            return read_own(path)
        case "optuna" if is_sqlite(path):
            from tuner.interop.optuna_sqlite import read_optuna_sqlite

            return read_optuna_sqlite(path, study, metric)
        case "optuna" if is_json(path):
            from tuner.interop.optuna_journal import read_optuna_journal

            return read_optuna_journal(path, study, metric)
        case "mlflow" if path.is_dir():
            from tuner.interop.mlflow import read_mlflow

            return read_mlflow(path, study, metric)
        case "ray" if path.is_dir() or is_json(path):
            from tuner.interop.ray import read_ray

            return read_ray(path, metric)
        case "ax":
            from tuner.interop.ax import read_ax

            return read_ax(path, metric)
        case "smac":
            from tuner.interop.smac import read_smac

            return read_smac(path, metric)
        case _:
            return read_csv(path, metric=metric, kind=kind)


def _metric(old: OldStudy, metric: str | None) -> str | None:
    known = list(dict.fromkeys(name for trial in old.trials for name in trial.metrics))
    if metric is None:
        return known[0] if old.metric is None and len(known) == 1 else old.metric
    if not known and old.unread:
        why = next((line for line in old.unread if metric in line), old.unread[0])
        advice = next((note for note in old.notes if ONE_WAY in note), None)
        raise UsageError(f"no trial of {old.source} has a value of {metric}: {why}", hint=advice)
    if metric not in known:
        raise UsageError(
            f"no trial of {old.source} has a metric {metric!r}{did_you_mean(metric, known)}",
            hint=f"it has {listed(known, most=20) or 'none'}",
        )
    return metric
