import math

import pytest

from tuner.study import Finished, History, Noted, Opened, Record, Suggested
from tuner.study.ranking import best, ranked, trace


class Study:
    """Results told one after another."""

    def __init__(self):
        self.history, self.goal, self.constraints = History(), "minimize", []

    def write(self, *facts):
        for fact in facts:
            self.history.apply(Record(self.history.last + 1, "at", 0.0, "w", fact))

    def open(self, goal="minimize", constraints=()):
        config = {"metric": {"name": "loss", "goal": goal}, "constraints": list(constraints)}
        self.write(Opened(study="s", config=config, config_hash="h"))

    def tell(
        self, trial, loss, *, state="completed", noise=None, of=None, method="sobol", **metrics
    ):
        self.write(
            Suggested(trial=trial, point={"x": trial}, method=method, of=of),
            Finished(
                trial=trial,
                attempt=1,
                state=state,
                metrics={"loss": loss, **metrics},
                noise={"loss": noise} if noise is not None else {},
            ),
        )


@pytest.fixture
def study():
    study = Study()
    study.open()
    return study


def order(study):
    return [row.trial.id for row in ranked(study.history)]


@pytest.mark.parametrize(("goal", "ids"), [("minimize", [2, 1, 3]), ("maximize", [3, 1, 2])])
def test_the_goal_says_which_way_is_better(study, goal, ids):
    study.open(goal)
    for trial, loss in ((1, 0.5), (2, 0.1), (3, 0.9)):
        study.tell(trial, loss)

    assert order(study) == ids


def test_equal_results_are_ranked_by_age(study):
    for trial in (3, 1, 2):
        study.tell(trial, 0.5)

    assert order(study) == [1, 2, 3]


def test_only_completed_finite_and_wanted_results_are_ranked(study):
    study.tell(1, 0.1, state="failed")
    study.tell(2, 0.1, state="stopped")
    study.tell(3, math.nan)
    study.tell(4, -math.inf)
    study.tell(5, 0.1)
    study.write(Noted(kind="mark", trial=5, text="exclude"))
    study.tell(6, 0.9)

    assert order(study) == [6]


def test_what_breaks_a_constraint_comes_last_and_is_never_best(study):
    study.open(constraints=[{"metric": "ms", "op": "<=", "bound": 20.0}])
    study.tell(1, 0.1, ms=30.0)
    assert best(study.history) is None

    study.tell(2, 0.9, ms=10.0)
    study.tell(3, 0.2)

    assert order(study) == [2, 1, 3]
    assert best(study.history).trial.id == 2


def test_repeats_count_as_one_by_their_mean_and_its_error(study):
    study.tell(1, 0.2)
    study.tell(2, 0.3)
    study.tell(3, 0.6, of=1, method="rerun")
    study.tell(4, 0.4, of=3, method="rerun")

    rows = ranked(study.history)

    assert [(row.trial.id, row.repeats) for row in rows] == [(2, 1), (1, 3)]
    assert rows[1].value == pytest.approx(0.4)
    assert rows[1].error == pytest.approx(0.2 / math.sqrt(3))


def test_the_error_of_a_single_result_is_its_known_noise_or_nothing(study):
    study.tell(1, 0.2, noise=0.01)
    study.tell(2, 0.3)

    assert [row.error for row in ranked(study.history)] == [0.01, None]


def test_repeats_of_each_other_end_in_no_circle(study):
    study.tell(1, 0.2, of=2)
    study.tell(2, 0.3, of=1)
    study.tell(3, 0.4, of=99)

    assert len(ranked(study.history)) == 3


def test_the_best_is_a_confirmed_one_once_any_was_confirmed(study):
    study.tell(1, 0.1)
    study.tell(2, 0.2)
    assert best(study.history).trial.id == 1

    study.tell(3, 0.25, of=2, method="confirm")

    assert best(study.history).trial.id == 2


def test_nothing_is_best_of_nothing(study):
    assert best(study.history) is None
    assert trace(study.history) == []


def test_the_trace_holds_each_improvement_in_the_order_of_finishing(study):
    study.open(constraints=[{"metric": "ms", "op": "<=", "bound": 20.0}])
    for trial, loss, ms in ((3, 0.5, 1), (1, 0.7, 1), (2, 0.4, 1), (5, 0.1, 99), (4, 0.4, 1)):
        study.tell(trial, loss, ms=ms)

    assert trace(study.history) == [(3, 0.5), (2, 0.4)]
