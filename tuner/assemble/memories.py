"""What older studies are remembered when a study is opened: read once, written down, never read again."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tuner.config import StudyConfig
from tuner.errors import UsageError
from tuner.interop.spec import MODEL_MODES, MemorySpec, asked_of
from tuner.samplers.make import check_modes
from tuner.study import History, Remembered

OURS = ("ledger.jsonl", "ledger.csv", "journal.jsonl", "trials.csv")


def memories(
    history: History, config: StudyConfig, wanted: Sequence[MemorySpec], *, own: Path | None
) -> tuple[Remembered, ...]:
    """Give the facts for those of the wanted older studies that were not remembered before.

    Args:
        history: what is remembered already.
        config: of the study that is to learn.
        wanted: older studies, as they were asked for.
        own: the folder of this study, None for one in memory.

    Raises:
        UsageError: one cannot be read, or not translated, or two are to shape the model in different
            ways, or in one whose library is not there; the message names it.
    """
    then = dict(history.memories)
    found: list[Remembered] = []
    for asked in wanted:
        for fact in _asked(then, config, asked, own):
            found.append(fact)
            if fact.mode == "none":
                del then[fact.memory]
            else:
                then[fact.memory] = fact
    if found:
        _check_modes(then.values())
    return tuple(found)


def _asked(
    known: dict[str, Remembered], config: StudyConfig, asked: MemorySpec, own: Path | None
) -> Iterator[Remembered]:
    """Give what is new about one older study; of one that is put aside nothing is read."""
    if asked.mode == "none":
        for fact in tuple(known.values()):
            if asked.name in (None, fact.memory) and _path(fact) == asked_of(asked)["ledger"]:
                yield Remembered(memory=fact.memory, source=fact.source, mode="none")
    elif asked_of(asked) not in [fact.asked for fact in known.values()]:
        yield _read(known.values(), config, asked, own)


def _read(
    known: Iterable[Remembered], config: StudyConfig, asked: MemorySpec, own: Path | None
) -> Remembered:
    """Read one older study and translate it."""
    from tuner.interop import read_old, remembered

    path = Path(asked.ledger)
    mine = [] if own is None else [own.resolve(), *(own.resolve() / name for name in OURS)]
    if path.resolve() in mine:
        raise UsageError(f"{asked.ledger} is this study itself", hint="name an older one")
    old = read_old(path, asked.kind, metric=asked.metric, goal=asked.goal)
    name = asked.name or _name(old.name, asked, known)
    return remembered(old, asked, config.space, config.metric, name=name)


def _check_modes(memories: Iterable[Remembered]) -> None:
    """Refuse two ways for one model to learn, and one that cannot be computed here."""
    by_mode = {fact.mode: fact.memory for fact in memories if fact.mode in MODEL_MODES}
    check_modes(by_mode)
    if len(by_mode) > 1:
        said = ", ".join(f"{name} by {mode!r}" for mode, name in by_mode.items())
        raise UsageError(
            f"a model learns from all older studies in one way, not from {said}",
            hint="give all of them the same mode, or put one aside with the mode none",
        )


def _name(theirs: str, asked: MemorySpec, others: Iterable[Remembered]) -> str:
    """Give the older study's name, numbered where another memory has it; read anew it keeps its own."""
    taken = {fact.memory: _path(fact) for fact in others}
    names = [theirs, *(f"{theirs}-{n}" for n in range(2, len(taken) + 2))]
    path = asked_of(asked)["ledger"]
    return next(name for name in names if taken.get(name, path) == path)


def _path(fact: Remembered) -> object:
    return fact.asked.get("ledger")
