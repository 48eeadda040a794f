"""How trials stand to the constraints and to runs of the same point, in words for people."""

import math
from typing import Any

from tuner.report import numbers
from tuner.study import Constraint, History, Metrics, Trial
from tuner.study.limits import JUDGED, broken
from tuner.study.ranking import Ranked, origin, ranked, runs

APART = "runs of one point stand apart here; `tuner show ID` gives their mean, `tuner best` takes them as one"


def room(constraint: Constraint, metrics: Metrics) -> str:
    """Say by how much measured values keep or break a constraint.

    Example:
        >>> room(Constraint(metric="ms", op="<=", bound=20.0), {"ms": 26.0})
        'broken: 26, 6 too much'
    """
    value = metrics.get(constraint.metric, math.nan)
    if math.isnan(value):
        return "broken: not measured" if constraint.metric not in metrics else f"broken: {value}"
    if math.isinf(value):
        return f"{'kept' if constraint.slack(value) >= 0 else 'broken'}: {value}"
    slack = constraint.slack(value)
    much = "too much" if constraint.op == "<=" else "too little"
    way, words = ("kept", "to spare") if slack >= 0 else ("broken", much)
    return f"{way}: {numbers.number(value, 6)}, {numbers.number(abs(slack))} {words}"


def standing(trial: Trial, history: History) -> dict[str, str]:
    """Say of every constraint how a trial stands to it; nothing before it has a result."""
    if trial.state not in JUDGED:
        return {}
    missing = broken(trial, history.constraints)
    return {
        str(each): room(each, trial.metrics)
        for each in history.constraints
        if each in missing or each.metric in trial.metrics
    }


def breaks(trial: Trial, history: History) -> str:
    """Name the constraints that a trial breaks, each with by how much; empty if it breaks none."""
    missing = broken(trial, history.constraints)
    return "; ".join(f"{each} {room(each, trial.metrics)}" for each in missing)


def passed_over(history: History, found: Ranked) -> str:
    """Say how many points look better than the best and break a constraint; empty if none does."""
    metric, constraints = history.metric, history.constraints
    if not constraints:
        return ""
    better = [
        row
        for row in ranked(history)
        if not row.feasible and metric.gain(row.value) > metric.gain(found.value)
    ]
    if not better:
        return ""
    first = better[0]
    trials = [first.trial, *runs(history, first.trial)]  # one run that breaks it is enough
    culprit = next((trial for trial in trials if broken(trial, constraints)), first.trial)
    several = len(better) > 1
    count = f"{len(better)} points have" if several else "1 point has"
    which = "the best of them trial" if several else "trial"
    what = f"{which} {first.trial.id} with {numbers.number(first.value, 6)}"
    said = f"{count} a better {metric.name} but {'break' if several else 'breaks'} a constraint"
    return numbers.clean(f"{said}: {what} ({breaks(culprit, history)})")


def together(trial: Trial, history: History) -> dict[str, Any] | None:
    """Give what all runs of a trial's point measured, as plain values; None where there is one run.

    Mean, standard deviation of one run, and standard error of the mean, in the metric's units.
    """
    same, first = runs(history, trial), origin(history, trial)
    row = next((row for row in ranked(history) if row.origin == first), None)
    if row is None or row.error is None or len(same) < 2:  # noqa: PLR2004  one value has no spread
        return None
    return {
        "trials": [each.id for each in same],
        "mean": row.value,
        "sd": row.error * math.sqrt(len(same)),
        "error": row.error,
    }


def point(trial: Trial, history: History) -> dict[str, str]:
    """Say what all runs of a trial's point measured; nothing where there is one run."""
    found = together(trial, history)
    if found is None:
        return {}
    name, ids = history.metric.name, found["trials"]
    mean, error = numbers.number(found["mean"], 6), numbers.number(found["error"], 2)
    values = (numbers.number(history.trials[number].metrics[name]) for number in ids)
    return {
        "trials": ", ".join(
            f"{number} ({value})" for number, value in zip(ids, values, strict=True)
        ),
        "mean": f"{mean} ± {error} of {len(ids)} runs",
        "sd": f"{numbers.number(found['sd'], 2)} from run to run",
    }
