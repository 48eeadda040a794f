"""Every mistake of a node is said at once, and none that is not there."""

import pytest


def paths(said):
    return [line.partition(": ")[0] for line in said]


@pytest.mark.parametrize(
    ("node", "wrong"),
    [
        (
            {"type": "float", "min": -1, "max": 1, "log": True, "default": 5},
            ["parameters.x.log", "parameters.x.default"],
        ),
        (
            {"type": "float", "min": 3, "max": 1, "default": "a", "stpe": 1},
            ["parameters.x.min", "parameters.x.default", "parameters.x.stpe"],
        ),
        (
            {"type": "floot", "mim": 2, "when": "y =="},
            ["parameters.x.type", "parameters.x.mim", "parameters.x.when"],
        ),
        (
            {"type": "int", "values": [1, 2], "bogus": 3, "when": "z == 1"},
            ["parameters.x.values", "parameters.x.bogus", "parameters.x.when"],
        ),
        (
            {"value": 3, "derive": "z + 1", "bogus": 1},
            ["parameters.x", "parameters.x.derive", "parameters.x.bogus"],
        ),
    ],
)
def test_a_parameter_says_all_that_is_wrong_with_it(mistakes, node, wrong):
    said = mistakes(parameters={"x": node, "y": {"type": "float", "min": 0, "max": 1}})

    assert sorted(paths(said)) == sorted(wrong)


@pytest.mark.parametrize(
    ("section", "node", "wrong"),
    [
        ("stop", {"trials": 0, "gpu_hours": -1, "target": "high"}, ["trials", "gpu_hours", "target"]),
        ("stop", {"plateau": {"trials": 0, "min_delta": -1}}, ["plateau.trials", "plateau.min_delta"]),
        ("stop", {"plateau": {"min_delta": -1}}, ["plateau", "plateau.min_delta"]),
        ("confirm", {"top": 0, "seeds": 0}, ["top", "seeds"]),
        ("cost", {"gpu_hour": -1, "currency": 5}, ["gpu_hour", "currency"]),
        ("resources", {"parallel": 0, "gpus": -1}, ["parallel", "gpus"]),
        ("search", {"method": "foo", "levels": 1}, ["method", "levels"]),
        ("runner", {"command": 5, "retries": {"foo": 1, "crash": -1}},
            ["command", "retries.foo", "retries.crash"]),
        ("metric", {"name": 5, "goal": "up", "reduce": "bet"}, ["name", "goal", "reduce"]),
    ],
)  # fmt: skip
def test_a_section_says_all_that_is_wrong_with_it(mistakes, section, node, wrong):
    said = mistakes(**{section: node})

    assert sorted(paths(said)) == sorted(f"{section}.{path}" for path in wrong)


@pytest.mark.parametrize(
    "node",
    [
        {"type": "float", "min": 1, "max": 9, "or_zero": "yes", "default": 0},
        {"type": "float", "min": 1, "max": 9, "or_zer": True, "default": 0},
    ],
)
def test_what_only_follows_from_a_mistake_is_no_second_one(mistakes, node):
    (said,) = mistakes(parameters={"x": node})

    assert "or_zer" in said
