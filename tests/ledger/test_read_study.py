import os

import pytest

from tuner.errors import LedgerError, UsageError
from tuner.ledger import Disk, iterate, read_study


@pytest.fixture
def study(open_book, tmp_path, facts):
    book = open_book()
    book.write(facts.opened, *facts.trial(1), *facts.trial(2), facts.suggested(3))
    book.close()
    return tmp_path / "study"


@pytest.mark.parametrize("name", [".", "ledger.jsonl"])
def test_a_study_is_read_by_its_folder_or_its_ledger(study, name):
    reading = read_study(study / name)

    assert list(reading.history.trials) == [1, 2, 3]
    assert reading.history.metric.name == "loss"
    assert reading.damage == []
    assert (reading.folder, reading.file) == (study, study / "ledger.jsonl")
    assert reading.bytes == (study / "ledger.jsonl").stat().st_size


def test_every_record_can_be_had_one_by_one(study):
    assert [record.number for record in iterate(study)] == list(range(1, 9))


def test_a_ledger_may_have_any_name(study):
    (study / "ledger.jsonl").rename(study / "old.backup")

    assert len(read_study(study / "old.backup").history.trials) == 3


@pytest.mark.parametrize("name", ["nothing", "nothing/ledger.jsonl", "."])
def test_where_nothing_is_a_hint_says_what_to_name(tmp_path, name):
    with pytest.raises(UsageError) as caught:
        read_study(tmp_path / name)

    assert caught.value.hint


def test_reading_needs_no_lock_and_writes_nothing(study, open_ledger):
    (study / "ledger.lock").unlink()
    before = {path.name: path.read_bytes() for path in study.iterdir()}

    read_study(study)

    assert {path.name: path.read_bytes() for path in study.iterdir()} == before


def test_reading_goes_on_while_somebody_holds_the_lock(study, open_ledger):
    with open_ledger().turn():
        assert len(read_study(study).history.trials) == 3


def test_a_read_only_folder_can_be_read(study):
    (study / "ledger.jsonl").chmod(0o400)
    study.chmod(0o500)

    try:
        assert len(read_study(study).history.trials) == 3
    finally:
        study.chmod(0o700)


def test_a_tail_that_is_being_written_is_left_out_without_a_word(study):
    whole = (study / "ledger.jsonl").read_bytes()
    start = whole.rindex(b"\n", 0, -1) + 1

    for end in range(start, len(whole) - 1):
        (study / "ledger.jsonl").write_bytes(whole[:end])
        reading = read_study(study)
        assert list(reading.history.trials) == [1, 2]
        assert reading.damage == []


def test_damage_is_named(study):
    lines = (study / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (study / "ledger.jsonl").write_bytes(b"".join([*lines[:2], b"\0" * 50 + b"\n", *lines[2:]]))

    reading = read_study(study)

    assert list(reading.history.trials) == [1, 2, 3]
    assert reading.damage == [
        f"line 3 (byte {len(lines[0] + lines[1])}): it is incomplete; skipped"
    ]


def test_a_ledger_that_vanishes_is_an_error_for_a_person(study):
    class Vanishing(Disk):
        def open(self, path, flags, *, follow=False):
            path.unlink()
            return super().open(path, flags, follow=follow)

    with pytest.raises(UsageError, match="not there any more"):
        read_study(study, Vanishing())


def test_a_disk_that_cannot_be_read_is_an_error_for_a_person(study):
    class Broken(Disk):
        def read(self, descriptor, count, offset):
            raise OSError(5, os.strerror(5))

    with pytest.raises(LedgerError, match="cannot be read: Input/output error"):
        read_study(study, Broken())


def test_a_pipe_in_the_place_of_a_ledger_keeps_nobody_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(UsageError, match="is not a file"):
        read_study(tmp_path / "pipe")


def test_a_reader_may_follow_a_link(study, tmp_path):
    (tmp_path / "link.jsonl").symlink_to(study / "ledger.jsonl")

    assert len(read_study(tmp_path / "link.jsonl").history.trials) == 3


def test_an_empty_ledger_is_a_study_without_trials(tmp_path):
    (tmp_path / "ledger.jsonl").touch()

    assert read_study(tmp_path).history.trials == {}


def test_a_ledger_longer_than_a_chunk_is_read_whole(study, monkeypatch):
    for size in (1, 7, 400, 4096):
        monkeypatch.setattr("tuner.ledger.tail.CHUNK", size)
        assert [record.number for record in iterate(study)] == list(range(1, 9))
