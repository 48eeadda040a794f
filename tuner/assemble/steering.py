"""What a person asks of a study from outside, whoever carries it: the verbs, or the dashboard."""

from collections.abc import Mapping, Sequence

from tuner.assemble.desk import Desk
from tuner.assemble.opening import Opening
from tuner.config import FILLED, filled_in, read_value
from tuner.errors import UsageError
from tuner.ledger import Book
from tuner.study import Finished, Noted, Trial, TrialState, marked

NEVER = "a person ended it while it waited"


def stop(opening: Opening, *, now: bool) -> str:
    """Ask every process at work to stop; `now` terminates what runs. Give what will happen."""
    opening.book.write(Noted(kind="stop_now" if now else "stop"))
    running = len(opening.book.history.running)
    what = "terminated" if now else "waited for"
    return f"asked to stop: {running} running trials will be {what}"


def end(opening: Opening, *numbers: int) -> tuple[str, ...]:
    """End open trials early, all or none; what they reported is kept. Called inside a turn.

    One that runs is ended by the process that runs it, one that waits here and now.

    Raises:
        UsageError: there is no such trial, it has ended, or a person runs it by hand.
    """
    trials = [_trial(opening.book, number) for number in dict.fromkeys(numbers)]
    for trial in trials:
        if not trial.open:
            raise UsageError(f"trial {trial.id} has ended: it is {trial.state}")
        if trial.suggestion.by_hand:
            raise UsageError(
                f"trial {trial.id} was handed out, nothing here runs it",
                hint=f"`tuner tell {trial.id} --failed CLASS` says that it gave nothing",
            )
    running = [trial.state == TrialState.RUNNING for trial in trials]
    opening.book.write(
        *(
            Noted(kind="stop", trial=trial.id)
            if runs
            else Finished(trial=trial.id, attempt=trial.attempt, state="stopped", message=NEVER)
            for trial, runs in zip(trials, running, strict=True)
        )
    )
    return tuple(
        f"trial {trial.id} {'is asked to end' if runs else 'will not run'}"
        for trial, runs in zip(trials, running, strict=True)
    )


def retry(opening: Opening, *numbers: int) -> tuple[str, ...]:
    """Let failed or stopped trials run once more, all or none. Called inside a turn.

    Raises:
        UsageError: there is no such trial, or it did not end so.
    """
    trials = [_trial(opening.book, number) for number in numbers]
    for trial in trials:
        if trial.open:
            doing = "running" if trial.state == TrialState.RUNNING else "waiting for its turn"
            raise UsageError(
                f"trial {trial.id} is {doing}: only a failed or stopped one can be retried",
                hint="retry the others alone, or this one once it has ended",
            )
        if trial.state not in (TrialState.FAILED, TrialState.STOPPED):
            raise UsageError(
                f"trial {trial.id} is {trial.state}: only a failed or stopped one can be retried",
                hint=f"`tuner rerun {trial.id}` repeats a completed one",
            )
    opening.book.write(*(Noted(kind="retry", trial=number) for number in numbers))
    return tuple(f"trial {trial.id} waits for attempt {trial.attempt + 1}" for trial in trials)


def enqueue(desk: Desk, words: Mapping[str, str]) -> tuple[str, ...]:
    """Put a point first in line, its values as a person types them; give what became of it.

    Raises:
        UsageError: naming every value that does not fit the space.
    """
    point = {name: read_value(text) for name, text in words.items()}
    trial, space = desk.enqueue(point), desk.config.space
    if trial is None:
        key = space.key(space.filled(point))
        twins = [t.id for t in desk.history.trials.values() if space.key(t.params) == key]
        said = (
            f"the study has seen this point already: trial {twins[0]}; "
            f"`tuner rerun {twins[0]}` runs it once more"
        )
        return (said,)
    added = filled_in(space, point, trial.params)
    lines = (f"not given: {', '.join(added)}; {FILLED}",) if added else ()
    return (*lines, f"trial {trial.id} waits")


def mark(book: Book, number: int, tags: Sequence[str], note: str | None) -> str:
    """Tag a trial, or write a note on it; `-tag` takes one away.

    Raises:
        UsageError: there is no such trial, or nothing to write.
    """
    facts = marked(number, tags, note)
    _trial(book, number)
    book.write(*facts)
    return f"trial {number}: {', '.join(book.history.trials[number].marks) or 'no tags'}"


def _trial(book: Book, number: int) -> Trial:
    trial = book.history.trials.get(number)
    if trial is None:
        raise UsageError(
            f"there is no trial {number}", hint=f"ids go from 1 to {book.history.next_id - 1}"
        )
    return trial
