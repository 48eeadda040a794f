"""A person's desk: a folder, a training script, a configuration, and the real command line."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tuner.cli.app import app

JOB = """
import json, os, sys, time
values = dict(word[2:].split("=") for word in sys.argv[1:] if "=" in word)
x, y = float(values["x"]), float(values["y"])
mode = os.environ.get("MODE", "")
with open(os.environ.get("SIDE", os.devnull), "a") as side:
    side.write(json.dumps({"trial": os.environ["TUNER_TRIAL_ID"], "x": x, "y": y}) + "\\n")
if mode == "fail":
    print("cannot find the data", file=sys.stderr)
    sys.exit(1)
time.sleep(float(os.environ.get("SECONDS", "0")))
while os.path.exists(os.environ.get("HOLD", "")):
    time.sleep(0.02)
print("loss:", (x - 0.3) ** 2 + (y - 0.7) ** 2)
"""


@dataclass
class Desk:
    folder: Path

    @property
    def runner(self):
        return {"command": f"{sys.executable} -I -S job.py {{args}}", "grace": "1s"}

    def write(self, **sections):
        """Write study.yaml; sections replace the default ones."""
        config = {
            "name": "story",
            "dir": "study",
            "seed": 3,
            "metric": {"name": "loss", "goal": "minimize"},
            "parameters": {
                "x": {"type": "float", "min": 0, "max": 1},
                "y": {"type": "float", "min": 0, "max": 1},
            },
            "runner": self.runner,
            "search": {"method": "sobol"},
            "stop": {"trials": 4},
            **sections,
        }
        (self.folder / "study.yaml").write_text(yaml.safe_dump(config))

    def command(self, *words):
        return [sys.executable, "-m", "tuner", *map(str, words)]

    def start(self, *words, **env):
        return subprocess.Popen(
            self.command(*words),
            cwd=self.folder,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def tuner(self, *words, code=0, **env):
        """Run a command to its end, hold it to an exit code, give what it printed."""
        out, err = self.both(*words, code=code, **env)
        return out + err if code else out

    def both(self, *words, code=0, **env):
        """Give what it printed on stdout and on stderr."""
        process = self.start(*words, **env)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, f"exit {process.returncode}\n{out}\n{err}"
        return out, err

    def facts(self):
        file = self.folder / "study" / "ledger.jsonl"
        if not file.exists():
            return []
        lines = file.read_bytes().split(b"\n")
        return [json.loads(line) for line in lines[:-1] if line]

    def trials(self, study="study"):
        """Give what `tuner trials` prints, asked in this process."""
        done = CliRunner().invoke(app, ["trials", str(self.folder / study), "--format", "json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    def until(self, condition, seconds=60):
        """Wait for something to become true; fail when it does not."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen"
            time.sleep(0.01)

    def count(self, fact, **fields):
        return sum(
            f["fact"] == fact and all(f.get(k) == v for k, v in fields.items())
            for f in self.facts()
        )

    def signal(self, process, number=signal.SIGINT):
        process.send_signal(number)


@pytest.fixture
def desk(tmp_path):
    root = Path(__file__).resolve().parents[2]
    os.environ["PYTHONPATH"] = str(root)
    (tmp_path / "job.py").write_text(JOB)
    return Desk(tmp_path)
