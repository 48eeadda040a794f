"""All trials as the columns of a table that the page sorts and filters."""

import math
from collections.abc import Collection, Sequence
from typing import Any

from tuner.report import limits, numbers
from tuner.report.export import columns
from tuner.study import History, Trial
from tuner.study.foretold import z_score
from tuner.study.limits import feasible

MOST = 5000
"""Rows of the table: the browser holds them all."""

LONGEST = 600  # characters of a text


def table(history: History, only: Collection[int] | None = None) -> dict[str, Any]:
    """Give the last trials as columns, or only some by their ids; `left_out` counts the earlier ones.

    Every column has a name, a kind (number or text) and one value a trial: a number, a text, or null.
    `more` has what is shown of one trial when it is asked for.
    """
    ids = history.trials if only is None else set(only) & history.trials.keys()
    trials = [history.trials[number] for number in sorted(ids)]
    kept = trials[-MOST:]
    metrics, params = columns(kept)
    first = history.metric.name
    metrics = [first, *(name for name in metrics if name != first)]
    found = [
        _column("trial", [trial.id for trial in kept]),
        _column("state", [str(trial.failure or trial.state) for trial in kept]),
        *_kept(kept, history),
        *(_column(name, [trial.metrics.get(name) for trial in kept], "metric") for name in metrics),
        *(_column(name, [_plain(trial, name) for trial in kept], "parameter") for name in params),
        _column("method", [trial.method for trial in kept]),
        _column("seconds", [round(trial.wall_s, 3) if trial.finish else None for trial in kept]),
        _column("tags", [", ".join(trial.marks) for trial in kept]),
    ]
    more = [_more(trial, history) for trial in kept]
    return {"columns": found, "more": more, "left_out": len(trials) - len(kept)}


def _kept(trials: Sequence[Trial], history: History) -> list[dict[str, Any]]:
    """Give the column that says who keeps the constraints, where there are any."""
    constraints = history.constraints
    if not constraints:
        return []
    words = {True: "yes", False: "no", None: ""}
    return [_column("feasible", [words[feasible(trial, constraints)] for trial in trials])]


def _plain(trial: Trial, name: str) -> Any:  # noqa: ANN401  a number, a text or None
    if name not in trial.params:
        return None
    value = trial.params[name]
    return numbers.text(value) if isinstance(value, bool) or value is None else value


def _column(name: str, values: Sequence[Any], about: str = "") -> dict[str, Any]:
    """Name a column; it is one of numbers where every value is one."""
    numeric = all(v is None or isinstance(v, int | float) for v in values)
    kept = [_number(value) if isinstance(value, float) else value for value in values]
    texts = [shorter(value) if isinstance(value, str) else value for value in kept]
    return {
        "name": shorter(name),
        "about": about,
        "kind": "number" if numeric else "text",
        "values": texts,
    }


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def shorter(words: str, most: int = LONGEST) -> str:
    """Make a foreign text fit for a cell: one line, nothing that cannot be printed."""
    words = numbers.clean(words)
    return words if len(words) <= most else words[: most - 1] + "…"


def _more(trial: Trial, history: History) -> list[list[str]]:
    """Give what does not stand in the row: names and words."""
    origin, start, finish = trial.suggestion, trial.start, trial.finish
    rows = {}
    if origin.mean is not None:
        error = "" if origin.sd is None else f" ± {numbers.number(origin.sd, 2)}"
        miss = z_score(trial, history)
        away = "" if miss is None else f"; the result is {miss:+.1f} sd away"
        rows["foretold"] = f"{numbers.number(origin.mean)}{error}{away}"
    if broken := limits.breaks(trial, history):
        rows["constraints"] = broken
    if origin.of is not None:
        rows["repeats"] = f"trial {origin.of}"
    if origin.reason:
        rows["fallback"] = origin.reason
    if trial.attempt > 1:
        rows["attempts"] = str(trial.attempt)
    if start is not None and start.host:
        rows["host"] = " ".join([start.host, *start.devices])
    if finish is not None and finish.message:
        rows["message"] = finish.message
    if trial.notes:
        rows["notes"] = " / ".join(trial.notes)
    return [[name, shorter(words)] for name, words in rows.items()]
