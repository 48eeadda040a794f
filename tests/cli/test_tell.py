"""`tuner tell`: what was measured by hand, and how sure it is."""

import pytest

from tuner import Study
from tuner.ledger import read_study


@pytest.fixture
def folder(tmp_path):
    parameters = {"x": {"type": "float", "min": 0, "max": 1}}
    with Study.create(parameters=parameters, metric={"name": "loss"}, path=tmp_path / "s") as new:
        new.ask(2)
    return tmp_path / "s"


def trial(folder, number):
    return read_study(folder).history.trials[number]


@pytest.mark.parametrize("noise", ["loss=0.05", "0.05"])
def test_a_bare_number_is_the_standard_error_of_the_metric(tuner, folder, noise):
    tuner("tell", folder, 1, 0.1, "--noise", noise)

    assert trial(folder, 1).noise == {"loss": 0.05}


@pytest.mark.parametrize("noise", ["loss=-1", "loss=nan", "loss=inf", "-1e400", "nan"])
def test_what_is_no_standard_error_is_refused_and_nothing_is_written(tuner, folder, noise):
    before = (folder / "ledger.jsonl").read_bytes()

    said = tuner("tell", folder, 1, 0.1, f"--noise={noise}", code=2).stderr

    assert said.startswith(
        "error: the standard error of loss must be a finite number of at least 0"
    )
    assert said.count("\n") == 1
    assert (folder / "ledger.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("loss=nan", "loss is nan: no finite number"),
        ("-inf", "loss is -inf: no finite number"),
        ("1e400", "loss is inf: no finite number"),
    ],
)
def test_a_number_that_is_not_finite_is_said_to_be_why_the_trial_failed(tuner, folder, told, why):
    assert tuner("tell", folder, 1, "--", told).stderr == f"trial 1: failed, {why}\n"
    assert trial(folder, 1).finish.message == why
    assert tuner("tell", folder, 2, 0.5).stderr == "trial 2: completed\n"


def test_words_that_are_no_error_are_named(tuner, folder):
    assert (
        "'small' is not a number"
        in tuner("tell", folder, 1, 0.1, "--noise", "small", code=2).stderr
    )
    said = tuner("tell", folder, 1, 0.1, "--noise", "0.1", "--noise", "0.2", code=2).stderr
    assert "not name=value: 0.1, 0.2" in said
