"""Points of a space: what is live, what a person may give, and when two points are one."""

import copy
import itertools
import pickle

import pytest

from tuner.errors import UsageError
from tuner.space import UNSET, Bool, Choice, Derived, Fixed, Float, Int, Space
from tuner.space.older import carried
from tuner.space.parameter import off_grid
from tuner.space.reading import is_legal
from tuner.space.rules import live_values
from tuner.space.space import AS_IT_IS

LR = Float(name="lr", min=1e-5, max=0.1, log=True, default=1e-3)
OPT = Choice(name="opt", values=("sgd", "adamw"), default="adamw")
MOMENTUM = Float(name="momentum", min=0.5, max=0.99, default=0.9, when="opt == 'sgd'")
NESTEROV = Bool(name="nesterov", default=False, when="momentum > 0.8")
EPOCHS = Fixed(name="epochs", value=30)
WARMUP = Derived(name="warmup", derive="max(1, epochs // 10)")
DECAY = Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True, default=0)
NET = Space((LR, OPT, MOMENTUM, NESTEROV, EPOCHS, WARMUP, DECAY), ("lr * 100 <= 5",))
SGD = {"lr": 0.01, "opt": "sgd", "momentum": 0.9, "nesterov": True, "decay": 0.0}
ADAM = {"lr": 0.01, "opt": "adamw", "decay": 0.001}


def test_a_child_is_live_where_its_condition_holds_and_dead_elsewhere():
    assert {"momentum", "nesterov"} <= NET.alive(SGD)
    assert not {"momentum", "nesterov"} & NET.alive(ADAM)
    assert "nesterov" not in NET.alive({**SGD, "momentum": 0.6})


def test_a_child_of_a_dead_parent_is_dead_whatever_values_are_there():
    stale = {**SGD, "opt": "adamw"}

    assert NET.trim(stale) == {"lr": 0.01, "opt": "adamw", "decay": 0.0}


def test_a_complete_point_has_fixed_and_derived_values_in_the_order_of_writing():
    assert list(NET.complete(SGD).items()) == [
        ("lr", 0.01),
        ("opt", "sgd"),
        ("momentum", 0.9),
        ("nesterov", True),
        ("epochs", 30),
        ("warmup", 3),
        ("decay", 0.0),
    ]


def test_parameters_may_be_written_before_those_they_depend_on():
    space = Space((NESTEROV, MOMENTUM, OPT))

    assert list(space.complete({k: SGD[k] for k in ("opt", "momentum", "nesterov")})) == [
        "nesterov",
        "momentum",
        "opt",
    ]


def test_a_derived_value_of_a_dead_parameter_is_dead_and_so_is_what_needs_it():
    space = Space(
        (
            OPT,
            MOMENTUM,
            Derived(name="damping", derive="1 - momentum"),
            Bool(name="trick", when="damping > 0"),
        )
    )

    assert space.complete({"opt": "adamw", "trick": True}) == {"opt": "adamw"}
    assert space.alive({"opt": "sgd", "momentum": 0.9, "trick": True}) == {
        "opt",
        "momentum",
        "damping",
        "trick",
    }


def test_a_broken_require_is_named_and_one_about_the_dead_is_fulfilled():
    space = Space((OPT, MOMENTUM), ("momentum < 0.6",))

    assert space.violations({"opt": "sgd", "momentum": 0.9}) == ["momentum < 0.6"]
    assert space.violations({"opt": "sgd", "momentum": 0.5}) == []
    assert space.violations({"opt": "adamw"}) == []


def test_what_cannot_be_computed_is_a_violation_and_not_a_crash():
    n = Int(name="n", min=0, max=3)
    space = Space((n, Derived(name="half", derive="6 / n")), ("4 % n == 0",))

    assert space.violations({"n": 0}) == [
        "half: column 3: division by zero",
        "4 % n == 0: column 3: division by zero",
    ]
    assert space.complete({"n": 0}) == {"n": 0}


def test_the_defaults_make_a_point_only_if_no_live_parameter_lacks_one():
    assert NET.default_point() == {"lr": 0.001, "opt": "adamw", "decay": 0.0}
    assert Space((LR, Bool(name="b"))).default_point() is None
    childless = Space((OPT, Float(name="m", min=0, max=1, when="opt == 'sgd'")))
    assert childless.default_point() == {"opt": "adamw"}


def test_the_centre_takes_defaults_and_the_middle_of_everything_else():
    space = Space(
        (
            LR,
            Float(name="x", min=-1, max=3),
            Float(name="y", min=1e-4, max=1, log=True),
            Int(name="n", min=1, max=5),
            Int(name="w", min=1, max=1024, log=True),
            Choice(name="c", values=("a", "b", "c")),
            Choice(name="o", values=(1, 2, 3), ordered=True),
            Bool(name="b"),
            Int(name="dead", min=1, max=2, when="b"),
        )
    )

    assert space.centre() == {
        "lr": 0.001,
        "x": 1.0,
        "y": 0.01,
        "n": 3,
        "w": 23,
        "c": "a",
        "o": 2,
        "b": False,
    }


def test_keys_are_equal_exactly_when_points_are():
    c = Space((Choice(name="c", values=(1, True, 1.0, "1", None, "None")), LR))
    points = [{"c": v, "lr": 0.01} for v in c.searched[0].values] + [{"c": 1, "lr": 0.02}]

    assert len({c.key(point) for point in points}) == 7
    assert c.key({"lr": 0.01, "c": 1}) == c.key({"c": 1, "lr": 0.01})


def test_keys_see_the_type_of_the_parameter_and_what_is_live():
    space = Space((Float(name="x", min=0, max=2), Int(name="n", min=0, max=2), OPT, MOMENTUM))

    assert space.key({"x": 1, "n": 1.0, "opt": "adamw"}) == space.key(
        {"x": 1.0, "n": 1, "opt": "adamw", "momentum": 0.7, "gone": 3}
    )
    assert space.key({"x": 0.0, "n": 0, "opt": "sgd"}) == space.key(
        {"x": -0.0, "n": 0, "opt": "sgd"}
    )


def test_a_person_may_leave_out_defaults_and_write_numbers_as_text():
    point = NET.point({"lr": "1e-2", "opt": "sgd", "momentum": 0.6, "epochs": "30", "warmup": 3.0})

    assert point == {"lr": 0.01, "opt": "sgd", "momentum": 0.6, "decay": 0.0}


@pytest.mark.parametrize(
    ("given", "value"),
    [("64", 64), (64.0, 64), ("true", True), (True, True), ("null", None), ("1", "1"), (2.5, 2.5)],
)
def test_a_choice_understands_a_value_that_can_only_mean_one_of_its_own(given, value):
    space = Space((Choice(name="c", values=(64, True, None, "1", 2.5)),))

    found = space.point({"c": given})["c"]

    assert found == value
    assert type(found) is type(value)


def test_a_value_that_could_mean_two_things_is_refused():
    space = Space((Choice(name="c", values=(1, 1.0)),))

    with pytest.raises(UsageError, match=r"must be one of 1, 1\.0, got '1'"):
        space.point({"c": "1"})


def test_values_on_a_step_are_put_exactly_there():
    space = Space((Float(name="p", min=0, max=1, step=0.1), Int(name="n", min=2, max=8, step=3)))

    assert space.point({"p": 0.1 + 0.2, "n": 5.0}) == {"p": 0.3, "n": 5}


def test_everything_wrong_with_a_persons_point_is_said_at_once():
    with pytest.raises(UsageError) as caught:
        NET.point({"lr": 1.0, "opt": "adam", "momentun": 0.9, "epochs": 40, "decay": "x"})

    assert str(caught.value).splitlines() == [
        "momentun: no parameter has this name; did you mean 'momentum'?",
        "lr: must lie between 1e-05 and 0.1, got 1.0",
        "opt: must be one of 'sgd', 'adamw', got 'adam'; did you mean 'adamw'?",
        "decay: must be a number, got 'x'",
        "epochs: is fixed at 30, got 40",
    ]


@pytest.mark.parametrize(
    ("parameter", "value", "says"),
    [
        (Int(name="n", min=1, max=9), 2.5, "n: must be a whole number, got 2.5"),
        (Int(name="n", min=1, max=9), True, "n: must be a number, got True"),
        (Int(name="n", min=1, max=9), None, "n: must be a number, got None"),
        (Int(name="n", min=1, max=9), [1], r"n: must be a number, got \[1\]"),
        (Int(name="n", min=1, max=9), "nan", "n: must be a number, got 'nan'"),
        (Int(name="n", min=1, max=9, step=4), 7, "n: must be 5 or 9, on a step of 4, got 7"),
        (DECAY, -1, "decay: must lie between 1e-06 and 0.01 or 0, got -1"),
        (Bool(name="b"), 1, "b: must be one of false, true, got 1"),
        (Bool(name="b"), {}, "b: must be one of false, true"),
    ],
)
def test_a_value_that_is_none_of_a_parameters_is_refused(parameter, value, says):
    with pytest.raises(UsageError, match=says):
        Space((parameter,)).point({parameter.name: value})


def test_a_missing_value_without_a_default_is_missed_only_where_it_is_live():
    space = Space((OPT, Float(name="m", min=0, max=1, when="opt == 'sgd'")))

    assert space.point({}) == {"opt": "adamw"}
    with pytest.raises(UsageError, match="m: missing, and it has no default"):
        space.point({"opt": "sgd"})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (SGD, "as it is"),
        (NET.complete(SGD), "as it is"),
        ({**ADAM, "lr": 1.0}, "outside the bounds of lr, still informs the model"),
        ({"lr": 0.01, "opt": "adamw"}, "decay: no value in it, taken at its default"),
        ({**ADAM, "gone": 3}, "gone is no parameter any more, left out"),
        ({**ADAM, "momentum": 0.9}, "momentum has no effect here, left out"),
    ],
)
def test_an_older_point_that_means_something_is_kept_and_it_is_said_how(values, reason):
    point, said = NET.usable(values)

    assert point == {name: values.get(name, 0.0) for name in point}
    assert said == reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({**ADAM, "opt": "lion"}, "opt: 'lion' is no value any more"),
        ({**ADAM, "lr": "high"}, "lr: 'high' is no number"),
        ({**ADAM, "epochs": 10}, "epochs: was 10, is fixed at 30"),
    ],
)
def test_an_older_point_that_means_nothing_here_is_given_up_with_the_reason(values, reason):
    assert NET.usable(values) == (None, reason)


def test_an_older_point_without_a_value_and_without_a_default_means_nothing():
    assert Space((Int(name="n", min=1, max=9),)).usable({}) == (
        None,
        "n: no value in it, and no default",
    )


def test_a_part_of_a_point_is_filled_up_with_defaults_and_middles():
    space = Space(
        (
            Float(name="lr", min=0.0, max=1.0, default=0.1),
            Int(name="n", min=2, max=8),
            Choice(name="opt", values=("sgd", "adam")),
            Float(name="momentum", min=0.0, max=1.0, when="opt == 'sgd'"),
        ),
        ("n <= 6",),
    )

    assert space.filled({"opt": "adam"}) == {"lr": 0.1, "n": 5, "opt": "adam"}
    assert space.filled({"lr": 0.2}) == {"lr": 0.2, "n": 5, "opt": "sgd", "momentum": 0.5}
    with pytest.raises(UsageError, match="does not fulfil 'n <= 6'"):
        space.filled({"n": 7})
    with pytest.raises(UsageError, match="lrr: no parameter has this name"):
        space.filled({"lrr": 0.2})


def test_an_older_number_between_the_steps_keeps_its_value():
    space = Space((Int(name="n", min=2, max=8, step=2),))

    assert space.usable({"n": 3}) == ({"n": 3}, "between the steps of n, still informs the model")
    assert space.usable({"n": 4.0}) == ({"n": 4}, "as it is")


def test_spaces_of_the_same_parameters_are_equal_and_can_be_copied_and_pickled():
    twins = [
        Space(NET.parameters, NET.require),
        copy.deepcopy(NET),
        pickle.loads(pickle.dumps(NET)),
    ]

    assert all(twin == NET and twin.complete(SGD) == NET.complete(SGD) for twin in twins)
    assert Space(NET.parameters) != NET


def test_a_space_with_mistakes_cannot_be_made():
    with pytest.raises(ValueError, match=r"parameters\.momentum\.when: column 1: no parameter is"):
        Space((MOMENTUM,))


ODD = {
    "lr": [0.01, 1, "0.01", 0.5],
    "opt": ["sgd", "adamw", "lion", None],
    "momentum": [0.9, 0.6, 2.0, "x"],
    "nesterov": [True, 1],
    "epochs": [30, 40],
    "warmup": [3, 4],
    "decay": [0.0, -0.0, 0.001, 0],
    "gone": [1],
}


def by_every_rule(values):
    """Say what a point is here by a look at every rule, as `Space.usable` saves it."""
    wrong, here = [], NET.trim(values)

    def pick(parameter):
        value = here.get(parameter.name, UNSET)
        if value is UNSET or not is_legal(parameter, value):
            wrong.append(parameter.name)
        return value

    live_values(NET.rules, pick)
    if not wrong and (values == here or values == NET.complete(here)):
        return here, AS_IT_IS
    live, notes = carried(NET.parameters, NET.rules, values)
    return (None if live is None else NET.trim(live)), "; ".join(notes) or AS_IT_IS


@pytest.mark.parametrize("base", [SGD, ADAM, NET.complete(SGD), NET.complete(ADAM), {}])
def test_what_is_usable_is_what_every_rule_would_say(base):
    said = set()
    for first, second in itertools.combinations(ODD, 2):
        changes = itertools.product([UNSET, *ODD[first]], [UNSET, *ODD[second]])
        for one, other in changes:
            changed = {**base, first: one, second: other}
            values = {name: value for name, value in changed.items() if value is not UNSET}

            point, why = NET.usable(values)

            assert (point, why) == by_every_rule(values)
            assert point is None or list(point) == list(by_every_rule(values)[0])
            said.add(why == AS_IT_IS)
    assert said == ({True, False} if base else {False})


@pytest.mark.parametrize(
    "parameter",
    [
        Float(name="x", min=0, max=1),
        Float(name="x", min=0.5, max=1, or_zero=True),
        Float(name="x", min=0, max=1, step=0.25),
        Int(name="x", min=1, max=8),
        Int(name="x", min=2, max=8, step=3, or_zero=True),
    ],
    ids=str,
)
def test_a_number_is_legal_exactly_where_it_lies_on_the_grid_in_its_type(parameter):
    kind = int if isinstance(parameter, Int) else float
    for number in (-1, 0, 0.25, 0.3, 0.5, 1, 1.5, 2, 3, 5, 8, 9, True):
        right = type(number) is not bool and off_grid(parameter, number) is None

        assert is_legal(parameter, number) == (right and type(number) is kind)
        assert is_legal(parameter, float(number)) == (
            kind is float and off_grid(parameter, float(number)) is None
        )


def test_keys_share_the_values_of_long_histories():
    point = {**SGD, "lr": 0.012345}

    assert NET.key(point)[0] is point["lr"]
    assert NET.key(point)[1] is NET.key(SGD)[1]
