"""Trials as text for other programs: JSON, JSON lines, CSV; full precision, stable names.

JSON has no nan and no infinity: they are written as the strings "nan", "inf", "-inf". A table of
trials as CSV is what the ledger calls `render`, the same as `trials.csv`; `frame.py` has pandas.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tuner.ledger import cell, row_line
from tuner.study import Constraint, Trial
from tuner.study.limits import feasible
from tuner.wire import encode_number

# What json leaves as it is and a terminal obeys, or no file can hold: C1 controls, marks that turn
# the direction of writing, halves of characters.
MAGIC = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def record(trial: Trial, constraints: Sequence[Constraint] = ()) -> dict[str, Any]:
    """Give everything known of a trial as plain JSON types; `feasible` only where it can be asked."""
    origin, start, finish = trial.suggestion, trial.start, trial.finish
    return {
        "id": trial.id,
        "state": trial.state.value,
        "failure": trial.failure,
        **({"feasible": feasible(trial, constraints)} if constraints else {}),
        "method": trial.method,
        "params": dict(trial.params),
        "metrics": {name: encode_number(value) for name, value in trial.metrics.items()},
        "noise": {name: encode_number(value) for name, value in trial.noise.items()},
        "attempt": trial.attempt,
        "wall_s": trial.wall_s,
        "gpu_s": trial.gpu_s,
        "exit_code": finish.exit_code if finish else None,
        "peak_memory_bytes": finish.peak_memory_bytes if finish else None,
        "mean": plain(origin.mean),
        "sd": plain(origin.sd),
        "acquisition": plain(origin.acquisition),
        "reason": origin.reason,
        "of": origin.of,
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
    text = json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False)
    return MAGIC.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def to_lines(trials: Iterable[Trial], constraints: Sequence[Constraint] = ()) -> str:
    """Write one JSON object a line."""
    return "".join(to_json(record(trial, constraints), indent=None) for trial in trials)


def columns(trials: Sequence[Trial]) -> tuple[list[str], list[str]]:
    """Name every metric and every parameter that any trial has, in order of first appearance."""
    metrics: dict[str, None] = {}
    params: dict[str, None] = {}
    for trial in trials:
        metrics.update(dict.fromkeys(trial.metrics))
        params.update(dict.fromkeys(trial.params))
    return list(metrics), list(params)


def to_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Write rows as CSV with a header; a column that a row lacks, or has as None, stays empty.

    Cells are those of `trials.csv`: no text starts a formula, every value reads back as it was.
    """
    lines = [row_line([cell(name) for name in names])]
    for row in rows:
        values = (row.get(name) for name in names)
        lines.append(row_line(["" if value is None else cell(value) for value in values]))
    return "".join(line + "\n" for line in lines)
