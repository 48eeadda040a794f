from datetime import UTC, datetime, timedelta

import pytest

from tuner.errors import LedgerFullError
from tuner.loop.parts import Confirm
from tuner.runners.spec import Retries
from tuner.stopping.make import make_rules
from tuner.stopping.spec import Failures, Plateau, StopSpec
from tuner.study import Noted, Opened, Outcome, Started, Suggested, TrialState

CRASH = Outcome(state="failed", failure="crash")
LOST = Outcome(state="lost", failure="lost")
GOOD = Outcome(state="completed", metrics={"loss": 0.5})


def stop(**spec):
    return make_rules(StopSpec(**spec))


def states(world):
    return [str(trial.state) for trial in world.book.history.trials.values()]


def test_a_study_runs_its_budget_and_not_one_trial_more(world):
    verdict = world.loop(rules=stop(trials=5)).run()

    assert states(world) == ["completed"] * 5
    assert verdict.kind == "budget"
    assert world.runner.log[-1] == ("close",)


def test_nothing_starts_before_it_is_written_down(world):
    seen = []
    go = world.runner.go
    world.runner.go = lambda job: (seen.append(states(world)[job.trial - 1]), go(job))

    world.loop(rules=stop(trials=3)).run()

    assert seen == ["running"] * 3


def test_every_place_is_used(world):
    world.slots.total = 3
    most = []
    go = world.runner.go
    world.runner.go = lambda job: (go(job), most.append(len(world.runner.due)))

    world.loop(rules=stop(trials=9)).run()

    assert max(most) == 3
    assert states(world) == ["completed"] * 9


def test_with_one_place_a_suggestion_knows_every_result(world):
    world.loop(rules=stop(trials=4)).run()

    last = world.sampler.seen[-1]
    assert last == [(1, "completed"), (2, "completed"), (3, "completed")]


def test_with_several_places_a_suggestion_knows_what_runs(world):
    world.slots.total = 2

    world.loop(rules=stop(trials=4)).run()

    assert any((1, "running") in seen for seen in world.sampler.seen)


def test_a_crash_is_retried_once_and_the_trial_keeps_its_number(world):
    world.runner.script[1] = [CRASH, GOOD]

    world.loop(rules=stop(trials=2)).run()

    first = world.book.history.trials[1]
    assert (first.state, first.attempt) == (TrialState.COMPLETED, 2)


def test_18_retries_are_bounded_for_every_class_of_failure(world):
    kinds = ["crash", "oom", "infra", "timeout", "diverged", "no_metric", "lost"]
    for number, kind in enumerate(kinds, start=1):
        state = "lost" if kind == "lost" else "failed"
        world.runner.script[number] = [Outcome(state=state, failure=kind)]

    world.loop(rules=make_rules(StopSpec(trials=7), keep_going=True)).run()

    attempts = {kinds[t.id - 1]: t.attempt for t in world.book.history.trials.values()}
    assert attempts == {
        "crash": 2, "oom": 2, "infra": 3, "timeout": 1, "diverged": 1, "no_metric": 1, "lost": 3,
    }  # fmt: skip
    assert set(states(world)) == {"failed"}


def test_18_no_retries_means_one_attempt(world):
    world.runner.script[1] = [CRASH]

    world.loop(rules=stop(trials=1), retries=Retries(crash=0)).run()

    assert world.book.history.trials[1].attempt == 1


def test_18_what_would_end_the_same_way_again_is_not_tried_again(world):
    world.runner.script[1] = [Outcome(state="failed", failure="crash", final=True), GOOD]

    world.loop(rules=stop(trials=1), retries=Retries(crash=3)).run()

    first = world.book.history.trials[1]
    assert (first.state, first.failure, first.attempt) == (TrialState.FAILED, "crash", 1)


def test_memory_is_given_time_before_the_next_attempt(world):
    world.runner.script[1] = [Outcome(state="failed", failure="oom"), GOOD]

    world.loop(rules=stop(trials=1)).run()

    assert world.clock.now >= 2 * world.runner.seconds + 20


def test_19_three_failures_at_the_start_end_the_study(world):
    world.runner.seconds = 1.0
    world.runner.script = {number: [CRASH] for number in range(1, 10)}

    verdict = world.loop(rules=stop(trials=9)).run()

    assert verdict.kind == "failed"
    assert len(world.book.history.trials) == 3


def test_19_unless_one_is_asked_to_keep_going(world):
    world.runner.seconds = 1.0
    world.runner.script = {number: [CRASH] for number in range(1, 10)}

    verdict = world.loop(rules=make_rules(StopSpec(trials=9), keep_going=True)).run()

    assert verdict.kind == "budget"
    assert len(world.book.history.trials) == 9


def test_19_slow_failures_do_not_end_it(world):
    world.runner.seconds = 100.0
    world.runner.script = {number: [CRASH] for number in range(1, 6)}

    verdict = world.loop(rules=stop(trials=5)).run()

    assert verdict.kind == "budget"


def test_failures_in_a_row_end_it_later_too(world):
    world.runner.script = {number: [CRASH] for number in range(4, 10)}

    verdict = world.loop(rules=stop(trials=30, failures=Failures(consecutive=4))).run()

    assert verdict.kind == "failed"
    assert len(world.book.history.trials) == 7


def test_a_target_ends_it(world):
    world.runner.script[3] = [Outcome(state="completed", metrics={"loss": -1.0})]

    verdict = world.loop(rules=stop(trials=9, target=-0.5)).run()

    assert verdict.kind == "goal"
    assert len(world.book.history.trials) == 3


def test_a_plateau_ends_it(world):
    verdict = world.loop(rules=stop(trials=30, plateau=Plateau(trials=4))).run()

    assert "4 trials without an improvement" in verdict.reason
    assert len(world.book.history.trials) == 5


def test_wall_time_ends_it_but_lets_jobs_finish(world):
    verdict = world.loop(rules=stop(wall_s=25.0)).run()

    assert verdict.kind == "spent"
    assert states(world) == ["completed"] * 3


def test_gpu_hours_count_what_runs_now(world):
    world.runner.seconds = 36.0

    verdict = world.loop(rules=stop(gpu_hours=0.015)).run()

    assert "GPU hours" in verdict.reason
    assert len(world.book.history.trials) == 2


def test_winners_are_confirmed_with_other_seeds(world):
    world.loop(rules=stop(trials=4), confirm=Confirm(top=2, seeds=2)).run()

    repeats = [t for t in world.book.history.trials.values() if t.method == "confirm"]
    assert sorted(t.suggestion.of for t in repeats) == [1, 1, 2, 2]
    assert len({(t.suggestion.of, t.suggestion.seed) for t in repeats}) == 4
    assert {str(t.state) for t in repeats} == {"completed"}


def test_confirming_again_after_a_resume_adds_nothing(world):
    world.loop(rules=stop(trials=3), confirm=Confirm(top=1, seeds=2)).run()
    before = len(world.book.history.trials)

    world.loop(rules=stop(trials=3), confirm=Confirm(top=1, seeds=2)).run()

    assert len(world.book.history.trials) == before


def test_17_the_first_interrupt_waits_for_jobs(world):
    loop = world.loop(rules=stop(trials=9))
    while not world.runner.due:
        loop.tick()

    world.interrupt.ctrl_c()

    assert loop.run() is None
    assert states(world) == ["completed"]
    assert not any(entry[0] == "cancel" for entry in world.runner.log)


def test_17_the_second_terminates_and_the_trial_waits_for_the_next_run(world):
    loop = world.loop(rules=stop(trials=2))
    while not world.runner.due:
        loop.tick()

    world.interrupt.ctrl_c()
    world.interrupt.ctrl_c()
    loop.run()

    assert ("cancel", 1, False) in world.runner.log
    assert states(world) == ["suggested"]
    world.interrupt.stage = 0
    world.runner.script.clear()
    world.loop(rules=stop(trials=2)).run()
    assert states(world) == ["completed", "completed"]
    assert world.book.history.trials[1].attempt == 2


def test_17_the_third_kills(world):
    loop = world.loop()
    while not world.runner.due:
        loop.tick()
    world.runner.cancel = lambda trial, force=False, **_: world.runner.log.append(
        ("cancel", trial, force)
    )

    for _ in range(3):
        world.interrupt.ctrl_c()
        loop.tick()

    assert [e for e in world.runner.log if e[0] == "cancel"] == [
        ("cancel", 1, False),
        ("cancel", 1, True),
    ]


def test_a_stop_asked_through_the_ledger_is_followed(world):
    loop = world.loop()
    while not world.runner.due:
        loop.tick()

    world.book.write(Noted(kind="stop"))

    assert loop.run() is None
    assert states(world) == ["completed"]


def test_a_trial_that_a_person_wants_to_end_makes_place_for_the_next(world):
    loop = world.loop(rules=stop(trials=2))
    while not world.runner.due:
        loop.tick()

    world.book.write(Noted(kind="stop", trial=1))
    world.runner.seconds *= 2  # it takes a while, and is asked once
    loop.run()

    assert [entry for entry in world.runner.log if entry[0] == "cancel"] == [("cancel", 1, False)]
    assert states(world) == ["stopped", "completed"]
    assert world.book.history.stop_asked is None


@pytest.mark.parametrize("end", [LOST, Outcome(state="interrupted"), CRASH])
def test_a_trial_that_a_person_wants_to_end_has_no_other_attempt(world, end):
    orphan(world, "dead")
    world.book.write(Noted(kind="stop", trial=1))
    world.runner.orphans[1] = end

    world.loop(rules=stop(trials=1)).run()

    trial = world.book.history.trials[1]
    assert trial.attempt == 1
    assert str(trial.state) == ("failed" if end is CRASH else "stopped")


def test_what_was_ended_by_a_person_can_be_retried_in_full(world):
    loop = world.loop(rules=stop(trials=1))
    while not world.runner.due:
        loop.tick()
    world.book.write(Noted(kind="stop", trial=1))
    loop.run()
    world.runner.script[1] = [CRASH, CRASH, GOOD]

    world.book.write(Noted(kind="retry", trial=1))
    world.loop(rules=stop(trials=1), retries=Retries(crash=2)).run()

    assert states(world) == ["completed"]
    assert world.book.history.trials[1].attempt == 3


def test_what_waits_goes_before_new_suggestions(world):
    world.book.write(Suggested(trial=1, point={"x": 77}, method="enqueued"))

    world.loop(rules=stop(trials=2)).run()

    assert world.book.history.trials[1].metrics == {"loss": 77.0}


def test_what_was_asked_for_by_hand_is_left_alone(world):
    world.book.write(Suggested(trial=1, point={"x": 77}, method="sobol", by_hand=True))

    world.loop(rules=stop(trials=3)).run()

    assert states(world) == ["suggested", "completed", "completed"]


def orphan(world, worker):
    world.stamp.worker = worker
    world.book.write(
        Suggested(trial=1, point={"x": 5}, method="sobol"),
        Started(trial=1, attempt=1, pid=99),
    )
    world.stamp.worker = "me"


def test_a_trial_of_a_dead_process_runs_again_as_the_next_attempt(world):
    orphan(world, "dead")

    world.loop(rules=stop(trials=1)).run()

    trial = world.book.history.trials[1]
    assert (str(trial.state), trial.attempt, trial.attempts_lost) == ("completed", 2, 1)


def test_a_result_that_a_dead_process_did_not_collect_is_kept(world):
    orphan(world, "dead")
    world.runner.orphans[1] = GOOD

    world.loop(rules=stop(trials=1)).run()

    trial = world.book.history.trials[1]
    assert (str(trial.state), trial.attempt, dict(trial.metrics)) == ("completed", 1, {"loss": 0.5})


def test_results_are_taken_in_while_the_job_of_a_dead_process_uses_its_grace(world):
    world.slots.total = 2
    orphan(world, "dead")
    world.runner.gone_at = 60.0

    loop = world.loop(rules=stop(trials=4))
    while world.clock.now < 60.0:
        loop.tick()
        assert len(world.runner.due) <= 1  # the other place is still in use
    ended = states(world)
    loop.run()

    assert ended == ["running", "completed", "completed", "completed"]
    assert states(world) == ["completed"] * 4
    assert world.book.history.trials[1].attempt == 2


def test_a_study_is_not_over_before_the_job_of_a_dead_process_is_gone(world):
    orphan(world, "dead")
    world.runner.orphans[1], world.runner.gone_at = GOOD, 10.0

    world.loop(rules=stop(trials=1)).run()

    assert states(world) == ["completed"]
    assert world.clock.now >= 10.0


def test_the_runner_prepares_for_what_follows_only_while_every_place_is_taken(world):
    world.slots.total, asked = 2, []

    def get_ready(jobs):
        assert len(world.runner.due) == 2
        asked.append(jobs)

    world.loop(rules=stop(trials=6), get_ready=get_ready).run()

    assert set(asked) == {2}


def test_a_trial_of_a_living_process_is_not_touched(world):
    orphan(world, "alive")
    world.alive.add("alive")

    loop = world.loop(rules=stop(trials=1))
    loop.tick()

    assert ("adopt", 1) not in world.runner.log


def test_05_a_full_disk_holds_results_back_and_starts_nothing_new(world):
    loop = world.loop(rules=stop(trials=3))
    while not world.runner.due:
        loop.tick()
    append, calls = world.book.ledger.append, []

    def full(facts):
        calls.append(len(facts))
        raise LedgerFullError("no space left")

    world.book.ledger.append = full
    for _ in range(200):
        loop.tick()
    assert states(world) == ["running"]
    assert calls

    world.book.ledger.append = append
    loop.run()

    assert states(world) == ["completed"] * 3


def test_an_error_in_the_loop_leaves_no_job_behind(world):
    loop = world.loop()
    world.sampler.suggest = lambda *_: 1 / 0

    with pytest.raises(ZeroDivisionError):
        loop.run()

    assert world.runner.log[-1] == ("close",)


def test_wall_time_goes_on_counting_after_a_resume(world):
    world.loop(rules=stop(trials=2)).run()
    world.book.write(Noted(kind="note", text="the first session ends"))
    world.stamp.worker = "the next process"
    world.stamp._opened = world.clock.now
    world.book.write(Opened(study="test", config=None, config_hash="h"))

    verdict = world.loop(rules=stop(wall_s=35.0), me="the next process").run()

    assert verdict.kind == "spent"
    assert len(world.book.history.trials) == 4


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=3653)], ids=str)
def test_12_a_wall_clock_that_jumps_changes_nothing(world, jump):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    labels = iter([now, now, *[now + jump] * 1000])
    world.stamp._utc = lambda: next(labels)
    world.runner.script[2] = [CRASH, GOOD]

    verdict = world.loop(rules=stop(trials=4, wall_s=60.0)).run()

    assert verdict.kind == "budget"
    assert [t.params["x"] for t in world.book.history.trials.values()] == [0, 1, 2, 3]
    assert [t.attempt for t in world.book.history.trials.values()] == [1, 2, 1, 1]
    ends = sorted(world.book.history.trials.values(), key=lambda t: t.finish_number)
    assert [t.id for t in ends] == [1, 2, 3, 4]
    assert len({t.finished_at[:4] for t in ends}) == 2  # the label did jump


def test_what_a_job_holds_its_place_for_without_running_is_start_up(world):
    pulses = []

    class Watching:
        def on_record(self, record, history):
            pass

        def on_pulse(self, pulse, history):
            pulses.append(pulse)

        def close(self):
            pass

    def slow(job):
        world.clock.now += 1.0
        return prepare(job)

    def result(job):
        return Outcome(state="completed", metrics={"loss": 1.0}, wall_s=8.0)

    prepare, world.runner.prepare, world.runner.result = world.runner.prepare, slow, result
    world.book._watchers.append(Watching())
    world.loop(rules=stop(trials=4)).run()
    last = pulses[-1]

    assert last.starting_s == pytest.approx(4 * 3.0)  # of 11 seconds each
    assert last.busy_s == pytest.approx(4 * 8.0, abs=1.5)  # the first start is not seen
    assert last.busy_s + last.starting_s + last.proposing_s <= last.offered_s + 1e-6
