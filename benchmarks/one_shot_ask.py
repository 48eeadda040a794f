"""One suggestion from the shell, whole process: `tuner ask` beside `optuna ask` with its GP.

Both studies hold the same 100 trials of six parameters, ours as a ledger on disk, theirs in SQLite. The
commands take turns after one round that fills the caches. The peer's environment holds optuna 5.0.0 and
torch, as `search/environments.py` makes it.

    python benchmarks/one_shot_ask.py --peer ENV
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tuner import Study

TRIALS, COLUMNS = 100, 6
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
FILL = """
import json, sys, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
rows, storage = json.load(open(sys.argv[1])), sys.argv[2]
study = optuna.create_study(study_name="ask", storage=storage)
space = {f"x{j}": optuna.distributions.FloatDistribution(0.0, 1.0) for j in range(6)}
for params, value in rows:
    study.add_trial(optuna.trial.create_trial(params=params, distributions=space, value=value))
"""


def trials() -> list[tuple[dict[str, float], float]]:
    """Make trials around a bowl, half of them anywhere."""
    rng = random.Random(0)
    rows = []
    for k in range(TRIALS):
        spread = 0.5 if k % 2 else 0.1
        x = [min(1.0, max(0.0, 0.4 + rng.uniform(-spread, spread))) for _ in range(COLUMNS)]
        rows.append(({f"x{j}": v for j, v in enumerate(x)}, sum((v - 0.4) ** 2 for v in x)))
    return rows


def ours(folder: Path) -> list[str]:
    """Write the study and give the command."""
    parameters = {f"x{j}": {"type": "float", "min": 0.0, "max": 1.0} for j in range(COLUMNS)}
    metric = {"name": "loss", "goal": "minimize"}
    with Study.create(parameters=parameters, metric=metric, path=folder) as study:
        for params, value in trials():
            study.add(params, value)
    return [sys.executable, "-m", "tuner", "ask", str(folder)]


def theirs(environment: Path, folder: Path) -> list[str]:
    """Fill the database and give the command."""
    folder.mkdir()
    rows, storage = folder / "rows.json", f"sqlite:///{folder}/study.db"
    rows.write_text(json.dumps(trials()), encoding="utf-8")
    python = environment / "bin" / "python"
    subprocess.run([python, "-c", FILL, rows, storage], check=True)
    box = {"name": "FloatDistribution", "attributes": {"low": 0.0, "high": 1.0}}
    space = {f"x{j}": box for j in range(COLUMNS)}
    command = [environment / "bin" / "optuna", "ask", "--storage", storage, "--study-name", "ask"]
    command += ["--sampler", "GPSampler", "--search-space", json.dumps(space)]
    return [str(word) for word in command]


def seconds(command: list[str]) -> float:
    """Run a command once."""
    began = time.perf_counter()
    subprocess.run(command, env=ONE_THREAD, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Take turns, print medians and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--peer", type=Path, required=True, help="environment with optuna and torch"
    )
    parser.add_argument("--runs", type=int, default=7)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ask-") as made:
        commands = {
            "tuner ask": ours(Path(made) / "ours"),
            "optuna ask, GPSampler": theirs(asked.peer, Path(made) / "theirs"),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for turn in range(asked.runs + 1):
            for name, command in commands.items():
                taken = seconds(command)
                times[name] += [taken] if turn else []
    for name, taken in times.items():
        low, high = min(taken), max(taken)
        print(f"{name:<24} {statistics.median(taken):.3f} s   ({low:.3f} to {high:.3f})")
    mine, peer = (statistics.median(taken) for taken in times.values())
    print(f"ratio {mine / peer:.2f}")


if __name__ == "__main__":
    main()
