"""Our own ledgers as old studies."""

import shutil
from pathlib import Path

import pytest

from tuner import Study
from tuner.errors import UsageError
from tuner.interop import read_old
from tuner.ledger import Book, LedgerSpec, Stamp, make_ledger
from tuner.study import Finished, Noted, Opened, Suggested

GOLDEN = Path(__file__).parents[1] / "golden"
PARAMETERS = {
    "lr": {"type": "float", "min": 1e-5, "max": 0.1, "log": True},
    "opt": {"values": ["sgd", "adamw"]},
}


@pytest.fixture(params=["jsonl", "csv"])
def study(request, tmp_path):
    metric = {"name": "acc", "goal": "maximize"}
    ledger = {"format": request.param}
    path = tmp_path / "old"
    with Study.create(parameters=PARAMETERS, metric=metric, path=path, ledger=ledger) as study:
        study.add({"lr": 0.01, "opt": "sgd"}, {"acc": 0.5}, noise={"acc": 0.02})
        study.add({"lr": 0.001, "opt": "adamw"}, {"acc": float("nan")})
        study.add({"lr": 0.1, "opt": "adamw"}, {"acc": 0.75, "size": 3.0})
    return path


def test_a_study_of_ours_is_read_with_its_space_and_results(study):
    old = read_old(study)

    assert (old.name, old.kind, old.metric, old.goal) == ("old", "tuner", "acc", "maximize")
    assert old.parameters["lr"] == {"type": "float", "min": 1e-5, "max": 0.1, "log": True}
    assert old.parameters["opt"] == {"values": ["sgd", "adamw"]}
    assert [(t.label, dict(t.point), t.state) for t in old.trials] == [
        ("1", {"lr": 0.01, "opt": "sgd"}, "completed"),
        ("2", {"lr": 0.001, "opt": "adamw"}, "failed"),
        ("3", {"lr": 0.1, "opt": "adamw"}, "completed"),
    ]
    assert (dict(old.trials[0].metrics), dict(old.trials[0].noise)) == ({"acc": 0.5}, {"acc": 0.02})
    assert dict(old.trials[2].metrics) == {"acc": 0.75, "size": 3.0}
    assert old.unread == ()


def test_a_ledger_is_told_by_its_first_line_however_many_parameters_that_names(tmp_path):
    parameters = {f"a_number_called_{n}": PARAMETERS["lr"] for n in range(1500)}
    with Study.create(parameters=parameters, metric={"name": "acc"}, path=tmp_path / "old") as made:
        made.add(dict.fromkeys(parameters, 0.01), {"acc": 0.5})
    ledger = tmp_path / "old" / "ledger.jsonl"

    assert len(ledger.read_bytes().splitlines()[0]) > 64 * 1024
    assert len(read_old(ledger).trials) == 1


def test_a_table_has_its_metric_and_its_space_of_the_ledger_beside_it(study, tmp_path):
    if not (study / "trials.csv").exists():
        shutil.copy(study / "ledger.csv", study / "trials.csv")
    beside = read_old(study / "trials.csv")

    assert (beside.name, beside.metric, beside.goal) == ("old", "acc", "maximize")
    assert beside.parameters == read_old(study).parameters
    assert beside.trials[0].point == {"lr": 0.01, "opt": "sgd"}
    alone = read_old(shutil.move(study / "trials.csv", tmp_path / "alone.csv"), metric="acc")
    assert (alone.parameters, alone.goal) == ({}, None)
    assert [t.point for t in alone.trials] == [t.point for t in beside.trials]


def test_the_only_metric_of_a_table_need_not_be_named(tmp_path):
    metric = {"name": "acc", "goal": "maximize"}
    with Study.create(parameters=PARAMETERS, metric=metric, path=tmp_path / "old") as made:
        made.add({"lr": 0.01, "opt": "sgd"}, {"acc": 0.5})
    table = shutil.move(tmp_path / "old" / "trials.csv", tmp_path / "alone.csv")

    assert (read_old(table).metric, read_old(table).goal) == ("acc", None)


def test_trials_that_say_nothing_are_named(tmp_path):
    config = {
        "metric": {"name": "loss"},
        "parameters": {"x": {"type": "float"}, "y": 3},
        "require": ["x < 1"],
        "constraints": [{"metric": "ms", "op": "<=", "bound": 20}],
    }
    book = Book(make_ledger(tmp_path, LedgerSpec(), Stamp("h/b/1/2")))
    book.write(Opened(study="s", config=config, config_hash="h"))
    for number in (1, 2, 3):
        book.write(Suggested(trial=number, point={"x": number}, method="sobol"))
    for number in (1, 2):
        done = {"state": "completed", "metrics": {"loss": 0.5}}
        book.write(Finished(trial=number, attempt=1, **done))
    book.write(Noted(kind="mark", trial=2, text="exclude"))
    book.close()

    old = read_old(tmp_path)

    assert [trial.label for trial in old.trials] == ["1"]
    assert old.unread == (
        "trial 2: is marked `exclude`",
        "trial 3: has not ended: it is suggested",
    )
    assert old.parameters == {"x": {"type": "float"}}  # what is no node is left out
    assert [str(bound) for bound in old.constraints] == ["ms <= 20"]
    assert old.require == ("x < 1",)


@pytest.mark.parametrize("name", ["ledger_v1.jsonl", "ledger_newer.jsonl"])
def test_ledgers_of_other_versions_are_read(name):
    old = read_old(GOLDEN / name)

    assert old.kind == "tuner"
    assert old.metric
    assert old.trials
    assert all(trial.point for trial in old.trials)


def test_a_ledger_that_does_not_say_its_metric_says_so(tmp_path):
    book = Book(make_ledger(tmp_path, LedgerSpec(), Stamp("h/b/1/2")))
    book.write(Opened(study="s", config={"metric": "loss"}, config_hash="h"))
    book.close()

    old = read_old(tmp_path)

    assert old.metric is None
    assert len(old.unread) == 1
    assert "does not say rightly what the metric" in old.unread[0]


def test_another_metric_of_the_trials_may_be_meant(study):
    old = read_old(study, metric="size", goal="minimize")

    assert (old.metric, old.goal) == ("size", "minimize")
    assert read_old(study, metric="size").goal is None  # what was said is about another metric
    assert read_old(study, metric="acc").goal == "maximize"
    with pytest.raises(
        UsageError, match=r"no trial of .* has a metric 'sise'; did you mean 'size'"
    ):
        read_old(study, metric="sise")
