"""Every file of configs/ is what it says: it validates, its script exists, and the cheap ones run."""

import ast
import json
import math
import os
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tuner.cli.app import app
from tuner.config import load_config
from tuner.runners.spec import CommandSpec, PythonSpec

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
CUSTOM = ["custom_method", "custom_surrogate", "custom_acquisition"]
CHEAP = ["conditional", "constrained", "mixed", "python_function"]
IMAGES = Path("/usr/share/datasets/fashion-mnist")

each_config = pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)


def tuner(*arguments, cwd=ROOT):
    """Type a command, by default in the repository's root: the way the configs are meant."""
    return subprocess.run(
        [sys.executable, "-m", "tuner", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def trials_of(study):
    said = CliRunner().invoke(app, ["trials", str(study), "--format", "json"])
    assert said.exit_code == 0, said.stderr
    return json.loads(said.stdout)


def test_there_is_a_config_for_every_case_that_is_promised():
    names = {path.stem for path in CONFIGS}

    assert {"quickstart", "fashion_mnist", "ask_tell", "gpu_box", *CHEAP, *CUSTOM} <= names


@each_config
def test_a_config_opens_with_two_lines_that_say_what_it_is_for(path):
    first, second, third, *_ = path.read_text(encoding="utf-8").splitlines()

    assert first.startswith("# ")
    assert second.startswith("# ")
    assert path.relative_to(ROOT).as_posix() in second
    assert not third.startswith("#")


@each_config
def test_a_config_is_valid_and_worth_no_remark(path):
    config = load_config(path)

    assert config.name == path.stem.replace("_", "-")
    assert config.notices == ()


@each_config
def test_what_a_config_starts_is_there(path):
    runner = load_config(path).runner

    if isinstance(runner, CommandSpec):
        words = runner.command
        words = shlex.split(words) if isinstance(words, str) else words
        scripts = [word for word in words if word.endswith(".py")]
        assert words[0] == "python"
        assert scripts
        assert all((ROOT / script).is_file() for script in scripts)
    elif isinstance(runner, PythonSpec):
        module, _, function = runner.target.partition(":")
        source = (ROOT / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8")
        names = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
        assert function in names


@pytest.mark.parametrize("name", CHEAP)
def test_a_cheap_config_runs_three_trials_to_a_result(tmp_path, name):
    study = tmp_path / "study"

    said = tuner("run", f"configs/{name}.yaml", "--set", "stop.trials=3", "--set", f"dir={study}")

    assert said.returncode == 0, said.stdout + said.stderr
    assert [trial["state"] for trial in trials_of(study)] == ["completed"] * 3


@pytest.mark.parametrize("name", CUSTOM)
def test_parts_of_ones_own_make_the_suggestions(tmp_path, name):
    study = tmp_path / "study"

    said = tuner("run", f"configs/{name}.yaml", "--set", "stop.trials=9", "--set", f"dir={study}")

    assert said.returncode == 0, said.stdout + said.stderr
    trials = trials_of(study)
    assert [trial["state"] for trial in trials] == ["completed"] * 9
    methods = {trial["method"] for trial in trials}
    assert methods == ({"climber"} if name == "custom_method" else {"sobol", "bayes"})
    assert all(trial["reason"] is None for trial in trials)


@pytest.mark.parametrize("part", ["method", "surrogate", "acquisition"])
def test_a_part_that_is_not_there_is_said_before_anything_starts(tmp_path, monkeypatch, part):
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT)  # as for a command that is typed there

    said = CliRunner().invoke(
        app,
        [
            *("run", f"configs/custom_{part}.yaml", "--set", f"dir={tmp_path / 'study'}"),
            *("--set", f"search.{part}.target=configs.custom_parts:Nothing"),
        ],
    )

    assert said.exit_code == 2
    assert not (tmp_path / "study").exists()
    assert (
        f"search.{part}: configs.custom_parts:Nothing cannot be made: AttributeError" in said.stderr
    )


def test_asking_and_telling_by_hand_works_as_its_config_says(tmp_path):
    config = ROOT / "configs" / "ask_tell.yaml"

    asked = tuner("ask", config, "--format", "json", cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    number = json.loads(asked.stdout)["id"]
    told = tuner("tell", "runs/ask-tell", number, "crispness=7.5", cwd=tmp_path)

    assert told.returncode == 0, told.stderr
    assert [trial["state"] for trial in trials_of(tmp_path / "runs" / "ask-tell")] == ["completed"]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("laplace") is None, reason=".ci/laplace.txt says how to install it")
@pytest.mark.parametrize(
    ("name", "metric", "rows"),
    [("evidence", "log_marginal_likelihood", 300), ("evidence_validation", "val_nll", 200)],
)
def test_evidence_needs_no_rows_that_are_held_out_and_validation_does(tmp_path, name, metric, rows):
    study = tmp_path / "study"

    said = tuner("run", f"configs/{name}.yaml", "--set", "stop.trials=1", "--set", f"dir={study}")

    assert said.returncode == 0, said.stdout + said.stderr
    trials = trials_of(study)
    assert [trial["state"] for trial in trials] == ["completed"]
    assert math.isfinite(trials[0]["metrics"][metric])
    assert trials[0]["metrics"]["train_rows"] == rows


@pytest.mark.slow
@pytest.mark.skipif(not IMAGES.exists(), reason="apt-get install dataset-fashion-mnist")
def test_fashion_mnist_is_read_from_the_debian_package():
    said = subprocess.run(
        [sys.executable, "configs/fashion_mnist.py", "--epochs=1", "--train_images=200"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stderr
    words = dict(word.split("=") for word in said.stdout.split())
    assert float(words["val_acc"]) > 0.2
    assert set(words) == {"epoch", "val_acc", "test_acc"}


def test_where_fashion_mnist_is_missing_the_script_says_how_to_get_it(tmp_path):
    said = subprocess.run(
        [sys.executable, "configs/fashion_mnist.py", "--data", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 1
    assert "apt-get install dataset-fashion-mnist" in said.stderr
    assert "Traceback" not in said.stderr
