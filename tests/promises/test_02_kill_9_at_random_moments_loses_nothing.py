"""Promise 2, a sample; `benchmarks/killed.py` is the full form, with 200 kills."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_02_acknowledged_trials_survive_kill_9_and_none_is_run_twice():
    done = subprocess.run(
        [sys.executable, "benchmarks/killed.py", "--kills", "10", "--seed", "2"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("10 kills"), done.stdout
    assert "jobs that were done and run again: 0" in done.stdout
