"""Is anybody at work on the study? A pure answer; who is alive is handed in."""

from collections.abc import Sequence
from datetime import datetime

from tuner.report import numbers
from tuner.study import Closed, History


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
    if history.closed is not None and isinstance(history.closed.fact, Closed):
        closed, waits = history.closed.fact, any(not t.suggestion.by_hand for t in history.open)
        state = "finished" if closed.finished and not waits else "stopped"
        return state, f"{closed.reason}{',' if ago else ''}{ago}"
    return "idle", f"no process is at work; last written{ago}"


def process(worker: str) -> str:
    """Name a process for a person.

    Example:
        >>> process("box/5f3a/4711/88")
        'box:4711'
    """
    host, _, rest = worker.partition("/")
    pid = rest.split("/")[1] if rest.count("/") else ""
    return f"{host}:{pid}" if pid else host
