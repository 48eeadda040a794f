"""Whether `tuner dashboard` keeps up: studies of 1,000 trials, each gaining a trial a second.

The dashboard runs as a process of its own; this one writes the trials, and asks for the list as a
page does. Lag is the time from the confirmed write of a trial to the first answer that counts it.

    python benchmarks/dashboard.py
    python benchmarks/dashboard.py --studies 5 --seconds 20 --open
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import deque
from dataclasses import replace
from pathlib import Path

from report import facts, write_study

from tuner.ledger import Stamp, make_ledger, this_worker
from tuner.ledger.spec import LedgerSpec
from tuner.study import Closed, Fact, Finished, Opened, Reported, Started, Suggested

ASK_S = 0.2
PATIENCE_S = 30.0


class Growing:
    """A study that gains trials.

    Attributes:
        waits: number of trials and when that many were on disk, for those not seen yet.
    """

    def __init__(self, folder: Path, trials: int) -> None:
        write_study(folder, trials)
        self.folder, self.trials = folder, trials
        self.waits: deque[tuple[int, float]] = deque()
        spare = facts(trials + 10_000, random.Random(folder.name))
        self._spare = (f for f in spare if not isinstance(f, Opened | Closed))
        self._ledger = make_ledger(folder, LedgerSpec(), Stamp(this_worker()))

    def grow(self) -> None:
        """Let one more trial end."""
        self.trials += 1
        due: list[Fact] = []
        for fact in self._spare:
            match fact:
                case Suggested() | Started() | Reported():
                    due.append(replace(fact, trial=self.trials))
                case Finished():
                    due.append(replace(fact, trial=self.trials))
                    break
        self._ledger.append(due)
        self.waits.append((self.trials, time.monotonic()))

    def seen(self, trials: int, at: float) -> list[float]:
        """Take in that so many trials were shown; give the lags of those that had waited."""
        lags = []
        while self.waits and self.waits[0][0] <= trials:
            lags.append(at - self.waits.popleft()[1])
        return lags


def write(studies: list[Growing], until: float) -> None:
    """Let every study gain a trial a second: the work of one thread."""
    began, turn = time.monotonic(), 0
    while (now := time.monotonic()) < until:
        if now - began > turn / len(studies):
            studies[turn % len(studies)].grow()
            turn += 1
        else:
            time.sleep(0.005)


def ask(link: str, path: str) -> dict[str, object]:
    """Ask as the page does."""
    address, _, token = link.partition("/?token=")
    request = urllib.request.Request(address + path, headers={"x-tuner-token": token})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: dict[str, object] = json.load(answer)
    return found


def used_s(pid: int) -> float:
    """Give the processor seconds that a process has used."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def watch(
    link: str, studies: list[Growing], seconds: float, *, opened: bool
) -> tuple[list[float], int]:
    """Write and ask for so long; give the lags, and how many trials were never shown."""
    lags: list[float] = []
    rows = ask(link, "/studies")["studies"]
    keys = {row["name"]: row["key"] for row in rows}  # type: ignore[attr-defined]
    has = drawn = ""
    since, until = "", time.monotonic() + seconds
    writer = threading.Thread(target=write, args=(studies, until))
    writer.start()
    while time.monotonic() < until + PATIENCE_S:
        if not writer.is_alive() and not any(study.waits for study in studies):
            break
        found = ask(link, f"/studies?since={since}")
        since = str(found["version"])
        at = time.monotonic()
        for row in found.get("studies", []):  # type: ignore[attr-defined]
            study = next(s for s in studies if s.folder.name == row["name"])
            lags += study.seen(sum(row["counts"].values()), at)
        if opened:
            name = studies[0].folder.name
            part = ask(link, f"/studies/{keys[name]}?since={has}&figures={drawn}")
            has = str(part["version"])
            drawn = has if "data" in part else drawn
        time.sleep(ASK_S)
    writer.join()
    return lags, sum(len(study.waits) for study in studies)


def main() -> None:
    """Print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20)
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--open", action="store_true", help="a page looks at one study, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        studies = [Growing(root / f"s{n:02}", asked.trials) for n in range(asked.studies)]
        command = [sys.executable, "-m", "tuner", "dashboard", name, "--no-open", "--port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            link = process.stdout.readline().strip()
            started_s = used_s(process.pid)
            before = time.monotonic()
            lags, unseen = watch(link, studies, asked.seconds, opened=asked.open)
            passed = time.monotonic() - before
            share = (used_s(process.pid) - started_s) / passed
            peak = Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]
        finally:
            process.terminate()
            process.wait(timeout=30)
    lags.sort()
    print(
        f"{asked.studies} studies of {asked.trials} trials, {len(lags)} trials in {passed:.0f} s: "
        f"lag {statistics.median(lags):.2f} s median, {lags[int(0.95 * len(lags))]:.2f} s at 95 %, "
        f"{lags[-1]:.2f} s most, {unseen} never seen; {100 * share:.1f} % of one core, "
        f"{started_s:.1f} s of it to start, {int(peak) / 1024:.0f} MiB"
    )


if __name__ == "__main__":
    main()
