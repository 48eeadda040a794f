import errno
import os

import pytest

from tuner.errors import LedgerError, LedgerFullError
from tuner.ledger import Disk, read_study, verify
from tuner.study import Closed, Noted


@pytest.fixture
def file(tmp_path):
    return tmp_path / "study" / "ledger.jsonl"


class Failing(Disk):
    """Fails where it is told to, once or for ever."""

    def __init__(self):
        self.broken, self.calls = {}, []

    def _call(self, name):
        self.calls.append(name)
        error = self.broken.get(name)
        if error is not None:
            raise OSError(error, os.strerror(error))

    def write(self, descriptor, data):
        self._call("write")
        return super().write(descriptor, data)

    def fsync(self, descriptor):
        self._call("fsync")
        super().fsync(descriptor)

    def truncate(self, descriptor, size):
        self._call("truncate")
        super().truncate(descriptor, size)


def test_each_fact_is_one_line_and_one_write_and_a_batch_is_one_fsync(open_ledger, file, facts):
    disk = Failing()
    ledger = open_ledger(disk=disk)
    with ledger.turn():
        disk.calls.clear()
        ledger.append(facts.trial(1))

    assert disk.calls == ["write", "write", "write", "fsync"]
    assert file.read_bytes().count(b"\n") == 3


def test_a_line_without_its_end_is_ended_by_the_next_writer(open_ledger, file, facts):
    open_ledger().append(facts.trial(1))
    with file.open("ab") as torn:
        torn.write(b'{"v":1,"n":4,"at')

    ledger = open_ledger()
    ledger.append([Closed(reason="done")])

    lines = file.read_bytes().split(b"\n")
    assert lines[3] == b'{"v":1,"n":4,"at'
    assert [r.number for r in open_ledger().catch_up()] == [1, 2, 3, 4]
    assert ledger.damage == [
        f"line 4 (byte {file.read_bytes().index(lines[3])}): it is incomplete; skipped"
    ]


def test_a_last_line_that_lacks_only_its_line_feed_counts(open_ledger, file, facts):
    open_ledger().append(facts.trial(1))
    file.write_bytes(file.read_bytes()[:-1])

    ledger = open_ledger()
    seen = ledger.catch_up()
    ledger.append([Closed(reason="done")])

    assert [r.number for r in seen] == [1, 2, 3]
    assert [r.number for r in open_ledger().catch_up()] == [1, 2, 3, 4]
    assert ledger.damage == []
    assert verify(file) == []


def test_several_processes_see_each_others_facts_once_and_in_order(open_ledger, facts):
    one, two = open_ledger(), open_ledger()
    seen = []
    for number in range(1, 6):
        writer, reader = (one, two) if number % 2 else (two, one)
        written = writer.append([facts.suggested(number)])
        assert writer.catch_up() == []
        seen += reader.catch_up()
        assert seen[-1:] == written

    assert [record.number for record in seen] == [1, 2, 3, 4, 5]


def test_what_was_read_for_an_append_is_still_given_by_catch_up(open_ledger, facts):
    one, two = open_ledger(), open_ledger()
    written = one.append(facts.trial(1))

    own = two.append([Closed(reason="done")])

    assert [record.number for record in own] == [4]
    assert two.catch_up() == written


def test_nothing_is_given_while_another_is_in_the_middle_of_writing(open_ledger, facts):
    one, two = open_ledger(), open_ledger()
    one.append(facts.trial(1))

    with one.turn():
        assert two.catch_up() == []

    assert len(two.catch_up()) == 3


def test_a_full_disk_leaves_nothing_behind_and_the_facts_can_be_written_later(
    open_ledger, file, facts
):
    disk = Failing()
    ledger = open_ledger(disk=disk)
    ledger.append(facts.trial(1))
    before = file.read_bytes()

    disk.broken["write"] = errno.ENOSPC
    with pytest.raises(LedgerFullError, match="No space left"):
        ledger.append(facts.trial(2))
    between = file.read_bytes()
    disk.broken.clear()
    ledger.append(facts.trial(2))

    assert between == before
    assert len(read_study(file).history.trials) == 2
    assert verify(file) == []


def test_a_quota_is_a_full_disk_too(open_ledger, facts):
    disk = Failing()
    ledger = open_ledger(disk=disk)
    disk.broken["write"] = errno.EDQUOT

    with pytest.raises(LedgerFullError):
        ledger.append(facts.trial(1))


def test_a_write_cut_short_is_finished(open_ledger, file, facts):
    class Short(Disk):
        def write(self, descriptor, data):
            return super().write(descriptor, data[: max(1, len(data) // 2)])

    open_ledger(disk=Short()).append(facts.trial(1))

    assert verify(file) == []
    assert read_study(file).history.ended == 1


def test_a_ledger_that_cannot_even_be_cut_back_takes_no_more_facts(open_ledger, facts):
    disk = Failing()
    ledger = open_ledger(disk=disk)
    disk.broken.update(write=errno.EIO, truncate=errno.EIO)

    with pytest.raises(LedgerError, match="neither be written nor cut back"):
        ledger.append(facts.trial(1))
    disk.broken.clear()

    with pytest.raises(LedgerError, match="was closed"):
        ledger.append(facts.trial(1))


def test_a_ledger_that_was_moved_away_is_noticed_before_anything_is_written(
    open_ledger, file, facts
):
    ledger = open_ledger()
    ledger.append(facts.trial(1))
    file.rename(file.with_name("elsewhere.jsonl"))

    with pytest.raises(LedgerError, match="moved or replaced"):
        ledger.append(facts.trial(2))


def test_a_ledger_that_lost_what_was_read_is_noticed(open_ledger, file, facts):
    ledger = open_ledger()
    ledger.append(facts.trial(1))
    os.truncate(file, 10)

    with pytest.raises(LedgerError, match=r"lost .* bytes"):
        ledger.append(facts.trial(2))


def test_a_closed_ledger_takes_no_facts(open_ledger):
    ledger = open_ledger()
    ledger.close()

    with pytest.raises(LedgerError, match="was closed"):
        ledger.append([Closed(reason="done")])


def test_a_record_that_stands_twice_counts_once(open_ledger, file, facts):
    open_ledger().append(facts.trial(1))
    file.write_bytes(file.read_bytes() * 2)

    ledger = open_ledger()

    assert [record.number for record in ledger.catch_up()] == [1, 2, 3]
    assert ledger.append([Noted(kind="stop")])[0].number == 4


def test_damage_in_the_middle_is_named_and_stepped_over(open_ledger, file, facts):
    open_ledger().append([*facts.trial(1), *facts.trial(2)])
    lines = file.read_bytes().splitlines(keepends=True)
    lines[3] = lines[3].replace(b"sobol", b"sabol")
    file.write_bytes(b"".join(lines))

    ledger = open_ledger()

    assert [record.number for record in ledger.catch_up()] == [1, 2, 3, 5, 6]
    assert ledger.damage == [
        f"line 4 (byte {len(b''.join(lines[:3]))}): its checksum does not match; skipped"
    ]


def test_of_a_million_damaged_lines_a_thousand_are_named(open_ledger, file, facts):
    open_ledger().append(facts.trial(1))
    with file.open("ab") as broken:
        broken.write(b"x\n" * 5000)

    ledger = open_ledger()
    ledger.catch_up()

    assert len(ledger.damage) == 1000
    assert ledger.damage[-1] == "and 4001 more damaged lines"


def test_a_line_without_end_is_stepped_over_without_being_held(
    open_ledger, file, facts, monkeypatch
):
    monkeypatch.setattr("tuner.ledger.tail.LONGEST", 1 << 20)
    monkeypatch.setattr("tuner.ledger.tail.CHUNK", 1 << 16)
    open_ledger().append(facts.trial(1))
    with file.open("ab") as broken:
        broken.write(b"x" * (5 << 20) + b"\n")
    whole = open_ledger()
    whole.append([Closed(reason="done")])

    ledger = open_ledger()

    assert [record.number for record in ledger.catch_up()] == [1, 2, 3, 4]
    assert len(ledger.damage) == 1
    assert "line 4" in ledger.damage[0]
    assert "too long" in ledger.damage[0]
