"""A verb that reads pays for what it needs: seen in a fresh interpreter for each."""

import json
import subprocess
import sys

import pytest

from tuner.study import Closed

HEAVY = {"torch", "pandas", "numpy", "pydantic", "scipy", "yaml"}
PROBE = """
import json, sys
before = set(sys.modules)
from tuner.__main__ import main
sys.argv = ["tuner", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
names = {name.partition(".")[0] for name in set(sys.modules) - before}
sys.stderr.write("\\n" + json.dumps(sorted(names)))
"""


def loaded(*words):
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    "words",
    [
        ["status"],
        ["status", "--format", "json"],
        ["trials"],
        ["trials", "--format", "csv"],
        ["show", "5"],
        ["show", "best", "--format", "json"],
        ["logs", "5"],
        ["best"],
        ["best", "--format", "yaml"],
        ["best", "--format", "args"],
        ["export"],
        ["export", "--format", "jsonl"],
        ["memory"],
        ["memory", "--format", "csv"],
        ["clean", "--logs", "--yes"],
        ["doctor"],
        ["mark", "5", "good"],
    ],
    ids=" ".join,
)
def test_a_reading_verb_loads_neither_models_nor_frames_nor_rich(study, environ, words):
    verb, *rest = words
    names = loaded(verb, study, *rest)
    assert "tuner" in names
    assert names & (HEAVY | {"rich"}) == set()


@pytest.mark.parametrize("words", [["--help"], ["--version"]])
def test_help_loads_no_verb(environ, words):
    code = PROBE.replace('name.partition(".")[0]', "name")
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    )
    names = set(json.loads(done.stderr.splitlines()[-1]))
    ours = {name for name in names if name.startswith("tuner.")}
    assert ours <= {
        "tuner.__main__",
        "tuner.cli",
        "tuner.cli.app",
        "tuner.cli.coercion",
        "tuner.cli.terminal",
        "tuner.errors",
    }
    assert {name.partition(".")[0] for name in names} & (HEAVY | {"rich"}) == set()


def test_an_export_to_parquet_does_load_pandas(study, environ, tmp_path):
    assert "pandas" in loaded("export", study, "-o", tmp_path / "t.parquet")


def test_the_package_itself_is_the_standard_library_only(environ):
    code = (
        "import sys; before = set(sys.modules); import tuner; "
        "print(*{n.partition('.')[0] for n in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"tuner"} | sys.stdlib_module_names


def test_watching_loads_neither_models_nor_frames_nor_rich(tmp_path, environ, write_study, facts):
    over = Closed(reason="over", finished=True)
    names = loaded("watch", write_study(tmp_path / "over", [*facts, over]))
    assert "tuner" in names
    assert names & (HEAVY | {"rich"}) == set()


def test_an_import_loads_neither_arrays_nor_models_nor_the_readers_of_others(
    study, environ, tmp_path
):
    names = loaded("import", study, "--to", tmp_path / "new")
    assert "tuner" in names
    assert names & (HEAVY - {"yaml"} | {"rich", "sqlite3"}) == set()
