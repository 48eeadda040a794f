"""A sink gets every ended trial once, whatever fails, is killed or runs again."""

import pytest

from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger
from tuner.sinks.claim import Claim
from tuner.sinks.follow import Follower, words_of
from tuner.sinks.notebook import Notebook, standing_of, standings
from tuner.study import Noted


@pytest.fixture
def follow(study, fake):
    """Make a follower, as a process would that begins now."""
    made = []

    def begin(**how):
        book = Book(make_ledger(study.folder, LedgerSpec(), Stamp("sink/b/1/1")))
        follower = Follower(book, lambda: fake, Notebook(study.folder, "fake"), study.folder, **how)
        made.append(follower)
        return follower

    yield begin
    for follower in made:
        follower.close()


def standing(study):
    return standing_of(study.folder, "fake")


def test_every_ended_trial_is_written_once_also_by_the_next_process(study, fake, follow):
    study.run(1, 2)
    study.begin(3)
    follow().catch_up()
    study.end(3)

    follow().catch_up()
    follow().catch_up()

    assert fake.log == [("write", 1), ("write", 2), ("write", 3)]
    assert standing(study).record(study.book.history) == {
        "sink": "fake",
        "written": 3,
        "lacking": 0,
        "error": None,
    }


def test_a_failure_is_noted_and_made_up_for_in_order(study, fake, follow):
    study.run(1, 2, 3)
    fake.refuses = {2}
    follower = follow()

    assert follower.catch_up(last=False) == 1
    assert sorted(fake.shown) == [1]
    assert standing(study).error == "ConnectionError: no way to trial 2"

    fake.refuses = set()
    assert follower.catch_up(last=False) == 0
    assert sorted(fake.shown) == [1, 2, 3]
    assert standing(study).error == ""


def test_a_trial_that_is_always_refused_keeps_the_others_waiting_for_three_tries(
    study, fake, follow
):
    study.run(1, 2)
    fake.refuses = {1}
    follower = follow()

    failures = [follower.catch_up(last=False) for _ in range(4)]

    assert failures == [1, 1, 1, 0]
    assert fake.shown == {2: {"loss": 0.2}}
    assert [t.id for t in standing(study).lacking(study.book.history)] == [1]


def test_what_a_killed_process_had_begun_is_taken_back_and_written_again(study, fake, follow):
    study.run(1)
    notebook = Notebook(study.folder, "fake")
    notebook.note("begun", study.trials[1])
    notebook.close()
    with (study.folder / "sinks/fake.jsonl").open("a") as file:
        file.write('{"what": "writ')  # cut off
    fake.shown = {1: {"loss": 9.0}}

    follow().catch_up()

    assert fake.log == [("take_back", 1), ("write", 1)]
    assert fake.shown == {1: {"loss": 0.1}}
    assert standing(study).written == {1: study.trials[1].finish_number}


def test_a_trial_that_runs_once_more_is_taken_back_and_shown_as_it_ends_then(study, fake, follow):
    study.run(1, state="failed", failure="oom", metrics={})
    follow().catch_up()
    study.book.write(Noted(kind="retry", trial=1))
    follow().catch_up()
    assert fake.shown == {}

    study.run(1)
    follow().catch_up()

    assert fake.shown == {1: {"loss": 0.1}}


def test_it_follows_until_the_study_is_over_and_looks_once_more(study, fake, follow):
    looks = []

    def over():
        looks.append(len(fake.shown))
        if len(looks) <= 3:
            study.run(len(looks))
        return len(looks) == 3

    follow(over=over, sleep=lambda seconds: None).follow()

    assert looks == [0, 1, 2]
    assert sorted(fake.shown) == [1, 2, 3]


def test_while_a_sink_fails_it_is_tried_less_and_less_often(study, fake, follow):
    study.run(1, 2)
    fake.refuses, pauses = {1, 2}, []

    follow(over=lambda: len(pauses) == 5, sleep=pauses.append).follow()

    assert pauses == [2.0, 4.0, 8.0, 16.0, 32.0]


def test_a_sink_that_cannot_be_made_is_a_failure_and_not_the_end(study, follow, fake):
    study.run(1)
    follower = follow()
    follower._make = lambda: 1 / 0

    assert follower.catch_up() == 1
    assert standing(study).error == "ZeroDivisionError: division by zero"


def test_one_process_at_a_time_fills_a_sink(tmp_path):
    with Claim(tmp_path, "fake") as first, Claim(tmp_path, "fake") as second:
        assert first.take()
        assert not second.take()
    with Claim(tmp_path, "fake") as third:
        assert third.take()


def test_what_is_noted_of_an_error_holds_no_secret(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "hunter2-hunter2")

    assert words_of(OSError("401 for\nhunter2-hunter2")) == "OSError: 401 for ***"
    assert words_of(OSError("no http://me:p@w@host/a@b")) == "OSError: no http://***@host/a@b"


@pytest.mark.parametrize(
    "node",
    [
        "mlflow",
        {},
        {"type": "mlflow", "key": 1},
        {"type": ["x"]},
        {"type": "tensorboard", "dir": "/"},
    ],
)
def test_a_sink_of_another_version_is_passed_over(study, node):
    history = study.book.history
    history.config["sinks"] = [node, {"type": "wandb"}]

    assert [each.label for each in standings(study.folder, history)] == ["wandb"]
