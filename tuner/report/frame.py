"""History as a pandas frame, and parquet. The one module of the room that loads pandas."""

from pathlib import Path
from typing import Any

import pandas as pd

from tuner.errors import UsageError
from tuner.report.export import columns, record
from tuner.study import Constraint, History, Trial

TIMES = ("suggested_at", "started_at", "finished_at")
COUNTS = ("attempt", "exit_code", "peak_memory_bytes", "of", "seed")
NUMBERS = ("wall_s", "gpu_s", "mean", "sd", "acquisition")
LISTS = ("devices", "marks", "notes")


def to_frame(history: History) -> pd.DataFrame:
    """Give one row a trial, indexed by its id; columns as in JSON: `metrics.loss`, `params.lr`.

    Metrics are floats, missing ones nan; `feasible` is there where a study has constraints. A parameter is Int64, Float64, boolean or string as its
    values are, with NA where it was not alive; mixed values stay objects.
    """
    trials, constraints = list(history.trials.values()), history.constraints
    rows = [_row(trial, constraints) for trial in trials]
    frame = pd.DataFrame(rows, columns=_names(trials, constraints), dtype=object)
    for name in frame.columns:
        if name.startswith("params."):
            frame[name] = _inferred(frame[name])
        elif name.startswith(("metrics.", "noise.")) or name in NUMBERS:
            frame[name] = frame[name].astype("float64")
        elif name in COUNTS:
            frame[name] = frame[name].astype("Int64")
        elif name in TIMES:
            frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
        elif name == "feasible":
            frame[name] = frame[name].astype("boolean")
        elif name == "trial":
            frame[name] = frame[name].astype("int64")
        else:
            frame[name] = frame[name].astype("string")
    return frame.set_index("trial")


def _names(trials: list[Trial], constraints: tuple[Constraint, ...]) -> list[str]:
    metrics, params = columns(trials)
    noise = dict.fromkeys(name for trial in trials for name in trial.noise)
    return [
        *("trial", "state", "failure"),
        *(("feasible",) if constraints else ()),
        *(f"metrics.{name}" for name in metrics),
        *(f"noise.{name}" for name in noise),
        *(f"params.{name}" for name in params),
        *("method", "attempt", "of", "seed", *NUMBERS, *LISTS, "exit_code", "peak_memory_bytes"),
        *("reason", "message", "worker", "host", *TIMES),
    ]


def _row(trial: Trial, constraints: tuple[Constraint, ...]) -> dict[str, object]:
    row = record(trial, constraints)
    row["trial"] = row.pop("id")
    for group in ("metrics", "noise", "params"):
        row |= {f"{group}.{name}": value for name, value in row.pop(group).items()}
    for name in LISTS:
        row[name] = "; ".join(row[name])
    return row


def _inferred(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Give a column the dtype of its values, when they have one in common."""
    kinds = {type(value) for value in column if value is not None and value == value}  # noqa: PLR0124  nan
    for accepted, dtype in (
        ({bool}, "boolean"),
        ({int}, "Int64"),
        ({int, float}, "Float64"),
        ({str}, "string"),
    ):
        if kinds and kinds <= accepted:
            return column.astype(dtype)  # type: ignore[call-overload, no-any-return]  # one of four literals
    return column


def write_parquet(history: History, file: Path) -> None:
    """Write the frame as parquet.

    Raises:
        UsageError: pyarrow is not installed.
    """
    try:
        to_frame(history).to_parquet(file)
    except ImportError as error:
        raise UsageError(
            "parquet needs pyarrow, which is not installed",
            hint="pip install 'tuner[parquet]', or --format csv",
        ) from error
