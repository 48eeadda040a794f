"""Ax's JSON, of a client and of an experiment."""

import json

import pytest

from tuner.errors import UsageError
from tuner.interop import read_old

REST = {"width": 4, "opt": "sgd", "act": "relu", "batch": 64}
TRIALS = [
    (
        "0",
        {"lr": 0.001, "layers": 2, "width": 2, "opt": "adamw", "act": "gelu", "batch": 32},
        {"loss": 0.5, "size": 2.0},
        {"loss": 0.125},
        "completed",
    ),
    (
        "1",
        {"lr": 0.01, "layers": 4, **REST},
        {"loss": 0.25, "size": 3.0},
        {"loss": 0.0625, "size": 0.5},
        "completed",
    ),
    ("2", {"lr": 0.1, "layers": 4, **REST}, {"loss": 0.75}, {}, "stopped"),
    ("3", {"lr": 0.1, "layers": 8, **REST}, {}, {}, "failed"),
]


@pytest.fixture
def body(fixtures):
    return json.loads((fixtures / "ax.json").read_text())


@pytest.fixture
def read(tmp_path):
    def reading(body, **more):
        (tmp_path / "old.json").write_text(body if isinstance(body, str) else json.dumps(body))
        return read_old(tmp_path / "old.json", **more)

    return reading


def told(old):
    return [(t.label, t.point, t.metrics, t.noise, t.state) for t in old.trials]


def test_a_snapshot_of_a_client_is_read_with_its_space_and_errors(fixtures):
    old = read_old(fixtures / "ax.json")

    assert (old.kind, old.name, old.metric, old.goal) == ("ax", "digits", "loss", "minimize")
    assert old.parameters == {
        "lr": {"type": "float", "min": 1e-05, "max": 0.1, "log": True},
        "layers": {"type": "int", "min": 2, "max": 12},
        "width": {"values": [2, 4, 6, 8], "ordered": True},
        "opt": {"values": ["sgd", "adamw"]},
        "act": {"values": ["relu", "gelu", "silu"]},
        "batch": {"values": [32, 64, 128], "ordered": True},
    }
    assert told(old) == TRIALS
    assert old.unread == (
        "trial 4: it has not ended: its state is 'running'",
        "trial 5: it has not ended: its state is 'abandoned'",
    )


def test_an_experiment_alone_is_read_too(body, read):
    assert told(read(body["experiment"])) == TRIALS


@pytest.mark.parametrize(
    ("objective", "metric", "goal"),
    [
        ({"expression": "size"}, "size", "maximize"),
        ({"expression": "loss + 2 * size"}, None, None),
        ({"expression": "-loss, size"}, None, None),
        ({"metric": {"name": "loss"}, "minimize": True}, "loss", "minimize"),
        ({"objectives": [{"metric": {"name": "loss"}, "minimize": False}]}, "loss", "maximize"),
        ({"metric": []}, None, None),
    ],
)
def test_objectives_of_every_version_say_which_way_is_better(body, read, objective, metric, goal):
    body["experiment"]["optimization_config"]["objective"] = objective

    old = read(body)

    assert (old.metric, old.goal) == (metric, goal)


def test_one_of_several_objectives_brings_its_goal(body, read):
    body["experiment"]["optimization_config"]["objective"] = {"expression": "-loss, size"}

    assert read(body, metric="size").goal == "maximize"


def test_a_trial_with_several_arms_gives_a_trial_each(body, read):
    trial = body["experiment"]["trials"]["0"]
    arm = trial["generator_run"]["arms"][0]
    other = {**arm, "name": "0_1", "parameters": {**arm["parameters"], "lr": 0.002}}
    trial["generator_runs"] = [{**trial.pop("generator_run"), "arms": [arm, other]}]
    trial["status"]["name"] = "FAILED"

    first, second, *_ = read(body).trials

    assert (first.label, first.metrics["loss"]) == ("0 mine", 0.5)
    assert (second.label, second.point["lr"], second.metrics) == ("0 0_1", 0.002, {})


def test_a_mean_that_is_missing_is_no_number(body, read):
    table = body["experiment"]["data_by_trial"]["0"]["value"][0][1]["df"]
    table["value"] = table["value"].replace('"0":0.5', '"0":null')

    assert str(read(body).trials[0].metrics["loss"]) == "nan"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda trial: trial.update(status="COMPLETED"), "it is no trial of Ax"),
        (lambda trial: trial.update(generator_run=[]), "it has no arm"),
        (
            lambda trial: trial.update(
                generator_run={"arms": [{"parameters": {"x": float("inf")}}]}
            ),
            "x is inf",
        ),
        (lambda trial: trial["status"].update(name="os.system"), "'os.system'"),
    ],
    ids=["status", "run", "value", "word"],
)
def test_a_trial_that_is_wrong_is_named_and_the_others_read(body, read, change, why):
    change(body["experiment"]["trials"]["0"])

    old = read(body)

    assert told(old) == TRIALS[1:]
    assert why in old.unread[0]


@pytest.mark.parametrize(
    "text",
    [
        '{"__type": "Experiment", "trials": []}',
        '{"__type": "os.system", "value": "touch pwned"}',
        '{"experiment": null}',
        '{"experiment": ' + "[" * 100_000,
    ],
)
def test_what_is_no_experiment_is_refused_in_a_line(read, text):
    with pytest.raises(UsageError) as caught:
        read(text)

    assert "\n" not in str(caught.value)


def test_a_space_that_is_wrong_is_told_from_the_values_instead(body, read):
    body["experiment"]["search_space"]["parameters"][0] = {"__type": "RangeParameter", "name": "lr"}

    old = read(body)

    assert "lr" not in old.parameters
    assert old.unread[0] == "parameter 0: its range cannot be read"


def outcome(metric, op, bound, *, relative=False):
    return {"metric": {"name": metric}, "op": {"name": op}, "bound": bound, "relative": relative}


def test_bounds_on_outcomes_are_taken_over_and_relative_ones_are_named(body, read):
    body["experiment"]["optimization_config"]["outcome_constraints"] = [
        outcome("size", "LEQ", 2.5),
        {"expression": "speed >= 0.5", "relative": False},
        outcome("loss", "GEQ", -5.0, relative=True),
        {"metrics": [], "weights": []},
    ]

    old = read(body)

    assert [str(bound) for bound in old.constraints] == ["size <= 2.5", "speed >= 0.5"]
    why = "it is relative to the status quo, whose value is not in the file"
    assert old.notes == (
        f"the constraint of loss is not taken over: {why}",
        "outcome constraint 3 cannot be read and is not taken over",
    )


@pytest.mark.parametrize(
    ("node", "text"),
    [
        ({"inequality": "1.0 * layers + 2.0 * width <= 9.0"}, "1.0 * layers + 2.0 * width <= 9.0"),
        (
            {"constraint_dict": {"layers": 1.0, "width": -2.5}, "bound": 9},
            "layers + -2.5 * width <= 9.0",
        ),
        ({"lower_name": "width", "upper_name": "layers"}, "width <= layers"),
        (
            {"parameter_names": ["layers", "width"], "is_upper_bound": False, "bound": 3.0},
            "layers + width >= 3.0",
        ),
        ({"inequality": "width is even"}, None),
        ({"constraint_dict": [], "bound": 1}, None),
        ({"constraint_dict": {"layers/2": 1.0, "width": 1.0}, "bound": 1}, None),
        ({"lower_name": "width", "upper_name": "layers/2"}, None),
    ],
)
def test_constraints_of_the_space_become_conditions_of_ours(body, read, node, text):
    body["experiment"]["search_space"]["parameter_constraints"] = [node]

    old = read(body)

    assert old.require == (() if text is None else (text,))
    said = "parameter constraint 0 cannot be read and is not taken over"
    assert old.notes == ((said,) if text is None else ())
