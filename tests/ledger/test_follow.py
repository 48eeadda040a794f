"""A reader that goes along with a ledger, whatever becomes of the file."""

import os

import pytest

from tuner.ledger import Disk, Follower, LedgerSpec, Stamp, make_ledger, read_study
from tuner.study import Closed, Finished, Opened, Started, Suggested

CONFIG = {"name": "s", "metric": {"name": "loss", "goal": "minimize"}}
ME = "box/boot/1/2"


def facts(count, first=1):
    for number in range(first, first + count):
        yield Suggested(trial=number, point={"x": number}, method="sobol")
        yield Started(trial=number, attempt=1)
        yield Finished(trial=number, attempt=1, state="completed", metrics={"loss": 1.0 / number})


def write(folder, wanted, form="jsonl"):
    ledger = make_ledger(folder, LedgerSpec(format=form), Stamp(ME))
    ledger.append(list(wanted))
    ledger.close()


def begin(folder, trials, form="jsonl"):
    write(folder, [Opened(study="s", config=CONFIG, config_hash="h"), *facts(trials)], form)


class Counting(Disk):
    """Counts the bytes that are read."""

    def __init__(self):
        self.count = 0

    def read(self, descriptor, count, offset):
        data = super().read(descriptor, count, offset)
        self.count += len(data)
        return data


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_only_what_is_new_comes_and_only_that_is_read(tmp_path, form):
    begin(tmp_path, 200, form)
    disk = Counting()
    follower = Follower(tmp_path, disk)
    first = list(follower.news())
    was_fresh, size = follower.fresh, follower.file.stat().st_size
    read_first, disk.count = disk.count, 0
    nothing, read_nothing = list(follower.news()), disk.count
    write(tmp_path, facts(1, first=201), form)
    more = list(follower.news())

    assert len(first) == 601
    assert was_fresh
    assert not follower.fresh
    assert read_first >= size
    assert (nothing, read_nothing) == ([], 0)
    assert [type(record.fact) for record in more] == [Suggested, Started, Finished]
    assert 0 < disk.count < size / 20
    assert follower.history.ended == read_study(tmp_path).history.ended == 201


def test_a_torn_line_waits_for_its_rest(tmp_path):
    begin(tmp_path, 3)
    file = tmp_path / "ledger.jsonl"
    whole = file.read_bytes()
    follower = Follower(tmp_path)
    start = len(whole) - 400
    file.write_bytes(whole[:start])
    seen = [record.number for record in follower.news()]
    for place in range(start, len(whole)):
        with file.open("ab") as growing:
            growing.write(whole[place : place + 1])
        seen += [record.number for record in follower.news()]
    assert seen == list(range(1, 11))
    assert follower.history.ended == 3
    assert follower.reading.damage == []


def replaced(folder, file):
    file.rename(folder / "old")
    begin(folder, 2)


def overwritten(folder, file):
    begin(folder / "other", 40)
    file.write_bytes((folder / "other" / "ledger.jsonl").read_bytes())


def cut(folder, file):
    os.truncate(file, len(b"".join(file.read_bytes().splitlines(keepends=True)[:7])))


def taken_back_and_written_otherwise(folder, file):
    """A line that could not be confirmed is taken back; a longer one comes in its place."""
    os.truncate(file, len(b"".join(file.read_bytes().splitlines(keepends=True)[:-1])))
    said = Finished(trial=5, attempt=1, state="failed", failure="crash", message="long " * 90)
    write(folder, [said])


@pytest.mark.parametrize(
    ("what", "ended"),
    [(replaced, 2), (overwritten, 40), (cut, 2), (taken_back_and_written_otherwise, 5)],
)
def test_what_is_no_longer_as_it_was_is_read_anew(tmp_path, what, ended):
    begin(tmp_path, 5)
    follower = Follower(tmp_path)
    list(follower.news())
    before = follower.history
    what(tmp_path, tmp_path / "ledger.jsonl")
    list(follower.news())

    assert follower.fresh
    assert follower.history is not before
    assert follower.history.ended == ended
    assert follower.reading.damage == []
    states = {n: t.state for n, t in follower.history.trials.items()}
    assert states == {n: t.state for n, t in read_study(tmp_path).history.trials.items()}


def test_a_ledger_that_is_not_there_is_waited_for(tmp_path):
    follower = Follower(tmp_path / "study")
    assert list(follower.news()) == []
    assert "is not there" in follower.trouble
    begin(tmp_path / "study", 2)
    list(follower.news())
    seen = follower.history
    (tmp_path / "study" / "ledger.jsonl").unlink()
    assert list(follower.news()) == []
    gone = follower.trouble
    begin(tmp_path / "study", 1)
    list(follower.news())

    assert seen.ended == 2
    assert "is not there" in gone
    assert follower.trouble is None
    assert follower.history.ended == 1


def test_nothing_is_written_and_no_lock_is_taken(tmp_path):
    begin(tmp_path, 2)
    before = sorted(tmp_path.rglob("*"))
    holder = make_ledger(tmp_path, LedgerSpec(), Stamp(ME))
    with holder.turn():
        follower = Follower(tmp_path)
        found = list(follower.news())
    holder.append([Closed(reason="over")])
    holder.close()

    assert len(found) == 7
    assert sorted(tmp_path.rglob("*")) == before
    assert [type(record.fact) for record in follower.news()] == [Closed]


@pytest.mark.parametrize("make", ["mkdir", "mkfifo"])
def test_what_is_no_file_is_trouble_and_not_an_error(tmp_path, make):
    getattr(os, make)(tmp_path / "ledger.jsonl")
    follower = Follower(tmp_path)
    assert list(follower.news()) == []
    assert "ledger.jsonl cannot be read: it is not a file" in follower.trouble
