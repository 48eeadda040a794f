"""What a model may learn from a history, and what it never sees."""

import math

import numpy as np
import pytest

from tuner import dataset as room
from tuner.dataset import FAR, Translator, anchor, dataset_of
from tuner.space import Choice, Encoding, Float, Int, Space
from tuner.study import Finished, History, Noted, Opened, Record, Remembered, Started, Suggested

SPACE = Space(
    (
        Float(name="lr", min=1e-4, max=1.0, log=True),
        Choice(name="optimizer", values=("sgd", "adam")),
        Float(name="momentum", min=0.0, max=1.0, when="optimizer == 'sgd'"),
    )
)


class Study:
    """A history in memory, told fact by fact."""

    def __init__(self, goal="minimize", constraints=()):
        self.history = History()
        metric = {"name": "loss", "goal": goal}
        config = {"metric": metric, "constraints": list(constraints)}
        self.tell(Opened(study="s", config=config, config_hash=""))

    def tell(self, fact):
        number = self.history.last + 1
        self.history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))

    def trial(self, point, state="completed", *, of=None, **end):
        number = self.history.next_id
        self.tell(Suggested(trial=number, point=point, method="sobol", of=of))
        if state is not None:
            self.tell(Started(trial=number, attempt=1))
            self.tell(Finished(trial=number, attempt=1, state=state, **end))
        return number


ADAM = {"lr": 0.01, "optimizer": "adam"}
SGD = {"lr": 0.1, "optimizer": "sgd", "momentum": 0.9}


def test_gains_are_larger_for_better_trials_whatever_the_goal():
    for goal, sign in (("minimize", -1.0), ("maximize", 1.0)):
        study = Study(goal)
        study.trial(ADAM, metrics={"loss": 3.0})

        dataset = dataset_of(study.history, SPACE)

        assert dataset.Y[:, 0].tolist() == [sign * 3.0]


def test_rows_are_encoded_points_and_dead_columns_rest():
    study = Study()
    study.trial(SGD, metrics={"loss": 1.0})
    study.trial(ADAM, metrics={"loss": 2.0})

    dataset = dataset_of(study.history, SPACE)

    assert [column.name for column in dataset.columns] == ["lr", "optimizer", "momentum"]
    assert pytest.approx(np.array([[0.75, 0.0, 0.9], [0.5, 1.0, 0.5]])) == dataset.X
    assert dataset.ids == (1, 2)


def test_a_repeat_of_a_point_keeps_its_own_row():
    study = Study()
    first = study.trial(ADAM, metrics={"loss": 1.0})
    study.trial(ADAM, metrics={"loss": 1.2}, of=first)

    dataset = dataset_of(study.history, SPACE)

    assert dataset.Y[:, 0].tolist() == [-1.0, -1.2]
    assert (dataset.X[0] == dataset.X[1]).all()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_result_that_is_no_finite_number_counts_as_failed(value):
    study = Study()
    study.trial(ADAM, metrics={"loss": value})

    dataset = dataset_of(study.history, SPACE)

    assert dataset.failed.tolist() == [True]
    assert np.isnan(dataset.Y).all()


def test_only_failures_of_the_point_are_labelled_not_those_of_the_machine():
    study = Study()
    for failure in ("oom", "crash", "timeout", "diverged", "no_metric"):
        study.trial(ADAM, "failed", failure=failure)
    for failure in ("infra", "lost", "unstartable"):
        study.trial(ADAM, "failed", failure=failure)
    study.trial(ADAM, "lost")
    study.trial(ADAM, "interrupted")

    dataset = dataset_of(study.history, SPACE)

    assert dataset.ids == (1, 2, 3, 4, 5)
    assert dataset.failed.all()


def test_what_a_failed_trial_measured_before_it_failed_is_not_learned_from():
    study = Study()
    study.trial(ADAM, "failed", failure="crash", metrics={"loss": 0.001})

    dataset = dataset_of(study.history, SPACE)

    assert np.isnan(dataset.Y).all()


def test_excluded_trials_stay_out_of_the_model_and_are_still_not_tried_again():
    study = Study()
    study.trial(ADAM, metrics={"loss": 1.0})
    study.tell(Noted(kind="mark", trial=1, text="exclude"))

    dataset = dataset_of(study.history, SPACE)

    assert dataset.ids == ()
    assert dataset.tried.tolist() == [[0.5, 1.0, 0.5]]


def test_open_trials_are_pending():
    study = Study()
    study.trial(ADAM, metrics={"loss": 1.0})
    study.trial(SGD, None)

    dataset = dataset_of(study.history, SPACE)

    assert dataset.ids == (1,)
    assert dataset.pending == pytest.approx(np.array([[0.75, 0.0, 0.9]]))
    assert len(dataset.tried) == 2


def test_constraints_become_slacks_and_an_unmeasured_one_is_not_kept():
    study = Study(
        constraints=[
            {"metric": "ms", "op": "<=", "bound": 20.0},
            {"metric": "acc", "op": ">=", "bound": 0.9},
        ]
    )
    study.trial(ADAM, metrics={"loss": 1.0, "ms": 15.0, "acc": 0.95})
    study.trial(SGD, metrics={"loss": 1.0, "ms": 25.0, "acc": 0.95})
    study.trial({**ADAM, "lr": 0.5}, metrics={"loss": 1.0, "ms": 15.0})

    dataset = dataset_of(study.history, SPACE)

    assert dataset.Y[:2, 1:] == pytest.approx(np.array([[5.0, 0.05], [-5.0, 0.05]]))
    assert np.isnan(dataset.Y[2, 2])
    assert dataset.feasible.tolist() == [True, False, False]


def test_known_standard_errors_are_kept_per_outcome_and_none_known_is_none():
    study = Study(constraints=[{"metric": "ms", "op": "<=", "bound": 20.0}])
    study.trial(ADAM, metrics={"loss": 1.0, "ms": 15.0})
    assert dataset_of(study.history, SPACE).noise_sd is None

    study.trial(SGD, metrics={"loss": 1.0, "ms": 15.0}, noise={"loss": 0.2})
    noise = dataset_of(study.history, SPACE).noise_sd

    assert noise is not None
    assert np.isnan(noise[0]).all()
    assert noise[1, 0] == 0.2
    assert np.isnan(noise[1, 1])


def test_a_stopped_trial_is_never_better_than_the_median_of_the_completed():
    study = Study()
    for loss in (1.0, 2.0, 3.0):
        study.trial({**ADAM, "lr": loss / 10}, metrics={"loss": loss})
    study.trial(SGD, "stopped", metrics={"loss": 0.5})
    study.trial({**SGD, "lr": 0.3}, "stopped", metrics={"loss": 9.0})
    study.trial({**SGD, "lr": 0.4}, "stopped")

    dataset = dataset_of(study.history, SPACE)

    assert dataset.Y[:, 0].tolist() == [-1.0, -2.0, -3.0, -2.0, -9.0]
    assert not dataset.failed.any()


def test_settled_rows_stay_as_they_are_while_the_median_of_the_completed_moves():
    study = Study()
    for loss in (5.0, 6.0, 7.0):
        study.trial({**ADAM, "lr": loss / 10}, metrics={"loss": loss})
    study.trial(SGD, "stopped", metrics={"loss": 0.5})
    for loss in range(8):
        study.trial({**SGD, "lr": 0.3 + loss / 100}, metrics={"loss": 9.0})
    before = dataset_of(study.history, SPACE)
    study.trial({**SGD, "lr": 0.4}, metrics={"loss": 10.0})
    study.trial({**SGD, "lr": 0.5}, "stopped", metrics={"loss": 0.1})

    after = dataset_of(study.history, SPACE)

    assert before.settled == after.settled == 10
    assert after.Y[:10].tolist() == before.Y[:10].tolist()
    assert after.Y[3, 0] == -9.0
    assert after.Y[-1, 0] == -9.0


def test_a_number_of_a_far_wider_space_is_taken_as_just_far():
    study = Study()
    study.trial(ADAM, metrics={"loss": 1.0})
    study.trial({"lr": 1e300, "optimizer": "adam"}, metrics={"loss": 3.0})

    dataset = dataset_of(study.history, SPACE)

    assert dataset.X[1, 0] == 1 + FAR
    assert dataset.tried[1, 0] > 1 + FAR


def test_trials_of_an_older_space_inform_where_they_can_and_are_left_out_where_not():
    study = Study()
    study.trial(ADAM, metrics={"loss": 1.0})
    study.trial({"lr": 0.01, "optimizer": "lion"}, metrics={"loss": 2.0})
    study.trial({"lr": 100.0, "optimizer": "adam"}, metrics={"loss": 3.0})

    dataset = dataset_of(study.history, SPACE)

    assert dataset.ids == (1, 3)
    assert dataset.X[1, 0] > 1.0


def test_an_empty_history_is_an_empty_dataset():
    dataset = dataset_of(Study().history, SPACE)

    assert dataset.X.shape == (0, 3)
    assert dataset.pending.shape == (0, 3)
    assert dataset.Y.shape == (0, 1)


def test_rows_stand_in_the_order_in_which_trials_ended():
    study = Study()
    first, second = study.trial(ADAM, state=None), study.trial(SGD, metrics={"loss": 1.0})
    study.tell(Started(trial=first, attempt=1))
    study.tell(Finished(trial=first, attempt=1, state="completed", metrics={"loss": 2.0}))

    assert dataset_of(study.history, SPACE).ids == (second, first)


def test_a_translator_that_was_asked_before_says_what_a_new_one_says():
    study, old = Study(), Translator(SPACE)
    for number in range(25):
        study.trial({"lr": 10.0 ** -(number % 4), "optimizer": "adam"}, metrics={"loss": number})
        before = old.dataset(study.history)

    after = dataset_of(study.history, SPACE)

    assert before.ids == after.ids
    assert before.settled == after.settled
    assert (before.X == after.X).all()
    assert (before.Y == after.Y).all()


def test_what_is_settled_stays_as_it_is_until_the_next_anchor():
    study = Study()
    seen = {}
    for number in range(70):
        study.trial(SGD, metrics={"loss": float(number % 7)})
        early = dataset_of(study.history, SPACE).early
        assert len(early.ids) == anchor(number + 1) == early.settled
        known = seen.setdefault(early.settled, early)
        assert known.ids == early.ids
        assert (known.Y == early.Y).all()

    assert len(seen) < 25


def test_anchors_stand_still_between_their_steps_and_never_lie_ahead_or_far_behind():
    anchors = [anchor(rows) for rows in range(1, 3000)]

    assert anchors == sorted(anchors)
    assert len(set(anchors)) < 200
    for rows, at in enumerate(anchors, start=1):
        assert rows / 2 < at <= rows
        assert anchor(at) == at


def test_of_very_many_trials_the_better_half_and_a_sample_of_the_rest_is_told(monkeypatch):
    monkeypatch.setattr(room, "MOST_EARLY", 20)
    monkeypatch.setattr(room, "MOST_LATE", 4)
    study = Study()
    for number in range(69):
        study.trial({"lr": 0.5, "optimizer": "adam"}, metrics={"loss": float(number * 37 % 69)})

    dataset = dataset_of(study.history, SPACE)

    early, late = dataset.Y[: dataset.settled, 0], dataset.Y[dataset.settled :, 0]
    settled = -(np.arange(anchor(69)) * 37.0 % 69)
    assert (len(early), len(late)) == (20, 4)
    assert set(np.sort(settled)[-10:]) <= set(early)
    assert early.min() < -50
    assert list(dataset.ids) == sorted(dataset.ids)


def test_a_trial_that_was_measured_for_another_metric_is_no_failure():
    study = Study()
    study.trial(ADAM, metrics={"acc": 0.5})
    study.trial(SGD, metrics={"loss": 2.0})

    dataset = dataset_of(study.history, SPACE)

    assert (dataset.ids, dataset.failed.tolist()) == ((2,), [False])


def taught(*points, gains=None, **more):
    gains = tuple(float(n) for n, _ in enumerate(points)) if gains is None else gains
    return Remembered(**{"memory": "old", "points": points, "gains": gains, **more})


def test_an_older_study_stands_in_the_columns_of_this_one():
    study = Study()
    study.tell(taught(ADAM, SGD, gains=(2.0, math.nan), mode="basis"))
    study.trial(SGD, metrics={"loss": 1.0})

    (source,) = dataset_of(study.history, SPACE).sources

    assert (source.name, source.mode) == ("old", "basis")
    assert source.X.tolist() == [[0.5, 1.0, 0.5], [0.75, 0.0, 0.9]]
    assert source.gains[0] == 2.0
    assert math.isnan(source.gains[1])


def test_standard_errors_of_an_older_study_stay_with_their_rows_and_what_can_be_none_is_unknown():
    study, silent = Study(), Study()
    points = ({**ADAM, "optimizer": "lion"}, ADAM, SGD, ADAM)
    study.tell(taught(*points, errors=(0.5, 0.1, -1.0, math.inf)))
    silent.tell(taught(*points))

    (source,) = dataset_of(study.history, SPACE).sources

    assert source.noise_sd == pytest.approx([0.1, math.nan, math.nan], nan_ok=True)
    assert dataset_of(silent.history, SPACE).sources[0].noise_sd is None


def test_an_older_study_with_another_number_of_errors_than_results_is_not_believed():
    study = Study()
    study.tell(taught(ADAM, SGD, errors=(0.1,)))

    assert study.history.memories == {}


def test_what_an_older_study_has_outside_of_the_bounds_is_kept_up_to_nine_ranges_away():
    study = Study()
    far = [{**ADAM, "lr": lr} for lr in (100.0, 1e300, 1e-300, 0.0)]
    study.tell(taught(*far))

    (source,) = dataset_of(study.history, SPACE).sources

    assert source.X[:, 0].tolist() == [pytest.approx(1.5), 10.0, -9.0, -1.0]


def test_a_point_of_an_older_study_that_is_none_here_any_more_is_left_out():
    study = Study()
    study.tell(taught(ADAM, {**ADAM, "optimizer": "lion"}, SGD))

    (source,) = dataset_of(study.history, SPACE).sources

    assert source.gains.tolist() == [0.0, 2.0]


def test_an_older_study_still_informs_when_the_space_is_another_than_when_it_was_read():
    study = Study()
    study.tell(taught({"lr": 1e-4}, {"lr": 1e-3, "gone": 3}, {"gone": 3}))
    wider = Space((*SPACE.parameters, Int(name="depth", min=1, max=3)))

    (source,) = dataset_of(study.history, wider).sources

    assert source.gains.tolist() == [0.0, 1.0]
    middle = [{**wider.centre(), "lr": rate} for rate in (1e-4, 1e-3)]
    assert source.X.tolist() == Encoding(wider).encode(middle).tolist()


def test_the_space_is_spread_out_only_where_there_is_something_to_learn():
    study, other = Study(), Study()
    other.tell(taught(ADAM))

    assert dataset_of(study.history, SPACE).sources == ()
    assert dataset_of(study.history, SPACE).spread.shape == (0, 3)
    spread = dataset_of(other.history, SPACE).spread
    assert spread.shape == (room.SPREAD, 3)
    assert set(spread[:, 1]) == {0.0, 1.0}
    assert spread[:, 0].mean() == pytest.approx(0.5, abs=0.02)


def test_a_memory_is_translated_once_and_anew_when_it_is_another():
    study, translator = Study(), Translator(SPACE)
    study.tell(taught(ADAM))
    first = translator.dataset(study.history).sources[0]
    assert translator.dataset(study.history).sources[0] is first

    study.tell(taught(SGD, SGD))

    assert len(translator.dataset(study.history).sources[0].gains) == 2
