"""Promise 4: an error of fsync is answered by writing anew in a file opened anew, or by saying so."""

import errno
import os

import pytest

from tuner.errors import LedgerError
from tuner.ledger import Book, Disk, LedgerSpec, Stamp, make_ledger, read_study, verify
from tuner.study import Finished, Suggested


class Recording(Disk):
    """Notes down every call by the open file it was made on; its fsync fails as often as it is told to."""

    def __init__(self):
        self.calls, self.files, self.opened, self.failing = [], {}, 0, 0

    def open(self, path, flags, *, follow=False):
        descriptor = super().open(path, flags, follow=follow)
        self.opened += 1
        self.files[descriptor] = f"{path.name} {self.opened}"
        return descriptor

    def close(self, descriptor):
        self.calls.append(("close", self.files.pop(descriptor)))
        super().close(descriptor)

    def write(self, descriptor, data):
        self.calls.append(("write", self.files[descriptor]))
        return super().write(descriptor, data)

    def fsync(self, descriptor):
        self.calls.append(("fsync", self.files[descriptor]))
        if self.failing:
            self.failing -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().fsync(descriptor)

    def of_the_ledger(self):
        return [(call, file) for call, file in self.calls if file.startswith("ledger.jsonl ")]


@pytest.fixture
def disk():
    return Recording()


@pytest.fixture
def book(tmp_path, disk):
    ledger = make_ledger(tmp_path, LedgerSpec(), Stamp("h/b/1/2"), disk=disk, kind="ext4")
    book = Book(ledger)
    book.write(Suggested(trial=1, point={}, method="sobol"))
    disk.calls.clear()
    return book


FINISHED = Finished(trial=1, attempt=1, state="completed", metrics={"loss": 0.5})


def test_the_record_is_written_again_in_a_file_opened_anew(book, disk, tmp_path):
    disk.failing = 1

    book.write(FINISHED)

    calls = disk.of_the_ledger()
    old, new = calls[0][1], calls[-1][1]
    assert old != new
    assert calls == [
        ("write", old),
        ("fsync", old),
        ("close", old),
        ("write", new),
        ("fsync", new),
    ]
    assert book.history.ended == 1
    assert read_study(tmp_path).history.trials == book.history.trials
    assert verify(tmp_path) == []


def test_it_stands_under_the_same_number(book, disk, tmp_path):
    disk.failing = 1

    records = book.write(FINISHED)

    lines = (tmp_path / "ledger.jsonl").read_bytes().splitlines()
    assert [record.number for record in records] == [2]
    assert lines[1] == lines[2]


def test_when_that_fails_too_the_trial_is_not_saved_and_nobody_says_so(book, disk, tmp_path):
    disk.failing = 2

    with pytest.raises(LedgerError, match="could not be written: Input/output error"):
        book.write(FINISHED)

    assert book.history.ended == 0
    assert read_study(tmp_path).history.ended == 0


@pytest.mark.parametrize("failing", [1, 2, 3, 4])
def test_no_open_file_is_ever_synced_after_its_sync_failed(book, disk, failing):
    disk.failing = failing
    for _ in range(3):
        try:
            book.write(FINISHED)
        except LedgerError:
            continue

    synced = [file for call, file in disk.of_the_ledger() if call == "fsync"]
    failed = synced[:failing]
    assert all(synced.count(file) == 1 for file in failed)
