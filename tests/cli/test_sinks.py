"""Sinks on the command line: `run`, `status`, `export --to` and `check`."""

import json

import pytest

from tuner.sinks.notebook import Notebook


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A study of three trials that are shown in TensorBoard."""
    monkeypatch.chdir(tmp_path)
    text = (
        "name: shown\nmetric: {name: y, goal: minimize}\n"
        "parameters: {x: {type: float, min: 0, max: 1}}\n"
        "runner: {type: command, command: 'echo y={x}'}\n"
        "search: sobol\nstop: {trials: 3}\nsinks: tensorboard\n"
    )
    (tmp_path / "shown.yaml").write_text(text)
    return "shown.yaml"


@pytest.mark.slow
def test_a_study_is_shown_when_it_has_run(shell, config, tmp_path):
    done = shell("run", config, "-q")

    assert done.returncode == 0, done.stderr
    assert "sink" not in done.stderr
    shown = json.loads(shell("status", "--format", "json").stdout)["sinks"]
    assert shown == [{"sink": "tensorboard", "written": 3, "lacking": 0, "error": None}]
    assert len(list((tmp_path / "runs/shown/sinks/tensorboard").glob("trial-*"))) == 3


@pytest.mark.slow
def test_what_a_sink_lacks_is_told_and_made_up_for(tuner, shell, config, tmp_path):
    shell("run", config, "-q", "--set", "sinks=[]")
    assert "3 trials written to tensorboard" in tuner("export", "--to", "tensorboard").stderr
    assert "0 trials written to tensorboard" in tuner("export", "--to", "tensorboard").stderr


def test_a_sink_that_failed_is_named_by_status(tuner, study, write_study, facts, tmp_path):
    facts[0].config["sinks"] = [{"type": "mlflow"}]
    folder = write_study(tmp_path / "failed", facts)
    del facts[0].config["sinks"]
    notebook = Notebook(folder, "mlflow")
    trial = type("Trial", (), {"id": 1, "finish_number": 5})
    notebook.note("failed", trial, "ConnectionError: refused")
    notebook.close()

    said = " ".join(tuner("status", folder).stdout.split())

    assert "sink mlflow: 5 trials are not written: ConnectionError: refused" in said


@pytest.mark.parametrize("verb", ["run", "check"])
def test_a_library_that_is_not_there_is_a_line_before_the_study_begins(
    tuner, config, monkeypatch, tmp_path, verb
):
    monkeypatch.setattr("tuner.sinks.make.find_spec", lambda name: None)

    said = tuner(verb, config, code=2).stderr

    assert said == (
        "error: sinks: tensorboard was asked for, and tensorboard is not installed here\n"
        "hint: pip install 'tuner[tensorboard]', or leave it out\n"
    )
    assert not (tmp_path / "runs").exists()


def test_a_sink_is_no_file(tuner, study):
    assert (
        "--to goes with neither"
        in tuner("export", study, "--to", "mlflow", "-o", "x.csv", code=2).stderr
    )
