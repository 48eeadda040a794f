"""History as a pandas frame, and parquet. The one module of the room that loads pandas."""

from pathlib import Path
from typing import Any

import pandas as pd

from tuner.errors import UsageError
from tuner.report.export import columns, flat
from tuner.study import History

TIMES = ("suggested_at", "started_at", "finished_at")
COUNTS = ("attempts", "exit_code", "peak_memory_bytes", "repeats_trial")
WORDS = ("state", "failure", "method", "host", "devices", "marks", "notes", "message")
NUMBERS = ("wall_s", "gpu_s", "predicted_mean", "predicted_sd")


def to_frame(history: History) -> pd.DataFrame:
    """Give one row a trial, indexed by its id: state, metrics, parameters, times, and the rest.

    Metrics are floats, missing ones nan. A parameter is Int64, Float64, boolean or string as its
    values are, with NA where it was not alive; mixed values stay objects.
    """
    trials = list(history.trials.values())
    names, rows = flat(trials)
    metrics, params = columns(trials)
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    split = 4 + len(metrics)
    for name in names[4:split]:
        frame[name] = pd.to_numeric(frame[name]).astype("float64")
    for name in names[split : split + len(params)]:
        frame[name] = _inferred(frame[name])
    for name in COUNTS:
        frame[name] = frame[name].astype("Int64")
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name]).astype("float64")
    for name in TIMES:
        frame[name] = pd.to_datetime(frame[name], utc=True, format="ISO8601")
    for name in WORDS:
        frame[name] = frame[name].astype("string")
    frame["id"] = frame["id"].astype("int64")
    return frame.set_index("id")


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
