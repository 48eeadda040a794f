"""The import contracts of pyproject.toml hold, and each of them notices what it is there for."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
)

WRONG = [
    ("Rooms only look down", "tuner/space/stray.py", "from tuner.samplers import spec"),
    ("Rooms only look down", "tuner/runners/stray.py", "from tuner.ledger import spec"),
    ("Rooms only look down", "tuner/numerics/stray.py", "from tuner import dataset"),
    ("No cycles, at any depth", "tuner/study/metric.py", "from tuner.study import history"),
    ("Torch lives in one room", "tuner/samplers/stray.py", "import torch"),
    ("Torch lives in one room", "tuner/acquisition/stray.py", "from botorch import acquisition"),
    ("Torch lives in one room", "tuner/numerics/stray.py", "import gpytorch"),
    ("Only assemble builds", "tuner/loop/stray.py", "from tuner.stopping import make"),
    ("The loop meets protocols", "tuner/loop/stray.py", "import pandas"),
    ("The user's script pays", "tuner/objective.py", "import numpy"),
]


def lint(root):
    """Run import-linter on the package under `root`; give its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", LINT],
        cwd=root,
        env={"PATH": "", "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_contract_is_kept():
    code, said = lint(ROOT)

    assert code == 0, said
    assert " kept, 0 broken" in said


@pytest.mark.parametrize(("contract", "file", "line"), WRONG)
def test_a_contract_notices_the_import_it_forbids(tmp_path, contract, file, line):
    shutil.copytree(
        ROOT / "tuner", tmp_path / "tuner", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")

    code, said = lint(tmp_path)

    assert code == 1, said
    assert any(text.startswith(contract) and "BROKEN" in text for text in said.splitlines()), said


def test_a_room_that_is_not_in_the_picture_is_noticed(tmp_path):
    shutil.copytree(
        ROOT / "tuner", tmp_path / "tuner", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tuner" / "utils").mkdir()
    (tmp_path / "tuner" / "utils" / "__init__.py").touch()

    code, said = lint(tmp_path)

    assert code == 1, said
    assert "utils" in said
