"""Open a study: folder, ledger, presence, and the facts that begin a session."""

import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from tuner.assemble.keeping import keep_config
from tuner.assemble.memories import Wanted, gone, lost, still_there, wanted_by
from tuner.assemble.provenance import Git, moved_on, versions
from tuner.assemble.usable import another, check_goal, fates, space_changed
from tuner.assemble.waiting import enqueued
from tuner.config import StudyConfig, config_hash, diff, read_config
from tuner.errors import TunerError, UsageError
from tuner.interop.spec import MemorySpec
from tuner.ledger import (
    Book,
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
from tuner.ledger.spec import LEDGERS
from tuner.study import (
    Closed,
    Fact,
    History,
    Opened,
    Reconfigured,
    Remembered,
    Watcher,
)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A study that is open for writing.

    Attributes:
        resumed: the ledger held facts before.
        joined: other processes were at work on the study when it was opened.
        begun: this process opened the study, rather than paying a visit.
        in_memory: it touches no file.
        changes: what the configuration says differently from before, a line each.
        usable: what becomes of old trials when the parameters or the metric changed, a line each.
        remembered: older studies that were read now, or put aside.
        remarks: what there is to say of those that were remembered before, a line each.
        other_code: the repository is not what it was when the last session began.
    """

    config: StudyConfig
    book: Book
    worker: str
    resumed: bool
    presence: Presence | None = None
    changes: tuple[str, ...] = ()
    usable: tuple[str, ...] = ()
    joined: bool = False
    begun: bool = True
    in_memory: bool = False
    remembered: tuple[Remembered, ...] = ()
    remarks: tuple[str, ...] = ()
    other_code: bool = False

    @property
    def moved(self) -> str:
        """What of a study with trials is another than before; empty where nothing is."""
        told = self.other_code or self.usable
        return another(self.changes, code=self.other_code) if told else ""

    def alive(self, worker: str) -> bool:
        """Say whether a process that wrote facts still works on the study."""
        if self.presence is not None:
            return is_alive(worker, self.presence)
        them = Worker.parse(worker)
        return them.host != socket.gethostname() or them.runs_here()

    def close(self, reason: str, *, finished: bool = False) -> None:
        """Write the last fact of this session, unless it was only a visit, and let go. Once."""
        if self.book.closed:
            return
        try:
            if self.begun:
                self.book.write(Closed(reason=reason, finished=finished))
        finally:
            _let_go(self.book, self.presence)


def open_study(
    config: StudyConfig,
    *,
    in_memory: bool = False,
    watchers: Sequence[Watcher] = (),
    older: Sequence[MemorySpec] = (),
    book: Book | None = None,
) -> Opening:
    """Open the study that `config` describes, new or old, and write down that it is open.

    Args:
        config: whole and valid.
        in_memory: keep the ledger in memory, touch no file.
        watchers: hear of every fact from the first one on.
        older: studies to learn from besides those of the configuration, or otherwise than it has them.
        book: of the study, as `read_before` gave it; None to read its ledger now.

    Raises:
        UsageError: an older study cannot be read, where of a new study nothing is written; or the
            goal was turned, and old values were picked by it.
        LedgerLockedError: another process holds the lock and does not let go.
        LedgerError: the ledger cannot be read or written.
    """
    git, worker, folder = Git(config.source), this_worker(), config.dir
    wanted = wanted_by(config, older, None if in_memory else folder)
    new = in_memory or not holds_study(folder)
    first = wanted.facts(History(), config) if new else None
    book = book or _book(config, worker, in_memory=in_memory)
    book.hear(watchers)
    presence = None if in_memory else Presence(folder, worker)
    try:
        with book.turn():
            joined = presence is not None and presence.others_alive()
            began = _begin(book, config, git, joined=joined, wanted=wanted, first=first)
    except TunerError:
        _let_go(book, presence)
        raise
    if not in_memory:
        with suppress(OSError):  # a convenience for people; the ledger has it too
            keep_config(config)
    return Opening(
        config=config,
        book=book,
        worker=worker,
        presence=presence,
        joined=joined,
        in_memory=in_memory,
        **began._asdict(),
    )


class Began(NamedTuple):
    """How a study was found; fields as in `Opening`."""

    resumed: bool
    changes: tuple[str, ...]
    usable: tuple[str, ...]
    remembered: tuple[Remembered, ...]
    remarks: tuple[str, ...]
    other_code: bool


def read_before(config: StudyConfig) -> Book | None:
    """Read the ledger of a study that exists, for `open_study` to go on with; None where there is none.

    No session begins.

    Raises:
        LedgerLockedError: another process holds the lock and does not let go.
        LedgerError: the ledger cannot be read.
    """
    if not holds_study(config.dir):
        return None
    book = _book(config, this_worker(), in_memory=False)
    try:
        with book.turn():  # complete, also while others write
            return book
    except TunerError:
        book.close()
        raise


def _book(config: StudyConfig, worker: str, *, in_memory: bool) -> Book:
    if in_memory:
        return Book(MemoryLedger(Stamp(worker)))
    mirror = [] if config.ledger.format == "csv" else [Mirror(config.dir)]
    return Book(make_ledger(config.dir, config.ledger, Stamp(worker)), mirror)


def _begin(
    book: Book,
    config: StudyConfig,
    git: Git,
    *,
    joined: bool,
    wanted: Wanted,
    first: tuple[Remembered, ...] | None,
) -> Began:
    """Write the facts that begin a session. `first` is what a new study was found to remember."""
    history = book.history
    check_goal(history, config)
    resumed, before, here = history.opened is not None, history.git, git.state()
    changes = () if history.config is None else tuple(diff(history.config, config.plain))
    usable = fates(history, config, changes)
    facts = beginning(history, config, changes, git=here, joined=joined)
    taught = first if first is not None and not resumed else wanted.facts(history, config)
    remarks = still_there(history, wanted) + gone(history, wanted)
    book.write(*facts, *taught)
    book.write(*enqueued(history, config))
    remarks += lost(history, config.space) if space_changed(changes) else []
    return Began(
        resumed=resumed,
        changes=changes,
        usable=usable,
        remembered=taught,
        remarks=tuple(remarks),
        other_code=moved_on(before, here) and history.ended > 0,
    )


def _let_go(book: Book, presence: Presence | None) -> None:
    book.close()
    if presence is not None:
        presence.close()


def holds_study(folder: Path) -> bool:
    """Say whether a folder has a ledger of either format."""
    return any((folder / name).exists() for name in LEDGERS)


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
