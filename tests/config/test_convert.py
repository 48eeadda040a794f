"""Files of other tools become valid configurations, and what changed is said."""

import copy
import json
import math
import random
from pathlib import Path

import pytest

from tuner.config import load_config
from tuner.config.convert import changes, converted, looks_foreign
from tuner.config.draft import flow, written
from tuner.config.reader import read_yaml
from tuner.errors import ConfigError, TunerError, UsageError
from tuner.space import Bool, Choice, Fixed, Float, Int
from tuner.stopping.spec import Failures

ODD = [
    *(
        None,
        True,
        0,
        -1,
        1.5,
        1e308,
        -1e308,
        2**62,
        "",
        "x",
        "=1+1",
        "a\nb",
        "{x}",
        "'",
        "interval(",
    ),
    *(
        "choice()",
        "tag(log)",
        "uniform(1)",
        [],
        {},
        [1],
        [None],
        {"a": {"b": 1}},
        ["a", "a"],
        "nan",
    ),
    *("1e999", "${args}", {"_type": "choice", "_value": None}, {"min": "a", "max": [1]}),
    *({"parameters": 5}, "x" * 3000),
]
SWEEPS = Path(__file__).parents[1] / "interop" / "fixtures" / "sweeps"
FILES = sorted(path for path in SWEEPS.iterdir() if path.suffix != ".sh")


@pytest.fixture
def study(tmp_path):
    """Convert a file, and load what was written as `tuner check` does."""

    def convert(source):
        file = tmp_path / "study.yaml"
        draft = converted(source)
        file.write_text(written(draft, str(file)), encoding="utf-8")
        config = load_config(file)
        return config, {p.name: p for p in config.space.parameters}, changes(draft)

    return convert


@pytest.fixture
def given(tmp_path):
    def write(text, name="sweep.yaml"):
        file = tmp_path / name
        file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        return file

    return write


def said(notes, *words):
    return all(any(word in note for note in notes) for word in words)


@pytest.mark.parametrize("name", sorted(path.name for path in SWEEPS.iterdir()))
def test_every_dialect_gives_a_valid_file_and_only_its_values(study, name):
    config, found, _ = study(SWEEPS / name)

    assert found
    assert config.space.searched
    assert looks_foreign(SWEEPS / name)


def test_every_distribution_of_wandb(study):
    config, found, notes = study(SWEEPS / "wandb.yaml")

    def fixed(name, value):
        return Fixed(name=name, value=value)

    def real(name, low, high, **more):
        return Float(name=name, min=low, max=high, **more)

    assert list(found.values()) == [
        fixed("fixed", 10),
        fixed("plain", "[1, 2]"),
        Choice(name="optimizer", values=("adam", "sgd")),
        Choice(name="batch_size", values=(16, 32, 64), ordered=True),
        Bool(name="amp"),
        Choice(name="kernel", values=("a", "b")),
        Int(name="layers", min=1, max=8),
        Int(name="bare_int", min=2, max=5),
        real("bare_float", 0.0, 0.5),
        real("dropout", 0.1, 0.6),
        Int(name="steps", min=0, max=100, step=10),
        real("odd", 0.1, 1.0, step=0.1),
        real("natural", 1e-4, 1.0, log=True),
        real("lr", 1e-5, 0.1, log=True),
        Int(name="width", min=32, max=4096, log=True),
        Choice(name="units", values=tuple(range(8, 65, 8)), ordered=True),
        Int(name="coarse", min=8, max=4096, log=True),
        real("inverse", 1e-3, 1.0, log=True),
        real("inverse_values", 1e-3, 1.0, log=True),
        real("gauss", -0.5, 2.5, default=1.0),
        Int(name="q_gauss", min=70, max=130, step=5),
        real("lognorm", 0.0497871, 20.0855, log=True, default=1.0),
        real("share", 0.0, 1.0, default=0.25),
        Int(name="head.depth", min=1, max=3),
        fixed("head.drop_out", 0.5),
    ]
    assert (config.metric.name, config.metric.goal) == ("val/loss", "minimize")
    assert (config.stop.trials, config.stop.target) == (60, 0.1)
    assert config.name == "resnet-sweep-one"
    assert "'--head.drop out='{head.drop_out}" in config.runner.command
    assert said(
        notes,
        "kernel: the probabilities 0.2, 0.8 are left out",
        "natural: log_uniform takes exponents of e",
        "unknowable: left out, the distribution zipf is not known",
        "early_terminate: hyperband is left out",
        "'head.drop out' is named head.drop_out",
        "coarse: the step 8 is left out",
        "project: left out, it was vision",
    )


def test_the_ends_of_a_normal_distribution_are_to_be_checked(study, given):
    parameters = "{dropout: {distribution: normal, mu: 0.2, sigma: 0.1}}"

    _, found, notes = study(given(f"method: bayes\nparameters: {parameters}\n"))

    assert found["dropout"].min == -0.1
    assert said(notes, "dropout: was normal(0.2, 0.1): three sigma to each side, CHECK the range")


def test_exponents_of_wandb_are_converted_and_never_taken_for_values(study, given):
    source = given(
        "method: bayes\nparameters: {lr: {distribution: log_uniform, min: -12, max: -3}}\n"
    )
    lr = study(source)[1]["lr"]

    assert (lr.min, lr.max) == (
        pytest.approx(math.exp(-12), rel=1e-5),
        pytest.approx(math.exp(-3), rel=1e-5),
    )


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        (None, "python train.py {args}"),
        (["${env}", "${interpreter}", "-u", "${program}", "${args}"], "python -u train.py {args}"),
        (["python", "${program}", "${args_no_hyphens}"], "python train.py {args.hydra}"),
        (["run it", "${args_json}", "{x}"], "'run it' {args.json} '{{x}}'"),
        (["./go", "--file=${args_json_file}"], "./go --file={args.json_file}"),
    ],
)
def test_the_macros_of_wandb_become_ours(study, given, command, ours):
    body = {
        "program": "train.py",
        "method": "random",
        "parameters": {"x": {"min": 0.0, "max": 1.0}},
    }
    body |= {"command": command} if command else {}

    config, _, notes = study(given(body, "sweep.json"))

    assert config.runner.command == ours
    assert config.search.method == "random"
    assert said(notes, "40 trials where the file has no limit")


def test_switches_of_wandb_are_switches_here(study, given):
    config, _, _ = study(
        given(
            "program: t.py\nmethod: grid\nparameters: {amp: {values: [true, false]}}\n"
            "command: [FAST=1, '${interpreter}', '${program}', '${args_no_boolean_flags}']\n"
        )
    )

    assert config.runner.flags == {"*": "present"}
    assert config.runner.env == {"FAST": "1"}
    assert config.runner.command == "python t.py {args}"


def test_nni_with_choices_inside_of_choices(study):
    config, found, notes = study(SWEEPS / "nni.yaml")

    assert found["depth"] == Int(name="depth", min=1, max=7)
    assert found["steps"] == Int(name="steps", min=0, max=100, step=10)
    assert found["first_layer"].values == ("Empty", "Conv", "Pool")
    assert found["first-layer.kernel"].when == "first_layer == 'Conv'"
    assert found["first-layer.Conv.stride"].values == (1, 2)
    assert found["first-layer.Pool.stride"].when == "first_layer == 'Pool'"
    assert config.metric.goal == "maximize"
    assert (config.resources.parallel, config.resources.gpus_per_trial) == (4, 1)
    assert (config.stop.trials, config.stop.wall_s) == (100, 7200)
    assert config.runner.cwd == "code"
    assert said(
        notes, "assessor", "depth: randint leaves its upper end out", "noise: was normal(0, 2)"
    )


def test_nni_reads_the_space_beside_and_nothing_outside(study, given, tmp_path):
    given({"lr": {"_type": "loguniform", "_value": [1e-5, 0.1]}}, "space.json")
    inside = given("trialCommand: python a.py\nsearchSpaceFile: space.json\n")

    assert study(inside)[1]["lr"] == Float(name="lr", min=1e-5, max=0.1, log=True)
    for file in ("../space.json", "/etc/passwd", "missing.json"):
        outside = given(f"trialCommand: python a.py\nsearchSpaceFile: {file}\n", "b.yaml")
        with pytest.raises(UsageError, match="no parameter that can be searched"):
            converted(outside)


def test_katib_gives_the_command_of_the_container_that_trains(study):
    config, found, notes = study(SWEEPS / "katib.yaml")

    assert found == {
        "lr": Float(name="lr", min=0.01, max=0.05, log=True),
        "momentum": Float(name="momentum", min=0.5, max=0.9, step=0.1),
        "num-layers": Int(name="num-layers", min=2, max=5),
        "width": Int(name="width", min=32, max=128, step=32),
        "optimizer": Choice(name="optimizer", values=("sgd", "adam", "1")),
        "batch": Choice(name="batch", values=(16, 32, 64), ordered=True),
        "shape": Float(name="shape", min=1.0, max=2.0),
    }
    assert config.runner.command == (
        "python3 /opt/train.py --batch-size=64 --lr={lr} --num-layers={num-layers}"
    )
    assert config.runner.env == {"MODE": "fast"}
    assert config.stop.failures == Failures(consecutive=3)
    assert (config.stop.trials, config.stop.target) == (12, 0.99)
    assert (config.metric.name, config.metric.goal, config.metric.reduce) == (
        "Validation-accuracy",
        "maximize",
        "best",
    )
    assert said(notes, "API_TOKEN is left out", "image: docker.io", "shape: was normal")
    assert "hush" not in "\n".join(notes)


def test_hydra_new_and_old(study):
    new, found, notes = study(SWEEPS / "hydra.yaml")
    old, before, more = study(SWEEPS / "hydra_old.yaml")

    assert found["x"] == Float(name="x", min=-5.5, max=5.5)
    assert found["units"] == Int(name="units", min=4, max=64)
    assert found["logint"] == Int(name="logint", min=1, max=512, log=True)
    assert found["steps"] == Int(name="steps", min=0, max=10, step=2)
    assert found["grid"] == Float(name="grid", min=0.0, max=1.0, step=0.25)
    assert found["opt.name"].values == ("adam", "sgd", "rms prop")
    assert found["net"].values == ("resnet-18", "resnet-50")
    assert "model/encoder={model_encoder}" in new.runner.command
    assert said(notes, "broken: left out", "extra: was +extra", "TPESampler becomes our own")
    assert before["kind"].values == (-5, 0, 5)
    assert (old.metric.goal, old.runner.command) == ("maximize", "python main.py {args.hydra}")
    assert said(more, "of 2 objectives the first is kept")


def test_a_command_of_orion_is_read_and_nothing_in_it_is_run(study):
    config, found, notes = study(SWEEPS / "orion.sh")

    assert list(found.values()) == [
        Float(name="lr", min=1e-5, max=1.0, log=True),
        Int(name="layers", min=1, max=8),
        Float(name="d", min=0.0, max=0.5, default=0.1),
        Choice(name="opt", values=("adam", "sgd")),
        Choice(name="act", values=("relu", "gelu")),
        Fixed(name="epochs", value=27),
        Float(name="noise", min=-0.3, max=0.3, default=0.0),
    ]
    assert config.runner.command == (
        "python train.py --lr={lr} --layers={layers} -d {d} --opt={opt} --act={act}"
        " --epochs={epochs} --noise={noise} --out {trial.dir}/model"
    )
    assert (config.name, config.stop.trials) == ("my-exp", 100)
    assert said(notes, "bad: left out", "fidelity of 1 to 27", "probabilities 0.7, 0.3", "--old~-")


def test_files_with_priors_of_orion(study):
    config, found, _ = study(SWEEPS / "orion.yaml")
    _, space, _ = study(SWEEPS / "orion_space.yaml")

    assert found["model.depth"] == Int(name="model.depth", min=2, max=6)
    assert "model.width" not in found
    assert (config.name, config.stop.trials) == ("exp", 50)
    assert space["y"].values == ("a", "b", "c")


@pytest.mark.parametrize(
    ("text", "name", "wrong"),
    [
        ("a: 1\n", "a.yaml", "holds no search of a tool that is known"),
        ("[1, 2]", "a.json", "holds no search"),
        ("echo hello\n", "a.sh", "holds no search"),
        ("orion hunt python t.py --lr~'uniform(0, 1)\n", "a.sh", "cannot be read"),
        ("method: bayes\nparameters: {}\n", "a.yaml", "it has none"),
        ("method: bayes\nparameters: {x: {min: 2, max: 1}}\n", "a.yaml", "min: must be below max"),
        ("metric: {name: a}\nparameters: {x: [1]}\nrunner: python t.py\n", "a.yaml", "no search"),
    ],
)
def test_what_is_no_search_is_one_clear_line(given, text, name, wrong):
    with pytest.raises(UsageError, match=wrong) as refused:
        converted(given(text, name))

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("method: bayes\nparameters: {x: !!python/object/apply:os.system [ls]}\n", "tags such as"),
        ("method: bayes\nparameters: &a {x: *a}\n", "refers to itself"),
        (
            "a: &a [x,x,x,x,x,x,x,x]\n"
            + "".join(
                f"{chr(98 + i)}: &{chr(98 + i)} [{','.join('*' + chr(97 + i) for _ in range(8))}]\n"
                for i in range(8)
            ),
            "has more than",
        ),
        ("method: bayes\nparameters: {x: {values: [on, off]}}\n", "a word to YAML 1.2"),
        ("method: [" * 80, "nested"),
    ],
)
def test_hostile_yaml_is_refused_by_its_place(given, text, wrong):
    with pytest.raises(ConfigError, match=wrong):
        converted(given(text))


@pytest.mark.parametrize(
    "name",
    ["a b", "=cmd|' /C calc'!A0", "args", "2nd", "in", "x\ny: 1", "é", "{lr}", "a" * 90, "#"],
)
def test_names_that_are_none_here_are_renamed_and_said(study, given, name):
    body = {
        "program": "t.py",
        "method": "bayes",
        "parameters": {name: {"min": 0.0, "max": 1.0}, "ok": {"value": "\n# - =1+1"}},
    }

    _, found, notes = study(given(body, "sweep.json"))

    assert len(found) == 2
    assert found["ok"].value == "\n# - =1+1"
    assert said(notes, "is named")


def test_two_names_that_become_one_stay_two(study, given):
    body = {
        "method": "bayes",
        "parameters": {"a b": {"min": 1, "max": 2}, "a_b": {"min": 3, "max": 4}},
    }
    _, found, _ = study(given(body, "sweep.json"))

    assert sorted((p.min, p.max) for p in found.values()) == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    "value",
    [
        0.1,
        1e-300,
        5,
        2**40,
        -0.5,
        1e22,
        "1",
        "no",
        "1e-3",
        "",
        "a: b",
        "# x",
        "ünï",
        "'",
        "null",
        None,
        True,
    ],
)
def test_values_come_back_exactly(value):
    tree, faults = read_yaml(flow({"values": [value], "x": {"y": value}}), "")

    assert faults == []
    assert tree.root == {"values": [value], "x": {"y": value}}
    assert type(tree.root["values"][0]) is type(value)


def test_variables_that_a_configuration_must_not_hold_stay_out(study, given):
    config, _, notes = study(
        given(
            "program: t.py\nmethod: bayes\nparameters: {x: {min: 0.0, max: 1.0}}\n"
            "command: ['${env}', API_KEY=hush, MODE=a, '${program}', '${args}']\n"
        )
    )

    assert config.runner.env == {"MODE": "a"}
    assert said(notes, "env: API_KEY is left out")
    assert "hush" not in "\n".join(notes)


@pytest.mark.parametrize("seed", range(5))
def test_no_broken_file_gives_anything_but_a_valid_one_or_one_line(study, given, seed):
    rng, reasons = random.Random(seed), []
    bodies = [read_yaml(path.read_text().replace("\t", " "), "")[0].root for path in FILES]
    for _ in range(40):
        body = copy.deepcopy(rng.choice(bodies))
        for _ in range(rng.randint(1, 4)):
            _replace(body, rng)
        try:
            config, _, _ = study(given(body, "sweep.json"))
        except TunerError as refused:
            reasons.append(str(refused))
        else:
            assert config.space.parameters
    assert all(reasons)


def _replace(node, rng):
    """Put something odd in the place of a random part."""
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = rng.choice(keys) if keys else "x"
        inside = node[key] if keys else None
        if not isinstance(inside, dict | list) or not inside or rng.random() < 0.2:
            break
        node = inside
    if isinstance(node, dict) and rng.random() < 0.2:
        key = rng.choice(["we ird", "args", "x.y", "a-b", "{q}"])
    if isinstance(node, dict) or keys:
        node[key] = copy.deepcopy(rng.choice(ODD))
