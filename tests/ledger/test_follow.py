"""A ledger is followed byte by byte, whatever becomes of it meanwhile."""

import pytest

from tuner.ledger import Disk, Follower, LedgerSpec, Stamp, make_ledger
from tuner.study import Finished, Opened, Suggested

CONFIG = {"name": "s", "metric": {"name": "y", "goal": "minimize"}}


class Counting(Disk):
    """Counts the bytes that are read."""

    bytes = 0

    def read(self, descriptor, count, offset):
        data = super().read(descriptor, count, offset)
        self.bytes += len(data)
        return data


def trial(number):
    return [
        Suggested(trial=number, point={"x": 0.1}, method="sobol"),
        Finished(trial=number, attempt=1, state="completed", metrics={"y": float(number)}),
    ]


def writer(folder, form="jsonl"):
    folder.mkdir(exist_ok=True)
    ledger = make_ledger(folder, LedgerSpec(format=form), Stamp("h/b/1/2"))
    ledger.append([Opened(study="s", config=CONFIG, config_hash="c")])
    return ledger


def test_only_what_is_new_is_read(tmp_path):
    ledger, disk = writer(tmp_path), Counting()
    for number in range(1, 201):
        ledger.append(trial(number))
    follower = Follower(tmp_path, disk)
    assert follower.look()
    whole, disk.bytes = disk.bytes, 0

    assert not follower.look()
    assert disk.bytes == 0
    ledger.append(trial(201))

    assert follower.look()
    assert [record.number for record in follower.fresh] == [402, 403]
    assert len(follower.history.trials) == 201
    assert disk.bytes < whole / 50


def test_a_line_that_is_being_written_waits_for_its_end(tmp_path):
    ledger = writer(tmp_path)
    ledger.append(trial(1))
    file = tmp_path / "ledger.jsonl"
    whole = file.read_bytes()
    follower = Follower(tmp_path)
    seen = []
    for end in range(len(whole) - 300, len(whole) + 1):
        file.write_bytes(whole[:end])
        follower.look()
        seen.append(follower.history.last)

    assert seen == sorted(seen)
    assert seen[-1] == 3
    assert follower.damage == []


@pytest.mark.parametrize("how", ["replaced", "cut", "overwritten"])
def test_another_ledger_in_its_place_is_begun_anew(how, tmp_path):
    ledger = writer(tmp_path / "a")
    for number in range(1, 6):
        ledger.append(trial(number))
    other = writer(tmp_path / "b")
    for number in range(1, 4 if how == "cut" else 9):
        other.append(trial(number))
    file, new = tmp_path / "a" / "ledger.jsonl", tmp_path / "b" / "ledger.jsonl"
    follower = Follower(tmp_path / "a")
    follower.look()

    if how == "replaced":
        new.replace(file)
    else:
        file.write_bytes(new.read_bytes())

    assert follower.look()
    assert follower.anew
    assert len(follower.history.trials) == (3 if how == "cut" else 8)


def test_a_ledger_that_is_gone_is_said_and_found_again(tmp_path):
    ledger = writer(tmp_path)
    ledger.append(trial(1))
    follower = Follower(tmp_path)
    follower.look()
    file = tmp_path / "ledger.jsonl"
    whole = file.read_bytes()

    file.unlink()
    assert follower.look()
    assert follower.trouble == "the ledger is not there any more"
    assert not follower.look()

    file.write_bytes(whole)
    assert follower.look()
    assert follower.trouble == ""
    assert len(follower.history.trials) == 1


def test_a_damaged_line_is_stepped_over(tmp_path):
    ledger = writer(tmp_path)
    ledger.append(trial(1))
    follower = Follower(tmp_path)
    follower.look()

    with (tmp_path / "ledger.jsonl").open("ab") as file:
        file.write(b"\x00nonsense\n")
    ledger.append(trial(2))

    follower.look()
    assert len(follower.history.trials) == 2
    assert len(follower.damage) == 1


def test_a_table_that_is_the_ledger_is_read_when_it_changes(tmp_path):
    ledger = writer(tmp_path, "csv")
    ledger.append(trial(1))
    follower = Follower(tmp_path)

    assert follower.look()
    assert not follower.look()
    ledger.append(trial(2))

    assert follower.look()
    assert len(follower.history.trials) == 2
    ledger.close()
