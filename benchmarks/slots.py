"""How busy the places for jobs are, and where the rest of the time goes.

Jobs that sleep (on two cores, four that compute would only measure each other) note when they began
and ended; the ledger says when each fact was written. Counted is the time from the first job's
start to the last job's start: after that a study has nothing left to fill its places with. What
lies between two jobs in the same place is split into

    noticing   the job's end to its `finished`
    refilling  from there to the next trial's `started`: its suggestion, where none lay ready, its
               folder, and the process that waits for `go`
    starting   from there to the first line of the job itself

    python benchmarks/slots.py --trials 40 --parallel 4 --seconds 2
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

JOB = Path(__file__).with_name("sleeper.py")

CONFIG = """
version: 1
name: slots
dir: {folder}
metric: {{name: loss, goal: minimize}}
parameters:
  x: {{type: float, min: 0.0, max: 1.0}}
  y: {{type: float, min: 0.0, max: 1.0}}
runner:
  type: command
  command: ["{python}", -I, -S, "{job}", "{{x}}", "{{y}}", "{seconds}"]
resources: {{parallel: {parallel}}}
search: {{method: {method}}}
stop: {{trials: {trials}}}
"""


def sleepers(folder: Path, seconds: float, parallel: int, method: str, trials: int) -> str:
    """Configure a study, in this folder, of jobs that sleep."""
    values = {"folder": folder, "seconds": seconds, "parallel": parallel, "method": method}
    return CONFIG.format(**values, python=sys.executable, job=JOB, trials=trials)


@dataclass(frozen=True, kw_only=True)
class Job:
    """When the steps of one trial were taken, in seconds; how long its suggestion took."""

    choosing_s: float
    started: float
    began: float
    ended: float
    finished: float


def run(folder: Path, args: argparse.Namespace, method: str) -> float:
    """Run a study and give its wall time."""
    folder.mkdir()
    config = folder / "slots.yaml"
    text = sleepers(folder / "study", args.seconds, args.parallel, method, args.trials)
    config.write_text(text, encoding="utf-8")
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "tuner", "run", config, "--quiet"], check=True)
    return time.monotonic() - began


def jobs_of(study: Path) -> list[Job]:
    """Read facts and stamps, in the order in which the jobs began."""
    at: dict[tuple[str, int], float] = {}
    choosing_s: dict[int, float] = {}
    for line in (study / "ledger.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if "trial" in record:
            moment = datetime.fromisoformat(record["at"]).timestamp()
            at[record["fact"], record["trial"]] = moment
            choosing_s.setdefault(record["trial"], record.get("seconds", 0.0))
    jobs = []
    for trial in sorted(trial for fact, trial in at if fact == "finished"):
        stamps = next(study.glob(f"trials/{trial}/*/stamps")).read_text(encoding="ascii")
        began, ended = (int(stamp) / 1e9 for stamp in stamps.split())
        jobs.append(
            Job(
                choosing_s=choosing_s[trial],
                started=at["started", trial],
                began=began,
                ended=ended,
                finished=at["finished", trial],
            )
        )
    return sorted(jobs, key=lambda job: job.began)


def gaps(jobs: list[Job], places: int) -> Counter[str]:
    """Split the idle time of each place between two jobs; a job follows the one that ended first."""
    lost: Counter[str] = Counter()
    free = sorted(jobs[:places], key=lambda job: job.ended)
    for job in jobs[places:]:
        before = free.pop(0)
        lost["noticing"] += before.finished - before.ended
        lost["refilling"] += job.started - before.finished
        lost["starting"] += job.began - job.started
        free = sorted([*free, job], key=lambda job: job.ended)
    return lost


def say(method: str, jobs: list[Job], wall_s: float, places: int) -> float:
    """Print the figures of one study and give the busy share."""
    first, last = jobs[0].began, jobs[-1].began
    busy = sum(min(job.ended, last) - job.began for job in jobs if job.began < last)
    share = busy / (places * (last - first))
    print(
        f"{method}: {len(jobs)} jobs, {places} places, {wall_s:.1f} s in all; busy {share:.2%} of "
        f"the {last - first:.1f} s from the first job's start to the last one's"
    )
    lost = gaps(jobs, places)
    handovers = len(jobs) - places
    for what, seconds in lost.items():
        print(f"  {what:<10} {seconds:6.2f} s   {1000 * seconds / handovers:6.1f} ms a job")
    chosen = [job.choosing_s for job in jobs]
    print(f"  a suggestion took {sum(chosen) / len(jobs):.2f} s, at most {max(chosen):.2f} s")
    return share


def main() -> None:
    """Run one study per method and print where the time went."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--methods", nargs="+", default=["sobol", "bayes"])
    parser.add_argument("--at-least", type=float, default=0.95, help="exit 1 below this share")
    args = parser.parse_args()
    shares = []
    with tempfile.TemporaryDirectory(prefix="slots-") as name:
        for method in args.methods:
            folder = Path(name) / method
            wall_s = run(folder, args, method)
            shares.append(say(method, jobs_of(folder / "study"), wall_s, args.parallel))
    sys.exit(min(shares) < args.at_least)


if __name__ == "__main__":
    main()
