"""Failures in words: what is said when a study ends, and which branch has nothing but failures."""

import pytest

from tuner.report.failures import barren, gates, summary, words_for_retry
from tuner.study import Finished, History, Opened, Record, Suggested

PARAMETERS = {
    "model": {"values": ["svm", "tree", "net"]},
    "kernel": {"type": "bool", "when": "is_svm"},
    "is_svm": {"derive": "model == 'svm'"},
    "width": {"type": "float", "min": 0, "max": 1, "when": "kernel and note != 'plain'"},
    "note": {"value": "long"},
    "plain": {"values": [1, 2]},
}


@pytest.fixture
def tried():
    """Give a study of trials: a point, and the class of its failure, '' for a success, None for no end."""

    def write(*trials):
        history = History()
        facts = [Opened(study="s", config={"parameters": PARAMETERS}, config_hash="h")]
        facts += [
            Suggested(trial=number, point=point, method="sobol")
            for number, (point, _) in enumerate(trials, start=1)
        ]
        for number, (_, failure) in enumerate(trials, start=1):
            if failure is None:
                continue
            end = {"state": "completed", "metrics": {"loss": 1.0}}
            if failure:
                end = {"state": "failed", "failure": failure, "message": f"words of {number}"}
            facts.append(Finished(trial=number, attempt=1, **end))
        for number, fact in enumerate(facts, start=1):
            history.apply(Record(number=number, at="", elapsed_s=0.0, worker="w", fact=fact))
        return history

    return write


SVM, TREE, NET = ({"model": name} for name in ("svm", "tree", "net"))


def test_nothing_is_said_where_nothing_failed(tried):
    history = tried((SVM, ""), (TREE, None))

    assert (summary(history), words_for_retry(history), [*barren(history)]) == ("", "", [])


def test_one_failure_is_told_with_its_words(tried):
    history = tried((SVM, "crash"), (TREE, ""), (TREE, None))

    assert summary(history) == "1 of 2 trials failed: 1 crash, trial 1: words of 1"


def test_of_several_failures_the_last_one_speaks(tried):
    history = tried((SVM, "oom"), (SVM, "crash"), (TREE, "crash"), (TREE, ""))

    said = "3 of 4 trials failed: 2 crash, 1 oom, the last trial 3: words of 3"
    assert summary(history) == said


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        (["crash"], "failed"),
        (["lost", "crash"], "failed"),
        (["oom", "crash", "lost"], "crash lost"),
        (["oom", "diverged", "timeout"], ""),
    ],
)
def test_what_may_be_mended_is_worth_a_retry(tried, classes, words):
    assert words_for_retry(tried(*((SVM, name) for name in classes))) == words


def test_a_branch_of_failures_alone_is_found(tried):
    history = tried((SVM, "crash"), (SVM, "oom"), (NET, "crash"), (TREE, "crash"), (TREE, ""))

    found = [*barren(history)]

    assert [str(one) for one in found] == [
        "all 2 trials of model=svm failed: 1 crash, 1 oom",
        "the only trial of model=net failed: 1 crash",
    ]
    assert [trial.id for trial in found[0].trials] == [1, 2]


def test_a_gate_inside_a_branch_is_held_against_its_own_branch(tried):
    off, on = ({"model": "svm", "kernel": kernel} for kernel in (False, True))
    history = tried((off, ""), (on, "crash"), (TREE, ""))

    assert [(one.name, one.value) for one in barren(history)] == [("kernel", True)]


def test_where_everything_failed_no_branch_is_to_blame(tried):
    assert [*barren(tried((SVM, "crash"), (TREE, "crash")))] == []


def test_what_decides_over_others_is_told_from_the_conditions():
    assert gates(PARAMETERS) == ["model", "kernel"]
    assert gates(None) == []
