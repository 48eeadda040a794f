"""What a person or a program told of a trial: numbers read, and what they mean for the trial."""

import math
from collections.abc import Mapping
from typing import Any

from tuner.config import StudyConfig
from tuner.errors import UsageError

Result = float | Mapping[str, float]


def verdict_on(config: StudyConfig, result: Result, noise: Result | None) -> dict[str, Any]:
    """Give what a result says of its trial, as fields of `Finished`.

    Args:
        config: of the study.
        result: metrics by name, or a bare number for the metric of the study.
        noise: standard errors in the metrics' units, likewise; None where none is known.

    Raises:
        UsageError: a metric is missing, or a standard error is not a finite number of at least 0.
    """
    metrics, errors = _named(config, result), _named(config, {} if noise is None else noise)
    needed = [config.metric.name, *(c.metric for c in config.constraints)]
    missing = [name for name in needed if name not in metrics]
    if missing:
        raise UsageError(
            f"the result lacks {', '.join(missing)}; it has {', '.join(metrics) or 'nothing'}",
            hint="tell every metric that the study's goal and constraints name",
        )
    for name, error in errors.items():
        if not (math.isfinite(error) and error >= 0):
            raise UsageError(
                f"the standard error of {name} must be a finite number of at least 0, got {error:g}"
            )
    odd = [f"{name} is {metrics[name]}" for name in needed if not math.isfinite(metrics[name])]
    return {
        "state": "failed" if odd else "completed",
        "failure": "diverged" if odd else None,
        "message": f"{', '.join(odd)}: no finite number" if odd else None,
        "metrics": metrics,
        "noise": errors,
    }


def _named(config: StudyConfig, numbers: Result) -> dict[str, float]:
    told = numbers if isinstance(numbers, Mapping) else {config.metric.name: numbers}
    return {str(name): float(value) for name, value in told.items()}
