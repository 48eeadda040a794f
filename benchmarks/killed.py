"""Promise 2 in full: `kill -9` of the tuner at random moments, and nothing is lost.

Studies of 40 small trials are run through the command line. At a random moment, while it starts or
while it works, the tuner is killed; it is started again with the same command until the study is done, and the next
study begins, until there were as many kills as asked for. Every job keeps a side log of its own:
when it began, when it ended and with which result, a number that it drew itself. At each kill and
at the end of each study the ledger is held against the side log. The moments follow from --seed.

    python benchmarks/killed.py --kills 200
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

JOB = """
import json, os, random, sys, time
def say(**what):
    line = json.dumps({"trial": int(os.environ["TUNER_TRIAL_ID"]),
                       "attempt": int(os.environ["TUNER_ATTEMPT"]), **what}) + "\\n"
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(log, line.encode())
say(said="begin")
time.sleep(random.uniform(0.0, 0.2))
y = random.random()
print(f"y={y!r}", flush=True)
say(said="end", y=y)
os._exit(0)
"""

CONFIG = """
version: 1
name: killed
seed: {seed}
dir: {folder}/study
metric: {{name: y, goal: minimize}}
parameters:
  x: {{type: float, min: 0.0, max: 1.0}}
runner:
  type: command
  command: ["{python}", -I, -S, "{folder}/job.py", "{folder}/side.log", "{{x}}"]
  grace: 1s
  retries: {{lost: 1000}}
resources: {{parallel: {parallel}}}
search: {{method: {method}}}
stop: {{trials: {trials}}}
"""

EARLY = 0.25
PATIENCE_S = 120.0

Attempt = tuple[int, int]  # trial, attempt


class BrokenPromiseError(Exception):
    """What the ledger says and what happened differ."""


@dataclass
class Tally:
    """What was seen over all studies."""

    studies: int = 0
    kills: int = 0
    kills_at_work: int = 0  # while at least one job ran
    completed: int = 0
    attempts: int = 0
    unacknowledged: Counter[int] = field(default_factory=Counter)  # results at a kill: how often
    repeated: int = 0  # jobs that were done and were run again all the same


def promise(kept: object, what: str) -> None:
    """Complain if something promised is not so."""
    if not kept:
        raise BrokenPromiseError(what)


class Study:
    """One study in a folder of its own, with the side log of its jobs."""

    def __init__(self, folder: Path, args: argparse.Namespace, seed: int) -> None:
        self.folder = folder
        self.trials, self.parallel = args.trials, args.parallel
        self.acknowledged: dict[int, tuple[int, float]] = {}
        self.known: set[Attempt] = set()  # attempts that began before this session
        (folder / "job.py").write_text(JOB, encoding="utf-8")
        text = CONFIG.format(
            seed=seed,
            folder=folder,
            python=sys.executable,
            method=args.method,
            trials=args.trials,
            parallel=args.parallel,
        )
        (folder / "killed.yaml").write_text(text, encoding="utf-8")

    def start(self) -> subprocess.Popen[str]:
        """Type the command."""
        return subprocess.Popen(
            [sys.executable, "-m", "tuner", "run", str(self.folder / "killed.yaml")],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""},  # so many starts deserve a cache
            stdout=(self.folder / "screen.log").open("w", encoding="utf-8"),
            stderr=subprocess.STDOUT,
            text=True,
        )

    def side_log(self) -> tuple[set[Attempt], dict[Attempt, float]]:
        """Give the attempts that began, and the results of those that came to their end."""
        path = self.folder / "side.log"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        said = [json.loads(line) for line in lines]
        began = {(s["trial"], s["attempt"]) for s in said if s["said"] == "begin"}
        ended = {(s["trial"], s["attempt"]): s["y"] for s in said if s["said"] == "end"}
        return began, ended

    def ledger(self) -> dict[int, tuple[int, float]]:
        """Give attempt and result of every completed trial, read without any code of ours."""
        path = self.folder / "study" / "ledger.jsonl"
        found: dict[int, tuple[int, float]] = {}
        numbers: set[int] = set()
        for line in path.read_bytes().splitlines() if path.exists() else []:
            try:
                fact = json.loads(line)
            except ValueError:
                continue  # a line that the kill tore: it was never acknowledged
            if fact["n"] in numbers:
                continue  # the same fact, written again because it could not be confirmed
            numbers.add(fact["n"])
            if fact.get("fact") == "finished" and fact["state"] == "completed":
                promise(fact["trial"] not in found, f"trial {fact['trial']} completed twice")
                found[fact["trial"]] = (fact["attempt"], fact["metrics"]["y"])
        return found

    def check_kill(self) -> tuple[int, int]:
        """Hold the ledger against the side log right after a kill.

        Gives how many jobs of this session ran, and how many results are not in the ledger yet.
        """
        now = self.ledger()
        self.check_kept(now)
        began, ended = self.side_log()
        told = {(trial, attempt) for trial, (attempt, _) in now.items()}
        session = began - self.known
        untold = (session & set(ended)) - told
        promise(len(untold) <= self.parallel, f"{len(untold)} results were not written down")
        self.known = began
        return len(session - set(ended)), len(untold)

    def check_kept(self, now: dict[int, tuple[int, float]]) -> None:
        """See that every result acknowledged before is still there, and is what the job measured."""
        _, ended = self.side_log()
        for trial, result in self.acknowledged.items():
            promise(now.get(trial) == result, f"trial {trial}: {result} became {now.get(trial)}")
        for trial, (attempt, y) in now.items():
            promise(
                ended.get((trial, attempt)) == y,
                f"trial {trial}: the ledger says {y}, its job {ended.get((trial, attempt))}",
            )
        self.acknowledged = now

    def check_end(self) -> int:
        """Hold a study that is done against its side log; count the jobs done more than once.

        A job is done when it ended by itself with exit code 0, as its supervisor noted.
        """
        now = self.ledger()
        self.check_kept(now)
        promise(sorted(now) == list(range(1, self.trials + 1)), f"the trials are {sorted(now)}")
        began, _ = self.side_log()
        for trial, (attempt, _) in now.items():
            later = [n for t, n in began if t == trial and n > attempt]
            promise(not later, f"trial {trial} ran again after attempt {attempt} had completed")
        notes = self.folder.glob("study/trials/*/attempt-*/exit.json")
        done = [note for note in notes if json.loads(note.read_bytes())["code"] == 0]
        return len(done) - self.trials


def kill_at_random(
    process: subprocess.Popen[str], study: Study, rng: random.Random, spread_s: float
) -> bool:
    """Kill the tuner at a random moment, every fourth time while it starts, else once a job ran.

    False if it was done before that moment came.
    """
    began = time.monotonic()
    early, delay_s = rng.random() < EARLY, rng.uniform(0.0, spread_s)
    before = len(study.side_log()[0])
    try:
        while not early and len(study.side_log()[0]) == before:
            if time.monotonic() - began > PATIENCE_S or process.poll() is not None:
                return False
            time.sleep(0.002)
        process.wait(delay_s)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


def until_done(study: Study, rng: random.Random, tally: Tally, args: argparse.Namespace) -> None:
    """Run one study, killed again and again, to its end."""
    while True:
        process = study.start()
        if tally.kills < args.kills and kill_at_random(process, study, rng, args.spread):
            running, untold = study.check_kill()
            tally.kills += 1
            tally.kills_at_work += running > 0
            tally.unacknowledged[untold] += 1
            continue
        code = process.wait(PATIENCE_S)
        screen = (study.folder / "screen.log").read_text(encoding="utf-8")
        promise(code == 0, f"exit code {code}:\n{screen[-2000:]}")
        break
    tally.repeated += study.check_end()
    tally.studies += 1
    tally.completed += study.trials
    tally.attempts += len(study.side_log()[0])


def main() -> None:
    """Kill, check, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--method", default="sobol")
    parser.add_argument("--spread", type=float, default=0.8, help="latest moment, in seconds")
    parser.add_argument("--keep", type=Path, help="a new folder for the studies, kept for a look")
    args = parser.parse_args()
    rng, tally, began = random.Random(args.seed), Tally(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="killed-") as made:
        while tally.kills < args.kills:
            folder = (args.keep or Path(made)).resolve() / str(tally.studies)
            folder.mkdir(parents=True)
            try:
                until_done(Study(folder, args, args.seed + tally.studies), rng, tally, args)
            except BrokenPromiseError as broken:
                sys.exit(f"after {tally.kills} kills, in study {tally.studies}: {broken}")
    print(
        f"{tally.kills} kills, {tally.kills_at_work} of them while a job ran, in {tally.studies} "
        f"studies of {args.trials} trials ({time.monotonic() - began:.0f} s)\n"
        f"{tally.completed} trials completed exactly once, in {tally.attempts} attempts\n"
        f"0 acknowledged results lost or changed\n"
        f"results not yet written down at a kill: {dict(sorted(tally.unacknowledged.items()))}\n"
        f"jobs that were done and run again: {tally.repeated}"
    )
    sys.exit(tally.repeated > 0)


if __name__ == "__main__":
    main()
