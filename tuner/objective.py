"""What a user's training script may call: `params()`, `report()`, `checkpoint_dir()`.

Costs the standard library only. Outside of a study every call still works: `report` prints,
`params` gives the defaults it is handed.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuner import wire


def params(defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the values of this trial, on top of `defaults`."""
    path = os.environ.get(wire.PARAMS_FILE)
    values = dict(defaults or {})
    if path:
        values.update(json.loads(Path(path).read_text(encoding="utf-8")))
    return values


def report(*, step: float | None = None, **metrics: float) -> None:
    """Tell the study how training goes; the last, best or mean of it becomes the result.

    Args:
        step: epoch, iteration or anything that grows.
        metrics: numbers by name; `nan` and infinities are allowed and mean divergence.
    """
    path = os.environ.get(wire.REPORT_FILE)
    if path:
        wire.append_report(Path(path), metrics, step)
        return
    said = " ".join(f"{name}={float(value)!r}" for name, value in metrics.items())
    sys.stdout.write(said + "\n")
    sys.stdout.flush()


def checkpoint_dir() -> Path | None:
    """Give the folder that all attempts of this trial share, or None outside of a study."""
    path = os.environ.get(wire.CHECKPOINT_DIR)
    return Path(path) if path else None
