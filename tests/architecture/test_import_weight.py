"""What a command or an import loads, seen in a fresh interpreter.

Static contracts cannot see when an import happens; this can. What the interpreter loads of its own
accord, before it is asked for anything, does not count.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"torch", "botorch", "gpytorch", "pandas", "numpy", "scipy", "pydantic", "matplotlib"}

PROBE = """
import json, sys
before = set(sys.modules)
try:
    exec(sys.argv.pop(1))
except SystemExit as end:
    assert not end.code, end.code
finally:
    loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
    print(json.dumps(sorted(loaded - sys.stdlib_module_names)), file=sys.stderr)
"""
TYPE = "from tuner.__main__ import main; sys.argv[0] = 'tuner'; main()"


def packages_loaded_by(code, *arguments):
    """Name the top-level packages outside the standard library that some code loads."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, code, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of two trials, run to its end."""
    folder = tmp_path_factory.mktemp("weight")
    config = folder / "weight.yaml"
    config.write_text(
        "name: weight\n"
        f"dir: {folder}/study\n"
        "metric: {name: y, goal: minimize}\n"
        "parameters: {x: {type: float, min: 0, max: 1}}\n"
        "runner: {type: command, command: 'echo y={x}'}\n"
        "search: {method: sobol}\n"
        "stop: {trials: 2}\n"
    )
    subprocess.run([sys.executable, "-m", "tuner", "run", config], cwd=ROOT, check=True)
    return folder / "study"


@pytest.mark.parametrize(
    "code",
    [
        "import tuner",
        "from tuner import report, params, checkpoint_dir",
        "import tuner.objective; tuner.objective.report(loss=0.5)",
    ],
)
def test_a_training_script_pays_for_the_standard_library_only(code):
    assert packages_loaded_by(code) == {"tuner"}


def test_the_probe_sees_what_is_heavy():
    assert "numpy" in packages_loaded_by("import numpy.linalg")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["best", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    assert packages_loaded_by(TYPE, *arguments) & HEAVY == set()


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["trials"], ["show", "1"], ["logs", "1"], ["best"]],
    ids=lambda arguments: arguments[0],
)
def test_a_reading_command_loads_nothing_heavy(study, arguments):
    verb, *rest = arguments

    assert packages_loaded_by(TYPE, verb, study, *rest) & HEAVY == set()


def test_a_search_by_the_default_model_runs_without_torch(tmp_path):
    config = tmp_path / "search.yaml"
    config.write_text(
        "name: search\n"
        f"dir: {tmp_path}/study\n"
        "metric: {name: y, goal: minimize}\n"
        "parameters: {x: {type: float, min: 0, max: 1}}\n"
        "runner: {type: command, command: 'echo y={x}'}\n"
        "search: {method: bayes, initial: 2}\n"
        "stop: {trials: 4}\n"
    )

    loaded = packages_loaded_by(TYPE, "run", config)

    facts = (tmp_path / "study" / "ledger.jsonl").read_text()
    assert '"bayes"' in facts
    assert "numpy" in loaded
    assert not loaded & {"torch", "botorch", "gpytorch", "pandas"}
