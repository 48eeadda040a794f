"""Names of another tool made names of ours."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.errors import UsageError
from tuner.interop import OldStudy, OldTrial, declared, renamed
from tuner.interop.rename import legal
from tuner.space.birth import check_name


@pytest.fixture
def old():
    parameters = {
        "learning rate": {"type": "float", "min": 0, "max": 1},
        "opt": {"values": ["sgd", "opt"]},
        "m": {"type": "float", "min": 0, "max": 1, "when": "opt == 'opt' or opt.x > 1"},
    }
    point = {"learning rate": 0.5, "opt": "sgd", "m": 0.25}
    return OldStudy(
        name="s",
        source="old.csv",
        kind="csv",
        metric="loss",
        goal=None,
        parameters=parameters,
        trials=(OldTrial(label="1", point=point, metrics={"loss": 1.0}),),
        notes=("before",),
    )


def test_names_are_changed_everywhere_they_stand(old):
    new = renamed(old, {"learning rate": "lr", "opt": "optimizer"})

    assert list(new.parameters) == ["lr", "optimizer", "m"]
    assert new.parameters["m"]["when"] == "optimizer == 'opt' or opt.x > 1"
    assert new.trials[0].point == {"lr": 0.5, "optimizer": "sgd", "m": 0.25}
    assert new.notes == ("before",)


def test_a_name_that_cannot_be_is_made_one_that_can_and_that_is_said(old):
    new = renamed(old, {})

    assert list(new.trials[0].point) == ["learning_rate", "opt", "m"]
    assert (
        new.notes[1]
        == "'learning rate' is named learning_rate: names are letters, digits, _ . and -"
    )


def test_only_some_parameters_may_be_kept(old):
    new = renamed(old, {"opt": "optimizer"}, ["opt"])

    assert (list(new.parameters), new.trials[0].point) == (["optimizer"], {"optimizer": "sgd"})


@pytest.mark.parametrize(("names", "only"), [({"optt": "o"}, ()), ({}, ["optt"])])
def test_a_name_that_is_not_there_is_answered_with_the_nearest(old, names, only):
    with pytest.raises(UsageError, match="no parameter 'optt'; did you mean 'opt'") as caught:
        renamed(old, names, only)

    assert caught.value.hint == "it has learning rate, opt, m"


def test_two_parameters_never_get_one_name(old):
    with pytest.raises(UsageError, match="'learning rate' and 'opt' would both be 'opt'"):
        renamed(old, {"learning rate": "opt"})


@given(st.text(max_size=100))
def test_every_text_becomes_a_name_that_the_language_allows(text):
    check_name(legal(text))


@given(st.from_regex(r"[a-z_][a-z0-9_.-]{0,20}", fullmatch=True).filter(lambda n: legal(n) == n))
def test_what_is_a_name_stays(name):
    check_name(name)


def test_conditions_of_the_study_are_renamed_too(old):
    bound = replace(old, require=("m < 0.5",))

    assert renamed(bound, {"m": "mu"}).require == ("mu < 0.5",)


def test_what_looks_like_a_label_is_kept_where_it_is_named():
    trials = [
        OldTrial(label=str(n), point={"net": f"net{n}", "x": n}, metrics={"loss": 1.0})
        for n in range(8)
    ]
    old = OldStudy(
        name="s",
        source="old.csv",
        kind="csv",
        metric="loss",
        goal=None,
        parameters={},
        trials=trials,
    )

    kept = renamed(old, {"net": "model"}, ["net"])

    assert list(declared(kept)[0]) == ["model"]
    assert list(declared(renamed(old, {}))[0]) == ["x"]
