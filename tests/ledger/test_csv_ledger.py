import errno
import os
from pathlib import Path

import pytest

from tuner.errors import LedgerError, LedgerFullError, UsageError
from tuner.ledger import Disk, iterate, read_study
from tuner.ledger.csv_table import cells_of, parse
from tuner.study import Noted, Remembered


@pytest.fixture
def open_table(open_book, tmp_path):
    return lambda **more: open_book(tmp_path / "study", form="csv", **more)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "study" / "ledger.csv"


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "study" / "journal.jsonl"


def rows(file):
    return [row.cells for row in parse(file.read_bytes()).rows]


def told(history):
    return {number: cells_of(trial) for number, trial in history.trials.items()}


def test_each_trial_that_ends_is_a_row_at_once(open_table, file, facts):
    book = open_table()
    for number in (1, 2):
        book.write(*facts.trial(number)[:2])
        assert len(rows(file)) == number - 1
        book.write(facts.finished(number))
        assert len(rows(file)) == number


def test_it_goes_on_where_it_was(open_table, facts):
    first = open_table()
    first.write(facts.opened, *facts.trial(1), *facts.trial(2)[:2])
    first.close()

    second = open_table()

    assert told(second.history) == told(first.history)
    assert second.history.metric.name == "loss"
    assert [trial.id for trial in second.history.running] == [2]


def test_what_an_older_study_taught_stands_in_the_journal(open_table, file, facts):
    first = open_table()
    taught = Remembered(memory="older", points=({"x": 0.5},), gains=(2.0,))
    put_aside = Remembered(memory="gone", mode="none")
    first.write(facts.opened, *facts.trial(1), taught, put_aside, *facts.trial(2))
    first.close()

    assert open_table().history.memories == {"older": taught}
    assert read_study(file).history.memories == {"older": taught}
    assert [row["trial"] for row in rows(file)] == ["1", "2"]


def test_the_table_alone_goes_on_and_loses_what_was_in_flight(open_table, journal, facts):
    first = open_table()
    first.write(facts.opened, *facts.trial(1), *facts.trial(2), *facts.trial(3)[:2])
    first.close()
    journal.unlink()

    second = open_table()

    before, after = told(first.history), told(second.history)
    del before[3]
    assert after == before
    assert second.history.next_id == 3


def test_a_row_that_a_person_changed_counts(open_table, file, facts):
    open_table().write(facts.opened, *facts.trial(1, 0.5), *facts.trial(2))
    file.write_text(file.read_text().replace("1,completed,,1,0.5", "1,completed,,1,0.25"))

    assert read_study(file).history.trials[1].metrics == {"loss": 0.25}
    assert open_table().history.trials[1].metrics == {"loss": 0.25}
    assert open_table().history.ended == 2


def test_a_row_that_a_person_took_out_is_not_used(open_table, file, facts):
    open_table().write(facts.opened, *facts.trial(1), *facts.trial(2))
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:1] + lines[2:]))

    for history in (read_study(file).history, open_table().history, open_table().history):
        assert [trial.id for trial in history.completed] == [2]
        assert history.trials[1].notes == ("its row was taken out of ledger.csv",)


def test_a_row_that_a_person_put_in_counts(open_table, file, facts):
    open_table().write(facts.opened, *facts.trial(1))
    with file.open("a") as table:
        table.write(file.read_text().splitlines()[1].replace("1,", "7,", 1) + "\n")

    history = open_table().history

    assert [trial.id for trial in history.completed] == [1, 7]
    assert history.next_id == 8


def test_a_result_whose_fact_a_crash_swallowed_counts(open_table, file, journal, facts):
    open_table().write(facts.opened, *facts.trial(1), *facts.trial(2)[:2])
    before = journal.read_bytes()
    open_table().write(facts.finished(2))
    journal.write_bytes(before)

    history = open_table().history

    assert history.ended == 2
    assert len(rows(file)) == 2


def test_a_torn_row_is_kept_aside_and_its_trial_runs_again(open_table, file, journal, facts):
    open_table().write(facts.opened, *facts.trial(1), *facts.trial(2)[:2])
    before, whole = journal.read_bytes(), file.read_bytes()
    open_table().write(facts.finished(2))
    journal.write_bytes(before)
    file.write_bytes(file.read_bytes()[: len(whole) + 20])

    book = open_table()

    assert [trial.id for trial in book.history.running] == [2]
    assert "line 3: it has" in book.complaints[0]
    assert file.with_name("ledger.csv.damaged").read_bytes()[len(whole) :] != b""
    assert file.read_bytes() == whole
    assert open_table().complaints == []


def test_a_lost_table_is_written_anew(open_table, file, facts):
    open_table().write(facts.opened, *facts.trial(1))
    before = file.read_bytes()
    file.unlink()

    open_table()

    assert file.read_bytes() == before


def test_a_trial_that_is_tried_again_has_no_row_until_it_ends(open_table, file, facts):
    book = open_table()
    book.write(facts.suggested(1), facts.started(1), facts.finished(1, state="failed"))
    book.write(*facts.trial(2))

    book.write(Noted(kind="retry", trial=1))
    assert [row["trial"] for row in rows(file)] == ["2"]
    assert [trial.id for trial in open_table().history.waiting] == [1]

    book.write(facts.started(1, 2), facts.finished(1, 0.1, attempt=2))
    assert [(row["trial"], row["attempt"]) for row in rows(file)] == [("2", "1"), ("1", "2")]


def test_a_mark_is_in_the_row(open_table, file, facts):
    book = open_table()
    book.write(*facts.trial(1), *facts.trial(2))

    book.write(Noted(kind="mark", trial=1, text="exclude"))

    assert [row.get("marks") for row in rows(file)] == ["exclude", None]


def test_a_new_metric_or_parameter_gets_its_column(open_table, file, facts):
    book = open_table()
    book.write(*facts.trial(1))

    book.write(facts.suggested(2, point={"x": 1, "y": 2}), facts.finished(2, metrics={"acc": 0.5}))

    assert [row.get("params.y") for row in rows(file)] == [None, "2"]
    assert [row.get("metrics.acc") for row in rows(file)] == [None, "0.5"]


def test_a_row_is_put_behind_the_others_without_writing_them_again(open_table, file, facts):
    book = open_table()
    book.write(*facts.trial(1))
    before = file.stat().st_ino

    book.write(*facts.trial(2))

    assert file.stat().st_ino == before


def test_several_processes_work_together(open_table, file, facts):
    one, two = open_table(), open_table()
    for number in range(1, 9):
        book = one if number % 2 else two
        with book.turn():
            assert book.history.next_id == number
            book.write(*facts.trial(number))

    one.catch_up()
    two.catch_up()
    assert told(one.history) == told(two.history)
    assert [row["trial"] for row in rows(file)] == [str(n) for n in range(1, 9)]


def test_a_table_that_is_none_of_ours_is_not_overwritten(file, open_table):
    file.parent.mkdir()
    file.write_text("name;value\na;1\n")

    with pytest.raises(UsageError, match="must name the columns"):
        open_table()

    assert file.read_text() == "name;value\na;1\n"


@pytest.mark.parametrize("name", ["ledger.csv", "trials.csv", "journal.jsonl"])
def test_any_table_of_trials_can_be_read(open_table, file, facts, name):
    open_table().write(facts.opened, *facts.trial(1))
    (file.parent / "trials.csv").write_bytes(file.read_bytes())

    assert read_study(file.parent / name).history.trials[1].metrics == {"loss": 0.5}
    assert [r.number for r in iterate(file.parent / name)] == sorted(
        {record.number for record in iterate(file.parent / name)}
    )


class Failing(Disk):
    """Fails in the files and calls it is told to."""

    def __init__(self):
        self.broken = set()

    def _check(self, call, descriptor):
        name = Path(f"/proc/self/fd/{descriptor}").readlink().name
        if (call, name) in self.broken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(self, descriptor, data):
        self._check("write", descriptor)
        return super().write(descriptor, data)

    def fsync(self, descriptor):
        self._check("fsync", descriptor)
        super().fsync(descriptor)


@pytest.mark.parametrize("broken", ["ledger.csv", "journal.jsonl"])
def test_on_a_full_disk_nothing_happened_and_it_can_be_told_again(
    open_table, file, journal, facts, broken
):
    disk = Failing()
    book = open_table(disk=disk)
    book.write(*facts.trial(1), *facts.trial(2)[:2])
    before = rows(file), journal.read_bytes()

    disk.broken.add(("write", broken))
    with pytest.raises(LedgerFullError):
        book.write(facts.finished(2))
    assert (rows(file), journal.read_bytes()) == before

    disk.broken.clear()
    book.write(facts.finished(2))
    assert len(rows(file)) == 2
    assert told(open_table().history) == told(book.history)


def test_an_error_of_fsync_on_the_table_is_answered_by_a_new_file(open_table, file, facts):
    disk = Failing()
    book = open_table(disk=disk)
    book.write(*facts.trial(1))
    before = file.stat().st_ino

    disk.broken.add(("fsync", "ledger.csv"))
    book.write(*facts.trial(2))

    assert file.stat().st_ino != before
    assert len(rows(file)) == 2


def test_a_closed_ledger_takes_no_facts(open_table, facts):
    book = open_table()
    book.close()

    with pytest.raises(LedgerError, match="was closed"):
        book.ledger.append(facts.trial(1))
