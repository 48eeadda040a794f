"""The schema for editors takes what the reader takes, and refuses most of what it refuses."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tuner.config import read_config
from tuner.config.jsonschema import json_schema
from tuner.config.reader import read_yaml
from tuner.config.starter import starter
from tuner.config.words import MEANING
from tuner.errors import ConfigError

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
SCHEMA = json_schema()

RIGHT = [
    {"metric": "loss"},
    {"metric": {"name": "acc", "mode": "max", "source": {"file": "m.jsonl", "step": "epoch"}}},
    {"metric": {"name": "acc", "source": {"stdout": "a(.*)"}, "reduce": "mean(3)"}},
    {"constraints": "latency <= 20", "require": ["x > 0"]},
    {"parameters": {"lr": "loguniform(1e-5, 0.1)"}},
    {"parameters": {"lr": {"type": "float", "low": 0, "high": 1, "log_scale": False}}},
    {"parameters": {"lr": {"type": "float", "bounds": [1, 2], "or_zero": True}}},
    {"parameters": {"lr": {"min": 0.1, "max": 1}}},
    {"parameters": {"lr": {"distribution": "log_uniform_values", "min": 1, "max": 2}}},
    {"parameters": {"n": {"type": "int", "min": 1, "max": 9, "step": 2, "when": "1 < 2"}}},
    {"parameters": {"o": [1, "a", None, True], "p": {"choices": ["a", "b"]}}},
    {
        "parameters": {
            "o": {"type": "choice", "values": [1, None], "default": None, "ordered": True}
        }
    },
    {
        "parameters": {
            "b": {"type": "bool", "default": True},
            "f": {"value": None},
            "d": {"derive": "1"},
        }
    },
    {"runner": "python t.py"},
    {"runner": ["python", "t.py"]},
    {"runner": {"type": "manual"}},
    {"runner": {"type": "python", "target": "m:f", "env": ["A"], "retries": {"lost": 0}}},
    {"runner": {"type": "custom", "target": "m:C", "options": {"any": [1, {}]}}},
    {"runner": {"command": "t", "timeout": "1h30m", "limits": {"memory": "8GiB", "cpu": "2h"}}},
    {"runner": {"command": "t", "env": {"A": "x", "B": None, "C": 3}, "flags": {"*": "no_prefix"}}},
    {"runner": {"command": "t", "classify": [{"match": "x", "as": "oom"}], "log_cap": "1MiB"}},
    {"resources": {"gpus": [0, "a"], "gpus_per_trial": 0.25}, "search": "grid", "ledger": "csv"},
    {"search": {"initial": 5}, "stop": {"wall": "24h", "plateau": {"trials": 3}}, "confirm": {}},
    {"stop": None, "warm_start": {"enqueue": [{"x": 1}]}, "cost": {"gpu_hour": 2}},
    {"warm_start": {"enqueue": None, "studies": None, "prior": None}},
    {"warm_start": {"studies": "runs/old"}},
    {"warm_start": {"studies": ["runs/old", {"ledger": "b.db", "kind": "optuna", "seeds": 0}]}},
    {"warm_start": {"studies": {"ledger": "a", "mode": "none", "rename": {"eta": "x"}}}},
    {"warm_start": {"studies": {"ledger": "a.db", "study": "two", "columns": None}}},
    {
        "warm_start": {
            "studies": {
                "ledger": "a.csv",
                "columns": {
                    "parameters": {"x": "X"},
                    "metrics": {"loss": "L"},
                    "noise": None,
                    "state": "S",
                    "label": None,
                },
            }
        }
    },
    {"warm_start": {"prior": {"x": 1}}},
    {"warm_start": {"prior": {"x": {"at": 2, "confidence": "high"}}}},
]
WRONG = [
    {"metric": {"name": "a", "goal": "up"}},
    {"metric": {"name": "a", "target": 1}},
    {"metric": {"name": "a", "source": {"json": "x", "step": "e"}}},
    {"metric": {}},
    {"parameters": {}},
    {"parameters": {"lr": 5}},
    {"parameters": {"lr": "normal(0, 1)"}},
    {"parameters": {"lr": {"type": "float", "min": 0}}},
    {"parameters": {"lr": {"type": "float", "min": "0", "max": 1}}},
    {"parameters": {"lr": {"type": "float", "min": 0, "max": 1, "lgo": True}}},
    {"parameters": {"lr": {"distribution": "log_uniform", "min": 1, "max": 2}}},
    {"parameters": {"n": {"type": "int", "values": [1]}}},
    {"parameters": {"v": {"values": [[1]]}}},
    {"runner": {"type": "slurm"}},
    {"runner": {"command": "t", "timeout": 5}},
    {"runner": {"command": "t", "timeout": "5"}},
    {"runner": {"command": "t", "limits": {"memory": "8"}}},
    {"runner": {"command": "t", "env": {"TUNER_SEED": "1"}}},
    {"runner": {"command": "t", "retries": {"oom": -1}}},
    {"runner": {"type": "python"}},
    {"search": {"method": "custom"}},
    {"stop": {"trials": 0}},
    {"stop": {"trails": 5}},
    {"name": "../x"},
    {"early_stopping": {}},
    {"metrics": []},
    {"warm_start": {"study": "runs/old"}},
    {"warm_start": {"studies": 3}},
    {"warm_start": {"studies": {"ledger": "a", "columns": {"metrics": {"loss": "L"}}}}},
    {"warm_start": {"studies": {"ledger": "a", "columns": ["x", "loss"]}}},
    {"warm_start": {"studies": [{"mode": "auto"}]}},
    {"warm_start": {"studies": {"ledger": "a", "mode": "telepathy"}}},
    {"warm_start": {"studies": {"ledger": "a", "max_trials": 0}}},
    {"warm_start": {"studies": {"ledger": "a", "seeds": -1}}},
    {"warm_start": {"studies": {"ledger": "a", "name": ""}}},
    {"warm_start": {"studies": ""}},
    {"warm_start": {"prior": [1]}},
    {"warm_start": {"prior": {"x": {"confidence": "low"}}}},
    {"warm_start": {"prior": {"x": {"at": 1, "confidence": "sure"}}}},
]


def whole(sections):
    return {"metric": "loss", "parameters": {"x": [1, 2]}, "runner": "t {args}", **sections}


def errors(node):
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(node)]


def reads(node):
    try:
        read_config(node)
    except ConfigError:
        return False
    return True


def test_the_schema_is_one_and_says_which():
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_of_the_repository_fits_the_schema(path):
    tree, faults = read_yaml(path.read_text(encoding="utf-8"), path.name)

    assert faults == []
    assert errors(tree.root) == []


def test_the_starter_fits_the_schema():
    assert errors(read_yaml(starter(), "x")[0].root) == []


@pytest.mark.parametrize("sections", RIGHT)
def test_what_the_reader_takes_fits_the_schema(sections):
    node = whole(sections)

    assert reads(node)
    assert errors(node) == []


@pytest.mark.parametrize("sections", WRONG)
def test_what_the_reader_refuses_does_not_fit_the_schema(sections):
    node = whole(sections)

    assert not reads(node)
    assert errors(node) != []


@pytest.mark.parametrize("key", ["metric", "parameters", "runner"])
def test_what_must_be_there_must_be_there_in_the_schema(key):
    node = whole({})
    del node[key]

    assert errors(node) != []


def described(node):
    """Give every description of the properties in a schema; "" for a property without one."""
    if isinstance(node, dict):
        for schema in node.get("properties", {}).values():
            yield schema.get("description", "")
        for value in node.values():
            yield from described(value)
    elif isinstance(node, list):
        for value in node:
            yield from described(value)


def test_every_key_has_its_sentence_and_every_sentence_its_key():
    said = set(described(SCHEMA))
    without_a_key_of_their_own = {
        *("parameters.*", "runner.flags.*", "runner.env.*"),
        "warm_start.studies.rename.*",
        *(f"warm_start.studies.columns.{key}.*" for key in ("parameters", "metrics", "noise")),
    }

    assert "" not in said
    assert {k for k in MEANING if MEANING[k] not in said} <= without_a_key_of_their_own
