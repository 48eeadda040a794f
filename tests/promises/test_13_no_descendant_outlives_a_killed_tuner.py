"""Promise 13: a tuner killed with -9 leaves 0 descendants within grace + 1 s, however detached."""

import os
import signal
import subprocess
import sys

import pytest

from tuner import wire
from tuner.study import Started

GRACE_S = 1.0
BUSY_MACHINE_S = 3.0  # the promise says 1; a test machine may do eight other things

DRIVER = """
import sys
from pathlib import Path
from tuner.runners.base import Job
from tuner.runners.make import make_runner
from tuner.runners.spec import CommandSpec
from tuner.study import Metric

study, mark, grace, *command = sys.argv[1:]
spec = CommandSpec(
    command=tuple(command), grace_s=float(grace), env=dict([mark.split("=")])
)
runner = make_runner(spec, Metric(name="loss"))
trials = Path(study, "trials", "1")
job = Job(study="bench", study_dir=Path(study), trial=1, attempt=1, values={}, seed=0,
          folder=trials / "attempt-1", checkpoint=trials / "checkpoint")
started = runner.prepare(job)
print(started.pid, flush=True)
if sys.stdin.readline() == "go\\n":
    runner.go(job)
while True:
    runner.wait(60)
"""

SPARE = """
import os, time
from tuner.runners.spares import Spares

spares = Spares()
for _ in range(3):
    spares.grow(3)
forked = os.fork()  # holds every pipe open
if forked:
    print(forked, *(spare.pid for spare in spares._waiting), flush=True)
time.sleep(300)
"""


@pytest.fixture
def driver(bench):
    """A process that runs the nasty job and is about to be killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, bench.dir, bench.mark, str(GRACE_S), *bench.nasty()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


def gone(pid):
    """Say whether a process is gone, or a zombie that waits for init."""
    return wire.start_ticks(pid) == 0


def started_of(bench, supervisor):
    """Give the fact that the dead tuner wrote."""
    return Started(
        trial=1,
        attempt=1,
        pid=supervisor,
        pid_started=wire.start_ticks(supervisor),
        boot_id=wire.boot_id(),
        folder=str(bench.dir / "trials" / "1" / "attempt-1"),
    )


def test_13_a_killed_tuner_leaves_no_descendant_of_a_nasty_job(bench, driver):
    supervisor = int(driver.stdout.readline())
    driver.stdin.write("go\n")
    driver.stdin.flush()
    bench.wait_for_all()

    driver.send_signal(signal.SIGKILL)

    seconds = bench.wait_for(lambda: not bench.alive())
    assert seconds <= GRACE_S + BUSY_MACHINE_S
    bench.wait_for(lambda: gone(supervisor))


def test_13_a_tuner_killed_before_go_has_run_nothing(bench, driver):
    supervisor = int(driver.stdout.readline())

    driver.send_signal(signal.SIGKILL)

    bench.wait_for(lambda: gone(supervisor))
    assert bench.alive() == []
    assert not (bench.dir / "trials" / "1" / "attempt-1" / "stdout.log").exists()


def test_13_the_tuner_that_comes_after_finds_nothing_running(bench, driver):
    supervisor = int(driver.stdout.readline())
    driver.stdin.write("go\n")
    driver.stdin.flush()
    bench.wait_for_all()
    start = started_of(bench, supervisor)
    driver.send_signal(signal.SIGKILL)

    runner = bench.runner("true", grace_s=GRACE_S)
    bench.wait_for(lambda: runner.gone(start))

    assert runner.adopt(start) is None
    assert bench.alive() == []
    assert gone(supervisor)


def test_13_even_a_job_whose_supervisor_is_killed_too_is_cleared_away(bench, driver):
    supervisor = int(driver.stdout.readline())
    driver.stdin.write("go\n")
    driver.stdin.flush()
    bench.wait_for_all()
    start = started_of(bench, supervisor)
    os.kill(supervisor, signal.SIGKILL)
    driver.send_signal(signal.SIGKILL)

    runner = bench.runner("true", grace_s=GRACE_S)
    bench.wait_for(lambda: runner.gone(start))

    assert runner.adopt(start) is None
    assert bench.alive() == []


def test_13_supervisors_that_wait_for_a_job_go_with_the_tuner(bench):
    with subprocess.Popen([sys.executable, "-c", SPARE], stdout=subprocess.PIPE) as tuner:
        forked, *spares = map(int, tuner.stdout.readline().split())
        tuner.kill()
        try:
            bench.wait_for(lambda: all(gone(pid) for pid in spares))
        finally:
            os.kill(forked, signal.SIGKILL)
