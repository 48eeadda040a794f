"""Promise 8 in the form for CI: 10,000 trials. `benchmarks/ledger.py` measures 100,000 and more."""

import json
import subprocess
import sys

import pytest

from tuner.ledger.codec import encode
from tuner.study import Finished, Record, Started, Suggested

TRIALS = 10_000
READ = """
import json, sys, time
from pathlib import Path
from tuner.ledger import read_study

before = time.process_time()
history = read_study(Path(sys.argv[1])).history
seconds = time.process_time() - before
status = Path("/proc/self/status").read_text()  # ru_maxrss would begin with the parent's
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
heavy = sorted({"numpy", "pandas", "torch", "pydantic", "yaml"} & set(sys.modules))
print(json.dumps([len(history.trials), history.ended, seconds, peak, heavy]))
"""


@pytest.fixture
def large(tmp_path):
    facts = (
        fact
        for trial in range(1, TRIALS + 1)
        for fact in (
            Suggested(trial=trial, point={"lr": trial / 7, "opt": "adam", "n": trial}, method="bayes"),
            Started(trial=trial, attempt=1, argv=("python", "train.py", f"--lr={trial / 7}")),
            Finished(trial=trial, attempt=1, state="completed", metrics={"loss": 1 / trial}),
        )
    )  # fmt: skip
    at = "2026-01-31T09:30:00.000000Z"
    with (tmp_path / "ledger.jsonl").open("wb") as file:
        for number, fact in enumerate(facts, start=1):
            file.write(encode(Record(number, at, number / 10, "host/boot/1/2", fact)))
    return tmp_path


@pytest.mark.slow
def test_ten_thousand_trials_take_seconds_and_little_memory(large):
    said = subprocess.run(
        [sys.executable, "-c", READ, str(large)], check=True, capture_output=True, text=True
    ).stdout

    trials, ended, seconds, peak_mib, heavy = json.loads(said)
    assert (trials, ended) == (TRIALS, TRIALS)
    assert seconds < 3.0  # 0.3 s where nothing else runs
    assert peak_mib < 150
    assert heavy == []
