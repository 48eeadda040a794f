"""What a job would execute is looked up as the job itself will, and nothing of it is run."""

import sys

import pytest

from tuner.runners.absent import absent
from tuner.runners.spec import CommandSpec, CustomSpec, ManualSpec, PythonSpec


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text('raise SystemExit("must not run")')
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "job"
    program.write_text("#!/bin/sh")
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        "python train.py {args}",
        "python -u -X dev train.py",
        "python3.11 -c 'print(1)'" if sys.version_info[:2] == (3, 11) else "python -c 'print(1)'",
        "python -m nowhere.to.be.found",
        "{python} nothing.py",
        "python {script}",
        "bin/job gone.py",
        "env LR={lr} python gone.py",
        "sh -c 'gone {lr}'",
        ("sh", "train.py", "{args.json}"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_there_or_cannot_be_told_is_nothing_to_speak_of(command):
    assert absent(CommandSpec(command=command)) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("no_such_program {args}", "there is no program 'no_such_program' in PATH, which is "),
        ("bin/jbo {args}", "there is no program {here}/bin/jbo"),
        ("./train.py", "{here}/train.py is not executable"),
        ("python trian.py {args}", "there is no file {here}/trian.py"),
        ("python -W ignore src/train.py", "there is no file {here}/src/train.py"),
        ("bash -e run.sh", "there is no file {here}/run.sh"),
    ],
)
def test_what_is_missing_is_named_with_the_place_it_was_looked_for(here, command, said):
    (found,) = absent(CommandSpec(command=command))

    assert found.startswith("runner.command: " + said.replace("{here}", str(here)))


def test_the_folder_and_the_path_of_the_job_count_and_not_ours(here):
    spec = CommandSpec(command="job x", cwd="bin", env={"PATH": "."})

    assert absent(spec) == []
    assert absent(CommandSpec(command="job x", cwd="bin")) != []
    assert absent(CommandSpec(command="python train.py", cwd="bin")) != []
    assert absent(CommandSpec(command="x", cwd="gone")) == [
        f"runner.cwd: there is no folder {here / 'gone'}"
    ]


def test_a_shell_looks_for_itself():
    assert absent(CommandSpec(command="no_such_program | cat", shell=True)) == []


def test_the_module_of_a_function_is_found_without_being_imported(here):
    assert absent(PythonSpec(target="train:run")) == []
    assert absent(PythonSpec(target="json.decoder:JSONDecoder")) == []
    assert absent(PythonSpec(target="trian.deep:run")) == [
        f"runner.target: there is no module 'trian' in {here} or where Python looks"
    ]


def test_of_other_runners_nothing_is_known():
    assert absent(CustomSpec(target="nowhere:Class")) == []
    assert absent(ManualSpec()) == []
