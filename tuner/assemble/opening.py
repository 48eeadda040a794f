"""Open a study: folder, ledger, presence, and the facts that begin a session."""

import os
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from tuner.assemble.memories import memories
from tuner.assemble.provenance import Git, versions
from tuner.config import StudyConfig, config_hash, diff, read_config
from tuner.errors import UsageError
from tuner.ledger import (
    Book,
    Ledger,
    LedgerSpec,
    MemoryLedger,
    Mirror,
    Presence,
    Stamp,
    Worker,
    is_alive,
    make_ledger,
    this_worker,
)
from tuner.loop import trial_seed
from tuner.samplers.make import incumbents
from tuner.space import Space
from tuner.study import Closed, Fact, History, Opened, Reconfigured, Suggested, Value, Watcher

CONFIG_NAME = "config.yaml"


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A study that is open for writing.

    Attributes:
        resumed: the ledger held facts before.
        joined: other processes were at work on the study when it was opened.
        begun: this process opened the study, rather than paying a visit.
        changes: what the configuration says differently from before, a line each.
        usable: how many old trials stay usable, and how, when the parameters changed.
    """

    config: StudyConfig
    book: Book
    worker: str
    resumed: bool
    presence: Presence | None = None
    changes: tuple[str, ...] = ()
    usable: Mapping[str, int] | None = None
    joined: bool = False
    begun: bool = True

    def alive(self, worker: str) -> bool:
        """Say whether a process that wrote facts still works on the study."""
        if self.presence is not None:
            return is_alive(worker, self.presence)
        them = Worker.parse(worker)
        return them.host != socket.gethostname() or them.runs_here()

    def close(self, reason: str) -> None:
        """Write the last fact of this session, unless it was only a visit, and let go. Once."""
        if self.book.closed:
            return
        try:
            if self.begun:
                self.book.write(Closed(reason=reason))
        finally:
            self.book.close()
            if self.presence is not None:
                self.presence.close()


def open_study(
    config: StudyConfig,
    *,
    in_memory: bool = False,
    watchers: Sequence[Watcher] = (),
) -> Opening:
    """Open the study that `config` describes, new or old, and write down that it is open.

    Args:
        config: whole and valid.
        in_memory: keep the ledger in memory, touch no file.
        watchers: hear of every fact from the first one on.

    Raises:
        LedgerLockedError: another process holds the lock and does not let go.
        LedgerError: the ledger cannot be read or written.
    """
    git = Git()
    worker = this_worker()
    stamp = Stamp(worker)
    folder = config.dir
    ledger: Ledger = MemoryLedger(stamp) if in_memory else make_ledger(folder, config.ledger, stamp)
    presence = None if in_memory else Presence(folder, worker)
    mirror = [] if in_memory or config.ledger.format == "csv" else [Mirror(folder)]
    book = Book(ledger, [*mirror, *watchers])
    with book.turn():
        history = book.history
        resumed, old = history.opened is not None, history.config
        others = presence is not None and presence.others_alive()
        changes = tuple(diff(old, config.plain)) if old is not None else ()
        facts = beginning(history, config, changes, git=git.state(), joined=others)
        taught = memories(history, config)
        book.write(*facts, *taught)
        book.write(*enqueued(history, config))
    if not in_memory:
        with suppress(OSError):  # a convenience for people; the ledger has it too
            keep_config(config)
    moved = any(line.startswith("parameters.") for line in changes)
    return Opening(
        config=config,
        book=book,
        worker=worker,
        presence=presence,
        resumed=resumed,
        joined=others,
        changes=changes,
        usable=usability(book.history, config.space) if moved else None,
    )


def visit(folder: Path) -> Opening:
    """Open an existing study for a few facts, such as one result told; no session begins.

    Raises:
        UsageError: there is no study in the folder.
    """
    worker = this_worker()
    spec = LedgerSpec(format="csv" if (folder / "ledger.csv").exists() else "jsonl")
    book = Book(
        make_ledger(folder, spec, Stamp(worker)), [Mirror(folder)] if spec.format == "jsonl" else []
    )
    book.catch_up()
    if book.history.config is None:
        with book.turn():  # seen while its first line was being written
            pass
    if book.history.config is None:
        book.close()
        raise UsageError(f"{folder} holds no study", hint="`tuner run config.yaml` makes one")
    config = replace(read_config(book.history.config), dir=folder)
    return Opening(config=config, book=book, worker=worker, resumed=True, begun=False)


def beginning(
    history: History,
    config: StudyConfig,
    changes: tuple[str, ...],
    *,
    git: Mapping[str, str],
    joined: bool,
) -> list[Fact]:
    """Give the facts that begin a session; the configuration is written only when it is new."""
    digest = config_hash(config.plain)
    facts: list[Fact] = [
        Opened(
            study=config.name,
            config=config.plain if history.config is None else None,
            config_hash=digest,
            versions=versions(),
            git=git,
            host=socket.gethostname(),
            joined=joined,
        )
    ]
    if history.config is not None and history.config_hash != digest:
        facts.append(Reconfigured(config=config.plain, config_hash=digest, diff=changes))
    return facts


def enqueued(history: History, config: StudyConfig) -> list[Suggested]:
    """Give the points to begin with that the study has not seen yet, as trials that wait.

    Those of `warm_start.enqueue`, then the best of older studies: with the mode enqueue, and with auto
    where no model could learn from them.
    """
    points = [config.space.point(values) for values in config.warm_start.enqueue]
    modes = ("enqueue",) if config.search.method == "bayes" else ("enqueue", "auto")
    older = [memory for memory in history.memories.values() if memory.mode in modes]
    return queue(history, config, [*points, *incumbents(config.space, older)])


def queue(
    history: History, config: StudyConfig, points: Sequence[Mapping[str, Value]]
) -> list[Suggested]:
    """Turn points into trials that wait; a point the study has seen is left out."""
    if not points:
        return []  # else a long study would be looked through for nothing
    known = {config.space.key(point) for point in history.points()}
    made: list[Suggested] = []
    for point in points:
        key = config.space.key(point)
        if key in known:
            continue
        known.add(key)
        number = history.next_id + len(made)
        made.append(
            Suggested(
                trial=number,
                point=config.space.complete(point),
                method="enqueued",
                seed=trial_seed(config.seed, number),
                seen=history.ended,
            )
        )
    return made


def usability(history: History, space: Space) -> Mapping[str, int]:
    """Count the old trials by what the new parameters make of them."""
    return Counter(space.usable(trial.params)[1] for trial in history.trials.values())


def keep_config(config: StudyConfig) -> None:
    """Keep a copy of the configuration beside the ledger, for people and for `tuner status`."""
    if config.source is not None:
        text = config.source.read_text(encoding="utf-8")
    else:
        text = yaml.safe_dump(dict(config.plain), sort_keys=False)
    target = config.dir / CONFIG_NAME
    if config.source is not None and target.exists() and target.samefile(config.source):
        return
    _replace(target, text)


def _replace(target: Path, text: str) -> None:
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123  it is a descriptor
        file.write(text)
    fresh.replace(target)
