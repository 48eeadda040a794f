"""An older study in the words of a new one: what becomes of names, values, metrics and endings.

Long because it is one table of cases, each a few lines, over one way to tell an older study.
"""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tuner.errors import UsageError
from tuner.interop.base import OldStudy, OldTrial
from tuner.interop.mapping import remembered
from tuner.interop.spec import MemorySpec
from tuner.space import Bool, Choice, Derived, Fixed, Float, Int, Space
from tuner.study import Constraint, Metric

LR = Float(name="lr", min=1e-4, max=1.0, log=True, default=0.01)
WIDTH = Int(name="width", min=10, max=20)
OPT = Choice(name="opt", values=("sgd", "adamw"))
MOMENTUM = Float(name="momentum", min=0.5, max=0.9, when="opt == 'sgd'")

PLAIN = {
    "name": "old",
    "source": Path("runs/old"),
    "kind": "tuner",
    "metric": "loss",
    "goal": "minimize",
    "parameters": {},
}


def trial(label, point, loss=None, state="completed", **metrics):
    measured = metrics if loss is None else {"loss": float(loss), **metrics}
    return OldTrial(label=str(label), point=point, metrics=measured, state=state)


@pytest.fixture
def told():
    """Translate trials for a space of some parameters, and give what is remembered."""

    def tell(trials, *parameters, metric=None, constraints=(), old=None, require=(), **asked):
        asked |= asked.pop("asked", {})  # what has the name of something else here
        study = OldStudy(
            **PLAIN | (old or {}) | {"trials": tuple(trials)},
        )
        return remembered(
            study,
            MemorySpec(ledger="runs/old", **asked),
            Space(parameters or (LR,), require),
            metric or Metric(name="loss"),
            constraints,
            name="old",
        )

    return tell


def test_what_fits_is_taken_as_it_is(told):
    memory = told([trial(1, {"lr": 0.1}, 3), trial(2, {"lr": 0.2}, 4)])

    assert (memory.memory, memory.source, memory.mode) == ("old", "runs/old", "auto")
    assert memory.points == ({"lr": 0.1}, {"lr": 0.2})
    assert memory.gains == (-3.0, -4.0)
    assert memory.parameters == {"lr": "as it is", "metric loss": "minimize"}
    assert memory.left_out == ()
    assert memory.asked == {"ledger": "runs/old"}


def test_a_renamed_parameter_is_found_under_its_old_name(told):
    memory = told([trial(1, {"eta": 0.1}, 3)], rename={"eta": "lr"})

    assert memory.points == ({"lr": 0.1},)
    assert memory.parameters["lr"] == "from eta"
    assert memory.asked["rename"] == {"eta": "lr"}


@pytest.mark.parametrize("point", [{"eta": 0.1, "lr": 0.5}, {"lr": 0.5, "eta": 0.1}], ids=str)
def test_what_a_person_renamed_comes_before_what_has_the_name_by_chance(told, point):
    memory = told([trial(1, point, 3)], rename={"eta": "lr"})

    assert memory.points == ({"lr": 0.1},)
    assert memory.parameters["lr"] == "from eta, its own lr left out"


def test_of_a_parameter_whose_name_went_to_another_both_fates_are_told(told):
    dropout = Float(name="dropout", min=0, max=0.5)

    memory = told([trial(1, {"lr": 0.3, "dropout": 0.1}, 3)], LR, dropout, rename={"lr": "dropout"})

    assert memory.points == ({"lr": 0.01, "dropout": 0.3},)
    assert memory.parameters["lr"] == "not there: taken at 0.01, as its lr is dropout here"
    assert memory.parameters["dropout"] == "from lr, its own dropout left out"


def test_two_names_may_change_places(told):
    memory = told(
        [trial(1, {"a": 0.1, "b": 0.2}, 3)],
        *(Float(name="a", min=0, max=1), Float(name="b", min=0, max=1)),
        rename={"a": "b", "b": "a"},
    )

    assert memory.points == ({"a": 0.2, "b": 0.1},)
    assert (memory.parameters["a"], memory.parameters["b"]) == ("from b", "from a")


@pytest.mark.parametrize(
    ("rename", "said"),
    [
        ({"etta": "lr"}, "rename: no parameter 'etta' there; did you mean 'eta'?"),
        ({"eta": "lrr"}, "rename: no parameter 'lrr' in this study; did you mean 'lr'?"),
        ({"eta": "lr", "rate": "lr"}, "rename: both 'eta' and 'rate' are to be 'lr'"),
    ],
)
def test_a_renaming_that_leads_nowhere_is_refused(told, rename, said):
    with pytest.raises(UsageError) as caught:
        told([trial(1, {"eta": 0.1, "rate": 0.2}, 3)], rename=rename)

    assert said in str(caught.value)


def test_what_is_missing_is_at_its_default_or_in_the_middle(told):
    memory = told([trial(1, {"opt": "sgd"}, 3)], LR, WIDTH, OPT)

    assert memory.points == ({"lr": 0.01, "width": 15, "opt": "sgd"},)
    assert memory.parameters["lr"] == "not there: taken at 0.01"
    assert memory.parameters["width"] == "not there: taken at 15"


def test_a_value_that_others_have_is_not_made_up(told):
    memory = told([trial(1, {"lr": 0.1, "width": 12}, 3), trial(2, {"lr": 0.2}, 4)], LR, WIDTH)

    assert [point["width"] for point in memory.points] == [12]
    assert memory.left_out == ("trial 2: width: no value in it, and others have one",)


def test_what_is_no_parameter_here_is_left_out(told):
    memory = told([trial(1, {"lr": 0.1, "dropout": 0.5}, 3)])

    assert memory.points == ({"lr": 0.1},)
    assert memory.parameters["dropout"] == "no parameter here: left out"


@pytest.mark.parametrize(
    ("old", "here", "hint"),
    [
        ({"model": "sgd"}, (OPT,), "; if it is opt here, say rename: {model: opt}"),
        ({"layers": 12}, (WIDTH, OPT), "; if it is width here, say rename: {layers: width}"),
        ({"layers": 99}, (WIDTH, OPT), ""),
        ({"model": "lion"}, (OPT,), ""),
        ({"rate": 0.2}, (Float(name="a", min=0, max=1), Float(name="b", min=0, max=1)), ""),
    ],
)
def test_what_may_be_a_new_name_is_asked_about(told, old, here, hint):
    memory = told([trial(1, {"lr": 0.1, **old}, 3)], LR, *here)

    assert memory.parameters[next(iter(old))] == f"no parameter here: left out{hint}"


def test_values_outside_of_the_bounds_still_inform_and_are_counted(told):
    memory = told([trial(n, {"lr": lr}, n) for n, lr in enumerate([0.1, 5.0, 1e-6])])

    assert [point["lr"] for point in memory.points] == [0.1, 5.0, 1e-6]
    assert memory.parameters["lr"] == "as it is, 2 of 3 values outside the bounds, still inform"


def test_zero_is_inside_where_it_is_asked_for(told):
    decay = Float(name="decay", min=1e-6, max=0.1, log=True, or_zero=True)
    memory = told([trial(1, {"decay": 0.0}, 3), trial(2, {"decay": 1e-3}, 3)], decay)

    assert [point["decay"] for point in memory.points] == [0.0, 1e-3]
    assert memory.parameters["decay"] == "as it is"


def test_a_value_that_a_logarithmic_scale_has_no_place_for_lies_outside_of_the_bounds(told):
    memory = told([trial(n, {"lr": lr}, 3) for n, lr in enumerate([0.1, 0.0, -0.1])])

    assert [point["lr"] for point in memory.points] == [0.1, 0.0, -0.1]
    assert "2 of 3 values outside the bounds" in memory.parameters["lr"]


def test_a_scale_that_is_another_now_changes_no_value(told):
    here = Float(name="lr", min=1e-4, max=1.0)

    assert told([trial(1, {"lr": 1e-3}, 3)], here).points == ({"lr": 1e-3},)


def test_categories_that_are_no_more_are_listed_with_the_value(told):
    trials = [trial(n, {"opt": opt}, 3) for n, opt in enumerate(["sgd", "lion", "lion", "adamw"])]
    memory = told(trials, OPT)

    assert [point["opt"] for point in memory.points] == ["sgd", "adamw"]
    assert memory.left_out == ("trials 1-2: opt: 'lion' is no value any more",)


@pytest.mark.parametrize(
    ("parameter", "value", "here"),
    [
        (WIDTH, 12.0, 12),
        (WIDTH, "12", 12),
        (LR, 1, 1.0),
        (LR, "0.1", 0.1),
        (Choice(name="n", values=(32, 64)), "64", 64),
        (Choice(name="n", values=(32, 64)), 64.0, 64),
        (Bool(name="amp"), "true", True),
        (Bool(name="amp"), "True", True),
    ],
    ids=repr,
)
def test_values_are_read_in_the_type_that_they_have_here(told, parameter, value, here):
    (point,) = told([trial(1, {parameter.name: value}, 3)], parameter).points

    assert point == {parameter.name: here}
    assert type(point[parameter.name]) is type(here) or parameter is LR


@pytest.mark.parametrize(
    ("parameter", "value"),
    [(WIDTH, "wide"), (LR, None), (LR, math.nan), (LR, math.inf), (Bool(name="amp"), "maybe")],
    ids=repr,
)
def test_a_value_that_means_nothing_here_is_listed(told, parameter, value):
    memory = told([trial(4, {parameter.name: value}, 3)], parameter)

    assert memory.points == ()
    assert memory.left_out[0].startswith(f"trial 4: {parameter.name}: ")


def test_a_number_is_taken_at_the_nearest_of_an_ordered_list_and_that_is_counted(told):
    widths = Choice(name="width", values=(16, 32, 64, 128), ordered=True)
    tried = (16, 44, 48, 8, 300, "wide")

    memory = told([trial(n, {"width": width}, n) for n, width in enumerate(tried)], widths)

    assert [point["width"] for point in memory.points] == [16, 32, 64, 16]
    assert memory.parameters["width"] == "as it is, 3 of 6 values taken at the nearest of the list"
    assert [line.partition(":")[0] for line in memory.left_out] == ["trial 4", "trial 5"]


@pytest.mark.parametrize(
    ("values", "given", "here"),
    [
        ((1, 2, 3, 4), 2.6, 3),
        ((0.001, 0.01, 0.1), 0.04, 0.1),
        ((0.001, 0.01, 0.1), -1, None),
        ((0, 1, 10), 4, 1),
        ((1,), 2, None),
        ((1, "all"), 2, None),
        ((2**62, 2**62 + 1), 2**62 + 2, 2**62),
    ],
    ids=range(7),
)
def test_the_nearest_of_a_list_is_told_on_the_scale_of_its_steps(told, values, given, here):
    memory = told([trial(1, {"n": given}, 1)], Choice(name="n", values=values, ordered=True))

    assert [point["n"] for point in memory.points] == ([] if here is None else [here])


def test_of_a_list_without_an_order_only_its_values_are_used(told):
    memory = told([trial(1, {"n": 5}, 1)], Choice(name="n", values=(4, 8)))

    assert memory.points == ()


def test_of_a_parameter_fixed_at_one_of_its_old_values_only_those_trials_are_used(told):
    opt = Fixed(name="opt", value="adam")
    trials = [
        trial(n, {"lr": 0.1 * n, "opt": o}, n) for n, o in ((1, "adam"), (2, "sgd"), (3, "adam"))
    ]

    memory = told(trials, LR, opt)

    assert [point["lr"] for point in memory.points] == pytest.approx([0.1, 0.3])
    assert memory.left_out == ("trial 2: opt: was sgd, is fixed at adam here",)
    assert memory.unused == 1


def test_what_is_fixed_here_at_the_value_of_then_is_as_it_is(told):
    memory = told([trial(1, {"lr": 0.1, "epochs": 3}, 1)], LR, Fixed(name="epochs", value=3))

    assert memory.parameters["epochs"] == "as it is"


def test_what_is_fixed_or_derived_here_may_have_been_something_else(told):
    epochs, warmup = Fixed(name="epochs", value=30), Derived(name="warmup", derive="epochs // 10")
    trials = [
        trial(n, {"lr": 0.1, "epochs": e, "warmup": 1}, n) for n, e in enumerate([5, 10, 20, 40])
    ]
    memory = told(trials, LR, epochs, warmup)

    assert memory.points == ({"lr": 0.1},) * 4
    assert memory.parameters["epochs"] == "fixed at 30 here, was 10, 20, 40, …"
    assert memory.parameters["warmup"] == "derived here, was 1"


def test_a_conditional_parameter_is_there_only_where_it_is_alive(told):
    trials = [
        trial(1, {"opt": "sgd", "momentum": 0.6}, 1),
        trial(2, {"opt": "adamw"}, 2),
        trial(3, {"opt": "adamw", "momentum": 0.7}, 3),
        trial(4, {"opt": "sgd"}, 4),
    ]
    memory = told(trials, OPT, MOMENTUM)

    assert memory.points == (
        {"opt": "sgd", "momentum": 0.6},
        {"opt": "adamw"},
        {"opt": "adamw"},
        {"opt": "sgd", "momentum": 0.7},
    )


def test_a_point_that_breaks_a_condition_of_this_study_still_informs(told):
    memory = told([trial(1, {"lr": 0.9}, 1)], LR, require=("lr < 0.5",))

    assert memory.points == ({"lr": 0.9},)


def test_nothing_in_common_is_said(told):
    memory = told([trial(1, {"depth": 3}, 3), trial(2, {"depth": 4}, 3)])

    assert memory.points == ()
    assert memory.left_out == ("trials 1-2: none of its parameters is searched here",)


@pytest.mark.parametrize(
    ("theirs", "ours", "gain"),
    [("minimize", "minimize", -3.0), ("maximize", "maximize", 3.0), ("minimize", "maximize", -3.0)],
)
def test_a_gain_is_larger_where_the_older_study_found_it_better(told, theirs, ours, gain):
    memory = told(
        [trial(1, {"lr": 0.1}, 3)], metric=Metric(name="loss", goal=ours), old={"goal": theirs}
    )

    assert memory.gains == (gain,)
    turned = "" if theirs == ours else f", turned over: ours is {ours}"
    assert memory.parameters["metric loss"] == theirs + turned


def test_what_a_person_says_of_the_goal_counts_and_else_ours(told):
    trials, silent = [trial(1, {"lr": 0.1}, 3)], {"goal": None}

    assert told(trials, old=silent).gains == (-3.0,)
    assert told(trials, old=silent, goal="maximize").gains == (3.0,)


def test_a_goal_that_a_study_of_ours_contradicts_is_refused_and_another_file_is_overruled(told):
    trials, both = [trial(1, {"lr": 0.1}, 3)], [trial(1, {"lr": 0.1}, 3, acc=0.5)]

    with pytest.raises(UsageError, match=r"goal: maximize, and its own .* says minimize of loss"):
        told(trials, goal="maximize")
    foreign = told(trials, goal="maximize", old={"kind": "optuna"})

    assert foreign.gains == (3.0,)
    said = foreign.parameters["metric loss"]
    assert said == "maximize, where its own file says minimize, turned over: ours is minimize"
    assert told(trials, goal="minimize").gains == (-3.0,)
    assert told(both, asked={"metric": "acc", "goal": "maximize"}).gains == (0.5,)


def test_standard_errors_are_remembered_and_what_can_be_none_is_left_out_with_a_word(told):
    trials = [trial(n, {"lr": 0.1 * n}, n) for n in range(1, 6)]
    errors = [0.1, -0.1, math.inf, 0.0]
    noisy = [replace(t, noise={"loss": e}) for t, e in zip(trials, errors, strict=False)]

    memory = told([*noisy, trials[4]])

    assert memory.errors == pytest.approx((0.1, math.nan, math.nan, 0.0, math.nan), nan_ok=True)
    said = "known of 2 of 5 trials; 2 below zero or without end, left out"
    assert memory.parameters["error of loss"] == said
    assert told(trials).errors == ()
    assert "error of loss" not in told(trials).parameters


def test_errors_stay_with_their_trials_where_some_are_left_out(told):
    trials = [
        replace(trial(n, {"lr": lr}, n), noise={"loss": n / 10})
        for n, lr in ((1, 0.1), (2, "?"), (3, 0.3), (4, 0.4))
    ]

    memory = told(trials, max_trials=2)

    assert dict(zip(memory.gains, memory.errors, strict=True)) == {-1.0: 0.1, -3.0: 0.3}


def test_what_breaks_a_constraint_by_its_own_numbers_has_failed(told):
    trials = [
        trial(1, {"lr": 0.1}, 1, ms=30.0),
        trial(2, {"lr": 0.2}, 2, ms=10.0),
        trial(3, {"lr": 0.3}, 3),
    ]

    memory = told(trials, constraints=(Constraint(metric="ms", op="<=", bound=20),))

    assert math.isnan(memory.gains[0])
    assert memory.gains[1:] == (-2.0, -3.0)
    assert memory.parameters["constraint ms <= 20"] == "broken by 1 of 3 trials: taken as failed"


def test_what_broke_a_constraint_there_has_failed_unless_its_metric_is_bounded_or_searched_here(
    told,
):
    trials = [
        trial(1, {"lr": 0.1}, 1, ms=30.0, mib=1.0),
        trial(2, {"lr": 0.2}, 9, ms=10.0, mib=9.0),
        trial(3, {"lr": 0.3}, 3),
    ]
    there = [Constraint(metric=name, op="<=", bound=5) for name in ("ms", "mib", "loss")]

    memory = told(
        trials,
        old={"constraints": there},
        constraints=(Constraint(metric="ms", op="<=", bound=50),),
    )

    assert memory.gains[0] == -1.0
    assert math.isnan(memory.gains[1])
    assert memory.gains[2] == -3.0
    said = {name: how for name, how in memory.parameters.items() if "constraint" in name}
    assert said == {"constraint mib <= 5 there": "broken by 1 of 3 trials: taken as failed"}


def test_the_goal_of_another_metric_of_the_older_study_says_nothing_of_ours(told):
    trials = [trial(1, {"lr": 0.1}, 3, acc=0.2), trial(2, {"lr": 0.2}, 1, acc=0.9)]

    memory = told(trials, metric=Metric(name="acc", goal="maximize"))

    assert memory.gains == (0.2, 0.9)


def test_the_metric_is_ours_theirs_the_only_one_or_the_one_that_was_named(told):
    both = [trial(1, {"lr": 0.1}, acc=0.5, loss=3.0)]
    theirs, alone = {"metric": "acc"}, [trial(1, {"lr": 0.1}, err=2.0)]
    other = Metric(name="score")

    assert told(both).gains == (-3.0,)
    assert told(both, old=theirs).gains == (-3.0,)  # ours is there
    assert told(both, metric=other, old=theirs).gains == (-0.5,)
    assert told(alone, metric=other, old={"metric": None}).gains == (-2.0,)
    assert told(both, metric=Metric(name="acc")).gains == (-0.5,)
    assert told(both, asked={"metric": "acc"}).gains == (-0.5,)
    memory = told(both, metric=other, old=theirs)
    assert memory.parameters["metric acc"] == "minimize for score"


def test_which_of_several_metrics_is_meant_must_be_said(told):
    several = [trial(1, {"lr": 0.1}, acc=0.5, f1=0.25)]

    with pytest.raises(UsageError, match=r"runs/old: it measured acc, f1, and nothing called loss"):
        told(several, old={"metric": None})
    with pytest.raises(UsageError, match=r"no metric 'ac' there; did you mean 'acc'\?"):
        told(several, asked={"metric": "ac"})


def test_how_a_trial_ended_decides_what_it_says(told):
    trials = [
        trial(1, {"lr": 0.1}, 1),
        trial(2, {"lr": 0.2}, 3),
        trial(3, {"lr": 0.3}, 2),
        trial(4, {"lr": 0.4}, 0.5, state="stopped"),
        trial(5, {"lr": 0.5}, 9, state="stopped"),
        trial(6, {"lr": 0.6}, state="failed"),
        trial(7, {"lr": 0.7}, 0.1, state="failed"),
        trial(8, {"lr": 0.8}, math.nan),
        trial(9, {"lr": 0.9}, math.inf),
        trial(10, {"lr": 0.95}, math.nan, state="stopped"),
        trial(11, {"lr": 0.96}, acc=1.0),
        trial(12, {"lr": 0.97}, state="stopped"),
    ]
    memory = told(trials)

    gains = {point["lr"]: gain for point, gain in zip(memory.points, memory.gains, strict=True)}
    assert [gains[lr] for lr in (0.1, 0.2, 0.3)] == [-1.0, -3.0, -2.0]
    assert gains[0.4] == -2.0  # ended early: no better than the middle one, however it stood
    assert gains[0.5] == -9.0
    assert all(math.isnan(gains[lr]) for lr in (0.6, 0.7, 0.8, 0.9))
    assert memory.left_out == ("trial 10: ended without a number", "trials 11-12: no loss in it")


def test_a_study_of_nothing_but_failures_is_remembered_as_that(told):
    memory = told([trial(n, {"lr": 0.1 * n}, state="failed") for n in (1, 2)])

    assert len(memory.points) == 2
    assert all(map(math.isnan, memory.gains))


def test_a_study_without_trials_teaches_nothing_and_says_what_was_unread(told):
    memory = told([], old={"unread": ("trial 3: has not ended: it is running",)})

    assert (memory.points, memory.gains) == ((), ())
    assert memory.parameters == {"metric loss": "minimize"}
    assert memory.left_out == ("trial 3: has not ended: it is running",)


@pytest.mark.parametrize("most", [1, 2, 7, 30, 99, 100])
def test_of_too_many_trials_the_best_are_kept_and_some_of_the_rest(told, most):
    trials = [trial(n, {"lr": 0.001 + n / 1000}, (n * 37) % 100) for n in range(100)]
    memory = told(trials, max_trials=most)

    kept = sorted(-gain for gain in memory.gains)
    best = (most + 1) // 2
    assert len(memory.points) == most
    assert kept[:best] == list(range(best))
    lines = [f"{100 - most} trials: beyond max_trials: {most}"] if most < 100 else []
    assert list(memory.left_out) == [line.replace("1 trials", "1 trial") for line in lines]
    rows = [round((point["lr"] - 0.001) * 1000) for point in memory.points]
    assert rows == sorted(rows)
    assert all(-gain == (n * 37) % 100 for n, gain in zip(rows, memory.gains, strict=True))


def test_failures_come_last_where_there_are_too_many_trials(told):
    trials = [trial(n, {"lr": 0.1}, state="failed") for n in range(5)]
    trials += [trial(9, {"lr": 0.2}, 3), trial(10, {"lr": 0.3}, 4)]

    memory = told(trials, max_trials=3)

    assert sorted(gain for gain in memory.gains if not math.isnan(gain)) == [-4.0, -3.0]


def test_trials_left_out_for_one_reason_share_a_line(told):
    points = [{"opt": "lion"}] * 3 + [{"opt": "sgd"}, {"opt": "lion"}, {"opt": "rprop"}]
    memory = told([trial(n, point, 1) for n, point in enumerate(points, start=1)], OPT)

    assert memory.left_out == (
        "trials 1-3, 5: opt: 'lion' is no value any more",
        "trial 6: opt: 'rprop' is no value any more",
    )


def test_a_name_without_end_is_cut(told):
    (line,) = told([trial("9" * 5000, {"opt": "lion"}, 1)] * 2, OPT).left_out

    assert line == f"trials {'9' * 100}, {'9' * 100}: opt: 'lion' is no value any more"


def test_names_of_trials_that_are_no_numbers_are_said_one_by_one(told):
    trials = [trial(name, {"opt": "lion"}, 1) for name in ("run_a", "run_b", "7", "8", "9")]

    (line,) = told(trials, OPT).left_out

    assert line == "trials run_a, run_b, 7-9: opt: 'lion' is no value any more"
