"""Trials as files for other programs: JSON, JSON lines, CSV; full precision, stable names.

Standard library only; `frame.py` adds pandas and parquet. JSON has no nan and no infinity: they
are written as the strings "nan", "inf", "-inf". A text cell of a CSV never starts a formula.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tuner.study import History, Trial
from tuner.wire import encode_number

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "'")  # OWASP ASVS 1.2.10, and our own mark
LEADING = ("id", "state", "failure", "method")
TRAILING = (
    "attempts",
    "wall_s",
    "gpu_s",
    "exit_code",
    "peak_memory_bytes",
    "predicted_mean",
    "predicted_sd",
    "repeats_trial",
    "suggested_at",
    "started_at",
    "finished_at",
    "host",
    "devices",
    "marks",
    "notes",
    "message",
)


def record(trial: Trial) -> dict[str, Any]:
    """Give everything known of a trial as plain JSON types."""
    origin, start, finish = trial.suggestion, trial.start, trial.finish
    return {
        "id": trial.id,
        "state": trial.state.value,
        "failure": trial.failure,
        "method": trial.method,
        "params": dict(trial.params),
        "metrics": {name: encode_number(value) for name, value in trial.metrics.items()},
        "noise": {name: encode_number(value) for name, value in trial.noise.items()},
        "attempts": trial.attempt,
        "wall_s": trial.wall_s,
        "gpu_s": trial.gpu_s,
        "exit_code": finish.exit_code if finish else None,
        "peak_memory_bytes": finish.peak_memory_bytes if finish else None,
        "predicted_mean": plain(origin.mean),
        "predicted_sd": plain(origin.sd),
        "acquisition": plain(origin.acquisition),
        "reason": origin.reason,
        "repeats_trial": origin.of,
        "seed": origin.seed,
        "suggested_at": trial.suggested_at or None,
        "started_at": trial.started_at,
        "finished_at": trial.finished_at,
        "worker": trial.worker or None,
        "host": start.host if start else None,
        "devices": list(start.devices) if start else [],
        "marks": list(trial.marks),
        "notes": list(trial.notes),
        "message": finish.message if finish else None,
    }


def plain(value: Any) -> Any:  # noqa: ANN401  any JSON value, and what JSON cannot say
    """Make a value safe for strict JSON, however deep nan sits in it.

    Example:
        >>> plain({"a": [1.0, float("nan")], "b": None})
        {'a': [1.0, 'nan'], 'b': None}
    """
    match value:
        case float():
            return encode_number(value)
        case Mapping():
            return {str(name): plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [plain(inner) for inner in value]
        case _:
            return value


def to_json(value: object, *, indent: int | None = 2) -> str:
    """Write any value as strict JSON."""
    return json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False) + "\n"


def to_lines(trials: Iterable[Trial]) -> str:
    """Write one JSON object a line."""
    return "".join(to_json(record(trial), indent=None) for trial in trials)


def columns(trials: Sequence[Trial]) -> tuple[list[str], list[str]]:
    """Name every metric and every parameter that any trial has, in order of first appearance."""
    metrics: dict[str, None] = {}
    params: dict[str, None] = {}
    for trial in trials:
        metrics.update(dict.fromkeys(trial.metrics))
        params.update(dict.fromkeys(trial.params))
    return list(metrics), list(params)


def flat(trials: Sequence[Trial]) -> tuple[list[str], list[dict[str, Any]]]:
    """Give column names and one row a trial; metrics and parameters become columns.

    A name that is taken already gets its kind in front: `metrics.loss`, `params.id`.
    """
    metrics, params = columns(trials)
    taken = {*LEADING, *TRAILING}
    metric_names = {name: name if name not in taken else f"metrics.{name}" for name in metrics}
    taken |= set(metrics)
    param_names = {name: name if name not in taken else f"params.{name}" for name in params}
    rows = []
    for trial in trials:
        known = record(trial)
        row = {name: known[name] for name in (*LEADING, *TRAILING)}
        row |= {metric_names[name]: value for name, value in trial.metrics.items()}
        row |= {param_names[name]: value for name, value in trial.params.items()}
        for name in ("devices", "marks", "notes"):
            row[name] = "; ".join(row[name])
        rows.append(row)
    names = [*LEADING, *metric_names.values(), *param_names.values(), *TRAILING]
    return names, rows


def cell(value: object) -> str:
    """Write one cell: numbers in full, missing ones empty, text that cannot start a formula.

    Example:
        >>> cell(0.1), cell(None), cell(True), cell(-1.5), cell("=1+1"), cell("sgd")
        ('0.1', '', 'true', '-1.5', "'=1+1", 'sgd')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    return repr(value)


def to_csv(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Write rows as CSV with a header; a column that a row lacks stays empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell(name) for name in names])
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in names])
    return out.getvalue()


def trials_csv(history: History) -> str:
    """Write all trials of a study as CSV."""
    return to_csv(*flat(list(history.trials.values())))
