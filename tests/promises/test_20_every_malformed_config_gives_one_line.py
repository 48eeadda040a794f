"""Promise 20: 1,000 malformed configurations, one mistake each: exactly one line
`file:line:column: message`, exit code 2, within a second, never a traceback, nothing written.

The configurations are made from valid ones by one seeded mutation each; the corpus beside this file
holds mistakes that people made.
"""

import copy
import functools
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tuner.config import load_config
from tuner.errors import ConfigError

ROOT = Path(__file__).parents[2]
CORPUS = sorted((Path(__file__).parent / "malformed").glob("*.yaml"))
COUNT, SEED = 1000, 20
LONGEST_S = 1.0
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

FULL = {
    "version": 1,
    "name": "full",
    "seed": 7,
    "dir": "runs/{name}",
    "metric": {"name": "val_acc", "goal": "maximize", "source": "stdout", "reduce": "best"},
    "constraints": ["latency_ms <= 20"],
    "parameters": {
        "lr": {"type": "float", "min": 1e-05, "max": 0.1, "log": True, "default": 0.001},
        "layers": {"type": "int", "min": 2, "max": 12, "step": 2},
        "width": {"type": "int", "min": 64, "max": 1024, "log": True},
        "batch_size": {"values": [32, 64, 128], "ordered": True},
        "optimizer": {"values": ["sgd", "adamw"]},
        "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "optimizer == 'sgd'"},
        "decay": {"type": "float", "min": 1e-6, "max": 0.01, "log": True, "or_zero": True},
        "dropout": "uniform(0.0, 0.5)",
        "amp": {"type": "bool"},
        "epochs": {"value": 30},
        "warmup": {"derive": "max(1, epochs // 10)"},
    },
    "require": ["width * layers <= 6144"],
    "runner": {
        "type": "command",
        "command": "python train.py {args} --out {trial.dir} --seed {trial.seed}",
        "flags": {"amp": "present"},
        "env": {"WANDB_MODE": "offline"},
        "timeout": "2h",
        "grace": "30s",
        "retries": {"infra": 2},
        "classify": [{"match": "CUDA out of memory", "as": "oom"}],
        "limits": {"memory": "8GiB"},
    },
    "resources": {"parallel": 4, "gpus": "auto", "gpus_per_trial": 1},
    "search": {"method": "bayes", "initial": "auto", "device": "auto"},
    "stop": {
        "trials": 60,
        "wall": "24h",
        "target": 0.965,
        "plateau": {"trials": 15, "min_delta": 0.001},
        "failures": {"consecutive": 5},
    },
    "cost": {"gpu_hour": 2.49, "currency": "USD"},
    "confirm": {"top": 3, "seeds": 3},
    "warm_start": {
        "enqueue": [{"lr": 0.001, "optimizer": "adamw"}],
        "studies": [{"ledger": "runs/old", "mode": "basis", "max_trials": 100}],
        "prior": {"lr": 0.01},
    },
    "ledger": {"format": "csv"},
}
PYTHON = {
    "metric": {"name": "loss", "goal": "minimize", "source": {"file": "m.jsonl", "step": "epoch"}},
    "parameters": {
        "depth": {"type": "int", "min": 1, "max": 9, "default": 3},
        "kernel": {"values": ["rbf", "linear"], "default": "rbf"},
        "gamma": {"type": "float", "min": 0.01, "max": 10, "log": True, "when": "kernel == 'rbf'"},
    },
    "runner": {"type": "python", "target": "train:evaluate", "timeout": "90m"},
    "stop": {"trials": 20},
}
SHORT = {
    "metric": {"name": "loss", "goal": "minimize"},
    "parameters": {"x": "int(1, 8)", "kind": ["a", "b"]},
    "runner": {"command": ["python", "t.py", "--x={x}", "--kind={kind}"]},
    "stop": {"trials": 5},
}
BASES = [FULL, PYTHON, SHORT]

# Keys whose names a person chooses: misspelling one is no mistake, or one somewhere else.
FREE = [("parameters",), ("runner", "flags"), ("runner", "env"), ("warm_start", "enqueue", 0)]

WRONG_VALUES = {
    ("version",): [0, 2, "one", 1.5, [1]],
    ("name",): [".hidden", "a/b", "../up", "x" * 65, 7, ["a"], "", "a b"],
    ("seed",): [-1, 1.5, "seven", True, [1]],
    ("dir",): [3, "runs/{nme}", "runs/{", ["a"], ""],
    ("metric",): [3, ["a"], True],
    ("metric", "name"): [5, ["a"], {"a": 1}, "", "loss:", "{loss}"],
    ("metric", "goal"): ["maximise it", "up", 1, True, ["minimize"]],
    ("metric", "source"): ["stdot", 3, ["stdout"], {"fle": "x"}, {"file": "../x"}, "m.jsonl"],
    ("metric", "reduce"): ["mean", "mean(0)", "median", 3, ["last"]],
    ("constraints",): [5, {"a": 1}, True],
    ("constraints", 0): [5, "latency_ms", "latency_ms <= fast", "a <= 1 <= 2", "", "lr <= 1"],
    ("parameters",): [5, [], {}, ["lr"]],
    ("parameters", "lr"): [5, True, None, "uniform(0)", "unifrm(0, 1)", "uniform(0, 1", "0.1"],
    ("parameters", "lr", "type"): ["flot", 3, "string", ["float"], None],
    ("parameters", "lr", "min"): ["tiny", 0.5, 0, -1, True, [0], None],
    ("parameters", "lr", "max"): ["big", 1e-7, False, {"a": 1}, None],
    ("parameters", "lr", "log"): ["yes", 1, "true", [True]],
    ("parameters", "lr", "default"): [5, "abc", 1e-9, [1]],
    ("parameters", "layers", "step"): [0, -2, 100, 1.5, "two"],
    ("parameters", "layers", "min"): [2.5, 12, 1e15],
    ("parameters", "width", "min"): [0, -5],
    ("parameters", "batch_size", "values"): [[], [1, 1], 5, "abc", [[1]], [{"a": 1}]],
    ("parameters", "batch_size", "ordered"): ["yes", 1],
    ("parameters", "momentum", "when"): [
        "optimizr == 'sgd'",
        "optimizer == 'sgdd'",
        "optimizer ==",
        "momentum > 0.5",
        "__import__('os')",
        "lr > 5",
        5,
        "f(lr)",
    ],
    ("parameters", "decay", "or_zero"): ["maybe", 0],
    ("parameters", "warmup", "derive"): ["max(1, epchs)", "1 +", 5, "warmup + 1", "open('x')"],
    ("parameters", "depth", "default"): [0, 12, 2.5, "three", True],
    ("parameters", "kernel", "default"): ["rbff", 3],
    ("require",): [5, {"a": 1}],
    ("require", 0): ["width * layer <= 6144", "width <", 5, "", "width > 1e9", "width; layers"],
    ("runner",): [5, True, ""],
    ("runner", "type"): ["ray", "slurm", "shell", 3, ["command"]],
    ("runner", "command"): ["", "python t.py {lrr}", "python 't.py", 5, {"a": 1}, "a {", []],
    ("runner", "target"): ["train", "train:", "train.py", 5, "os:system('x')"],
    ("runner", "flags"): [5, "presnt", {"ampp": "present"}, {"lr": "present"}, {"amp": "on off"}],
    ("runner", "env"): [5, "A=1", {"A B": "x"}, {"TUNER_SEED": "1"}, {"API_KEY": "x"}, {"A": 1.5}],
    ("runner", "timeout"): [7200, "2 hours", "soon", -1, "0s", ["2h"], True],
    ("runner", "grace"): [30, "x", "-5s"],
    ("runner", "retries"): [3, {"oom": -1}, {"omm": 1}, {"infra": "two"}, {"crash": 1.5}],
    ("runner", "classify"): [
        5,
        [{"match": "(", "as": "oom"}],
        [{"match": "x", "as": "bad"}],
        [{"as": "oom"}],
    ],
    ("runner", "limits"): [5, {"memory": 8}, {"memori": "8GiB"}, {"cpu": 5}, {"file": "big"}],
    ("resources", "parallel"): [0, -1, "four", 1.5, [1]],
    ("resources", "gpus"): [-1, "all", {"a": 1}, [0, 0], 1.5],
    ("resources", "gpus_per_trial"): [-0.5, 1.5, "half"],
    ("search",): ["bays", 5, []],
    ("search", "method"): ["optunas", "custom", "baye", 3, "tpe"],
    ("search", "initial"): [0, "many", 1.5, -3],
    ("search", "device"): ["gpu0", 3],
    ("stop",): [60, "60 trials", []],
    ("stop", "trials"): [0, -1, "sixty", 1.5, True],
    ("stop", "wall"): [24, "24", "1 day", "0h"],
    ("stop", "target"): ["high", [1], True],
    ("stop", "plateau"): [15, {"trials": 0}, {"trials": 5, "min_delta": -1}, {"min_delta": 1}],
    ("stop", "failures"): [5, {"consecutive": 0}, {}],
    ("cost", "gpu_hour"): [-1, "cheap", None],
    ("cost", "currency"): [5, ["USD"]],
    ("confirm", "top"): [0, "all"],
    ("confirm", "seeds"): [0, 2.5],
    ("warm_start",): [5, [1]],
    ("warm_start", "enqueue"): [5, {"lr": 1}],
    ("warm_start", "enqueue", 0): [5, {"lrr": 1}, {"lr": 5}, {"lr": "abc"}, {"optimizer": "sgdd"}],
    ("ledger", "format"): ["parquet", 5],
}
NEEDED = [
    ("metric",),
    ("parameters",),
    ("runner",),
    ("metric", "name"),
    ("parameters", "layers", "type"),
    ("parameters", "layers", "min"),
    ("parameters", "lr", "max"),
    ("runner", "target"),
    ("runner", "classify", 0, "as"),
    ("stop", "plateau", "trials"),
    ("stop", "failures", "consecutive"),
    ("cost", "gpu_hour"),
]
LATER = {
    ("metrics",): [{"name": "a"}],
    ("early_stopping",): {"rule": "asha"},
    ("search", "engine"): "x",
    ("search", "surrogate"): "custom",
    ("search", "acquisition"): "custom",
}


def at(node, path):
    for key in path:
        if isinstance(node, list):
            if not isinstance(key, int) or key >= len(node):
                return None
        elif not isinstance(node, dict) or key not in node:
            return None
        node = node[key]
    return node


def changed(base, path, value):
    node = copy.deepcopy(base)
    at(node, path[:-1])[path[-1]] = value
    return node


def keys_of(node, path=()):
    """Every path whose last part is a key of the language."""
    if isinstance(node, dict):
        for key, value in node.items():
            if path not in FREE:
                yield (*path, key)
            yield from keys_of(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from keys_of(value, (*path, index))


def misspelt(word, rng):
    """Drop, double or swap a letter, or put one too many."""
    place = rng.randrange(len(word))
    match rng.randrange(4):
        case 0:
            return word[:place] + word[place + 1 :] or word + "x"
        case 1:
            return word[:place] + word[place] + word[place:]
        case 2:
            return word[:place] + rng.choice("qxz") + word[place + 1 :]
        case _:
            swapped = word[:place] + word[place : place + 2][::-1] + word[place + 2 :]
            return swapped if swapped != word else word + "_"


def with_a_misspelt_key(rng):
    base = rng.choice(BASES)
    path = rng.choice(list(keys_of(base)))
    parent = at(base, path[:-1])
    fresh = misspelt(path[-1], rng)
    if fresh in parent or fresh in ("metrics", "q", "low", "a"):
        return None
    renamed = {fresh if key == path[-1] else key: value for key, value in parent.items()}
    node = changed(base, path[:-1], renamed) if path[:-1] else renamed
    return dumped(node, rng)


def with_an_unknown_key(rng):
    base = rng.choice(BASES)
    parents = [path[:-1] for path in keys_of(base)]
    parent = rng.choice([*dict.fromkeys(parents)])
    word = rng.choice(["zzyzx", "no_such_thing", "pqr", "frobnicate", "x-ray", "0"])
    return dumped(changed(base, (*parent, word), rng.choice([1, "a", None, [1]])), rng)


def with_a_wrong_value(rng):
    path = rng.choice(list(WRONG_VALUES))
    bases = [base for base in BASES if at(base, path) is not None]
    return dumped(changed(rng.choice(bases), path, rng.choice(WRONG_VALUES[path])), rng)


def with_something_missing(rng):
    path = rng.choice(NEEDED)
    node = copy.deepcopy(rng.choice([base for base in BASES if at(base, path) is not None]))
    del at(node, path[:-1])[path[-1]]
    return dumped(node, rng)


def with_a_later_feature(rng):
    path = rng.choice(list(LATER))
    bases = [base for base in BASES if len(path) == 1 or at(base, path[:-1]) is not None]
    return dumped(changed(rng.choice(bases), path, LATER[path]), rng)


def with_broken_text(rng):
    lines = dumped(rng.choice(BASES), rng, block=True).splitlines()
    place = rng.randrange(1, len(lines))
    bad = rng.choice(
        [
            "\tname: tab",
            "key: [1, 2",
            "key: {a: 1",
            'key: "open',
            "key: 'open",
            "key: *nowhere",
            "key: a: b",
            "- item",
            "key: \x07",
            "&a &b c: 1",
            "? [a, b] : c",
            "%directive",
            "}",
            "@at: 1",
            "--- \nsecond: document",
        ]
    )
    return "\n".join([*lines[:place], bad, *lines[place:]]) + "\n"


def with_an_ambiguous_word(rng):
    path, words = rng.choice(
        [
            (("parameters", "lr", "log"), ["yes", "no", "on", "off", "Yes", "OFF"]),
            (("stop", "trials"), ["010", "1_000", "0b11", "1:30", "08"]),
            (("stop", "wall"), ["12:30:00", "1:30"]),
            (("seed",), ["007", "1_0"]),
            (("parameters", "optimizer", "values", 0), ["no", "off", "010"]),
            (("metric", "name"), ["!!python/object:os.system x", "!secret x", '"a\\0b"']),
        ]
    )
    base = rng.choice([base for base in BASES if at(base, path) is not None])
    return dumped(changed(base, path, "MARK"), rng).replace("MARK", rng.choice(words))


def with_a_key_twice(rng):
    base = {key: value for key, value in rng.choice(BASES).items() if key != "version"}
    text = dumped(base, rng, block=True)
    tops = list(re.finditer(r"^([a-z_]+):", text, re.MULTILINE))
    return text + f"{rng.choice(tops)[1]}: 1\n"


MAKERS = [
    *[with_a_misspelt_key] * 4,
    *[with_a_wrong_value] * 8,
    *[with_an_unknown_key] * 2,
    *[with_broken_text] * 3,
    with_something_missing,
    with_a_later_feature,
    with_an_ambiguous_word,
    with_a_key_twice,
]


def dumped(node, rng, *, block=False):
    """Write as a person might: blocks with flow inside, or blocks only."""
    flow = False if block else rng.choice([None, False])
    return yaml.dump(node, Dumper=DUMPER, sort_keys=False, default_flow_style=flow, width=200)


@functools.cache
def malformed(count, seed):
    rng = random.Random(seed)
    texts = {}
    while len(texts) < count:
        maker = rng.choice(MAKERS)
        text = maker(rng)
        if text is not None:
            texts.setdefault(text, maker.__name__)
    return texts


def complaint(path):
    """Load a file that must be refused; give its lines and the seconds it took."""
    began = time.process_time()
    try:
        load_config(path)
    except ConfigError as error:
        return str(error).split("\n"), time.process_time() - began
    return [], time.process_time() - began


@pytest.fixture(autouse=True)
def the_older_study_is_there(tmp_path_factory, monkeypatch):
    """What a configuration names is looked for from the current folder."""
    folder = tmp_path_factory.mktemp("here")
    (folder / "runs" / "old").mkdir(parents=True)
    monkeypatch.chdir(folder)


@pytest.mark.parametrize("base", BASES, ids=["full", "python", "short"])
def test_what_the_mutations_start_from_is_valid(tmp_path, base):
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(base, sort_keys=False))

    assert {p.name for p in load_config(file).space.parameters} == set(base["parameters"])


@pytest.mark.parametrize("part", range(2))
def test_one_mistake_gives_exactly_one_line(tmp_path, part):
    texts = list(malformed(COUNT, SEED).items())[part::2]
    file = tmp_path / "study.yaml"
    shape = re.compile(rf"{re.escape(str(file))}:[1-9]\d*:[1-9]\d*: \S.*")
    wrong, slow = [], []

    for text, maker in texts:
        file.write_text(text)
        lines, took = complaint(file)
        if len(lines) != 1 or not shape.fullmatch(lines[0]):
            wrong.append((maker, lines, text))
        if took > LONGEST_S:
            slow.append((maker, took))

    assert len(texts) == COUNT // 2
    assert wrong == []
    assert slow == []
    assert sorted(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_a_mistake_of_the_corpus_is_said_where_it_is(file):
    expected = file.read_text(encoding="utf-8").splitlines()[0].removeprefix("# expect ")

    lines, _ = complaint(file)

    assert lines == [f"{file}:{expected}"]


def test_random_damage_to_a_file_never_ends_in_anything_but_a_list_of_mistakes(tmp_path):
    rng = random.Random(SEED)
    text = yaml.safe_dump(FULL, sort_keys=False)
    file = tmp_path / "study.yaml"
    shape = re.compile(rf"{re.escape(str(file))}:[1-9]\d*:[1-9]\d*: \S.*")

    for _ in range(150):
        letters = list(text)
        for _ in range(rng.randrange(1, 4)):
            place = rng.randrange(len(letters))
            letters[place] = rng.choice(
                ["", "{", "]", ":", "\n", " ", "'", "#", "-", "é", "0", "&"]
            )
        file.write_text("".join(letters), encoding="utf-8")
        lines, _ = complaint(file)

        assert all(shape.fullmatch(line) for line in lines), lines


@pytest.mark.parametrize("verb", ["check", "run"])
@pytest.mark.parametrize("file", CORPUS[:2], ids=lambda file: file.stem)
def test_the_command_line_says_it_in_one_line_and_exits_with_2(tmp_path, verb, file):
    done = subprocess.run(
        [sys.executable, "-m", "tuner", verb, str(file)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(rf"{re.escape(str(file))}:\d+:\d+: \S.*\n", done.stderr)
    assert list(tmp_path.iterdir()) == []
