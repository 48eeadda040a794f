"""All studies below a folder, each followed as its ledger grows."""

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tuner.ledger import Follower
from tuner.report.tally import Tally
from tuner.study import History, Opened, Reconfigured, Remembered

LEDGERS = ("ledger.jsonl", "ledger.csv")
SEARCH = ("", "*/", "*/*/")
"""Where studies lie below the folder."""

LISTING_S, LOOK_S = 3.0, 0.5
"""Seconds from one search for studies to the next, and from one look at their ledgers to the next."""


@dataclass
class Followed:
    """One study.

    Attributes:
        key: what the page calls it; no path comes from a page.
        version: grows with every change.
        anew: the version from which on only single trials have changed.
        touched: the version at which a trial last changed, by its id.
    """

    key: str
    folder: Path
    follower: Follower
    tally: Tally = field(default_factory=Tally)
    version: int = 0
    anew: int = 0
    touched: dict[int, int] = field(default_factory=dict)

    @property
    def history(self) -> History:
        """What happened, as far as it was read."""
        return self.follower.history

    @property
    def trouble(self) -> str:
        """Why there is nothing to read now; empty if there is."""
        return self.follower.trouble or ""

    @property
    def damage(self) -> list[str]:
        """What was skipped, a line each."""
        return self.follower.reading.damage

    def look(self) -> bool:
        """Read on; say whether anything has changed."""
        history, trouble, last = self.history, self.trouble, self.history.last
        next_one = self.version + 1
        for record in self.follower.news():
            if not self.follower.fresh:
                self.tally = self.tally.take(record, self.history)
                self._touch(record.fact, next_one)
        if self.history is not history or last == 0 < self.history.last:
            self.tally = Tally.of(self.history)
            self.anew, self.touched = next_one, {}
        changed = (self.history is not history, self.trouble, self.history.last)
        if changed == (False, trouble, last):
            return False
        self.version = next_one
        return True

    def _touch(self, fact: object, version: int) -> None:
        match fact:
            case Opened() | Reconfigured() | Remembered():
                self.anew = version
            case _:
                trial = getattr(fact, "trial", None)
                if trial is not None:
                    self.touched[trial] = version

    def since(self, version: int) -> tuple[int, ...] | None:
        """Give the trials that have changed after a version; None where more than those has."""
        if not self.anew <= version <= self.version:
            return None
        return tuple(trial for trial, at in self.touched.items() if at > version)


class Studies:
    """The studies below a folder; one thread looks, others read under the lock.

    Attributes:
        root: the folder.
        version: grows with every change of any study.
        lock: held while a history is looked at, and while it changes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.version = 0
        self.lock = threading.RLock()
        self._known: dict[str, Followed] = {}
        self._over = threading.Event()

    def __iter__(self) -> Iterator[Followed]:
        return iter(list(self._known.values()))

    def get(self, key: str) -> Followed | None:
        """Give a study by what the page calls it."""
        return self._known.get(key)

    def search(self) -> None:
        """Look for studies that are new; one that is gone stays, and says so."""
        for pattern in SEARCH:
            for folder in sorted(self.root.glob(pattern)) if pattern else [self.root]:
                if any((folder / name).is_file() for name in LEDGERS):
                    self._add(folder)

    def _add(self, folder: Path) -> None:
        key = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()
        key = key[:16]
        if key not in self._known:
            with self.lock:
                self._known[key] = Followed(key, folder, Follower(folder))
                self.version += 1

    def look(self) -> None:
        """Read on in all ledgers."""
        for study in self:
            with self.lock:
                self.version += study.look()

    def watch(self) -> None:
        """Search and look until `stop`: the work of one thread."""
        passed = LISTING_S
        while True:
            if passed >= LISTING_S:
                self.search()
                passed = 0.0
            self.look()
            if self._over.wait(LOOK_S):
                return
            passed += LOOK_S

    def stop(self) -> None:
        """End `watch`."""
        self._over.set()
