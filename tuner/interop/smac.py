"""SMAC's run history: `runhistory.json`, with the space in `configspace.json` beside it.

What SMAC calls cost is minimised. A configuration that ran several times gives a trial each. Runs on
a smaller budget than the largest ended early.
"""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuner.errors import UsageError
from tuner.interop.base import Node, OldStudy, OldTrial
from tuner.interop.configspace import nodes_of
from tuner.interop.documents import read_json
from tuner.interop.values import ended, listed, number_of, point_of

HISTORY, SPACE = "runhistory.json", "configspace.json"
STATUS = ("running", "success", "crashed", "timeout", "memoryout")  # by SMAC's numbers
FAILURES = {"timeout": "failed", "memoryout": "failed"}
WORDS = {  # of SMAC 1, where they are names
    **dict.fromkeys(("memout", "abort"), "failed"),
    **dict.fromkeys(("stop", "budgetexhausted"), "running"),
    "capped": "stopped",
    "donotadvance": "success",
}
FIELDS = (  # of an entry that is a list, as SMAC wrote them before 2.1
    *("config_id", "instance", "seed", "budget", "cost", "time", "status"),
    *("starttime", "endtime", "additional_info"),
)
Json = Mapping[str, Any]


def read_smac(path: Path, metric: str | None = None) -> OldStudy:
    """Read the runs of one optimisation.

    Args:
        path: `runhistory.json`, or the folder that holds it.
        metric: the objective that is meant, where there are several: cost_0, cost_1, ….

    Raises:
        UsageError: it holds no run history.
    """
    file = path / HISTORY if path.is_dir() else path
    body = read_json(file)
    if not isinstance(body, dict) or not isinstance(body.get("data"), list):
        raise UsageError(f"{file} is no run history of SMAC")
    configs = body.get("configs")
    entries = [_named(entry) for entry in body["data"]]
    largest = max((_budget(entry) for entry in entries), default=0.0)
    trials: list[OldTrial] = []
    unread: list[str] = []
    for place, entry in enumerate(entries, start=1):
        try:
            trials.append(_trial(entry, configs if isinstance(configs, dict) else {}, largest))
        except ValueError as why:
            unread.append(f"run {place}: {why}")
    names = {name for trial in trials for name in trial.metrics}
    parameters, notes = _space(file.with_name(SPACE))
    return OldStudy(
        name=file.resolve().parent.name,
        source=path,
        kind="smac",
        metric=metric or ("cost" if names <= {"cost"} else None),
        goal="minimize",
        parameters=parameters,
        trials=tuple(trials),
        unread=tuple(unread),
        notes=tuple(notes),
    )


def _named(entry: object) -> Json:
    """Give the fields of an entry; those of SMAC 1 are a list for what ran, and one for what came of it."""
    if isinstance(entry, list):
        if len(entry) == 2 and isinstance(entry[0], list) and isinstance(entry[1], list):  # noqa: PLR2004  both
            entry = [*entry[0], *entry[1]]
        return dict(zip(FIELDS, entry, strict=False))
    return entry if isinstance(entry, dict) else {}


def _budget(entry: Json) -> float:
    budget = entry.get("budget")
    return float(budget) if isinstance(budget, int | float) and math.isfinite(budget) else 0.0


def _trial(entry: Json, configs: Json, largest: float) -> OldTrial:
    number = entry.get("config_id")
    config = configs.get(str(number))
    if not isinstance(config, dict):
        raise ValueError(f"there is no configuration {str(number)[:40]!r}")  # noqa: TRY004  one kind of error
    point, wrong = point_of(config)
    if wrong:
        raise ValueError(f"a value {listed(wrong)}")
    word = _status(entry.get("status"))
    metrics = {} if word in ("failed", "crashed") else _costs(entry.get("cost"))
    state = ended(word, measured=bool(metrics))
    early = state == "completed" and _budget(entry) < largest
    return OldTrial(
        label=str(number), point=point, metrics=metrics, state="stopped" if early else state
    )


def _status(status: object) -> str:
    """Give the word for how a run ended: of its number, or of its name in SMAC 1."""
    if isinstance(status, int) and 0 <= status < len(STATUS):
        return FAILURES.get(STATUS[status], STATUS[status])
    name = status.get("__enum__") if isinstance(status, dict) else None
    word = name.rpartition(".")[2].lower() if isinstance(name, str) else ""
    if word not in (*STATUS, *WORDS):
        raise ValueError(f"it has no status that is known: {str(status)[:40]!r}")
    return WORDS.get(word, FAILURES.get(word, word))


def _costs(cost: object) -> dict[str, float]:
    if isinstance(cost, list):
        return {f"cost_{place}": number_of(each) for place, each in enumerate(cost)}
    return {"cost": number_of(cost)}


def _space(file: Path) -> tuple[dict[str, Node], list[str]]:
    if not file.is_file():
        return {}, []
    try:
        return nodes_of(read_json(file))
    except UsageError as wrong:
        return {}, [str(wrong)]
