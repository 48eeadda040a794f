"""What `tuner report` costs: a study of 1,000 trials of 10 parameters, whole process, file written.

python benchmarks/report.py
python benchmarks/report.py --trials 100 --keep /tmp/looked-at
"""

import argparse
import math
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tuner.config import config_hash, load_config
from tuner.ledger import Stamp, make_ledger, this_worker
from tuner.study import Closed, Fact, Finished, Opened, Reported, Started, Suggested

CONFIG = """
version: 1
name: {name}
dir: {folder}
metric: {{name: loss, goal: minimize}}
parameters:
  lr: {{type: float, min: 1e-5, max: 0.1, log: true}}
  weight_decay: {{type: float, min: 1e-6, max: 1e-2, log: true}}
  dropout: {{type: float, min: 0, max: 0.6}}
  label_smoothing: {{type: float, min: 0, max: 0.2}}
  layers: {{type: int, min: 1, max: 12}}
  width: {{type: int, min: 16, max: 1024, log: true}}
  batch_size: {{values: [32, 64, 128, 256], ordered: true}}
  optimizer: {{values: [sgd, adamw, lion]}}
  amp: {{type: bool}}
  warmup: {{type: float, min: 0, max: 0.2}}
runner: {{type: command, command: 'python train.py {{args}}'}}
resources: {{parallel: 8}}
stop: {{trials: {trials}}}
cost: {{gpu_hour: 2.49, currency: USD}}
"""


def point_of(rng: random.Random, done: float) -> dict[str, Any]:
    """Draw a point, nearer to the optimum the further the study is."""
    spread = 1.5 * (1 - 0.8 * done)

    def near(at: float, low: float, high: float) -> float:
        return min(high, max(low, rng.gauss(at, spread * (high - low) / 3)))

    return {
        "lr": 10 ** near(-2.6, -5, -1),
        "weight_decay": 10 ** near(-4, -6, -2),
        "dropout": near(0.2, 0, 0.6),
        "label_smoothing": near(0.1, 0, 0.2),
        "layers": round(near(6, 1, 12)),
        "width": round(2 ** near(8, 4, 10)),
        "batch_size": rng.choice([32, 64, 128, 256]),
        "optimizer": rng.choice(["sgd", "adamw", "lion"]),
        "amp": rng.random() < 0.5,
        "warmup": near(0.05, 0, 0.2),
    }


def loss_of(point: dict[str, Any]) -> float:
    """Give what would be measured, without noise."""
    lr = math.log10(point["lr"])
    return float(
        0.25
        + 0.12 * (lr + 2.6 - 0.4 * (point["optimizer"] == "sgd")) ** 2
        + 0.02 * (math.log10(point["weight_decay"]) + 4) ** 2
        + 0.9 * (point["dropout"] - 0.2) ** 2
        + 0.002 * (point["layers"] - 6) ** 2
        + 0.01 * (math.log2(point["width"]) - 8) ** 2 * (1 + abs(lr + 2.6))
        + 0.05 * (point["optimizer"] == "sgd")
    )


def facts(count: int, rng: random.Random) -> Iterator[Fact]:
    """Give the facts of a study: some trials diverge, some run out of memory, all report."""
    for number in range(1, count + 1):
        point = point_of(rng, number / count)
        modelled = number > 5
        loss = loss_of(point)
        yield Suggested(
            trial=number,
            point=point,
            method="bayes" if modelled else "sobol",
            seed=number,
            mean=loss * rng.uniform(0.92, 1.08) if modelled else None,
            sd=0.05 * loss if modelled else None,
            acquisition=-3.0 - number / 100 if modelled else None,
            seconds=0.05,
        )
        argv = ("python", "train.py", *(f"--{name}={value}" for name, value in point.items()))
        gpu = str(number % 8)
        yield Started(trial=number, attempt=1, host="box", pid=number, devices=(gpu,), argv=argv)
        if number <= min(200, count):
            for step in range(1, 11):
                value = loss + 1.5 * math.exp(-step / 2.5) + rng.gauss(0, 0.01)
                yield Reported(trial=number, attempt=1, step=float(step), metrics={"loss": value})
        seconds = rng.uniform(40, 90)
        failed = "diverged" if point["lr"] > 0.03 else "oom" if point["width"] > 900 else None
        if failed:
            yield Finished(
                trial=number,
                attempt=1,
                state="failed",
                failure=failed,  # type: ignore[arg-type]  # one of two classes
                exit_code=1,
                wall_s=seconds / 4,
                gpu_s=seconds / 4,
                message="loss is nan at step 120" if failed == "diverged" else "CUDA out of memory",
            )
            continue
        yield Finished(
            trial=number,
            attempt=1,
            state="completed",
            metrics={"loss": loss + rng.gauss(0, 0.01), "seconds_per_epoch": seconds / 10},
            exit_code=0,
            wall_s=seconds,
            gpu_s=seconds,
            peak_memory_bytes=2_000_000_000,
        )
    yield Closed(reason=f"trials: {count}", finished=True)


def write_study(folder: Path, count: int, seed: int = 0) -> None:
    """Write a ledger of so many trials into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "config.yaml"
    file.write_text(CONFIG.format(name=folder.name, folder=folder, trials=max(count, 1)))
    config = load_config(file)
    digest = config_hash(config.plain)
    ledger = make_ledger(folder, config.ledger, Stamp(this_worker()))
    opened = Opened(study=config.name, config=config.plain, config_hash=digest, host="box")
    ledger.append([opened])
    ledger.append(list(facts(count, random.Random(seed))))
    ledger.close()


def measure(folder: Path, out: Path) -> tuple[float, float, int]:
    """Run `tuner report`; give its processor seconds, its seconds, and the bytes written."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "tuner", "report", folder, "-o", out], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, time.perf_counter() - began, out.stat().st_size


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        folder = (asked.keep or Path(name)) / "shown"
        if not folder.exists():
            write_study(folder, asked.trials)
        used, wall, size = measure(folder, folder / "report.html")
    print(
        f"{asked.trials} trials of 10 parameters: {used:.1f} s of processor time, "
        f"{wall:.1f} s, {size / 1e6:.2f} MB"
    )


if __name__ == "__main__":
    main()
