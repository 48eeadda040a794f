"""Is anybody at work on the study? A pure answer; who is alive is handed in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from tuner.report import numbers
from tuner.study import Closed, History, Trial, TrialState

AT_WORK = ("running", "draining", "terminating")
"""States of a study that some process works on."""


def standing(history: History, alive: Sequence[str], now: datetime) -> tuple[str, str]:
    """Give the state of a study (running, draining, finished, stopped, idle) and a few words on it.

    Finished is what a rule found done and nobody has added a trial to; its words name the rule.
    `alive` are the processes at work, as `host/boot/pid/start`.
    """
    age = numbers.since(history.last_at, now)
    ago = "" if age is None else f" {numbers.seconds(age)} ago"
    if alive:
        names = ", ".join(process(worker) for worker in alive)
        return ("draining" if history.stop_asked else "running"), f"by {names}"
    out = sum(trial.asked for trial in history.running)
    if out:
        points = "1 point is asked for" if out == 1 else f"{out} points are asked for"
        return "idle", f"{points}; last written{ago}"
    if history.closed is not None and isinstance(history.closed.fact, Closed):
        state = "finished" if finished(history) else "stopped"
        return state, f"{history.closed.fact.reason}{',' if ago else ''}{ago}"
    return "idle", f"no process is at work; last written{ago}"


def finished(history: History) -> bool:
    """Say whether a rule found the study done, and nobody has added a trial to it."""
    closed = history.closed.fact if history.closed else None
    waits = any(not trial.suggestion.by_hand for trial in history.open)
    return isinstance(closed, Closed) and closed.finished and not waits


def called(trial: Trial, *, at_work: bool) -> str:
    """Give the word for where a trial stands: its state, and for an open one who is at it.

    Args:
        trial: of the study.
        at_work: some process works on the study.
    """
    if trial.state == TrialState.SUGGESTED:
        return "waiting"
    if trial.state != TrialState.RUNNING:
        return trial.state.value
    return "asked" if trial.asked else "running" if at_work else "left open"


def counted(history: History, states: Mapping[str, int], *, at_work: bool) -> dict[str, int]:
    """Count trials by the word for where they stand.

    Args:
        history: of the study.
        states: number of trials by state.
        at_work: some process works on the study.
    """
    found: dict[str, int] = {}
    for state in TrialState:
        if state == TrialState.RUNNING:
            found |= Counter(called(trial, at_work=at_work) for trial in history.running)
        elif states.get(state):
            found["waiting" if state == TrialState.SUGGESTED else state.value] = states[state]
    return found


def going_again(history: History) -> list[Trial]:
    """Give the trials whose last attempt gave nothing and that will have another."""
    return [trial for trial in history.waiting if trial.finish is not None]


def process(worker: str) -> str:
    """Name a process for a person.

    Example:
        >>> process("box/5f3a/4711/88")
        'box:4711'
    """
    host, _, rest = worker.partition("/")
    pid = rest.split("/")[1] if rest.count("/") else ""
    return f"{host}:{pid}" if pid else host
