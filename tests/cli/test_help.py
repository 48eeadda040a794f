"""The help of every verb, and how the command line answers what it does not understand."""

import re

import pytest
import typer

from tuner import __version__
from tuner.cli.app import VERBS, app, load

ISSUED = [
    "init",
    "convert",
    "check",
    "run",
    "status",
    "watch",
    "trials",
    "show",
    "logs",
    "best",
    "compare",
    "explain",
    "memory",
    "plot",
    "report",
    "dashboard",
    "ask",
    "tell",
    "enqueue",
    "stop",
    "retry",
    "rerun",
    "mark",
    "set",
    "import",
    "export",
    "clean",
    "schema",
    "doctor",
]


def test_every_verb_is_there_and_no_other():
    assert list(VERBS) == ISSUED


def test_the_list_of_verbs_says_what_each_is_for(tuner):
    said = tuner("--help").stdout
    for verb, (_, line) in VERBS.items():
        assert re.search(rf"^  {verb} +{re.escape(line)}$", said, re.MULTILINE), verb


@pytest.mark.parametrize("verb", ISSUED)
def test_a_verb_is_described_by_its_first_line_and_an_example(tuner, verb):
    doc = load(verb).__doc__
    assert doc.splitlines()[0] == VERBS[verb][1]
    said = tuner(verb, "--help").stdout
    assert said.startswith(f"Usage: tuner {verb}")
    assert VERBS[verb][1] in said
    assert re.search(rf"\n  Examples?:\n      .*tuner {verb}\b", said)


@pytest.mark.parametrize("verb", ISSUED)
def test_every_argument_and_option_of_a_verb_is_explained(verb):
    group = typer.main.get_command(app)
    command = group.get_command(None, verb)
    assert [parameter.name for parameter in command.params if not parameter.help] == []


def test_version_is_the_one_of_the_package(tuner):
    assert tuner("--version").stdout == f"tuner {__version__}\n"


@pytest.mark.parametrize(
    ("typed", "meant"), [("stats", "status"), ("trial", "trials"), ("expotr", "export")]
)
def test_a_misspelt_verb_is_answered_with_the_one_that_was_meant(tuner, typed, meant):
    assert f"did you mean {meant}" in tuner(typed, code=2).stderr


def test_a_verb_like_no_other_is_answered_with_where_to_look(tuner):
    assert "see `tuner --help`" in tuner("xyzzy", code=2).stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["status", "--format", "xml"], "'xml' is not one of table, json, csv"),
        (["trials", "--limit", "many"], "'many' is not an integer"),
        (["trials", "--limit", "0"], "0 is below 1"),
        (["trials", "--nonsense"], "--nonsense"),
        (["show"], "Missing argument"),
        (["show", "runs"], "which trial?"),
    ],
)
def test_what_cannot_be_meant_is_said_and_exits_with_2(tuner, words, why):
    assert why in tuner(*words, code=2).stderr


def test_no_verb_at_all_shows_the_help(tuner):
    done = tuner(code=2)
    assert "Commands:" in done.stdout + done.stderr
