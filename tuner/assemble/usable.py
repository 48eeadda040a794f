"""What a changed configuration makes of the trials that a study has. Reads and says; writes nothing."""

import math
from collections import Counter
from collections.abc import Sequence

from tuner.config import StudyConfig
from tuner.errors import UsageError
from tuner.space import Space
from tuner.space.older import NO_DEFAULT
from tuner.space.space import AS_IT_IS
from tuner.study import History, Metric, TrialState


def space_changed(changes: Sequence[str]) -> bool:
    """Say whether the space is another one."""
    return any(line.startswith("parameters.") for line in changes)


def another(changes: Sequence[str], *, code: bool) -> str:
    """Name what makes a study another one than before, if anything: the code, the space, the metric."""
    if code:
        return "the code"
    if space_changed(changes):
        return "the space"
    return "the metric" if any(line.startswith("metric.name:") for line in changes) else ""


def fates(history: History, config: StudyConfig, changes: Sequence[str]) -> tuple[str, ...]:
    """Say, a line each, what becomes of old trials where the parameters, the metric or its goal changed.

    Args:
        history: before the change is written down.
        config: as it is now.
        changes: what it says differently, a line each.
    """
    space = usability(history, config.space) if space_changed(changes) else ()
    return (*space, *_measured(history, config.metric))


def _measured(history: History, now: Metric) -> tuple[str, ...]:
    measuring = (
        TrialState.COMPLETED,
        TrialState.STOPPED,
    )  # a failed one teaches where failures are
    ended = [trial for trial in history.trials.values() if trial.state in measuring]
    if not ended:
        return ()
    try:
        before = history.metric
    except UsageError:  # a ledger that does not say it
        return ()
    if now.name != before.name:
        told = sum(math.isfinite(trial.metrics.get(now.name, math.nan)) for trial in ended)
        if not told:
            return (f"none of {_trials(len(ended))} measured {now.name}: they teach nothing now",)
        rest = ", the others teach nothing now" if told < len(ended) else ""
        return (f"{told:,} of {_trials(len(ended))} measured {now.name}{rest}",)
    if now.goal != before.goal:
        return (
            f"{now.name} is to be {now.goal}d: {_trials(len(ended))} now count the other way round",
        )
    return ()


def _trials(count: int) -> str:
    return "1 old trial" if count == 1 else f"{count:,} old trials"


def usability(history: History, space: Space) -> tuple[str, ...]:
    """Say, a line each, how many old trials stay usable and how, and how many do not and why."""
    found = (space.usable(trial.params) for trial in history.trials.values())
    fates = Counter((point is not None, why) for point, why in found)
    return tuple(_fate(count, why, kept=kept) for (kept, why), count in fates.items())


def _fate(count: int, why: str, *, kept: bool) -> str:
    trials = _trials(count)
    if why == AS_IT_IS:
        return f"{trials} stays as it is" if count == 1 else f"{trials} stay as they are"
    if kept:
        return f"{trials}: {why}"
    way_out = "; once the parameter has a `default` they can" if NO_DEFAULT in why else ""
    return f"{trials} cannot be used any more: {why}{way_out}"


def check_goal(history: History, config: StudyConfig) -> None:
    """Refuse to turn a goal by which the best value of each old trial was picked.

    Raises:
        UsageError: saying what was picked, and what to do.
    """
    if not history.picked:
        return
    new, old = config.metric, history.metric
    turned = (new.name, new.goal) != (old.name, old.goal)
    goals = [goal for name, goal in history.picked if name == new.name and goal != new.goal]
    if turned and goals:
        least = "smallest" if goals[0] == "minimize" else "largest"
        raise UsageError(
            f"metric.goal: {new.goal} cannot be the goal here: with `reduce: best` the old trials "
            f"kept the {least} {new.name} of each run, to {goals[0]} it",
            hint=f"keep `goal: {goals[0]}`, or begin a new study: `tuner run --anew`, or another "
            "`dir` (in Python: `path`); with `reduce: last` from its first trial on a goal can be turned later",
        )
