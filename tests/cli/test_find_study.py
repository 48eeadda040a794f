"""Which study a person means: a folder, a ledger, a configuration, or the one at hand."""

import os
from pathlib import Path

import pytest

from tuner.cli.terminal import find_study, split_words
from tuner.errors import UsageError


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(folder, name="ledger.jsonl", age_s=0):
    folder.mkdir(parents=True)
    ledger = folder / name
    ledger.touch()
    written = ledger.stat().st_mtime - age_s
    os.utime(ledger, (written, written))
    return folder


@pytest.mark.parametrize("name", ["ledger.jsonl", "ledger.csv"])
def test_a_folder_and_its_ledger_mean_the_same_study(here, name):
    folder = make(here / "a", name)
    assert find_study("a") == Path("a")
    assert find_study(folder / name) == folder


def test_a_ledger_of_another_name_is_read_as_it_is(here):
    copy = make(here / "a", "copy.jsonl") / "copy.jsonl"
    assert find_study(copy) == copy


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("name: b\n", "runs/b"),
        ("dir: elsewhere/{name}\nname: b\n", "elsewhere/b"),
        ("dir: fixed\n", "fixed"),
        ("name: b\nparameters: {lr: {type: float, min: 1e-5, max: 1}}\n", "runs/b"),
    ],
)
def test_a_configuration_means_the_study_that_it_makes(here, text, folder):
    make(here / folder)
    (here / "study.yaml").write_text(text)
    assert find_study("study.yaml") == Path(folder)


def test_without_a_word_the_study_written_last_is_meant_and_named(here, capsys):
    make(here / "runs/old", age_s=100)
    make(here / "runs/new")
    make(here / "runs/group/older", age_s=50)
    assert find_study(None) == Path("runs/new")
    assert capsys.readouterr().err == "study: runs/new\n"


def test_a_variable_names_the_study(here, monkeypatch):
    make(here / "runs/new")
    monkeypatch.setenv("TUNER_STUDY", str(make(here / "mine")))
    assert find_study(None) == here / "mine"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, "runs holds none"),
        ("missing", "does not exist"),
        ("empty", "has no ledger"),
        ("missing.yaml", "cannot read"),
        ("broken.yaml", "is not YAML"),
        ("list.yaml", "runs/list"),
        ("new.yaml", "runs/fresh"),
    ],
)
def test_what_is_no_study_is_said_with_what_would_be_one(here, given, why):
    (here / "empty").mkdir()
    (here / "broken.yaml").write_text("a: [\n")
    (here / "list.yaml").write_text("- 1\n")
    (here / "new.yaml").write_text("name: fresh\n")
    with pytest.raises(UsageError, match=why) as told:
        find_study(given)
    assert told.value.hint


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["12"], (None, "12", [])),
        (["best"], (None, "best", [])),
        (["runs/a", "12"], ("runs/a", "12", [])),
        (["runs/a", "last", "x", "y"], ("runs/a", "last", ["x", "y"])),
        (["7", "exclude"], (None, "7", ["exclude"])),
    ],
)
def test_the_study_may_stand_before_the_trial(words, parts):
    assert split_words(words) == parts


@pytest.mark.parametrize("words", [["runs/a"], ["a", "b", "3"], []])
def test_without_a_trial_a_person_is_asked_which(words):
    with pytest.raises(UsageError, match="which trial"):
        split_words(words)
