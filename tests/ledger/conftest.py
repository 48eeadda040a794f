"""Time that stands still until told otherwise, facts to write down, and ledgers that are closed."""

from datetime import UTC, datetime, timedelta

import pytest

from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger
from tuner.study import Finished, Opened, Started, Suggested

CONFIG = {"metric": {"name": "loss", "goal": "minimize"}}


class Time:
    """Wall and monotonic time, moved by hand."""

    def __init__(self):
        self.wall, self.now = datetime(2026, 1, 31, 9, 30, tzinfo=UTC), 100.0

    def utc(self):
        return self.wall

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds

    def set_wall(self, **change):
        self.wall += timedelta(**change)


class Facts:
    """One of each, for a trial."""

    opened = Opened(study="s", config=CONFIG, config_hash="h")

    @staticmethod
    def suggested(trial, **more):
        return Suggested(**{"trial": trial, "point": {"x": trial / 7}, "method": "sobol", **more})

    @staticmethod
    def started(trial, attempt=1, **more):
        return Started(trial=trial, attempt=attempt, **more)

    @staticmethod
    def finished(trial, loss=0.5, **more):
        default = {"attempt": 1, "state": "completed", "metrics": {"loss": loss}}
        return Finished(trial=trial, **{**default, **more})

    def trial(self, number, loss=0.5):
        return [self.suggested(number), self.started(number), self.finished(number, loss)]


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def facts():
    return Facts()


@pytest.fixture
def stamp(time):
    return Stamp("host/boot/1/2", utc=time.utc, monotonic=time.monotonic)


@pytest.fixture
def open_ledger(tmp_path, stamp):
    """Open the ledger of a study folder; as often as one likes."""
    opened = []

    def make(folder=tmp_path / "study", form="jsonl", **more):
        ledger = make_ledger(folder, LedgerSpec(format=form), more.pop("stamp", stamp), **more)
        opened.append(ledger)
        return ledger

    yield make
    for ledger in opened:
        ledger.close()


@pytest.fixture
def open_book(open_ledger):
    """Open the ledger of a study with its history."""

    def make(*args, watchers=(), **more):
        book = Book(open_ledger(*args, **more), watchers)
        book.catch_up()
        return book

    return make
