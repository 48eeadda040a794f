import csv
import os

import pandas as pd
import pytest

from tuner.errors import LedgerError
from tuner.ledger import Book, Disk, MemoryLedger, Mirror, write_table
from tuner.study import History, Pulse


@pytest.fixture
def book_with(stamp, tmp_path, time):
    def make(**more):
        mirror = Mirror(tmp_path, monotonic=time.monotonic, **more)
        book = Book(MemoryLedger(stamp), [mirror])
        book.catch_up()
        return book

    return make


def rows(folder):
    with (folder / "trials.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_trial_is_a_row_and_those_in_flight_are_too(book_with, tmp_path, facts):
    book = book_with()
    book.write(*facts.trial(1), facts.suggested(2), facts.started(2))
    book.close()

    assert [(row["trial"], row["state"]) for row in rows(tmp_path)] == [
        ("1", "completed"),
        ("2", "running"),
    ]
    assert (tmp_path / "trials.csv").stat().st_mode & 0o777 == 0o600


def test_pandas_reads_numbers_as_numbers(book_with, tmp_path, facts):
    book = book_with()
    book.write(*facts.trial(1, 0.25), *facts.trial(2, -0.5))
    book.close()

    frame = pd.read_csv(tmp_path / "trials.csv")

    assert list(frame["metrics.loss"]) == [0.25, -0.5]
    assert list(frame["params.x"]) == [1 / 7, 2 / 7]


def test_it_is_written_once_a_second_at_most(book_with, tmp_path, facts, time):
    book = book_with()
    book.write(*facts.trial(1))
    book.write(*facts.trial(2))
    assert len(rows(tmp_path)) == 1

    time.now += 1
    book.pulse(Pulse(slots=1, busy=0))

    assert len(rows(tmp_path)) == 2


def test_the_longer_it_takes_the_less_often_it_is_written(book_with, tmp_path, facts, time):
    class Slow(Disk):
        def rename(self, source, target):
            time.now += 3
            super().rename(source, target)

    book = book_with(disk=Slow())
    book.write(*facts.trial(1))
    book.write(*facts.trial(2))
    time.now += 59
    book.write(*facts.trial(3))
    assert len(rows(tmp_path)) == 1

    time.now += 1
    book.write(*facts.trial(4))
    assert len(rows(tmp_path)) == 4


def test_a_long_study_runs_a_while_before_its_first_table_as_it_does_before_later_ones(
    stamp, tmp_path, facts, time
):
    book = Book(MemoryLedger(stamp))
    book.write(*(fact for number in range(1, 5001) for fact in facts.trial(number)))
    mirror, pulse = Mirror(tmp_path, monotonic=time.monotonic), Pulse(slots=1, busy=0)

    mirror.on_pulse(pulse, book.history)
    assert not (tmp_path / "trials.csv").exists()

    time.now += 3
    mirror.on_pulse(pulse, book.history)
    assert len(rows(tmp_path)) == 5000


def test_nothing_is_written_when_nothing_happened(book_with, tmp_path, facts, time):
    book = book_with()
    book.write(*facts.trial(1))
    before = (tmp_path / "trials.csv").stat().st_ino
    time.now += 100

    book.pulse(Pulse(slots=1, busy=0))
    book.close()

    assert (tmp_path / "trials.csv").stat().st_ino == before


def test_a_full_disk_makes_it_wait_and_leaves_no_half_of_a_file(book_with, tmp_path, facts, time):
    class Full(Disk):
        full = True

        def write(self, descriptor, data):
            if self.full:
                super().write(descriptor, data[:10])
                raise OSError(28, os.strerror(28))
            return super().write(descriptor, data)

    disk = Full()
    book = book_with(disk=disk)
    book.write(*facts.trial(1))
    assert list(tmp_path.iterdir()) == []

    disk.full = False
    time.now += 1
    book.write(*facts.trial(2))

    assert len(rows(tmp_path)) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["trials.csv"]
    assert book.complaints == []


def test_a_table_that_could_not_be_written_in_the_end_is_complained_about(book_with, facts, time):
    class Full(Disk):
        def write(self, descriptor, data):
            raise OSError(28, os.strerror(28))

    book = book_with(disk=Full())
    book.write(*facts.trial(1))
    book.close()

    assert len(book.complaints) == 1
    assert "Mirror failed" in book.complaints[0]
    assert "No space left" in book.complaints[0]


def test_a_link_in_the_place_of_the_table_is_replaced_and_not_followed(tmp_path):
    (tmp_path / "victim").write_text("precious")
    (tmp_path / "trials.csv").symlink_to(tmp_path / "victim")

    write_table(History(), tmp_path / "trials.csv")

    assert (tmp_path / "victim").read_text() == "precious"
    assert not (tmp_path / "trials.csv").is_symlink()


def test_a_table_that_cannot_be_written_is_an_error_for_a_person(tmp_path):
    with pytest.raises(LedgerError, match="could not be written: No such file"):
        write_table(History(), tmp_path / "nowhere" / "trials.csv")


def test_the_old_table_stays_until_the_new_one_is_safe(tmp_path):
    class Recording(Disk):
        calls = ()

        def fsync(self, descriptor):
            self.calls += ("fsync",)
            super().fsync(descriptor)

        def rename(self, source, target):
            self.calls += ("rename",)
            super().rename(source, target)

    disk = Recording()

    write_table(History(), tmp_path / "trials.csv", disk)

    assert disk.calls == ("fsync", "rename", "fsync")
