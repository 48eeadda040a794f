"""Promise 21: `1e-3`, `1E3`, `.5`, `0x10` are numbers; `no`, `1:30`, `010` and keys that appear twice
are errors with a hint, wherever they stand.
"""

import pytest

from tuner.config import load_config
from tuner.config.reader import read_yaml
from tuner.errors import ConfigError

NUMBERS = {
    "1e-3": 0.001,
    "1E3": 1000.0,
    "1e+3": 1000.0,
    ".5": 0.5,
    "-.5": -0.5,
    "5.": 5.0,
    "0x10": 16,
    "0o17": 15,
    "+5": 5,
    "-7": -7,
    "0": 0,
    "1.5e-10": 1.5e-10,
}
WORDS = {
    "true": True,
    "False": False,
    "null": None,
    "~": None,
    "2024-01-01": "2024-01-01",
    "2024-01-01T10:00:00Z": "2024-01-01T10:00:00Z",
    "1.2.3": "1.2.3",
    "10:70": "10:70",
    "1e": "1e",
    "nope": "nope",
    "y": "y",
    "'no'": "no",
    '"010"': "010",
    "'1:30'": "1:30",
}
AMBIGUOUS = {
    "no": "write false, or 'no' in quotes",
    "No": "write false, or 'No' in quotes",
    "off": "write false",
    "yes": "write true",
    "ON": "write true",
    "010": "write 8 or 10, or '010' in quotes",
    "-010": "write -8 or -10",
    "08": "write 8",
    "1:30": "write 90, a duration with units such as 90m or 1h30m, or '1:30' in quotes",
    "12:30:45": "write 45045",
    "1_000": "write 1000",
    "0b101": "in decimal",
    ".inf": "must be finite",
    ".nan": "must be finite",
    "1e999": "must be finite",
    "99999999999999999999": "does not fit in 64 bits; write 1e+20",
}
TEMPLATE = """\
metric: {{name: loss, goal: minimize}}
parameters:
  lr: {{type: float, min: 0, max: 1}}
  it: {{values: [a, {word}]}}
runner: {{command: "python train.py {{args}}"}}
stop: {{trials: 1}}
"""


def faults_of(text):
    return [fault.message for fault in read_yaml(text, "x.yaml")[1]]


@pytest.mark.parametrize("word", [*NUMBERS, *WORDS])
def test_a_word_is_what_yaml_1_2_says(word):
    tree, faults = read_yaml(f"a: {word}\nb: [{word}]\n", "x.yaml")

    expected = {**NUMBERS, **WORDS}[word]
    assert faults == []
    assert tree.root == {"a": expected, "b": [expected]}
    assert type(tree.root["a"]) is type(expected)


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_a_word_that_two_versions_read_differently_is_an_error_with_a_hint(tmp_path, word):
    file = tmp_path / "study.yaml"
    file.write_text(TEMPLATE.format(word=word))

    with pytest.raises(ConfigError) as caught:
        load_config(file)

    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (4, 20)
    assert problem.message.startswith("parameters.it.values[1]: ")
    assert AMBIGUOUS[word] in problem.message


@pytest.mark.parametrize("word", ["no", "on", "010", "1:30"])
def test_an_ambiguous_word_is_an_error_as_a_key_too(word):
    assert len(faults_of(f"a: 1\n{word}: 2\n")) == 1


def test_numbers_of_every_form_reach_a_study_as_numbers(tmp_path):
    file = tmp_path / "study.yaml"
    text = TEMPLATE.format(word="b").replace("min: 0, max: 1", "min: .5, max: 1E3")
    file.write_text(text.replace("trials: 1}", "trials: 0x10}"))

    study = load_config(file)

    lr = study.space.parameters[0]
    assert (lr.min, lr.max, study.stop.trials) == (0.5, 1000.0, 16)


def test_a_key_that_appears_twice_is_an_error_that_names_both_places(tmp_path):
    file = tmp_path / "study.yaml"
    text = TEMPLATE.format(word="b").replace("stop: {trials: 1}", "stop:\n  trials: 1\n  trials: 2")
    file.write_text(text)

    with pytest.raises(ConfigError) as caught:
        load_config(file)

    assert str(caught.value) == (
        f"{file}:8:3: stop.trials: the key appears twice, first in line 7; keep one"
    )


def test_a_key_may_come_again_through_a_merge():
    tree, faults = read_yaml("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n", "x.yaml")

    assert faults == []
    assert tree.root["b"] == {"x": 3, "y": 2}
