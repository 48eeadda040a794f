"""Pure: which winners still have to be run again before one is named."""

from collections.abc import Callable

from tuner.loop.parts import Confirm
from tuner.loop.seeds import trial_seed
from tuner.study import History, Suggested, Trial, TrialState
from tuner.study.ranking import origin, ranked, searched


def confirmations(
    history: History, confirm: Confirm, study_seed: int, allowed: Callable[[Trial], bool]
) -> list[Suggested]:
    """Give the repeats that are missing; none while a trial runs or may still be started.

    The winners are those of the search, so results of their repeats do not change who they are;
    when the search goes on after a confirmation, they are found anew.

    Args:
        history: of the study.
        confirm: how many winners, and how many seeds for each.
        study_seed: seeds of repeats follow from it.
        allowed: says whether a trial that waits may still be started.
    """
    busy = (t.state == TrialState.RUNNING or allowed(t) for t in _of_runners(history))
    if any(busy):
        return []
    spent = {
        (origin(history, trial), trial.suggestion.seed)
        for trial in history.trials.values()
        if trial.method == "confirm"
    }
    rows = [row for row in ranked(history, up_to=searched(history)) if row.feasible]
    missing = [
        (row, seed)
        for row in rows[: confirm.top]
        for repeat in range(confirm.seeds)
        if (row.origin, seed := trial_seed(study_seed, row.origin, repeat + 1)) not in spent
    ]
    return [
        Suggested(
            trial=number,
            point=row.trial.params,
            method="confirm",
            seed=seed,
            of=row.origin,
            seen=history.ended,
        )
        for number, (row, seed) in enumerate(missing, start=history.next_id)
    ]


def _of_runners(history: History) -> list[Trial]:
    return [trial for trial in history.open if not trial.suggestion.by_hand]
