"""Every mistake between parameters is found before anything runs, all of them at once."""

import pytest

from tuner.space import Bool, Choice, Derived, Fixed, Float, Int, problems

OPT = Choice(name="opt", values=("sgd", "adamw"))
LAYERS = Int(name="layers", min=2, max=12)
LR = Float(name="lr", min=1e-5, max=0.1, log=True)
AMP = Bool(name="amp")
KNOWN = (OPT, LAYERS, LR, AMP, Fixed(name="epochs", value=30), Float(name="p", min=0, max=1))


def said_about(when):
    return [message for _, message in problems((*KNOWN, Bool(name="child", when=when)))]


def test_a_space_without_mistakes_has_none():
    child = Float(name="momentum", min=0, max=1, when="opt == 'sgd' and layers > 2")
    warmup = Derived(name="warmup", derive="epochs // 10")

    assert problems((*KNOWN, child, warmup), ("lr * layers < 1",)) == []


def test_all_mistakes_are_found_at_once_each_with_its_path():
    found = problems(
        (
            *KNOWN,
            Bool(name="a", when="op == 'sgd'"),
            Derived(name="d", derive="epochs /"),
            Bool(name="opt"),
        ),
        ("lr < 1", "layer < 3"),
    )

    assert found == [
        (("parameters", "opt"), "'opt' is there twice"),
        (
            ("parameters", "a", "when"),
            "column 1: no parameter is called 'op'; did you mean 'opt'?",
        ),
        (("parameters", "d", "derive"), "column 9: the expression ends too early"),
        (("require", 1), "column 1: no parameter is called 'layer'; did you mean 'layers'?"),
    ]


def test_a_value_that_stands_where_a_name_should_is_to_be_quoted():
    found = problems((*KNOWN, Bool(name="a", when="opt == sgd")), ["opt != sgdd"])

    quoted = "the value of opt is written in quotes: 'sgd'"
    assert found == [
        (("parameters", "a", "when"), f"column 8: no parameter is called 'sgd'; {quoted}"),
        (("require", 0), "column 8: no parameter is called 'sgdd'"),
    ]


def test_parameters_that_wait_for_each_other_are_found():
    found = problems(
        (
            Bool(name="a", when="b"),
            Bool(name="b", when="c"),
            Derived(name="c", derive="a + 1"),
            Bool(name="innocent"),
        )
    )

    assert found == [
        (("parameters", "a", "when"), "depends on itself, by way of a, b, c"),
        (("parameters", "b", "when"), "depends on itself, by way of a, b, c"),
        (("parameters", "c", "derive"), "depends on itself, by way of a, b, c"),
    ]


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("opt == 'adam'", "opt is never 'adam'; did you mean 'adamw'?; its values are"),
        ("'adam' != opt", "opt is never 'adam'"),
        ("opt in ['sgd', 'lion']", "opt is never 'lion'"),
        ("amp == 'yes'", "amp is never 'yes'; its values are false, true"),
        ("opt == 3", "opt is never 3"),
    ],
)
def test_comparing_a_choice_with_a_value_it_does_not_have_is_found(when, says):
    [message] = said_about(when)

    assert says in message


@pytest.mark.parametrize(
    "when",
    [
        "layers > 12",
        "layers > 4 and layers < 5",
        "lr > 1",
        "lr < 0.001 and lr > 0.01",
        "opt == 'sgd' and opt == 'adamw'",
        "epochs != 30",
        "amp and not amp",
        "p == 2",
        "-1 > p",
        "0.2 < p < 0.1",
        "opt > 3",
        "false",
    ],
)
def test_a_condition_that_can_never_hold_is_found(when):
    assert said_about(when) == [f"{when!r} can never hold"]


@pytest.mark.parametrize(
    "when",
    [
        "layers == 12",
        "layers * 3 == 21",
        "lr < 0.00001001",
        "p == 0.123",
        "p > 0.5 and p < 0.50001",
        "p == 0",
        "lr == p",
        "p * p == 0.017",
        "epochs == 30 or p > 7",
        "not opt == 'sgd'",
        "amp",
        "-1 < p",
    ],
)
def test_a_condition_that_may_hold_is_left_alone(when):
    assert said_about(when) == []


def test_the_zero_of_or_zero_counts_when_a_condition_is_judged():
    decay = Float(name="decay", min=1e-6, max=1e-2, or_zero=True)

    assert problems((decay, Bool(name="child", when="decay == 0"))) == []


def test_a_name_with_a_dash_cannot_be_used_in_an_expression_and_it_says_why():
    [(_, message)] = problems(
        (Float(name="weight-decay", min=0, max=1), Bool(name="child", when="weight > 0.5"))
    )

    assert "'weight-decay' cannot be named in an expression, where - is a minus" in message
