"""How far a study is, as plain values: what `tuner status --format json` and csv print.

The names are stable; a new one may join, none is renamed.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tuner.report.export import plain, record
from tuner.report.tally import Tally, budgets, cost
from tuner.study import History, TrialState
from tuner.study.ranking import Ranked

LAST = 5


def summary(
    history: History,
    *,
    name: str,
    folder: str,
    state: str,
    detail: str,
    workers: Sequence[str],
    damage: Sequence[str],
) -> dict[str, Any]:
    """Give everything that the status screen shows."""
    tally = Tally.of(history)
    price = cost(history, tally)
    last = [history.trials[number] for number in reversed(tally.recent[-LAST:])]
    return {
        "study": name,
        "folder": folder,
        "state": state,
        "detail": detail,
        "workers": list(workers),
        "metric": {"name": tally.metric.name, "goal": tally.metric.goal},
        "trials": {
            "total": len(history.trials),
            **{str(each.value): tally.states[each] for each in TrialState},
        },
        "budgets": [
            {
                "name": budget.name,
                "done": budget.done,
                "total": budget.total,
                "remaining_s": budget.remaining_s,
            }
            for budget in budgets(history, tally)
        ],
        "best": best_record(tally.best, tally.metric.name),
        "failures": [
            {"class": kind, "count": found.times, "trial": found.trial, "message": found.message}
            for kind, found in tally.failures.items()
        ],
        "last": [record(trial, history.constraints) for trial in last],
        "wall_s": history.wall_s,
        "gpu_s": tally.gpu_s,
        "cost": None if price is None else price[0],
        "currency": None if price is None else price[1],
        "opened_at": history.first_opened_at,
        "updated_at": history.last_at,
        "stop_asked": history.stop_asked,
        "notes": list(history.notes),
        "damage": list(damage),
    }


def best_record(best: Ranked | None, metric: str) -> dict[str, Any] | None:
    """Give the best trial with its standing; None when nothing was completed."""
    if best is None:
        return None
    return {
        "id": best.trial.id,
        "metric": metric,
        "value": plain(best.value),
        "error": plain(best.error),
        "repeats": best.repeats,
        "chance": plain(best.chance),
        "believed": plain(best.believed),
        "believed_sd": plain(best.believed_sd),
        "params": dict(best.trial.params),
        "metrics": plain(best.trial.metrics),
    }


def one_row(found: Mapping[str, Any]) -> dict[str, Any]:
    """Lay a summary out as one row: nested names joined by a dot, lists left out."""
    row: dict[str, Any] = {}
    for name, value in found.items():
        if name == "budgets":
            for budget in value:
                key = budget["name"].replace(" ", "_")
                row |= {f"{key}.done": budget["done"], f"{key}.total": budget["total"]}
        elif isinstance(value, Mapping):
            row |= {f"{name}.{inner}": deep for inner, deep in one_row(value).items()}
        elif not isinstance(value, list):
            row[name] = value
    return row
