"""The verb itself, as a process."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tuner.cli.app import app

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def started(written, tmp_path):
    written("a").trial(0.5)
    command = [sys.executable, "-m", "tuner", "dashboard", str(tmp_path / "runs"), "--no-open"]
    process = subprocess.Popen(
        [*command, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    yield process
    process.kill()
    process.communicate()


def test_it_prints_its_link_answers_and_ends_with_ctrl_c(started):
    link = started.stdout.readline().strip()
    address, _, token = link.partition("/?token=")
    assert address.startswith("http://127.0.0.1:")
    assert len(token) > 20

    request = urllib.request.Request(f"{address}/studies", headers={"x-tuner-token": token})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer)["studies"][0]["best"] == 0.5
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{address}/studies", timeout=30)

    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=30)
    assert started.returncode == 130
    assert "Traceback" not in said


def test_a_missing_library_is_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setattr("tuner.cli.dashboard.find_spec", lambda _name: None)

    done = CliRunner().invoke(app, ["dashboard", str(tmp_path)])

    assert done.exit_code == 2
    assert "the dashboard needs starlette and uvicorn" in done.stderr
    assert "pip install 'tuner[dashboard]'" in done.stderr


def test_a_port_that_is_taken_is_said(started, tmp_path):
    port = started.stdout.readline().partition("127.0.0.1:")[2].partition("/")[0]

    done = CliRunner().invoke(app, ["dashboard", str(tmp_path), "--no-open", "--port", port])

    assert done.exit_code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in done.stderr
