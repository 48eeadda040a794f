"""How long a person waits for the command line, beside a peer, in one run.

Measured: `tuner --help`, `tuner status` on a study of 1,000 trials, the peer's `--help`, and the time
from `tuner run` to the start of the first job's process. The commands take turns, so that a noisy
machine is noisy for all of them, after one round that fills the caches (bytecode, files). The peer, optuna 5.0.0, gets an environment of its own, which is
made when it is not there yet.

    python benchmarks/startup.py --peer .venv-optuna
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from tuner.config import config_hash, load_config
from tuner.ledger import Stamp, make_ledger, this_worker
from tuner.study import Closed, Fact, Finished, Opened, Reported, Started, Suggested

TRIALS = 1000
PEER = "optuna==5.0.0"
CACHED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
TUNER = [sys.executable, "-m", "tuner"]
HEAVY = ["torch", "pandas", "numpy", "scipy", "pydantic", "matplotlib", "botorch"]

LOADED = f"""
import sys
from tuner.__main__ import main
sys.argv = ["tuner", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
print(" ".join(name for name in {HEAVY!r} if name in sys.modules) or "none", file=sys.stderr)
"""

STUDY = """
version: 1
name: startup
dir: {folder}/study
metric: {{name: y, goal: minimize}}
parameters:
  lr: {{type: float, min: 1e-5, max: 0.1, log: true}}
  layers: {{type: int, min: 1, max: 8}}
  optimizer: {{values: [sgd, adamw]}}
runner:
  type: command
  command: [sh, -c, 'date +%s%N > "$TUNER_TRIAL_DIR/begin"; echo y={{lr}}']
stop: {{trials: 1}}
"""


def peer_command(folder: Path) -> Path:
    """Give the peer's command, installed into an environment of its own if it is not there."""
    command = folder / "bin" / "optuna"
    if not command.exists():
        print(f"installing {PEER} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "-q", PEER], check=True)
    return command


def seconds(command: list[str]) -> float:
    """Run a command once and give its wall time."""
    began = time.perf_counter()
    subprocess.run(command, env=CACHED, check=True, capture_output=True)
    return time.perf_counter() - began


def loaded(arguments: list[str]) -> str:
    """Name the heavy packages that a command of ours has loaded when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], check=True, capture_output=True, text=True
    )
    return done.stderr.strip().splitlines()[-1]


def thousand_trials(folder: Path) -> Path:
    """Write a study of 1,000 trials that ended, fact by fact as the command line writes them."""
    folder.mkdir()
    file = folder / "startup.yaml"
    file.write_text(STUDY.format(folder=folder), encoding="utf-8")
    config = load_config(file)
    config.dir.mkdir(mode=0o700)
    (config.dir / "config.yaml").write_bytes(file.read_bytes())
    rng = random.Random(0)
    facts: list[Fact] = [
        Opened(study=config.name, config=config.plain, config_hash=config_hash(config.plain))
    ]
    for trial in range(1, TRIALS + 1):
        point = {
            "lr": 10 ** rng.uniform(-5, -1),
            "layers": rng.randint(1, 8),
            "optimizer": rng.choice(["sgd", "adamw"]),
        }
        curve = [rng.random() / step for step in range(1, 11)]
        facts.append(Suggested(trial=trial, point=point, method="bayes", mean=0.5, sd=0.1))
        facts.append(Started(trial=trial, attempt=1, pid=trial, argv=("python", "train.py")))
        facts += [
            Reported(trial=trial, attempt=1, step=float(step), metrics={"y": y})
            for step, y in enumerate(curve, 1)
        ]
        finish = Finished(
            trial=trial, attempt=1, state="completed", metrics={"y": curve[-1]}, wall_s=10.0
        )
        facts.append(finish)
    ledger = make_ledger(config.dir, config.ledger, Stamp(this_worker()))
    ledger.append([*facts, Closed(reason="1000 trials")])
    ledger.close()
    return config.dir


def first_job(folder: Path) -> float:
    """Type `tuner run` and give the seconds until the process of the first job began."""
    folder.mkdir()
    config = folder / "startup.yaml"
    config.write_text(STUDY.format(folder=folder), encoding="utf-8")
    began = time.time_ns()
    subprocess.run([*TUNER, "run", str(config)], env=CACHED, check=True, capture_output=True)
    stamp = next(folder.glob("study/trials/1/*/begin"))
    return (int(stamp.read_text(encoding="ascii")) - began) / 1e9


def take_turns(commands: dict[str, list[str]], runs: int) -> dict[str, list[float]]:
    """Run every command once to warm the caches, then all of them in turn, `runs` times."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for command in commands.values():
        seconds(command)
    for _ in range(runs):
        for name, command in commands.items():
            times[name].append(seconds(command))
    return times


def line(name: str, times: list[float]) -> str:
    """Give median and spread in words."""
    low, *_, high = sorted(times)
    return f"{name:<40} {statistics.median(times):6.3f} s   ({low:.3f} to {high:.3f}, {len(times)} runs)"


def main() -> None:
    """Measure everything in turns and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", type=Path, default=Path(".venv-optuna"), help="its environment")
    parser.add_argument("--runs", type=int, default=9)
    args = parser.parse_args()
    optuna = peer_command(args.peer)
    with tempfile.TemporaryDirectory(prefix="startup-") as made:
        folder = Path(made)
        study = thousand_trials(folder / "thousand")
        commands = {
            "tuner --help": [*TUNER, "--help"],
            f"tuner status, {TRIALS:,} trials": [*TUNER, "status", str(study)],
            "optuna --help": [str(optuna), "--help"],
        }
        times = take_turns(commands, args.runs)
        first_job(folder / "warm")
        jobs = [first_job(folder / str(n)) for n in range(args.runs)]
        for name, measured in times.items():
            print(line(name, measured))
        print(line("tuner run, to the first job's process", jobs))
        theirs = statistics.median(times.pop("optuna --help"))
        for name, measured in times.items():
            print(f"{name}: {statistics.median(measured) / theirs:.2f} of optuna --help")
        for arguments in (["--help"], ["status", str(study)]):
            print(f"loaded by tuner {arguments[0]}: {loaded(arguments)}")


if __name__ == "__main__":
    main()
