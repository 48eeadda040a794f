"""What `tuner run` says below the board when it is over, as plain lines."""

from tuner.report.failures import barren, summary, words_for_retry
from tuner.report.limits import no_best
from tuner.report.tables import best_lines
from tuner.study import Closed, History

GO_ON = "go on with: tuner run"
ONCE_MENDED = "once that is mended:"


def over(history: History, reason: str) -> str:
    """Say why it is over, and how many trials have ended."""
    trials = "1 trial has" if history.ended == 1 else f"{history.ended:,} trials have"
    apart = sum(not (trial.open or trial.counted) for trial in history.trials.values())
    of_them = f", {apart:,} of them repeats or added, which do not count" if apart else ""
    return f"over: {reason}; {trials} ended{of_them}"


def fallbacks(history: History) -> list[str]:
    """Say how many suggestions are a fallback's, and why the last one was; nothing where none is."""
    reasons = [t.suggestion.reason for t in history.trials.values() if t.suggestion.reason]
    if not reasons:
        return []
    share = f"{len(reasons)} of {len(history.trials)} suggestions are a fallback's"
    return [f"{share}: {reasons[-1]}"]


def failures(history: History) -> list[str]:
    """Say what failed, and which branches of the space have nothing but failures; nothing where none did."""
    said = summary(history)
    lost = (f"{branch}; the search keeps away from there" for branch in barren(history))
    return [said, *lost] if said else []


def parting(history: History) -> list[str]:
    """Give all of it, as far as the ledger of a closed study tells: the last frame leaves it room."""
    closed = history.closed.fact if history.closed else None
    reason, done = (closed.reason, closed.finished) if isinstance(closed, Closed) else ("", False)
    go_on = [] if done and not history.open else [GO_ON]
    best = best_lines(history) or [no_best(history)]
    retry = [ONCE_MENDED] if words_for_retry(history) else []
    return [over(history, reason), *best, *fallbacks(history), *go_on, *failures(history), *retry]
