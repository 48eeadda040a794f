"""What a person changes in a study that exists: repeats of a trial, another budget, other bounds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from tuner.assemble.keeping import keep_config
from tuner.assemble.memories import Wanted, gone, lost, still_there, wanted_by
from tuner.assemble.opening import Opening, holds_study
from tuner.assemble.parts import check_search
from tuner.assemble.provenance import Git, moved_on
from tuner.assemble.usable import another, check_goal, fates, space_changed
from tuner.assemble.waiting import enqueued
from tuner.config import StudyConfig, config_hash, diff, read_config
from tuner.errors import UsageError
from tuner.interop.spec import MemorySpec
from tuner.ledger import read_study
from tuner.loop import trial_seed
from tuner.study import History, Reconfigured, Remembered, Suggested
from tuner.study.ranking import origin

FOR_A_NEW_RUN = ("runner", "metric", "constraints", "ledger")  # what running jobs were made with


def repeats(history: History, config: StudyConfig, number: int, seeds: int) -> list[Suggested]:
    """Give `seeds` repeats of a trial, each with a seed that no earlier repeat had."""
    first = origin(history, history.trials[number])
    done = sum(origin(history, t) == first for t in history.trials.values()) - 1
    return [
        Suggested(
            trial=history.next_id + step,
            point=history.trials[first].params,
            method="rerun",
            seed=trial_seed(config.seed, first, -1 - done - step),
            of=first,
            seen=history.ended,
        )
        for step in range(seeds)
    ]


class Changed(NamedTuple):
    """What a study was told.

    Attributes:
        lines: what is different now, a line each.
        remembered: older studies that were read now, or put aside.
        remarks: what becomes of old trials, and of studies that were remembered before, a line each.
    """

    lines: tuple[str, ...]
    remembered: tuple[Remembered, ...] = ()
    remarks: tuple[str, ...] = ()


def reconfigure(opening: Opening, changes: Sequence[str]) -> Changed:
    """Write a changed configuration into the ledger; every process at work follows.

    Args:
        opening: of the study.
        changes: `key=value` as for `tuner run --set`.

    Returns:
        What is different now; nothing is written when nothing is.

    Raises:
        UsageError: an older study cannot be read, a study at work cannot follow, or the goal is
            turned and old values were picked by it.
        ConfigError: a key or value that the language does not know.
    """
    book = opening.book
    with book.turn():
        old = book.history.config or {}
        new = read_config(old, overrides=changes)
        lines = diff(old, new.plain)
        check_goal(book.history, new)
        if any(line.startswith(("search", "parameters")) for line in lines):
            check_search(new)  # a study at work would follow, and find out
        fixed = [line for line in lines if line.startswith(FOR_A_NEW_RUN)]
        if fixed and book.history.workers:
            raise UsageError(
                f"a study that is running cannot change this: {'; '.join(fixed)}",
                hint="stop it, and start it again with `tuner run --set`",
            )
        if not lines:
            return Changed(())
        wanted = Wanted(new.warm_start.studies, opening.config.dir)
        learns = any(line.startswith(("warm_start.studies", "metric")) for line in lines)
        taught = wanted.facts(book.history, new) if learns else ()
        remarks = still_there(book.history, wanted) + gone(book.history, wanted)
        remarks += fates(book.history, new, lines)
        if space_changed(lines):
            remarks += lost(book.history, new.space)
        keep_config(replace(new, dir=opening.config.dir, source=None))
        digest = config_hash(new.plain)
        book.write(Reconfigured(config=new.plain, config_hash=digest, diff=tuple(lines)), *taught)
        book.write(*(enqueued(book.history, new) if taught else ()))
    return Changed(tuple(lines), taught, tuple(remarks))


class Foreseen(NamedTuple):
    """What `tuner run` would find, were it started now.

    Attributes:
        changes: what of a study that exists is different, a line each.
        usable: what becomes of its trials when the parameters or the metric changed, a line each.
        learnt: what the study remembers then.
    """

    changes: tuple[str, ...]
    usable: tuple[str, ...]
    learnt: tuple[Remembered, ...]


def foreseen(config: StudyConfig, older: Sequence[MemorySpec] = ()) -> Foreseen:
    """Look at the study of a configuration as it would be opened with `older`; nothing is written.

    Raises:
        UsageError: an older study cannot be read, or the goal is turned and old values were picked by it.
    """
    there = holds_study(config.dir)
    history = read_study(config.dir).history if there else History()
    check_goal(history, config)
    changes = tuple(diff(history.config or config.plain, config.plain))
    usable = fates(history, config, changes)
    found = wanted_by(config, older, config.dir).facts(history, config)
    then = {**history.memories, **{fact.memory: fact for fact in found}}
    return Foreseen(changes, usable, tuple(f for f in then.values() if f.mode != "none"))


def moved(config: StudyConfig, history: History) -> str:
    """Say what of a study is another than when it was last at work, as `another` does.

    Args:
        config: as it is now.
        history: of the study in its folder so far.
    """
    if history.config is None or not history.ended:
        return ""
    code = moved_on(history.git, Git(config.source).state())
    return another(diff(history.config, config.plain), code=code)
