"""What older studies are remembered when a study is opened: read once, written down, never read again."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tuner.config import StudyConfig
from tuner.errors import UsageError
from tuner.interop.spec import MemorySpec, asked_of
from tuner.study import History, Remembered


def memories(
    history: History, config: StudyConfig, wanted: Sequence[MemorySpec]
) -> tuple[Remembered, ...]:
    """Give the facts for those of the wanted older studies that were not remembered before.

    Raises:
        UsageError: one cannot be read, or not translated; the message names it.
    """
    return tuple(_new(history, config, wanted))


def memory(history: History, config: StudyConfig, asked: MemorySpec) -> Remembered:
    """Read one older study and translate it.

    Raises:
        UsageError: it cannot be read, or not translated; the message names it.
    """
    from tuner.interop import read_old
    from tuner.interop.mapping import remembered

    path = Path(asked.ledger)
    if path.resolve() in (config.dir.resolve(), (config.dir / "ledger.jsonl").resolve()):
        raise UsageError(f"{asked.ledger} is this study itself", hint="name an older one")
    old = read_old(path, asked.kind, metric=asked.metric, goal=asked.goal)
    name = asked.name or _name(old.name, asked, history.memories.values())
    return remembered(old, asked, config.space, config.metric, name=name)


def _new(
    history: History, config: StudyConfig, studies: Iterable[MemorySpec]
) -> Iterator[Remembered]:
    known = [fact.asked for fact in history.memories.values()]
    found = History()
    found.memories = dict(history.memories)
    for asked in studies:
        if asked_of(asked) in known:
            continue
        if asked.mode == "none":
            yield from (
                Remembered(memory=fact.memory, source=fact.source, mode="none")
                for fact in found.memories.values()
                if asked.name in (None, fact.memory) and fact.asked.get("ledger") == asked.ledger
            )
            continue
        fact = memory(found, config, asked)
        found.memories[fact.memory] = fact
        yield fact


def _name(theirs: str, asked: MemorySpec, others: Iterable[Remembered]) -> str:
    """Give the older study's name, numbered where another memory has it; read anew it keeps its own."""
    taken = {fact.memory: fact.asked.get("ledger") for fact in others}
    names = [theirs, *(f"{theirs}-{n}" for n in range(2, len(taken) + 2))]
    return next(name for name in names if taken.get(name, asked.ledger) == asked.ledger)
