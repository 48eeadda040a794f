"""Promise 9 as a count, not a time: what a fact costs does not grow with the ledger."""

from collections import Counter

import pytest

from tuner.ledger import Book, Disk, LedgerSpec, Stamp, make_ledger
from tuner.study import Finished, Suggested


class Counting(Disk):
    """Counts the calls, and the bytes that are read."""

    def __init__(self):
        self.count, self.bytes_read, self.files = Counter(), 0, {}

    def open(self, path, flags, *, follow=False):
        self.count["open"] += 1
        descriptor = super().open(path, flags, follow=follow)
        self.files[descriptor] = path.name
        return descriptor

    def read(self, descriptor, count, offset):
        data = super().read(descriptor, count, offset)
        self.bytes_read += len(data)
        return data

    def write(self, descriptor, data):
        self.count[f"write {self.files[descriptor]}"] += 1
        return super().write(descriptor, data)

    def fsync(self, descriptor):
        self.count["fsync"] += 1

    def rename(self, source, target):
        self.count["rename"] += 1
        super().rename(source, target)


@pytest.fixture
def disk():
    return Counting()


@pytest.fixture
def book(tmp_path, disk):
    return Book(make_ledger(tmp_path, LedgerSpec(), Stamp("h/b/1/2"), disk=disk, kind="ext4"))


def cost(book, disk, *facts):
    disk.count.clear()
    disk.bytes_read = 0
    book.write(*facts)
    return dict(disk.count), disk.bytes_read


def test_the_thousandth_fact_costs_what_the_first_did(book, disk):
    costs = [
        cost(book, disk, Suggested(trial=trial, point={"x": trial}, method="sobol"))
        for trial in range(1, 1001)
    ]

    first = {"open": 1, "write ledger.lock": 1, "write ledger.jsonl": 1, "fsync": 1}
    assert all(calls == first for calls, _ in costs)
    assert all(read <= 1 for _, read in costs)


def test_facts_that_belong_together_share_one_fsync(book, disk):
    suggested = Suggested(trial=1, point={}, method="sobol")
    finished = Finished(trial=1, attempt=1, state="completed")

    calls, _ = cost(book, disk, suggested, finished)

    assert calls["write ledger.jsonl"] == 2
    assert calls["fsync"] == 1


def test_looking_for_news_costs_nothing_when_there_are_none(book, disk):
    book.write(Suggested(trial=1, point={}, method="sobol"))
    disk.count.clear()

    for _ in range(100):
        book.catch_up()

    assert disk.count == {}
