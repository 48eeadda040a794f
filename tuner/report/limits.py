"""How trials stand to the constraints and to runs of the same point, in words for people."""

import math
from collections import Counter
from typing import Any

from tuner.report import numbers
from tuner.study import Constraint, History, Metrics, Trial
from tuner.study.limits import JUDGED, broken, feasible
from tuner.study.ranking import Ranked, best, origin, ranked, runs

BREAKS, NOTHING_YET = "!", "no completed trial yet"
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


def no_best(history: History) -> str:
    """Say why there is no best trial: none has completed, or none keeps the constraints."""
    return unkept(history) or NOTHING_YET


def unkept(history: History) -> str:
    """Say that trials completed and none keeps the constraints; empty where one does, or none completed."""
    done = _judged(history)
    if not done or best(history) is not None:
        return ""
    rules = history.constraints
    never = [each for each in rules if all(each in broken(trial, rules) for trial in done)]
    how = "in every run" if any(feasible(trial, rules) for trial in done) else "at once"
    said = f"{len(done):,} completed, none keeps {' and '.join(map(str, never or rules))}"
    return numbers.clean(said if never else f"{said} {how}")


def nearest(history: History) -> str:
    """Name the constraint that most trials break, and the trial that comes nearest to keeping it.

    Empty if none is broken.
    """
    done = _judged(history)
    missing = [(each, trial) for trial in done for each in broken(trial, history.constraints)]
    if not missing:
        return ""
    [(most, count)] = Counter(each for each, _ in missing).most_common(1)
    values = [(t.metrics.get(most.metric, math.nan), t) for each, t in missing if each == most]
    known = [(most.slack(value), -t.id) for value, t in values if not math.isnan(value)]
    all_do = count == len(done)
    said = "" if all_do else f"most, {count:,} of {len(done):,}, break {most}, and "
    if not known:
        return numbers.clean(f"{said}none of them has measured {most.metric}")
    first = history.trials[-max(known)[1]]
    return numbers.clean(
        f"{said}trial {first.id} comes nearest to {most} ({room(most, first.metrics)})"
    )


def census(history: History) -> str:
    """Count the completed trials that break a constraint, and those of each; empty without constraints."""
    done = _judged(history)
    missing = [broken(trial, history.constraints) for trial in done]
    times = Counter(str(each) for one in missing for each in one)
    if not times:
        return f"none of {len(done):,} completed trials breaks a constraint" if done else ""
    told = ", ".join(f"{count:,} {rule}" for rule, count in times.most_common())
    some = sum(map(bool, missing))
    breaks_one = f"{some:,} of {len(done):,} completed trials break{'s' * (some == 1)} a constraint"
    return numbers.clean(f"{breaks_one}: {told}")


def _judged(history: History) -> list[Trial]:
    """Give the trials with a result, of a study with constraints."""
    if history.config is None or not history.constraints:
        return []
    name = history.metric.name
    return [t for t in history.completed if math.isfinite(t.metrics.get(name, math.nan))]


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
