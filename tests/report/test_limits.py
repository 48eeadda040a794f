import pytest

from tuner.report.limits import (
    NOTHING_YET,
    breaks,
    census,
    nearest,
    no_best,
    passed_over,
    point,
    room,
    standing,
    together,
    unkept,
)
from tuner.study import Constraint, Finished, History, Opened, Suggested
from tuner.study.ranking import best

LIMITS = [
    {"metric": "ms", "op": "<=", "bound": 20.0},
    {"metric": "acc", "op": ">=", "bound": 0.5},
]


@pytest.fixture
def told(make_records):
    """Make a history of (loss, ms, acc) a trial, and of repeats as (of, loss, ms, acc)."""

    def make(*results, constraints=LIMITS):
        config = {"metric": {"name": "loss", "goal": "minimize"}, "constraints": constraints}
        facts = [Opened(study="s", config=config, config_hash="h")]
        for number, (*of, loss, ms, acc) in enumerate(results, 1):
            same = of[0] if of else None
            metrics = {"loss": loss, "ms": ms, "acc": acc}
            facts += [
                Suggested(trial=number, point={"x": same or number}, method="sobol", of=same),
                Finished(trial=number, attempt=1, state="completed", metrics=metrics),
            ]
        return History.replay(make_records(facts))

    return make


@pytest.mark.parametrize(
    ("op", "value", "words"),
    [
        ("<=", 26.0, "broken: 26, 6 too much"),
        ("<=", 15.5, "kept: 15.5, 4.5 to spare"),
        (">=", 15.5, "broken: 15.5, 4.5 too little"),
        (">=", float("inf"), "kept: inf"),
        ("<=", float("inf"), "broken: inf"),
        ("<=", float("nan"), "broken: nan"),
    ],
)
def test_it_is_said_by_how_much_a_constraint_is_kept_or_broken(op, value, words):
    assert room(Constraint(metric="ms", op=op, bound=20.0), {"ms": value}) == words


def test_what_was_not_measured_is_broken_and_said_so(told):
    history = told((1.0, 26.0, 0.6))
    assert standing(history.trials[1], history) == {
        "ms <= 20": "broken: 26, 6 too much",
        "acc >= 0.5": "kept: 0.6, 0.1 to spare",
    }
    assert breaks(history.trials[1], history) == "ms <= 20 broken: 26, 6 too much"
    assert room(Constraint(metric="gb", op="<=", bound=1.0), {"ms": 1.0}) == "broken: not measured"


def test_what_looks_better_than_the_best_and_breaks_a_constraint_is_counted(told):
    history = told((0.2, 26.0, 0.6), (0.1, 20.0, 0.4), (0.5, 10.0, 0.6), (0.9, 30.0, 0.6))
    assert passed_over(history, best(history)) == (
        "2 points have a better loss but break a constraint: "
        "the best of them trial 2 with 0.1 (acc >= 0.5 broken: 0.4, 0.1 too little)"
    )


def test_one_run_that_breaks_a_constraint_takes_its_point_along(told):
    history = told((0.2, 10.0, 0.6), (0.5, 10.0, 0.6), (1, 0.3, 25.0, 0.6))
    assert best(history).trial.id == 2
    assert passed_over(history, best(history)) == (
        "1 point has a better loss but breaks a constraint: "
        "trial 1 with 0.25 (ms <= 20 broken: 25, 5 too much)"
    )


@pytest.mark.parametrize("constraints", [[], LIMITS])
def test_nothing_is_passed_over_where_the_best_looks_best(told, constraints):
    history = told((0.2, 10.0, 0.6), (0.5, 26.0, 0.6), constraints=constraints)
    assert passed_over(history, best(history)) == ""


ROWS = {
    "nothing": ([], NOTHING_YET, "", ""),
    "some": (
        [(0.2, 26, 0.6), (0.5, 10, 0.6)],
        NOTHING_YET,
        "most, 1 of 2, break ms <= 20, and trial 1 comes nearest to ms <= 20 (broken: 26, 6 too much)",
        "1 of 2 completed trials breaks a constraint: 1 ms <= 20",
    ),
    "all one": (
        [(0.2, 26, 0.4), (0.5, 22, 0.6), (0.5, float("nan"), 0.6)],
        "3 completed, none keeps ms <= 20",
        "trial 2 comes nearest to ms <= 20 (broken: 22, 2 too much)",
        "3 of 3 completed trials break a constraint: 3 ms <= 20, 1 acc >= 0.5",
    ),
    "none both": (
        [(0.2, 26, 0.6), (0.5, 22, 0.6), (0.5, 10, 0.1)],
        "3 completed, none keeps ms <= 20 and acc >= 0.5 at once",
        "most, 2 of 3, break ms <= 20, and trial 2 comes nearest to ms <= 20 (broken: 22, 2 too much)",
        "3 of 3 completed trials break a constraint: 2 ms <= 20, 1 acc >= 0.5",
    ),
    "not in each run": (
        [(0.2, 10, 0.6), (1, 0.2, 24, 0.6)],
        "2 completed, none keeps ms <= 20 and acc >= 0.5 in every run",
        "most, 1 of 2, break ms <= 20, and trial 2 comes nearest to ms <= 20 (broken: 24, 4 too much)",
        "1 of 2 completed trials breaks a constraint: 1 ms <= 20",
    ),
    "unmeasured": (
        [(0.2, float("nan"), 0.6)],
        "1 completed, none keeps ms <= 20",
        "none of them has measured ms",
        "1 of 1 completed trials breaks a constraint: 1 ms <= 20",
    ),
}


@pytest.mark.parametrize(("results", "why", "near", "count"), ROWS.values(), ids=list(ROWS))
def test_it_is_said_which_constraints_no_trial_keeps_and_how_near_one_comes(
    told, results, why, near, count
):
    history = told(*results)
    assert (no_best(history), census(history)) == (why, count)
    assert unkept(history) == ("" if why == NOTHING_YET else why)
    assert nearest(history) == near


def test_without_constraints_there_is_nothing_to_keep(told):
    history = told((0.2, 26.0, 0.6), constraints=[])
    assert (unkept(history), nearest(history), census(history)) == ("", "", "")


def test_runs_of_a_point_are_told_together_by_mean_and_spread(told):
    history = told((1.0, 1, 1), (4.0, 1, 1), (1, 2.0, 1, 1), (1, 6.0, 1, 1))
    for number in (1, 3, 4):
        found = together(history.trials[number], history)
        assert found["trials"] == [1, 3, 4]
        assert found["mean"] == pytest.approx(3.0)
        assert found["sd"] == pytest.approx(7**0.5)
        assert found["error"] == pytest.approx((7 / 3) ** 0.5)
    assert point(history.trials[3], history) == {
        "trials": "1 (1), 3 (2), 4 (6)",
        "mean": "3 ± 1.5 of 3 runs",
        "sd": "2.6 from run to run",
    }
    assert together(history.trials[2], history) is None
    assert point(history.trials[2], history) == {}
