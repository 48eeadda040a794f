"""`tuner watch` where there is no terminal; on one, see tests/stories/test_in_a_terminal.py."""

import signal

import pytest

from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger, this_worker
from tuner.study import Closed, Finished, Opened, Started, Suggested

DONE = Closed(reason="8 of 8 trials", finished=True)


@pytest.fixture
def writer(tmp_path, facts):
    """A study that this process works on."""
    book = Book(make_ledger(tmp_path / "live", LedgerSpec(), Stamp(this_worker())))
    book.write(*facts)
    yield book
    book.close()


def ends(number, value):
    return Finished(trial=number, attempt=1, state="completed", metrics={"val_acc": value})


def test_a_study_that_is_over_is_shown_and_left(tuner, tmp_path, write_study, facts):
    folder = write_study(tmp_path / "done", [*facts, ends(6, 0.5), DONE])
    done = tuner("watch", folder)
    assert "done: finished, 8 of 8 trials, " in done.stderr
    assert done.stdout == ""


def test_events_come_as_lines_into_a_pipe_until_the_study_is_over(writer, tmp_path, shell_start):
    process = shell_start("watch", tmp_path / "live", "--verbose")
    began = process.stderr.readline()
    writer.write(ends(6, 0.99), DONE)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert "live: running, by " in began
    assert "5 ended" in began
    assert [line[9:] for line in out.splitlines()] == [
        "trial 6 completed in 0.0s  val_acc=0.99",
        "best val_acc 0.99 trial 6",
    ]
    assert "live: finished, 8 of 8 trials, " in err


def test_a_study_that_is_not_there_is_an_error_unless_one_stays(tuner, tmp_path, shell_start):
    assert "no study" in tuner("watch", tmp_path / "later", code=2).stderr

    process = shell_start("watch", tmp_path / "later", "--stay")
    waits = process.stderr.readline()
    book = Book(make_ledger(tmp_path / "later", LedgerSpec(), Stamp(this_worker())))
    config = {"metric": {"name": "val_acc", "goal": "maximize"}}
    book.write(Opened(study="s", config=config, config_hash="h"))
    began = process.stderr.readline()
    book.write(Suggested(trial=1, point={"lr": 0.1}, method="sobol"), ends(1, 0.5), DONE)
    book.close()
    line = process.stdout.readline()
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 143
    assert "waiting, " in waits
    assert "running, by " in began
    assert "trial 1 completed" in line


def test_a_study_that_appears_later_is_told_from_its_first_event(tmp_path, shell_start):
    process = shell_start("watch", tmp_path / "later", "--stay", "--verbose")
    process.stderr.readline()
    book = Book(make_ledger(tmp_path / "aside", LedgerSpec(), Stamp(this_worker())))
    config = {"metric": {"name": "val_acc", "goal": "maximize"}}
    suggested = Suggested(trial=1, point={"lr": 0.1}, method="sobol")
    started = Started(trial=1, attempt=1)
    book.write(Opened(study="s", config=config, config_hash="h"), suggested, started, ends(1, 0.5))
    book.close()
    (tmp_path / "aside").rename(tmp_path / "later")
    lines = [process.stdout.readline()[9:] for _ in range(4)]
    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=60) == 143
    assert [line.split("  ")[0].strip() for line in lines] == [
        "trial 1 suggested by sobol in 0.00s",
        "trial 1 started",
        "trial 1 completed in 0.0s",
        "best val_acc 0.5 trial 1",
    ]


def test_a_ledger_that_is_deleted_and_made_anew_is_gone_along_with(tmp_path, facts, shell_start):
    def study():
        return Book(make_ledger(tmp_path / "live", LedgerSpec(), Stamp(this_worker())))

    first = study()
    first.write(*facts)
    process = shell_start("watch", tmp_path / "live")
    process.stderr.readline()
    (tmp_path / "live" / "ledger.jsonl").unlink()
    gone = process.stdout.readline()
    second = study()
    second.write(*facts[:2])
    anew = process.stderr.readline()
    second.write(ends(1, 0.25))
    ended = [process.stdout.readline() for _ in range(2)]
    second.write(DONE)

    assert process.wait(timeout=60) == 0
    assert "ledger.jsonl is not there; waiting for it" in gone
    assert "running, by " in anew
    assert "0 ended" in anew
    assert "best val_acc 0.25 trial 1" in ended[1]


def test_ctrl_c_leaves_the_study_alone(writer, tmp_path, shell_start):
    process = shell_start("watch", tmp_path / "live")
    process.stderr.readline()
    before = (tmp_path / "live" / "ledger.jsonl").read_bytes()
    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=60) == 130
    assert (tmp_path / "live" / "ledger.jsonl").read_bytes() == before


def test_a_reader_that_has_gone_ends_it(writer, tmp_path, shell_start):
    process = shell_start("watch", tmp_path / "live")
    process.stderr.readline()
    process.stdout.close()
    process.stdout = None
    writer.write(ends(6, 0.99))
    assert process.wait(timeout=60) == 141
