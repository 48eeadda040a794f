import random

import pytest

from tuner.errors import UsageError
from tuner.study import (
    Closed,
    Finished,
    History,
    Noted,
    Opened,
    Reconfigured,
    Record,
    Remembered,
    Reported,
    Started,
    Suggested,
    TrialState,
    Unknown,
)
from tuner.study.foretold import kept

CONFIG = {"metric": {"name": "loss", "goal": "minimize"}}


class Writer:
    """Numbers facts and folds them."""

    def __init__(self):
        self.history, self.records = History(), []

    def __call__(self, *facts, worker="w", elapsed_s=0.0):
        for fact in facts:
            record = Record(
                len(self.records) + 1, f"at-{len(self.records)}", elapsed_s, worker, fact
            )
            self.records.append(record)
            self.history.apply(record)
        return self.history


@pytest.fixture
def write():
    return Writer()


def opened(**more):
    return Opened(**{"study": "s", "config": CONFIG, "config_hash": "h", **more})


def suggested(trial, **more):
    return Suggested(**{"trial": trial, "point": {"x": trial}, "method": "sobol", **more})


def started(trial, attempt=1):
    return Started(trial=trial, attempt=attempt)


def finished(trial, state="completed", attempt=1, **more):
    return Finished(trial=trial, attempt=attempt, state=state, **more)


def test_a_trial_goes_from_suggested_through_running_to_its_end(write):
    history = write(suggested(1))
    states = [history.trials[1].state]
    write(started(1))
    states.append(history.trials[1].state)
    write(finished(1, metrics={"loss": 0.5}))
    states.append(history.trials[1].state)

    assert states == [TrialState.SUGGESTED, TrialState.RUNNING, TrialState.COMPLETED]
    assert history.trials[1].metrics == {"loss": 0.5}
    assert history.open == []
    assert history.ended == 1


@pytest.mark.parametrize(
    ("ending", "state"),
    [
        ("completed", TrialState.COMPLETED),
        ("stopped", TrialState.STOPPED),
        ("failed", TrialState.FAILED),
        ("lost", TrialState.FAILED),
        ("interrupted", TrialState.FAILED),
    ],
)
def test_an_attempt_that_ends_ends_its_trial(write, ending, state):
    history = write(suggested(1), started(1), finished(1, ending))

    assert history.trials[1].state is state
    assert history.trials[1].attempts_lost == (ending == "lost")
    assert history.trials[1].attempts_interrupted == (ending == "interrupted")


def test_an_attempt_that_is_followed_by_another_leaves_its_trial_waiting(write):
    history = write(
        suggested(1),
        started(1),
        Reported(trial=1, attempt=1, step=1, metrics={"loss": 1.0}),
        finished(1, "lost", wall_s=2.0, gpu_s=1.0, again=True),
    )
    assert history.waiting == [history.trials[1]]

    write(started(1, 2), finished(1, attempt=2, wall_s=3.0, gpu_s=1.5))

    trial = history.trials[1]
    assert (trial.attempt, trial.attempts_lost) == (2, 1)
    assert (trial.wall_s, trial.gpu_s) == (5.0, 2.5)
    assert trial.reports == []


def test_reports_belong_to_the_attempt_that_runs(write):
    history = write(
        suggested(1),
        started(1, 2),
        Reported(trial=1, attempt=1, step=9, metrics={"loss": 9.0}),
        Reported(trial=1, attempt=2, step=1, metrics={"loss": 1.0}),
        Reported(trial=1, attempt=2, step=None, metrics={"loss": 0.5}),
    )

    assert history.trials[1].reports == [(1, {"loss": 1.0}), (None, {"loss": 0.5})]


def test_a_record_seen_before_changes_nothing(write):
    write(suggested(1), started(1), finished(1, wall_s=1.0))

    for record in write.records:
        write.history.apply(record)

    assert write.history.ended == 1
    assert write.history.trials[1].wall_s == 1.0


def test_facts_about_a_trial_nobody_suggested_are_counted_and_ignored(write):
    history = write(
        started(9),
        Reported(trial=9, attempt=1, step=1, metrics={}),
        finished(9),
        Noted(kind="mark", trial=9, text="exclude"),
    )

    assert history.orphans == 4
    assert history.trials == {}


def test_a_fact_of_a_newer_version_changes_nothing(write):
    history = write(suggested(1), Unknown(name="dreamt", body={}))

    assert (history.last, history.orphans, len(history.trials)) == (2, 0, 1)


def test_a_trial_told_by_hand_ends_without_having_run(write):
    history = write(suggested(1), finished(1, attempt=0, metrics={"loss": 1.0}))

    assert history.trials[1].state is TrialState.COMPLETED


def test_a_retried_trial_waits_again_and_what_ended_is_not_changed(write):
    history = write(suggested(1), started(1), finished(1, "failed", failure="oom"))
    ended = history.trials[1]

    write(Noted(kind="retry", trial=1))

    assert history.waiting == [history.trials[1]]
    assert history.ended == 0
    assert ended.state is TrialState.FAILED
    assert history.trials[1].failure is None


def test_a_retry_of_a_trial_that_is_open_changes_nothing(write):
    history = write(suggested(1), started(1), Noted(kind="retry", trial=1))

    assert history.trials[1].state is TrialState.RUNNING


def test_a_trial_suggested_anew_is_counted_once(write):
    history = write(suggested(1), finished(1), suggested(1, point={"x": 5}), finished(1))

    assert history.ended == 1
    assert history.trials[1].params == {"x": 5}


def test_marks_are_put_on_and_taken_off(write):
    history = write(suggested(1), finished(1), suggested(2), finished(2))

    write(Noted(kind="mark", trial=1, text="exclude"), Noted(kind="mark", trial=1, text="exclude"))
    assert history.trials[1].marks == ("exclude",)
    assert [trial.id for trial in history.completed] == [2]

    write(Noted(kind="mark", trial=1, text="-exclude"))
    assert [trial.id for trial in history.completed] == [1, 2]


def test_notes_stand_with_the_trial_or_the_study(write):
    history = write(
        suggested(1), Noted(kind="note", trial=1, text="odd"), Noted(kind="note", text="hot day")
    )

    assert history.trials[1].notes == ("odd",)
    assert history.notes == ["hot day"]


def test_a_stop_is_forgotten_when_the_study_is_opened_again(write):
    history = write(opened(), Noted(kind="stop"))
    assert history.stop_asked == "stop"

    write(opened(config=None))
    assert history.stop_asked is None


def test_the_configuration_in_force_is_the_last_that_was_said(write):
    history = write(opened(), opened(config=None, config_hash="h"))
    assert history.config == CONFIG

    write(Reconfigured(config={**CONFIG, "seed": 3}, config_hash="h2"))
    assert (history.config["seed"], history.config_hash) == (3, "h2")
    assert history.metric.name == "loss"


def remembered(name, *gains, **more):
    points = tuple({"x": number} for number, _ in enumerate(gains))
    return Remembered(memory=name, points=points, gains=gains, **more)


def test_what_an_older_study_taught_stands_under_its_name_and_the_last_word_counts(write):
    first, second, anew = remembered("a", 1.0), remembered("b", 2.0), remembered("a", 3.0, 4.0)

    history = write(opened(), first, second, anew)

    assert history.memories == {"a": anew, "b": second}
    assert (history.orphans, history.trials) == (0, {})


def test_a_memory_is_put_aside_by_the_mode_none_and_may_come_back(write):
    write(opened(), remembered("a", 1.0), remembered("b", 2.0))

    assert set(write(Remembered(memory="a", mode="none")).memories) == {"b"}
    assert set(write(Remembered(memory="nobody", mode="none")).memories) == {"b"}
    assert set(write(remembered("a", 5.0)).memories) == {"a", "b"}


def test_a_memory_whose_points_and_gains_do_not_go_together_is_counted_and_ignored(write):
    torn = Remembered(memory="a", points=({"x": 1}, {"x": 2}), gains=(1.0,))

    history = write(opened(), torn, Remembered(memory="b", points=(), gains=(1.0, 2.0)))

    assert (history.memories, history.orphans) == ({}, 2)


def test_a_snapshot_does_not_learn_of_a_later_memory(write):
    before = write(opened(), remembered("a", 1.0)).snapshot()

    write(remembered("b", 2.0), Remembered(memory="a", mode="none"))

    assert set(before.memories) == {"a"}
    assert set(write.history.memories) == {"b"}


def test_time_is_counted_once_while_processes_work_side_by_side(write):
    write(opened(), worker="a", elapsed_s=0.5)
    write(opened(config=None, joined=True), worker="b", elapsed_s=0.5)
    write(suggested(1), worker="b", elapsed_s=50.0)
    write(suggested(2), worker="a", elapsed_s=60.0)
    write(Closed(reason="done"), worker="a", elapsed_s=10.0)
    history = write(opened(config=None), suggested(3), worker="c", elapsed_s=5.0)

    assert history.wall_s == 65.0
    assert set(history.workers) == {"b", "c"}


def test_a_snapshot_does_not_change_with_its_history(write):
    history = write(opened(), suggested(1), started(1), suggested(2), finished(2))
    twin = history.snapshot()
    before = {number: trial.state for number, trial in twin.trials.items()}

    write(finished(1), suggested(3), Noted(kind="retry", trial=2), Noted(kind="note", text="x"))

    assert {number: trial.state for number, trial in twin.trials.items()} == before
    assert [trial.id for trial in twin.running] == [1]
    assert (twin.ended, twin.notes, twin.next_id) == (1, [], 3)
    assert history.trials[2] is not twin.trials[2]


def test_replay_gives_what_the_live_history_had(write):
    rng = random.Random(5)
    write(opened())
    for number in range(1, 30):
        write(suggested(number))
        if rng.random() < 0.8:
            write(started(number))
            for step in range(rng.randrange(3)):
                write(Reported(trial=number, attempt=1, step=step, metrics={"loss": rng.random()}))
        if rng.random() < 0.6:
            ending = rng.choice(["completed", "failed", "lost", "stopped"])
            write(finished(number, ending, again=rng.random() < 0.2, gpu_s=rng.random()))

    twin = History.replay(write.records)

    assert twin.trials == write.history.trials
    assert [t.id for t in twin.open] == [t.id for t in write.history.open]
    assert (twin.ended, twin.gpu_s, twin.wall_s) == (
        write.history.ended,
        write.history.gpu_s,
        write.history.wall_s,
    )


def test_trial_ids_go_up_from_the_largest_ever_used(write):
    assert write(suggested(7), finished(7), suggested(3)).next_id == 8
    assert History().next_id == 1


def test_points_come_in_the_order_of_suggestion(write):
    assert write(suggested(2), suggested(1)).points() == [{"x": 2}, {"x": 1}]


def test_a_ledger_without_configuration_says_so(write):
    with pytest.raises(UsageError, match="does not say rightly what the metric"):
        write(suggested(1)).metric  # noqa: B018


def test_results_are_not_held_against_what_was_foretold_of_another_metric(write):
    foreseen = {"mean": 0.5, "sd": 0.1}
    history = write(opened(), suggested(1, **foreseen), started(1))
    write(finished(1, metrics={"loss": 0.45, "size": 900.0}))
    assert kept(history) == (1, 1)

    write(
        Reconfigured(
            config={"metric": {"name": "size", "goal": "minimize"}}, config_hash="i", diff=()
        )
    )
    assert kept(history) == (0, 0)

    write(suggested(2, mean=900.0, sd=9.0), started(2), finished(2, metrics={"size": 905.0}))
    assert kept(history) == (1, 1)
