"""How fast is the ledger? Prints what promises 8 and 9 speak of; asserts nothing.

python benchmarks/ledger.py --status --resume      100,000 trials
python benchmarks/ledger.py --trials 1000000 --no-latency
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tuner.config import config_hash, load_config
from tuner.ledger import LedgerSpec, Stamp, make_ledger, this_worker, write_table
from tuner.ledger.codec import encode
from tuner.study import Closed, Fact, Finished, History, Opened, Record, Started, Suggested

TUNER = [sys.executable, "-m", "tuner"]
STUDY = """
version: 1
name: ledger
dir: {folder}
metric: {{name: val_acc, goal: maximize}}
parameters:
  lr: {{type: float, min: 1e-5, max: 1.0, log: true}}
  layers: {{type: int, min: 2, max: 12}}
  optimizer: {{values: [sgd, adamw]}}
  dropout: uniform(0.0, 0.5)
  weight_decay: {{type: float, min: 1e-6, max: 1e-2, log: true}}
  amp: {{type: bool}}
runner:
  type: command
  command: [sh, -c, 'date +%s%N > "$TUNER_TRIAL_DIR/begin"; echo val_acc={{lr}}', '{{args.json}}']
search: {{method: {method}}}
stop: {{trials: {trials}}}
"""
REPLAY = """
import json, resource, sys, time
began = time.perf_counter()
from pathlib import Path
from tuner.ledger import read_study
loaded = time.perf_counter()
reading = read_study(Path(sys.argv[1]))
done = time.perf_counter()
status = Path("/proc/self/status").read_text()  # ru_maxrss would begin with the parent's
peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
assert not reading.damage
print(json.dumps({"trials": len(reading.history.trials), "import_s": round(loaded - began, 3),
                  "replay_s": round(done - loaded, 3), "cpu_s": round(time.process_time(), 3),
                  "peak_mib": round(peak)}))
"""


def facts_of(trial: int) -> Iterator[Fact]:
    """Give the three facts of a trial such as a study of a small network has."""
    share = (trial * 0.6180339887) % 1
    yield Suggested(
        trial=trial,
        point={
            "lr": 10 ** (-5 * share),
            "layers": trial % 11 + 2,
            "optimizer": "adamw",
            "dropout": share / 2,
            "weight_decay": 1e-6 + share / 1000,
            "amp": trial % 2 == 0,
        },
        method="bayes",
        seed=trial * 7919,
        mean=share,
        sd=share / 10,
        acquisition=-3 * share,
        seconds=0.5 + share,
        seen=trial - 1,
    )
    yield Started(
        trial=trial,
        attempt=1,
        host="node-17",
        pid=4000 + trial,
        pid_started=1e6 + trial,
        boot_id="0a1b2c3d-1111-2222-3333-444455556666",
        devices=("0",),
        argv=("python", "train.py", f"--lr={share!r}", f"--layers={trial % 11 + 2}", "--amp"),
        folder=f"trials/{trial}/attempt-1",
    )
    yield Finished(
        trial=trial,
        attempt=1,
        state="completed",
        metrics={"val_acc": 1 - share},
        exit_code=0,
        wall_s=60 * share,
        gpu_s=60 * share,
        peak_memory_bytes=12_345_678_901,
    )


def write_study(folder: Path, trials: int, method: str) -> Path:
    """Write the configuration of a study that may run one trial more; its ledger lies in `study`."""
    file = folder / "study.yaml"
    text = STUDY.format(folder=folder / "study", method=method, trials=trials + 1)
    file.write_text(text, encoding="utf-8")
    (folder / "study").mkdir(mode=0o700, exist_ok=True)
    return file


def write_ledger(config: Path, trials: int) -> int:
    """Write a ledger as a study of so many trials would have, and give its size."""
    study = load_config(config)
    worker, number = this_worker(), 1
    opened = Opened(study=study.name, config=study.plain, config_hash=config_hash(study.plain))
    file = study.dir / "ledger.jsonl"
    with file.open("wb") as out:
        out.write(encode(Record(1, "2026-01-01T00:00:00.000000Z", 0.0, worker, opened)))
        for trial in range(1, trials + 1):
            for fact in facts_of(trial):
                number += 1
                at = f"2026-01-01T00:00:00.{number % 1_000_000:06}Z"
                out.write(encode(Record(number, at, number / 10, worker, fact)))
        closed = Closed(reason="a pause")
        out.write(encode(Record(number + 1, at, number / 10, worker, closed)))
    return file.stat().st_size


def status_s(study: Path) -> float:
    """Give the wall seconds of the whole process that `tuner status` is."""
    began = time.perf_counter()
    subprocess.run([*TUNER, "status", str(study)], check=True, capture_output=True)
    return time.perf_counter() - began


def resume_s(config: Path, ledger: bytes, trial: int) -> tuple[float, float]:
    """Type `tuner run`: seconds until the process of the next job began, and until all was over."""
    study = config.parent / "study"
    (study / "ledger.jsonl").write_bytes(ledger)
    shutil.rmtree(study / "trials", ignore_errors=True)
    began = time.time_ns()
    subprocess.run([*TUNER, "run", str(config)], check=True, capture_output=True)
    over = time.time_ns()
    stamp = next(study.glob(f"trials/{trial}/*/begin"))
    return (int(stamp.read_text(encoding="ascii")) - began) / 1e9, (over - began) / 1e9


def replay(file: Path) -> dict[str, float]:
    """Read a ledger in a fresh process."""
    command = [sys.executable, "-c", REPLAY, str(file)]
    said = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(said.stdout))


def latency(folder: Path, count: int) -> list[float]:
    """Give the seconds that each append with its fsync takes."""
    ledger = make_ledger(folder, LedgerSpec(), Stamp(this_worker()))
    times = []
    for trial in range(1, count + 1):
        for fact in facts_of(trial):
            began = time.perf_counter()
            ledger.append([fact])
            times.append(time.perf_counter() - began)
    ledger.close()
    return times


def table_s(trials: int, file: Path) -> float:
    """Give the seconds that `trials.csv` takes to write."""
    facts = [fact for trial in range(1, trials + 1) for fact in facts_of(trial)]
    records = (Record(n, "", 0.0, "w", fact) for n, fact in enumerate(facts, start=1))
    history = History.replay(records)
    began = time.perf_counter()
    write_table(history, file)
    return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--appends", type=int, default=500, help="trials in the latency test")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="on the disk that is to be measured")
    parser.add_argument("--status", action="store_true", help="time `tuner status` on it, too")
    parser.add_argument("--resume", action="store_true", help="time `tuner run` on it, too")
    parser.add_argument("--method", default="sobol", help="that suggests the resumed trial")
    parser.add_argument("--no-latency", dest="latency", action="store_false")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        folder = Path(name)
        config = write_study(folder, chosen.trials, chosen.method)
        size = write_ledger(config, chosen.trials)
        print(f"ledger of {chosen.trials:,} trials: {size / 2**20:.0f} MiB")
        look(config, chosen)
        if chosen.latency:
            say_latency(folder, chosen.appends)
            rows = min(chosen.trials, 100_000)
            print(f"trials.csv of {rows:,} rows: {table_s(rows, folder / 'trials.csv'):.2f} s")


def look(config: Path, chosen: argparse.Namespace) -> None:
    """Open the ledger in every way that was asked for."""
    study = config.parent / "study"
    for _ in range(chosen.repeats):
        print("replay in a fresh process:", replay(study / "ledger.jsonl"))
    for _ in range(chosen.repeats if chosen.status else 0):
        print(f"tuner status, the whole process: {status_s(study):.2f} s")
    ledger = (study / "ledger.jsonl").read_bytes() if chosen.resume else b""
    for _ in range(chosen.repeats if chosen.resume else 0):
        first, over = resume_s(config, ledger, chosen.trials + 1)
        print(
            f"tuner run ({chosen.method}): first job after {first:.2f} s, over after {over:.2f} s"
        )


def say_latency(folder: Path, count: int) -> None:
    """Print what an append costs."""
    times = latency(folder / "appended", count)
    median, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(f"append + fsync: median {1e3 * median:.2f} ms, p99 {1e3 * p99:.2f} ms")
    print(f"overhead of the ledger on a 1 s job (3 facts): {3 * 100 * median:.2f} %")


if __name__ == "__main__":
    main()
