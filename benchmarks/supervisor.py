"""What a supervisor costs and stands: start-up, a thousand jobs, a job that prints without end.

Promises 13 to 15 at full size; their tests in tests/promises run smaller ones. Prints one line per
measurement and ends with exit code 1 if a bound is broken.

    python benchmarks/supervisor.py [--jobs 1000] [--mib 1024]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tuner.runners.base import Ended, Job, Runner
from tuner.runners.make import make_runner
from tuner.runners.spec import CommandSpec
from tuner.study import Metric

MIB = 1 << 20
LOG_CAP = 8 * MIB
RSS_GROWTH = 32 * MIB
PRINTER = """
import os, sys
block = b"".join(b"step %09d: nothing to see here, only words and words and words\\n" % i for i in range(16384))
total, done = int(sys.argv[1]) << 20, 0
while done < total:
    os.write(1, block); os.write(2, block)
    if done < total // 2 <= done + len(block):
        os.write(1, b"loss: 0.125\\n")
    done += len(block)
os.write(1, b"the last line\\n")
"""


def job(base: Path, trial: int) -> Job:
    """Make an attempt in a folder of its own."""
    folder = base / "trials" / str(trial)
    return Job(
        study="bench",
        study_dir=base,
        trial=trial,
        attempt=1,
        values={"lr": 0.1},
        seed=0,
        folder=folder / "attempt-1",
        checkpoint=folder / "checkpoint",
    )


def see_through(runner: Runner, made: Job, pause_s: float = 0.0) -> tuple[float, float]:
    """Run one job; give seconds of `prepare`, and seconds from `go`, after a pause, to the end."""
    began = time.perf_counter()
    runner.prepare(made)
    prepared = time.perf_counter()
    time.sleep(pause_s)
    went = time.perf_counter()
    runner.go(made)
    while not any(isinstance(update, Ended) for update in runner.wait(5.0)):
        continue
    return prepared - began, time.perf_counter() - went


def status(pid: int | str, field: str) -> int:
    """Read bytes of memory out of /proc/PID/status."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def start_up(base: Path, count: int = 40) -> bool:
    """Time /bin/true under a supervisor, against a bare interpreter."""
    runner = make_runner(CommandSpec(command="/bin/true"), Metric(name="loss"))
    prepare, cold, ready, bare = [], [], [], []
    for trial in range(count):
        prepared, ended = see_through(runner, job(base, 2 * trial))
        prepare.append(prepared)
        cold.append(ended)
        ready.append(see_through(runner, job(base, 2 * trial + 1), pause_s=0.2)[1])
        began = time.perf_counter()
        subprocess.run([sys.executable, "-I", "-S", "-c", "pass"], check=True)
        bare.append(time.perf_counter() - began)
    print(
        f"start-up: prepare {median(prepare) * 1e3:.1f} ms; from go to the end of /bin/true "
        f"{median(cold) * 1e3:.1f} ms at once, {median(ready) * 1e3:.1f} ms once the supervisor "
        f"waits; a bare interpreter {median(bare) * 1e3:.1f} ms"
    )
    return True


def many(base: Path, count: int) -> bool:
    """Run many jobs that leave a detached child each; count zombies and survivors."""
    mark = f"sleep 98.{os.getpid()}"
    command = f"sh -c '(setsid {mark} &) ; echo loss=1'"
    runner = make_runner(CommandSpec(command=command), Metric(name="loss"))
    began, done, trial, waiting = time.perf_counter(), 0, 0, 0
    while done < count:
        while waiting < 4 and trial < count:
            trial += 1
            waiting += 1
            made = job(base, trial)
            runner.prepare(made)
            runner.go(made)
        for update in runner.wait(5.0):
            if isinstance(update, Ended):
                done += 1
                waiting -= 1
    seconds = time.perf_counter() - began
    listed = subprocess.run(
        ["ps", "-axo", "ppid=,stat=,args="], capture_output=True, text=True, check=True
    )
    lines = listed.stdout.splitlines()
    ours = [line.split()[1] for line in lines if int(line.split()[0]) == os.getpid()]
    zombies = sum(state.startswith("Z") for state in ours)
    survivors = sum(mark in line for line in lines)
    print(f"{count} jobs: {count / seconds:.0f} a second, {zombies} zombies, {survivors} survivors")
    return zombies == survivors == 0


def flood(base: Path, mib: int) -> bool:
    """Have a job print so many MiB on each stream, and watch memory and the log."""
    command = (sys.executable, "-c", PRINTER, str(mib))
    runner = make_runner(CommandSpec(command=command, log_cap=LOG_CAP), Metric(name="loss"))
    made = job(base, 1)
    started = runner.prepare(made)
    ours = status("self", "VmRSS")
    time.sleep(0.3)
    theirs, peak, ended = status(started.pid, "VmRSS"), 0, []
    began = time.perf_counter()
    runner.go(made)
    while not ended:
        peak = max(peak, status(started.pid, "VmHWM"))
        ended = [u for u in runner.wait(0.1) if isinstance(u, Ended)]
    seconds = time.perf_counter() - began
    tuner = status("self", "VmHWM") - ours
    sizes = [(made.folder / name).stat().st_size for name in ("stdout.log", "stderr.log")]
    whole = (made.folder / "stdout.log").read_bytes()
    print(
        f"{2 * mib} MiB printed in {seconds:.1f} s ({2 * mib / seconds:.0f} MiB/s); supervisor grew "
        f"{(peak - theirs) / MIB:.1f} MiB to {peak / MIB:.1f}, tuner {tuner / MIB:.1f} MiB; "
        f"logs {sizes[0] / MIB:.2f} and {sizes[1] / MIB:.2f} of {LOG_CAP / MIB:.0f} MiB; "
        f"metric {ended[0].outcome.metrics}"
    )
    return (
        peak - theirs < RSS_GROWTH
        and tuner < RSS_GROWTH
        and max(sizes) <= LOG_CAP
        and ended[0].outcome.metrics == {"loss": 0.125}
        and whole.startswith(b"step 000000000")
        and whole.endswith(b"the last line\n")
    )


def main() -> None:
    """Run all three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--mib", type=int, default=1024)
    asked = parser.parse_args()
    kept = []
    for run in (start_up, lambda base: many(base, asked.jobs), lambda base: flood(base, asked.mib)):
        with tempfile.TemporaryDirectory() as folder:
            kept.append(run(Path(folder)))
    sys.exit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
