"""The normalised form: JSON, read back into an equal study, hashed and compared."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuner.config import config_hash, diff, load_config, read_config

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))

numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
letters = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
texts = st.text(letters, max_size=5)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-100, 100), numbers, texts)


@st.composite
def ranges(draw, kind):
    value = st.integers(-1000, 1000) if kind == "int" else numbers
    low, high = sorted(draw(st.lists(value, min_size=2, max_size=2, unique=True)))
    if kind == "float" and high - low < 1e-3:
        high = low + 1.0
    node = {"type": kind, "min": low, "max": high}
    if low > 0 and draw(st.booleans()):
        node["log"] = True
    if draw(st.booleans()):
        node["default"] = low
    return node


values = st.lists(scalars, min_size=2, max_size=4, unique_by=lambda value: (type(value), value))
parameters = st.one_of(
    ranges("int"),
    ranges("float"),
    values.map(lambda listed: {"values": listed}),
    values.map(lambda listed: {"values": listed, "default": listed[-1], "ordered": True}),
    st.sampled_from([{"type": "bool"}, {"type": "bool", "default": True}]),
    scalars.map(lambda value: {"value": value}),
    st.just({"derive": "1 + 1"}),
)
nodes = st.fixed_dictionaries(
    {
        "metric": st.fixed_dictionaries(
            {
                "name": st.sampled_from(["loss", "val/acc"]),
                "goal": st.sampled_from(["minimize", "maximize"]),
            },
            optional={
                "source": st.sampled_from(
                    ["stdout", {"stdout": "x=(.*)"}, {"csv": "a.csv", "step": "e"}]
                ),
                "reduce": st.sampled_from(["last", "best", "mean(3)"]),
            },
        ),
        "parameters": st.dictionaries(
            st.sampled_from("abcdef"), parameters, min_size=1, max_size=4
        ),
    },
    optional={
        "seed": st.integers(0, 2**40),
        "name": st.sampled_from(["x", "a.b-c_1"]),
        "constraints": st.just(["latency <= 20", "acc >= 0.5"]),
        "runner": st.sampled_from(
            [
                "t {args}",
                ["t", "{args}"],
                {"type": "manual", "retries": {"lost": 0}},
                {"type": "python", "target": "m:f", "env": ["A"]},
                {"type": "custom", "target": "m:f", "options": {"a": [1, {"b": None}]}},
                {
                    "command": "t {args} | tee x",
                    "shell": True,
                    "flags": "present",
                    "env": {"A": "1", "B": None},
                    "timeout": "90s",
                    "grace": "0s",
                    "classify": [{"match": "a", "as": "oom"}],
                    "retries": {"oom": 0},
                    "limits": {"memory": "1GiB", "cpu": "1h"},
                    "cwd": "x",
                },
            ]
        ),
        "resources": st.sampled_from(
            [{"parallel": 3}, {"gpus": [0, 1]}, {"gpus": 2, "gpus_per_trial": 0.25}]
        ),
        "search": st.sampled_from(["grid", {"initial": 5, "device": "cpu"}]),
        "stop": st.sampled_from(
            [{"trials": 5}, {"wall": "1h", "plateau": {"trials": 3}}, {"target": -1}]
        ),
        "cost": st.just({"gpu_hour": 0}),
        "confirm": st.just({}),
        "ledger": st.sampled_from(["csv", "jsonl"]),
    },
)


@given(nodes)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_normalised_form_reads_back_as_an_equal_study(node):
    study = read_config(node)

    again = read_config(json.loads(json.dumps(study.plain, allow_nan=False)))

    assert again == study
    assert again.plain == study.plain
    assert config_hash(again.plain) == config_hash(study.plain)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_the_normalised_form_of_a_file_reads_back_without_a_word(path):
    study = load_config(path)

    again = read_config(study.plain)

    assert again == study
    assert again.notices == ()
    assert again.source is None


def test_the_normalised_form_says_what_ledgers_and_readers_rely_on(study):
    plain = study(
        name="a",
        constraints=["latency <= 20"],
        stop={"wall": "1h"},
        runner={"command": "t {args}", "grace": "1s"},
        confirm={"top": 3},
    ).plain

    assert plain == {
        "version": 1,
        "name": "a",
        "seed": 0,
        "dir": "runs/a",
        "metric": {
            "name": "loss",
            "goal": "minimize",
            "source": {"kind": "stdout", "where": None, "step": None},
            "reduce": "last",
        },
        "constraints": [{"metric": "latency", "op": "<=", "bound": 20.0}],
        "parameters": {"lr": {"type": "float", "min": 0.0, "max": 1.0}},
        "runner": {"type": "command", "grace_s": 1.0, "command": "t {args}"},
        "stop": {"wall_s": 3600.0},
        "confirm": {"top": 3, "seeds": 3},
    }


def test_a_hash_depends_on_the_order_of_parameters_and_on_no_other(study):
    one = study(parameters={"a": [1, 2], "b": [1, 2]}).plain
    other = study(parameters={"b": [1, 2], "a": [1, 2]}).plain
    shuffled = dict(reversed(one.items()))

    assert config_hash(one) == config_hash(shuffled)
    assert config_hash(one) != config_hash(other)
    assert len(config_hash(one)) == 16
    assert diff(one, other) == ["parameters: their order changed"]


def test_a_difference_is_a_line_for_a_person(study):
    lr = {"type": "float", "min": 0, "max": 0.1}
    old = study(parameters={"lr": lr, "m": [1, 2], "o": ["a", "b"]}, stop={"trials": 20}).plain
    new = study(
        parameters={
            "lr": {**lr, "max": 0.3, "log": True, "min": 1e-4},
            "o": ["a", "c"],
            "n": [1, 2],
        },
        stop={"trials": 40, "target": 0.9},
        search="random",
    ).plain

    assert diff(old, new) == [
        "parameters.lr.min: 0.0 -> 0.0001",
        "parameters.lr.max: 0.1 -> 0.3",
        "parameters.lr.log: unset -> true",
        "parameters.m: removed",
        'parameters.o.values: ["a", "b"] -> ["a", "c"]',
        "parameters.n: added",
        "stop.trials: 20 -> 40",
        "stop.target: unset -> 0.9",
        "search.method: unset -> random",
    ]
    assert diff(old, old) == []


def test_remarks_and_origin_do_not_make_studies_differ(study):
    one = study()

    assert replace(one, notices=("said",), source=Path("x.yaml")) == one


def test_reading_a_configuration_loads_no_heavy_library():
    code = (
        "import sys; from tuner.config import load_config; load_config(sys.argv[1]);"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, ROOT / "configs" / "quickstart.yaml"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stdout.split())
    heavy = {"numpy", "torch", "pandas", "scipy", "pydantic", "rich", "typer", "jsonschema"}
    assert {"tuner", "yaml"} <= loaded
    assert loaded & heavy == set()
