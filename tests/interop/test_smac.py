"""SMAC's run history and the space of ConfigSpace."""

import json
import shutil

import pytest

from tuner.errors import UsageError
from tuner.interop import read_old
from tuner.interop.configspace import nodes_of

POINTS = [
    (128, 5, 0.0001876109889, "sgd", 0.6444482329767),
    (32, 12, 0.0378922617584, "adamw", None),
    (64, 4, 3.4692634e-05, "sgd", 0.815511747282),
    (128, 7, 0.0022801405266, "adamw", None),
]


@pytest.fixture
def folder(fixtures, tmp_path):
    return shutil.copytree(fixtures / "smac", tmp_path / "digits")


@pytest.fixture
def change(folder):
    """Change what the run history says."""

    def changing(**members):
        file = folder / "runhistory.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), **members}))

    return changing


@pytest.fixture
def entries(folder):
    return json.loads((folder / "runhistory.json").read_text())["data"]


@pytest.mark.parametrize("name", ["", "runhistory.json"])
def test_a_run_history_is_read_with_its_space(folder, name):
    old = read_old(folder / name)

    assert (old.kind, old.name, old.metric, old.goal) == ("smac", "digits", "cost", "minimize")
    assert old.parameters == {
        "batch": {"values": [32, 64, 128], "ordered": True},
        "epochs": {"value": 30},
        "layers": {"type": "int", "min": 2, "max": 12},
        "lr": {"type": "float", "min": 1e-05, "max": 0.1, "log": True},
        "opt": {"values": ["sgd", "adamw"]},
        "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "opt == 'sgd'"},
    }
    points = []
    for batch, layers, lr, kind, momentum in POINTS:
        rest = {} if momentum is None else {"momentum": momentum}
        points.append(
            {"batch": batch, "epochs": 30, "layers": layers, "lr": lr, "opt": kind, **rest}
        )
    assert [trial.point for trial in old.trials] == points
    assert [(t.label, t.metrics, t.state) for t in old.trials] == [
        ("1", {"cost": 5.01876109889}, "completed"),
        ("2", {}, "failed"),
        ("3", {"cost": 4.0034692634}, "completed"),
        ("4", {"cost": 7.22801405266}, "completed"),
    ]
    assert (old.unread, old.notes) == ((), ())


def test_runs_on_a_smaller_budget_ended_early(change, entries, folder):
    for entry, budget in zip(entries, (9, 9, 1, 9), strict=True):
        entry["budget"] = budget
    change(data=entries)

    states = [trial.state for trial in read_old(folder).trials]

    assert states == ["completed", "failed", "stopped", "completed"]


def test_several_costs_have_a_number_each(change, entries, folder):
    for entry in entries:
        entry["cost"] = [entry["cost"], 2]
    change(data=entries)

    old = read_old(folder)

    assert old.metric is None
    assert old.trials[0].metrics == {"cost_0": 5.01876109889, "cost_1": 2.0}
    assert read_old(folder, metric="cost_1").metric == "cost_1"


def test_entries_may_be_lists(change, folder):
    change(data=[[1, None, 0, None, 0.5, 0.1, 1, 0.0, 0.1, {}], [2, None, 0, None, 9, 0.1, 4]])

    assert [(t.metrics, t.state) for t in read_old(folder).trials] == [
        ({"cost": 0.5}, "completed"),
        ({}, "failed"),
    ]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"config_id": 99, "status": 1, "cost": 1}, "there is no configuration '99'"),
        ({"config_id": 1, "status": 77, "cost": 1}, "it has no status that is known: '77'"),
        ({"config_id": 1, "status": 0, "cost": 1}, "it has not ended"),
        ({"config_id": 1, "status": 1, "cost": "os.system"}, "is no number"),
        ("pickle", "there is no configuration"),
    ],
)
def test_a_run_that_is_wrong_is_named_and_the_others_read(change, entries, folder, entry, why):
    change(data=[entry, *entries])

    old = read_old(folder)

    assert len(old.trials) == 4
    assert old.unread[0].startswith("run 1: ")
    assert why in old.unread[0]


@pytest.mark.parametrize("text", ["[]", '{"data": 3, "configs": {}}', "{" * 100_000, ""])
def test_what_is_no_run_history_is_refused_in_a_line(folder, text):
    (folder / "runhistory.json").write_text(text)

    with pytest.raises(UsageError) as caught:
        read_old(folder)

    assert "\n" not in str(caught.value)


def test_a_space_that_is_wrong_is_said(folder):
    (folder / "configspace.json").write_text("{")

    old = read_old(folder)

    assert (len(old.trials), old.parameters) == (4, {})
    assert "configspace.json is not JSON" in old.notes[0]


def test_conditions_become_expressions():
    names = [{"type": "categorical", "name": name, "choices": ["x", "y"]} for name in "abcd"]
    equal = {"type": "EQ", "child": "c", "parent": "a", "value": "x"}
    one_of = {"type": "IN", "child": "c", "parent": "b", "values": ["x", True]}
    nodes, notes = nodes_of(
        {
            "hyperparameters": [*names, {"type": "made_up", "name": "e"}],
            "conditions": [
                {"type": "AND", "components": [equal, one_of]},
                {"type": "NEQ", "child": "d", "parent": "a", "value": "it's"},
            ],
            "forbiddens": [{}],
        }
    )

    assert nodes["c"]["when"] == "(a == 'x') and (b in ['x', true])"
    assert "when" not in nodes["d"]
    assert [note.partition(";")[0] for note in notes] == [
        "a parameter of the space cannot be read",
        "a condition of the space cannot be read",
        "forbidden points of the space are not taken over",
    ]


def test_entries_of_smac_1_are_two_lists_with_names_of_statuses(change, folder):
    endings = ["SUCCESS", "CRASHED", "MEMOUT", "CAPPED", "RUNNING", "OTHER"]
    change(
        data=[
            [[1, None, 0, 0.0], [0.5, 1.2, {"__enum__": f"StatusType.{word}"}, 0.0, 1.0, {}]]
            for word in endings
        ]
    )

    old = read_old(folder)

    assert [(t.metrics, t.state) for t in old.trials] == [
        ({"cost": 0.5}, "completed"),
        ({}, "failed"),
        ({}, "failed"),
        ({"cost": 0.5}, "stopped"),
    ]
    assert old.unread[0].startswith("run 5: it has not ended")
    assert old.unread[1].startswith("run 6: it has no status that is known")
