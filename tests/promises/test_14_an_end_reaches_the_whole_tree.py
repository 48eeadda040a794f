"""Promise 14: time-out, stop and cancel reach the whole tree: SIGTERM, grace, SIGKILL; no zombies."""

import os
from pathlib import Path

import pytest

GRACE_S = 0.5
BUSY_MACHINE_S = 3.0  # the promise says 1


def zombies():
    """Give our own defunct children."""
    found = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                state, parent = (path / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state == "Z" and int(parent) == os.getpid():
                found.append(path.name)
    return found


def test_14_a_timeout_ends_every_process_of_a_nasty_job(bench):
    timeout_s = 1.0
    runner = bench.runner(bench.nasty(), timeout_s=timeout_s, grace_s=GRACE_S)

    outcome = bench.run(runner, bench.job())

    assert outcome.failure == "timeout"
    assert outcome.message == "ran longer than 1s"
    assert timeout_s <= outcome.wall_s <= timeout_s + GRACE_S + BUSY_MACHINE_S
    assert bench.alive() == []


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ({}, "interrupted"),
        ({"force": True}, "interrupted"),
        ({"as_stopped": True}, "stopped"),
        ({"as_stopped": True, "force": True}, "stopped"),
    ],
)
def test_14_a_cancelled_nasty_job_leaves_nothing(bench, how, state):
    runner = bench.runner(bench.nasty(), grace_s=GRACE_S)
    job = bench.job()
    runner.prepare(job)
    runner.go(job)
    bench.wait_for_all()

    runner.cancel(job.trial, **how)

    assert bench.outcome(runner).state == state
    assert bench.alive() == []


def test_14_a_job_is_asked_with_sigterm_and_may_use_the_grace(bench):
    asked = 'trap "echo loss=0.25; exit 0" TERM; echo ready; while :; do sleep 0.02; done'
    runner = bench.runner(("sh", "-c", asked), grace_s=30.0)
    job = bench.job()
    runner.prepare(job)
    runner.go(job)
    log = job.folder / "stdout.log"
    bench.wait_for(lambda: log.exists() and "ready" in log.read_text())

    runner.cancel(job.trial, as_stopped=True)

    outcome = bench.outcome(runner)
    assert (outcome.state, outcome.metrics) == ("stopped", {"loss": 0.25})
    assert outcome.wall_s < 30.0


def test_14_a_child_may_use_the_grace_when_its_shell_is_gone_already(bench):
    child = 'trap "sleep 0.3; echo loss=0.5; exit 0" TERM; echo ready; while :; do sleep 0.02; done'
    runner = bench.runner(("sh", "-c", "sh -c '" + child + "' & wait"), grace_s=30.0)
    job = bench.job()
    runner.prepare(job)
    runner.go(job)
    log = job.folder / "stdout.log"
    bench.wait_for(lambda: log.exists() and "ready" in log.read_text())

    runner.cancel(job.trial, as_stopped=True)

    assert bench.outcome(runner).metrics == {"loss": 0.5}


def test_14_what_a_job_leaves_behind_is_killed_when_it_ends(bench):
    command = ("sh", "-c", "(setsid sleep 300 &); sleep 300 & echo loss=1")

    outcome = bench.run(bench.runner(command), bench.job())

    assert outcome.state == "completed"
    assert bench.alive() == []


def test_14_closing_the_runner_kills_at_once(bench):
    runner = bench.runner(bench.nasty(), grace_s=60.0)
    job, waiting = bench.job(1), bench.job(2)
    runner.prepare(job)
    runner.go(job)
    runner.prepare(waiting)
    bench.wait_for_all()

    runner.close()

    assert bench.alive() == []
    assert runner.wait(0.0) == []


def test_14_many_jobs_leave_no_zombie(bench):
    runner = bench.runner(("sh", "-c", "(sleep 300 &) ; echo loss=1"))

    for trial in range(1, 26):  # a thousand of them: benchmarks/supervisor.py
        assert bench.run(runner, bench.job(trial)).metrics == {"loss": 1.0}

    assert zombies() == []
    assert bench.alive() == []


def test_14_a_supervisor_reaps_the_orphans_of_a_running_job(bench):
    orphans = "for i in 1 2 3 4 5; do (sh -c 'exit 0' &) ; done; sleep 0.2; echo ready; sleep 300"
    runner = bench.runner(("sh", "-c", orphans))
    job = bench.job()
    started = runner.prepare(job)
    runner.go(job)
    log = job.folder / "stdout.log"
    bench.wait_for(lambda: log.exists() and "ready" in log.read_text())

    def children():
        path = Path(f"/proc/{started.pid}/task/{started.pid}/children")
        return path.read_text().split()

    bench.wait_for(lambda: len(children()) == 1)
    runner.close()
