"""Every form of a parameter is one and the same parameter in the end."""

import pytest

from tuner.space import Bool, Choice, Derived, Fixed, Float, Int

UNIT = Float(name="p", min=0.0, max=1.0)
LOG = Float(name="p", min=1e-5, max=0.1, log=True)
WHOLE = Int(name="p", min=2, max=12, step=2)
LOG_INT = Int(name="p", min=16, max=1024, log=True)
WORDS = Choice(name="p", values=("a", "b"))

FORMS = [
    ({"type": "float", "min": 0, "max": 1}, UNIT),
    ("uniform(0, 1)", UNIT),
    (" uniform( 0 , 1.0 ) ", UNIT),
    (
        "uniform(0, 1, step=0.25, default=0.5)",
        Float(name="p", min=0, max=1, step=0.25, default=0.5),
    ),
    ({"type": "float", "min": 1e-5, "max": 0.1, "log": True}, LOG),
    ("loguniform(1e-5, 0.1)", LOG),
    (
        "loguniform(1e-5, 0.1, or_zero=true)",
        Float(name="p", min=1e-5, max=0.1, log=True, or_zero=True),
    ),
    ({"type": "int", "min": 2, "max": 12, "step": 2}, WHOLE),
    ({"type": "int", "min": 2.0, "max": 1.2e1, "step": 2}, WHOLE),
    ("int(2, 12, step=2)", WHOLE),
    ({"type": "int", "min": 16, "max": 1024, "log": True}, LOG_INT),
    ("logint(16, 1024)", LOG_INT),
    ({"values": ["a", "b"]}, WORDS),
    ({"type": "choice", "values": ["a", "b"]}, WORDS),
    (["a", "b"], WORDS),
    ("choice(a, b)", WORDS),
    ("choice('a', \"b\")", WORDS),
    (
        "choice(1, 1.0, true, null, '1', a b)",
        Choice(name="p", values=(1, 1.0, True, None, "1", "a b")),
    ),
    (
        "choice(1, 2, 4, ordered=true, default=2)",
        Choice(name="p", values=(1, 2, 4), ordered=True, default=2),
    ),
    ("choice(a=1, b==2)", Choice(name="p", values=("a=1", "b==2"))),
    ({"values": [None, 1], "default": None}, Choice(name="p", values=(None, 1), default=None)),
    ({"type": "bool"}, Bool(name="p")),
    ("bool()", Bool(name="p")),
    ("bool(default=true)", Bool(name="p", default=True)),
    ({"value": 30}, Fixed(name="p", value=30)),
    ({"value": None}, Fixed(name="p", value=None)),
    ({"value": "adam", "when": "1 < 2"}, Fixed(name="p", value="adam", when="1 < 2")),
    ({"derive": "1 + 2"}, Derived(name="p", derive="1 + 2")),
]
OTHER_TOOLS = [
    ({"type": "float", "low": 0, "high": 1}, UNIT, "low is read as min"),
    ({"type": "float", "lower": 0, "upper": 1}, UNIT, "upper is read as max"),
    ({"type": "double", "min": 0, "max": 1}, UNIT, "double is read as float"),
    ({"type": "float", "bounds": [0, 1]}, UNIT, "bounds is read as min and max"),
    ({"type": "float", "bounds": [1e-5, 0.1], "log_scale": True}, LOG, "log_scale is read as log"),
    (
        {"type": "float", "min": 1e-5, "max": 0.1, "scale": "log"},
        LOG,
        "scale: log is read as log: true",
    ),
    ({"min": 0.0, "max": 1}, UNIT, "float is assumed"),
    ({"choices": ["a", "b"]}, WORDS, "choices is read as values"),
    ({"type": "categorical", "categories": ["a", "b"]}, WORDS, "categories is read as values"),
    ({"type": "integer", "min": 2, "max": 12, "q": 2}, WHOLE, "q is read as step"),
    ({"distribution": "uniform", "min": 0, "max": 1}, UNIT, "uniform is read as type: float"),
    ({"distribution": "log_uniform_values", "min": 1e-5, "max": 0.1}, LOG, "log: true"),
    ({"distribution": "int_uniform", "min": 2, "max": 12, "step": 2}, WHOLE, "type: int"),
    (
        {"distribution": "q_log_uniform_values", "min": 16, "max": 1024},
        LOG_INT,
        "type: int, log: true",
    ),
    (
        {"distribution": "q_uniform", "min": 0, "max": 8},
        Float(name="p", min=0, max=8, step=1),
        "step: 1",
    ),
    (
        {"distribution": "q_uniform", "min": 0, "max": 8, "q": 2},
        Float(name="p", min=0, max=8, step=2),
        "step",
    ),
    ({"distribution": "categorical", "values": ["a", "b"]}, WORDS, "categorical is read as"),
    (
        {"distribution": "constant", "value": 3},
        Fixed(name="p", value=3),
        "constant is read as a fixed value",
    ),
    ({"values": ["a"]}, Fixed(name="p", value="a"), "is read as fixed at 'a'"),
]
REFUSED = [
    ({"min": 1, "max": 8}, "type: int or type: float"),
    ({"type": "float", "low": 0, "min": 0, "max": 1}, "low: says the same as 'min'"),
    ({"type": "float", "bounds": [0, 1], "max": 1}, "bounds: says the same as 'max'"),
    ({"type": "float", "values": [1, 2]}, "does not go with type: float; leave out type"),
    ({"value": 1, "derive": "2"}, "'value' and 'derive' do not go together"),
    ({"values": ["a"], "lgo": 1}, "lgo: unknown key"),
    ({"values": ["a"], "default": "b"}, "default: must be one of 'a', got 'b'"),
    ({"values": [1, 2], "min": 1}, "min: does not go with 'values'"),
    ({"distribution": "normal", "mu": 0, "sigma": 1}, "no distribution that can be searched"),
    ({"distribution": "log_uniform", "min": -5, "max": -1}, "log_uniform takes exponents in W&B"),
    (
        {"distribution": "q_log_uniform_values", "min": 1, "max": 9, "q": 2},
        "write its values as a list",
    ),
    ("uniform(0)", "takes two bounds as in uniform(0, 1), got 1"),
    ("uniform(0, 1, 2)", "takes two bounds as in uniform(0, 1), got 3"),
    ("uniform(0, 1, stp=2)", "does not take stp=; did you mean 'step'?"),
    ("uniform(0, 1, log=true)", "does not take log="),
    ("loguniform(0, 1)", "needs min above 0"),
    ("int(1, 2.5)", "must be a whole number, got 2.5"),
    ("normal(0, 1)", "is no form of a parameter"),
    ("choice()", "must not be empty"),
    ("choice(a, [b])", "takes numbers, words"),
    ("choice(no, yes)", "write false"),
    ("bool(1)", "takes no values"),
    ("uniform(0, 1", "no closing bracket"),
    (30, "a fixed value is written {value: 30}"),
    ("adam", "a fixed value is written {value: adam}"),
]


def only(config):
    return config.space.parameters[0]


@pytest.mark.parametrize(("form", "expected"), FORMS, ids=[str(form) for form, _ in FORMS])
def test_a_form_is_read_as_the_parameter_it_stands_for(study, form, expected):
    config = study(parameters={"p": form})

    assert only(config) == expected
    assert config.notices == ()


@pytest.mark.parametrize(("form", "expected", "notice"), OTHER_TOOLS)
def test_the_words_of_other_tools_are_taken_with_a_notice(study, form, expected, notice):
    config = study(parameters={"p": form})

    assert only(config) == expected
    assert any(notice in said for said in config.notices)


@pytest.mark.parametrize(("form", "reason"), REFUSED)
def test_a_form_that_means_nothing_or_two_things_is_refused_once(mistakes, form, reason):
    (said,) = mistakes(parameters={"p": form})

    assert reason in said
    assert said.startswith("parameters.p")


def test_exponents_are_refused_with_both_readings_as_values(mistakes):
    (said,) = mistakes(parameters={"p": {"distribution": "log_uniform", "min": 1, "max": 2}})

    assert "if 1 and 2 are exponents write {type: float, min: 2.71828, max: 7.38906" in said
    assert "if they are values write {type: float, min: 1, max: 2}" in said


def test_a_mistake_in_a_translated_key_is_said_at_the_word_that_was_written(mistakes):
    (said,) = mistakes(parameters={"p": {"type": "float", "low": "a", "high": 1}})

    assert said == "parameters.p.low: must be a number, got 'a'"


def test_a_mistake_in_one_parameter_hides_no_mistake_in_another(mistakes):
    said = mistakes(
        parameters={
            "a": {"type": "flot", "min": 0, "max": 1},
            "b": {"type": "float", "min": 0, "max": 1, "when": "a > 0.5 and c > 1"},
            "bad name": "uniform(0, 1)",
        },
        require=["b > d"],
    )

    assert [line.split(":")[0] for line in said] == [
        "parameters.a.type",
        "parameters.b.when",
        "parameters.bad name",
        "require[0]",
    ]
