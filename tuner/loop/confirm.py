"""Pure: which winners still have to be run again before one is named."""

from tuner.loop.parts import Confirm
from tuner.loop.seeds import trial_seed
from tuner.study import History, Suggested
from tuner.study.ranking import origin, ranked


def confirmations(history: History, confirm: Confirm, study_seed: int) -> list[Suggested]:
    """Give the repeats that are missing; none while any trial is open."""
    if history.open:
        return []
    spent = {
        (origin(history, trial), trial.suggestion.seed)
        for trial in history.trials.values()
        if trial.method == "confirm"
    }
    winners = (
        confirmed(history)
        or [row.trial.id for row in ranked(history) if row.feasible][: confirm.top]
    )
    due: list[Suggested] = []
    for winner in winners:
        for repeat in range(confirm.seeds):
            seed = trial_seed(study_seed, winner, repeat + 1)
            if (winner, seed) not in spent:
                due.append(
                    Suggested(
                        trial=history.next_id + len(due),
                        point=history.trials[winner].params,
                        method="confirm",
                        seed=seed,
                        of=winner,
                        seen=history.ended,
                    )
                )
    return due


def confirmed(history: History) -> list[int]:
    """Give the trials that are being confirmed, in the order of their first repeat."""
    chosen = (origin(history, t) for t in history.trials.values() if t.method == "confirm")
    return list(dict.fromkeys(chosen))
