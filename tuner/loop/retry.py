"""Pure: how an attempt ended, and how many there were -> again after a pause, or not."""

from tuner.runners.spec import Retries
from tuner.study import Outcome, Trial

PAUSE_S = {"oom": 20.0, "infra": 5.0, "lost": 0.0, "crash": 0.0}
LONGEST_S = 300.0


def pause_s(outcome: Outcome, trial: Trial, retries: Retries) -> float | None:
    """Give the seconds to wait before the next attempt, or None to let the verdict stand.

    An interrupted attempt always runs again: it says nothing about the point, and only a person
    interrupts. A lost one is bounded, since the point itself may be what takes the machine down.
    One that is final says itself that it would end the same way again, and one that a person wanted to
    end has no other. Memory is given time to come free; trouble of the machine is given more of it each time.
    """
    if trial.stop_asked:
        return None
    if outcome.state == "interrupted":
        return 0.0
    if outcome.final or outcome.state not in ("failed", "lost"):
        return None
    kind = "lost" if outcome.state == "lost" else outcome.failure or "crash"
    allowed: int = getattr(retries, kind, 0)
    no_verdict = trial.attempts_lost + trial.attempts_interrupted
    spent = trial.attempts_lost if kind == "lost" else trial.attempt - no_verdict - 1
    if spent >= allowed:
        return None
    return min(PAUSE_S.get(kind, 0.0) * 2.0**spent, LONGEST_S)
