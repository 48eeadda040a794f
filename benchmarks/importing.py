"""What `tuner import` of a study of 10,000 trials costs: processor seconds of the whole process.

The study has nine parameters, mixed, one of them conditional, and a trial in twenty failed. It is read as
our own ledger, as a CSV table of anybody's, and as a store of Optuna.

    python benchmarks/importing.py
"""

import argparse
import csv
import json
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tuner.config import StudyConfig, config_hash, read_config
from tuner.ledger import Stamp, make_ledger, this_worker
from tuner.study import Closed, Fact, Finished, Opened, Started, Suggested

PARAMETERS = {
    "lr": {"type": "float", "min": 1e-5, "max": 1.0, "log": True},
    "layers": {"type": "int", "min": 2, "max": 12},
    "width": {"type": "int", "min": 64, "max": 1024, "log": True},
    "optimizer": {"values": ["sgd", "adamw"]},
    "batch": {"values": [32, 64, 128, 256], "ordered": True},
    "dropout": {"type": "float", "min": 0.0, "max": 0.5},
    "weight_decay": {"type": "float", "min": 1e-6, "max": 1e-2, "log": True, "or_zero": True},
    "amp": {"type": "bool"},
    "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "optimizer == 'sgd'"},
}
DISTRIBUTIONS = {
    "lr": ("FloatDistribution", {"low": 1e-5, "high": 1.0, "log": True, "step": None}),
    "layers": ("IntDistribution", {"low": 2, "high": 12, "log": False, "step": 1}),
    "width": ("IntDistribution", {"low": 64, "high": 1024, "log": True, "step": 1}),
    "optimizer": ("CategoricalDistribution", {"choices": ["sgd", "adamw"]}),
    "batch": ("CategoricalDistribution", {"choices": [32, 64, 128, 256]}),
    "dropout": ("FloatDistribution", {"low": 0.0, "high": 0.5, "log": False, "step": None}),
    "weight_decay": ("FloatDistribution", {"low": 0.0, "high": 1e-2, "log": False, "step": None}),
    "amp": ("CategoricalDistribution", {"choices": [False, True]}),
    "momentum": ("FloatDistribution", {"low": 0.5, "high": 0.99, "log": False, "step": None}),
}
STORE = """
CREATE TABLE version_info (version_info_id INTEGER, schema_version INTEGER, library_version TEXT);
CREATE TABLE studies (study_id INTEGER, study_name TEXT);
CREATE TABLE study_directions (study_id INTEGER, direction TEXT, objective INTEGER);
CREATE TABLE study_system_attributes (study_id INTEGER, key TEXT, value_json TEXT);
CREATE TABLE trials (trial_id INTEGER, number INTEGER, study_id INTEGER, state TEXT);
CREATE TABLE trial_params
    (trial_id INTEGER, param_name TEXT, param_value FLOAT, distribution_json TEXT);
CREATE TABLE trial_system_attributes (trial_id INTEGER, key TEXT, value_json TEXT);
CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value FLOAT, value_type TEXT);
CREATE TABLE trial_intermediate_values
    (trial_id INTEGER, step INTEGER, intermediate_value FLOAT, intermediate_value_type TEXT);
INSERT INTO version_info VALUES (1, 12, '5.0.0');
INSERT INTO studies VALUES (1, 'old');
INSERT INTO study_directions VALUES (1, 'MAXIMIZE', 0);
"""


def tried(count: int) -> Iterator[tuple[dict[str, object], float | None]]:
    """Give points and what came of them, None where a trial failed."""
    rng = random.Random(0)
    for trial in range(1, count + 1):
        optimizer = rng.choice(["sgd", "adamw"])
        point = {
            "lr": 10 ** rng.uniform(-5, 0),
            "layers": rng.randint(2, 12),
            "width": rng.randint(64, 1024),
            "optimizer": optimizer,
            "batch": rng.choice([32, 64, 128, 256]),
            "dropout": rng.uniform(0, 0.5),
            "weight_decay": 10 ** rng.uniform(-6, -2) if trial % 10 else 0.0,
            "amp": rng.random() < 0.5,
        }
        if optimizer == "sgd":
            point["momentum"] = rng.uniform(0.5, 0.99)
        yield point, None if trial % 20 == 0 else rng.random()


def facts_of(config: StudyConfig, count: int) -> Iterator[Fact]:
    """Give the facts of a study, as the loop writes them."""
    yield Opened(study="old", config=config.plain, config_hash=config_hash(config.plain))
    for trial, (point, value) in enumerate(tried(count), start=1):
        yield Suggested(
            trial=trial, point=point, method="bayes", seed=trial * 7919, mean=0.5, sd=0.1
        )
        argv = ("python", "train.py", *(f"--{name}={value!r}" for name, value in point.items()))
        yield Started(trial=trial, attempt=1, host="node-17", pid=4000 + trial, argv=argv)
        if value is None:
            yield Finished(trial=trial, attempt=1, state="failed", failure="crash", exit_code=1)
        else:
            yield Finished(
                trial=trial, attempt=1, state="completed", metrics={"val_acc": value}, exit_code=0
            )
    yield Closed(reason=f"{count} trials")


def write_ledger(folder: Path, count: int) -> Path:
    """Write the study as our own ledger."""
    metric = {"name": "val_acc", "goal": "maximize"}
    config = read_config({"metric": metric, "parameters": PARAMETERS, "runner": {"type": "manual"}})
    ledger = make_ledger(folder / "old", config.ledger, Stamp(this_worker()))
    ledger.append(list(facts_of(config, count)))
    ledger.close()
    return folder / "old" / "ledger.jsonl"


def write_csv(folder: Path, count: int) -> Path:
    """Write the study as a table."""
    file = folder / "old.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.DictWriter(out, [*PARAMETERS, "val_acc", "state"])
        rows.writeheader()
        for point, value in tried(count):
            ended = (
                {"state": "failed"} if value is None else {"val_acc": value, "state": "completed"}
            )
            rows.writerow({**point, **ended})
    return file


def write_store(folder: Path, count: int) -> Path:
    """Write the study as Optuna does: what a reader needs of its tables."""
    file = folder / "old.db"
    said = {
        name: json.dumps({"name": kind, "attributes": attributes})
        for name, (kind, attributes) in DISTRIBUTIONS.items()
    }
    with sqlite3.connect(file) as store:
        store.executescript(STORE)
        for trial, (point, value) in enumerate(tried(count), start=1):
            state = "FAIL" if value is None else "COMPLETE"
            store.execute("INSERT INTO trials VALUES (?, ?, 1, ?)", (trial, trial - 1, state))
            params = [(trial, name, _stored(name, v), said[name]) for name, v in point.items()]
            store.executemany("INSERT INTO trial_params VALUES (?, ?, ?, ?)", params)
            if value is not None:
                store.execute("INSERT INTO trial_values VALUES (?, 0, ?, 'FINITE')", (trial, value))
    store.close()
    return file


def _stored(name: str, value: object) -> object:
    choices = DISTRIBUTIONS[name][1].get("choices")
    return choices.index(value) if isinstance(choices, list) else value


def processor_s(source: Path, *options: str) -> float:
    """Import it in a process of its own, and give the processor seconds of that and its children."""
    to = source.with_name("new")
    shutil.rmtree(to, ignore_errors=True)
    words = [sys.executable, "-m", "tuner", "import", str(source), "--to", str(to), *options]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_WRONLY, 0) for fd in (1, 2)]
    pid = os.posix_spawn(sys.executable, words, kept, file_actions=quiet)
    _, status, used = os.wait4(pid, 0)
    assert status == 0, words
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Write the three, import them in turns, and print what each costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="importing-") as made:
        folder = Path(made)
        metric = ("--metric", "val_acc", "--goal", "maximize")
        sources = {
            "our ledger": (write_ledger(folder, chosen.trials),),
            "a CSV table": (write_csv(folder, chosen.trials), *metric),
            "a store of Optuna": (write_store(folder, chosen.trials),),
        }
        times: dict[str, list[float]] = {name: [] for name in sources}
        for turn in range(chosen.runs + 1):
            for name, (source, *options) in sources.items():
                used = processor_s(source, *options)
                if turn:  # the first fills the caches
                    times[name].append(used)
    for name, measured in times.items():
        low, *_, high = sorted(measured)
        said = f"({low:.2f} to {high:.2f}, {len(measured)} runs)"
        print(f"{name:<20} {statistics.median(measured):.2f} s of processor time  {said}")


if __name__ == "__main__":
    main()
