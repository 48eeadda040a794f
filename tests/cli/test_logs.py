"""`tuner logs`: what a trial wrote, and what it still writes."""

import os
import threading

import pytest

from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger
from tuner.study import Finished, Started


def test_the_log_of_the_last_attempt_is_printed(tuner, study):
    assert tuner("logs", study, 4).stdout == "out 4 2\n"
    assert tuner("logs", study, 4, "--attempt", 1, "--stderr").stdout == "err 4 1\n"


def test_an_empty_log_points_to_the_other_one(tuner, study):
    (study / "trials/5/attempt-1/stdout.log").write_text("")
    done = tuner("logs", study, 5)
    assert done.stdout == ""
    assert "stderr.log holds 8 bytes" in done.stderr


@pytest.mark.parametrize(("options", "why"), [([5, "--attempt", 9], "attempt-1"), ([77], "1 to 6")])
def test_a_log_that_is_not_there_is_answered_with_those_that_are(tuner, study, options, why):
    assert why in tuner("logs", study, *options, code=2).stderr


@pytest.mark.parametrize("options", [["--logs"], ["--all-but-best", 0]])
def test_logs_that_were_cleaned_away_are_told_as_such(tuner, study, options):
    tuner("clean", study, *options, "--yes")
    said = tuner("logs", study, 5, code=2).stderr
    assert "the trial did run, but its logs are deleted, as `tuner clean` does" in said


def test_bytes_that_are_no_text_are_printed_as_they_are(study, shell):
    raw = b"\xff\xfe caf\xc3\xa9 \x00\n"
    (study / "trials/5/attempt-1/stdout.log").write_bytes(raw)
    assert shell("logs", study, 5, text=False).stdout == raw


def test_following_a_trial_that_has_ended_prints_it_and_returns(study, shell):
    done = shell("logs", study, 4, "-f")
    assert done.returncode == 0
    assert done.stdout == "out 4 2\n"
    assert "the trial is failed" in done.stderr


def test_following_goes_on_until_the_trial_has_ended_over_to_the_next_attempt(study, shell_start):
    ledger = make_ledger(study, LedgerSpec(), Stamp("box/b/1/2"))
    book = Book(ledger)
    book.catch_up()
    attempts = study / "trials/6"
    process = shell_start("logs", study, 6, "--follow")
    assert process.stdout.readline() == "out 6 1\n"

    with (attempts / "attempt-1/stdout.log").open("a") as log:
        log.write("more\n")
    assert process.stdout.readline() == "more\n"
    book.write(Finished(trial=6, attempt=1, state="failed", failure="oom", again=True))
    (attempts / "attempt-2").mkdir()
    (attempts / "attempt-2/stdout.log").write_text("second\n")
    book.write(Started(trial=6, attempt=2))
    assert process.stdout.readline() == "second\n"
    with (attempts / "attempt-2/stdout.log").open("a") as log:
        log.write("the end\n")
    book.write(Finished(trial=6, attempt=2, state="completed", metrics={"val_acc": 1.0}))
    out, err = process.communicate(timeout=60)

    assert out == "the end\n"
    assert process.returncode == 0
    assert "the trial is completed" in err
    book.close()


def test_a_log_that_shrinks_is_not_printed_again(study, shell_start):
    book = Book(make_ledger(study, LedgerSpec(), Stamp("box/b/1/2")))
    book.catch_up()
    log = study / "trials/6/attempt-1/stdout.log"
    log.write_text("one\ntwo\n")
    process = shell_start("logs", study, 6, "-f")
    assert [process.stdout.readline() for _ in range(2)] == ["one\n", "two\n"]

    os.truncate(log, 4)
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    book.write(Finished(trial=6, attempt=1, state="completed", metrics={"val_acc": 1.0}))
    out, _ = process.communicate()
    watchdog.cancel()

    assert out == ""
    assert process.returncode == 0
    book.close()
