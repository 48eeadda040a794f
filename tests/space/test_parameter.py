"""A parameter that exists is valid; one that is not says whose mistake it is and what would be right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.space import UNSET, Bool, Choice, Derived, Fixed, Float, Int
from tuner.space.parameter import default_of


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Float(name="lr", min=1, max=0), "lr: min must be below max, got min=1.0, max=0.0"),
        (lambda: Float(name="lr", min=1, max=1), "a single value is written {value: 1.0}"),
        (lambda: Float(name="lr", min=0, max=1, log=True), "lr: log needs min above 0"),
        (lambda: Float(name="lr", min="0", max=1), "lr: min must be a number, got '0'"),
        (lambda: Float(name="lr", min=True, max=2), "lr: min must be a number, got True"),
        (lambda: Float(name="lr", min=0, max=float("nan")), "lr: max must be finite, got nan"),
        (lambda: Float(name="lr", min=0, max=10**400), "lr: max must be finite"),
        (lambda: Float(name="lr", min=-1e308, max=1e308), "too wide for double precision"),
        (lambda: Float(name="lr", min=1, max=1 + 1e-15), "too narrow for double precision"),
        (lambda: Float(name="lr", min=1, max=1.0000001, log=True), "too narrow for a log scale"),
        (
            lambda: Float(name="lr", min=0, max=1, default=2),
            "lr: default must lie between 0.0 and 1",
        ),
        (lambda: Float(name="lr", min=0, max=1, step=2), "lr: step must be above 0 and at most 1"),
        (lambda: Float(name="lr", min=1, max=2, step=1e-10), "lr: step 1e-10 is too fine"),
        (lambda: Float(name="lr", min=0, max=1e200, step=0.1), "lr: step 0.1 is too fine"),
        (lambda: Float(name="lr", min=0, max=1, step=-1), "lr: step must be above 0"),
        (
            lambda: Float(name="lr", min=1, max=9, step=1, log=True),
            "lr: step and log cannot be combined",
        ),
        (
            lambda: Float(name="lr", min=0, max=1, or_zero=True),
            "lr: or_zero adds a 0 that 0.0 to 1.0 holds already",
        ),
        (
            lambda: Float(name="lr", min=0, max=1, step=0.1, default=0.15),
            "default must be 0.1 or 0.2",
        ),
        (
            lambda: Float(name="lr", min=0, max=1, when=True),
            "lr: an expression is a text, got True",
        ),
        (lambda: Int(name="n", min=1.5, max=3), "n: min must be a whole number, got 1.5"),
        (lambda: Int(name="n", min=1, max=10**13), r"n: max must lie within 1e\+12"),
        (lambda: Int(name="n", min=3, max=3), "a single value is written {value: 3}"),
        (lambda: Int(name="n", min=1, max=9, step=0), "n: step must be 1 to 8, got 0"),
        (
            lambda: Int(name="n", min=1, max=9, step=2, log=True),
            "n: step and log cannot be combined",
        ),
        (lambda: Int(name="n", min=-3, max=3, or_zero=True), "leave or_zero out"),
        (lambda: Int(name="n", min=2, max=8, step=3, default=4), "default must be 2 or 5"),
        (
            lambda: Int(name="n", min=2, max=9, step=3, default=9),
            "default must be 8, on a step of 3",
        ),
        (lambda: Choice(name="c", values=()), r"c: values must not be empty, got \[\]"),
        (lambda: Choice(name="c", values=("a", "a")), "c: values must differ, got 'a' twice"),
        (lambda: Choice(name="c", values=([1],)), "c: a value must be a number, a text"),
        (lambda: Choice(name="c", values=(float("inf"),)), "c: a value must be finite"),
        (
            lambda: Choice(name="c", values=("a", "b"), default="x"),
            "must be one of 'a', 'b', got 'x'",
        ),
        (lambda: Choice(name="c", values=(1, 2), default=True), "must be one of 1, 2, got True"),
        (lambda: Bool(name="b", default=1), "b: default must be true or false, got 1"),
        (lambda: Fixed(name="f", value=[]), "f: value must be a number, a text"),
        (lambda: Derived(name="d", derive=3), "d: an expression is a text, got 3"),
    ],
)
def test_what_is_wrong_is_refused_at_birth(make, says):
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize("name", ["", "1a", "a b", "λ", ".a", "a" * 65, "a/b", "a=b", 3, "a\n"])
def test_a_name_that_no_channel_can_carry_is_refused(name):
    with pytest.raises(ValueError, match="is no name"):
        Bool(name=name)


@pytest.mark.parametrize("name", ["and", "true", "None", "in", "args", "trial", "trial.dir"])
def test_a_word_of_the_language_cannot_name_a_parameter(name):
    with pytest.raises(ValueError, match="is a word of the language"):
        Bool(name=name)


@pytest.mark.parametrize("name", ["lr", "_x", "model.depth", "weight-decay", "lambda", "max"])
def test_names_of_real_scripts_are_taken(name):
    assert Bool(name=name).name == name


def test_numbers_take_the_type_of_their_parameter():
    lr, n = Float(name="lr", min=0, max=1, default=1), Int(name="n", min=1.0, max=1e3)

    assert [type(v) for v in (lr.min, lr.max, lr.default)] == [float] * 3
    assert [type(v) for v in (n.min, n.max)] == [int] * 2


def test_steps_are_the_decimals_that_a_person_would_write():
    p = Float(name="p", min=0, max=1, step=0.1)

    assert [p.value_at(k) for k in range(p.levels)] == [
        0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0,
    ]  # fmt: skip


@given(st.decimals(-1000, 1000, places=3), st.decimals("0.001", 10, places=3), st.integers(1, 500))
def test_the_last_step_lies_inside_and_the_next_one_outside(low, step, count):
    p = Float(name="p", min=float(low), max=float(low + step * count), step=float(step))

    assert p.levels == count + 1
    assert p.value_at(count) == float(low + step * count)


def test_a_range_that_steps_do_not_fill_ends_at_the_last_step():
    assert Int(name="n", min=2, max=9, step=3).levels == 3
    assert Float(name="p", min=0, max=1, step=0.3).levels == 4


def test_a_default_of_null_is_not_the_absence_of_one():
    assert default_of(Choice(name="c", values=(None, 1))) is UNSET
    assert default_of(Choice(name="c", values=(None, 1), default=None)) is None
    assert default_of(Bool(name="b", default=False)) is False
    assert default_of(Bool(name="b")) is UNSET


def test_numbers_that_look_alike_are_values_of_their_own():
    c = Choice(name="c", values=(1, True, 1.0, "1", None, 0, False))

    assert [type(c.value_at(k)) for k in range(4)] == [int, bool, float, str]


def test_or_zero_may_be_the_default():
    assert Float(name="wd", min=1e-6, max=1e-2, or_zero=True, default=0).default == 0.0
    assert Int(name="k", min=3, max=9, or_zero=True, default=0).default == 0
