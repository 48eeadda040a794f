"""What older studies are remembered when a study is opened: read once, written down, never read again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from tuner.config import StudyConfig, read_memory
from tuner.errors import TunerError, UsageError
from tuner.interop.base import OPEN
from tuner.interop.spec import MODEL_MODES, MemorySpec, asked_of, one_study, origin_of
from tuner.ledger.spec import LEDGERS
from tuner.space import Space
from tuner.study import History, Remembered

OURS = (*LEDGERS, "journal.jsonl", "trials.csv")


class Wanted(NamedTuple):
    """Older studies to learn from, and the study that is to learn.

    Attributes:
        studies: to be read now, unless they are remembered.
        own: the folder of the study that is to learn, None for one in memory.
        beside: others that may stay in force; what is no longer asked for does not, where the same
            older study is asked for otherwise.
    """

    studies: Sequence[MemorySpec]
    own: Path | None
    beside: Sequence[MemorySpec] = ()

    def facts(self, history: History, config: StudyConfig) -> tuple[Remembered, ...]:
        """Give the facts for what was not remembered before, or for another metric.

        Raises:
            UsageError: one cannot be read, or not translated, or two are to shape the model in
                different ways; the message names it.
        """
        learning = _Learning(dict(history.memories), config, self)
        found: list[Remembered] = []
        for asked in self.studies:
            found += learning.take(learning.of(asked))
        for fact in tuple(learning.known.values()):
            if not learning.fits(fact):
                found += learning.take(learning.anew(fact))
        if found:
            _check_modes(learning.known)
        return tuple(found)


def wanted_by(config: StudyConfig, older: Sequence[MemorySpec], own: Path | None) -> Wanted:
    """Join the older studies of a configuration and those named elsewhere, whose word counts first."""
    said = [asked_of(spec) for spec in older]
    rest = [
        spec
        for spec in config.warm_start.studies
        if not any(one_study(asked_of(spec), each) for each in said)
    ]
    return Wanted((*rest, *older), own)


def lost(history: History, space: Space) -> list[str]:
    """Say, a line each, of which memories some points are nothing in a space, and why."""
    lines = []
    for fact in history.memories.values():
        found = [space.recalled(point) for point in fact.points]
        why = Counter(reason for point, reason in found if point is None)
        lines += [
            f"{fact.memory}: {count} of its {len(found)} trials cannot be used any more: {reason}"
            for reason, count in why.items()
        ]
    return lines


def still_there(history: History, wanted: Wanted) -> list[str]:
    """Say, a line each, which memories the configuration of before named and nobody names now."""
    before = ((history.config or {}).get("warm_start") or {}).get("studies") or ()
    now = {origin_of(asked_of(spec)) for spec in wanted.studies}
    gone = {origin_of(node) for node in before if isinstance(node, Mapping)} - now
    return [
        f"still remembered: {fact.memory}; write {{ledger: {fact.asked.get('ledger')}, mode: none}} "
        "to put it aside"
        for fact in history.memories.values()
        if origin_of(fact.asked) in gone
    ]


def gone(history: History, wanted: Wanted) -> list[str]:
    """Say, a line each, which entries ask otherwise than before for an older study that is not there."""
    facts = history.memories.values()
    return [
        f"{spec.ledger} is not there any more: what was learnt before stays, as it was asked for then"
        for spec in wanted.studies
        if _missed(spec, facts) and not any(same(f.asked, asked_of(spec)) for f in facts)
    ]


class _Learning:
    """What is remembered while older studies are asked for one after the other."""

    def __init__(self, known: dict[str, Remembered], config: StudyConfig, wanted: Wanted) -> None:
        self.known, self.config, self.wanted = known, config, wanted

    def take(self, facts: Iterator[Remembered]) -> list[Remembered]:
        """Let facts count, and give them."""
        taken = list(facts)
        for fact in taken:
            self.known[fact.memory] = fact
            if fact.mode == "none":
                del self.known[fact.memory]
        return taken

    def fits(self, fact: Remembered) -> bool:
        """Say whether gains are those of the metric; a ledger need not say what they are of."""
        metric = self.config.metric
        return fact.metric in ("", metric.name) and fact.goal in ("", metric.goal)

    def of(self, asked: MemorySpec) -> Iterator[Remembered]:
        """Give what is new about one older study; of one that is put aside nothing is read."""
        plain = asked_of(asked)
        if asked.mode == "none":
            yield from (_aside(fact) for fact in self.known.values() if _means(plain, fact))
            return
        old = next((f for f in self.known.values() if same(f.asked, plain)), None)
        if old is None and _missed(asked, self.known.values()):
            return
        if old is None:
            fact = self._read(asked)
            yield from self._replaced(fact)
            yield fact
        elif not self.fits(old):
            yield from self.anew(old)

    def anew(self, fact: Remembered) -> Iterator[Remembered]:
        """Give a memory for the metric of now; an empty one where the older study cannot be read."""
        try:
            yield self._read(read_memory(fact.asked), fact.memory)
        except TunerError as error:
            metric = self.config.metric
            why = f"remembered for {fact.metric} ({fact.goal}), and cannot be read anew: {error}"
            yield Remembered(
                memory=fact.memory,
                source=fact.source,
                asked=fact.asked,
                mode=fact.mode,
                metric=metric.name,
                goal=metric.goal,
                left_out=(f"all {len(fact.points):,} trials: {why}",),
                unused=len(fact.points) + fact.unused,
            )

    def _read(self, asked: MemorySpec, name: str | None = None) -> Remembered:
        """Read one older study and translate it."""
        from tuner.interop import NoMetricError, read_old, remembered

        path, own = Path(asked.ledger), self.wanted.own
        mine = [] if own is None else [own.resolve(), *(own.resolve() / name for name in OURS)]
        if path.resolve() in mine:
            raise UsageError(
                f"{asked.ledger} is this study itself",
                hint="name an older one, or begin another that learns from it: `tuner run --anew`",
            )
        try:
            old = read_old(
                path,
                asked.kind,
                metric=asked.metric,
                columns=asked.columns,
                study=asked.study,
            )
        except NoMetricError as unsaid:
            raise UsageError(
                f"{asked.ledger}: {unsaid}",
                hint=f"--warm-start '{{ledger: {asked.ledger}, metric: NAME}}', or `metric:` beside "
                f"`ledger:` in warm_start.studies, says it: {unsaid.choice}",
            ) from unsaid
        name = name or asked.name or self._name(old.name, asked)
        new = self.config
        fact = remembered(old, asked, new.space, new.metric, new.constraints, name=name)
        return replace(fact, notes=(*fact.notes, *_at_work(fact), *self._twice(fact)))

    def _twice(self, fact: Remembered) -> list[str]:
        """Say which other older study has the same trials, as a copy has."""
        copies = (
            other.memory
            for other in self.known.values()
            if fact.points == other.points
            and repr(fact.gains) == repr(other.gains)  # nan is another than nan
            and origin_of(fact.asked) != origin_of(other.asked)
        )
        copy = next(copies, None) if fact.points else None
        return [f"the same trials as {copy}, so they count twice"] if copy else []

    def _name(self, theirs: str, asked: MemorySpec) -> str:
        """Give the older study's name, numbered where another has it; read anew it keeps its own."""
        taken = {fact.memory: origin_of(fact.asked) for fact in self.known.values()}
        names = [theirs, *(f"{theirs}-{n}" for n in range(2, len(taken) + 2))]
        origin = origin_of(asked_of(asked))
        return next(name for name in names if taken.get(name, origin) == origin)

    def _replaced(self, fact: Remembered) -> Iterator[Remembered]:
        """Put aside what the same older study taught under a name that nobody asks for any more."""
        asked = [asked_of(spec) for spec in (*self.wanted.studies, *self.wanted.beside)]
        for old in self.known.values():
            alike = origin_of(old.asked) == origin_of(fact.asked) and old.memory != fact.memory
            if alike and not any(same(old.asked, plain) for plain in asked):
                yield _aside(old)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two entries ask for the same, however the path is spelt."""
    rest = [{key: value for key, value in each.items() if key != "ledger"} for each in (one, other)]
    return rest[0] == rest[1] and origin_of(one) == origin_of(other)


def _missed(asked: MemorySpec, known: Iterable[Remembered]) -> bool:
    """Say whether an older study is remembered, and gone."""
    if asked.mode == "none" or Path(asked.ledger).exists():
        return False
    return any(origin_of(fact.asked) == origin_of(asked_of(asked)) for fact in known)


def _means(asked: Mapping[str, Any], fact: Remembered) -> bool:
    """Say whether an entry that puts aside means a memory."""
    named = asked.get("name") in (None, fact.memory)
    whole = asked if "study" in asked else {**asked, "study": fact.asked.get("study")}
    return named and origin_of(whole) == origin_of(fact.asked)


def _at_work(fact: Remembered) -> list[str]:
    """Say how a study that has trials to come can be read again."""
    if not any(f": {OPEN}" in line for line in fact.left_out):
        return []
    again = f"to read it anew, put it aside with {{ledger: {fact.asked['ledger']}, mode: none}}"
    return [f"it may grow, and is as of now here; {again}, and name it again"]


def _aside(fact: Remembered) -> Remembered:
    return Remembered(memory=fact.memory, source=fact.source, mode="none")


def _check_modes(known: Mapping[str, Remembered]) -> None:
    """Refuse two ways for one model to learn, and one that cannot be computed here."""
    from tuner.samplers.make import check_modes

    by_mode = {fact.mode: fact.memory for fact in known.values() if fact.mode in MODEL_MODES}
    check_modes(by_mode)
    if len(by_mode) > 1:
        said = ", ".join(f"{name} by {mode!r}" for mode, name in by_mode.items())
        raise UsageError(
            f"a model learns from all older studies in one way, not from {said}",
            hint="give all of them the same mode, or put one aside with the mode none",
        )
