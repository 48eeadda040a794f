"""What Python says: asked, told, enqueued, added, run; in memory and on disk."""

import math

import pytest

from tuner import Study
from tuner.errors import FailureLimitError, UsageError
from tuner.study.ranking import noisy, ranked

SPACE = {
    "lr": {"type": "float", "min": 1e-5, "max": 0.1, "log": True, "default": 1e-3},
    "opt": {"values": ["sgd", "adamw"]},
}


@pytest.fixture
def study(tmp_path):
    def create(**more):
        sections = {"search": {"method": "sobol"}, "metric": {"name": "loss"}, **more}
        return Study.create(parameters=SPACE, **sections)

    return create


def test_trials_are_asked_for_and_told_one_by_one_or_several(study):
    with study() as one:
        first, *others = one.ask(), *one.ask(4)
        one.tell(first, {"loss": 0.31})
        one.tell(others[0], 0.2)
        one.tell(others[1], {"loss": 0.4}, noise={"loss": 0.02})
        one.fail(others[2], reason="oom")

        states = [str(trial.state) for trial in one.trials]
        assert states == ["completed", "completed", "completed", "failed", "running"]
        assert one.trials[3].failure == "oom"
        assert one.best.id in (first.id, others[0].id)


@pytest.mark.parametrize("noise", [-0.1, math.nan, math.inf, {"loss": -1}])
def test_a_standard_error_is_a_finite_number_of_at_least_zero(study, noise):
    with study() as one:
        trial = one.ask()

        with pytest.raises(UsageError, match="standard error of loss must be a finite number"):
            one.tell(trial, 0.5, noise=noise)
        with pytest.raises(UsageError, match="standard error of loss must be a finite number"):
            one.add({"lr": 0.01, "opt": "sgd"}, 0.5, noise=noise)

        assert [str(each.state) for each in one.trials] == ["running"]
        one.tell(trial, 0.5, noise=0)
        added = one.add({"lr": 0.01, "opt": "sgd"}, 0.5, noise=0.25)
        assert (one.trials[0].noise, added.noise) == ({"loss": 0.0}, {"loss": 0.25})


def test_a_number_that_is_not_finite_is_a_trial_that_diverged(study):
    with study() as one:
        one.tell(one.ask(), math.nan)

        assert one.trials[0].failure == "diverged"
        assert one.best is None


def test_a_trial_is_told_once(study):
    with study() as one:
        trial = one.ask()
        one.tell(trial, 0.5)

        with pytest.raises(UsageError, match="has ended already"):
            one.tell(trial, 0.4)


def test_what_is_enqueued_is_asked_next_and_a_part_of_a_point_is_filled_up(study):
    with study() as one:
        one.enqueue({"lr": 0.01, "opt": "adamw"})
        one.enqueue({"opt": "adamw"})
        one.enqueue({"lr": 0.01})

        asked = [dict(trial.params) for trial in one.ask(3)]

    assert asked == [
        {"lr": 0.01, "opt": "adamw"},
        {"lr": 1e-3, "opt": "adamw"},
        {"lr": 0.01, "opt": "sgd"},
    ]


def test_what_is_enqueued_must_keep_the_conditions(study):
    with study(require=["lr < 0.05"]) as one:
        with pytest.raises(UsageError, match=r"does not fulfil 'lr < 0\.05'"):
            one.enqueue({"lr": 0.06})

        assert one.trials == []


def test_a_result_measured_elsewhere_counts_as_a_result_and_not_as_a_trial(study):
    with study() as one:
        one.add({"lr": 0.01, "opt": "sgd"}, {"loss": 0.1})
        best = one.run(lambda point: 1.0 + point["lr"], trials=3)

        assert len(one.trials) == 4
        assert best.metrics["loss"] == 0.1


def test_a_result_added_at_a_point_that_was_tried_is_a_repeat_of_it(study):
    with study() as one:
        tried, other = one.ask(2)
        one.tell(tried, 0.1)
        one.tell(other, 0.5)
        again = one.add(tried.params, {"loss": 0.9})
        elsewhere = one.add({"lr": 0.0123, "opt": "sgd"}, {"loss": 0.7})
        third = one.add(tried.params, {"loss": 0.8})

        rows = ranked(one._desk.history)
        assert [again.suggestion.of, elsewhere.suggestion.of, third.suggestion.of] == [1, None, 1]
        assert [row.trial.id for row in rows] == [2, 1, 4]  # 0.5, 0.6 on average, 0.7
        assert [row.repeats for row in rows] == [1, 3, 1]
        assert noisy(one._desk.history)


def test_a_lucky_result_is_not_the_best_once_its_point_was_measured_again(study):
    with study() as one:
        trials = one.ask(6)
        for trial in trials:
            one.tell(trial, abs(trial.params["lr"] - 0.05))
        lucky = one.add({"lr": 1e-5, "opt": "sgd"}, {"loss": -0.5})
        assert one.best.id == lucky.id
        for _ in range(3):
            one.add(lucky.params, {"loss": 2.0})

        assert one.best.id != lucky.id


def test_a_study_on_disk_goes_on_where_it_stopped(study, tmp_path):
    with study(path=tmp_path / "s", seed=3) as one:
        one.run(lambda point: point["lr"], trials=3)
    with study(path=tmp_path / "s", seed=3) as again:
        again.run(lambda point: point["lr"], trials=5, parallel=2)

        assert [trial.id for trial in again.trials] == [1, 2, 3, 4, 5]
        assert len(again.to_frame()) == 5
    assert (tmp_path / "s" / "ledger.jsonl").exists()


def test_a_run_counts_what_was_asked_and_not_what_was_added(study):
    with study() as one:
        one.tell(one.ask(), 0.5)
        for lr in (1e-4, 1e-3, 1e-2):
            one.add({"lr": lr, "opt": "adamw"}, {"loss": 0.4})

        one.run(lambda values: values["lr"], trials=3)

        added = [trial.method == "added" for trial in one.trials]
        assert added == [False, True, True, True, False, False]


def test_a_function_that_always_fails_ends_the_run_with_its_words(study):
    def fail(point):
        raise RuntimeError("no data there")

    with study() as one, pytest.raises(FailureLimitError, match="no data there"):
        one.run(fail, trials=9)
