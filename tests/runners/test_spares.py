"""Supervisors that wait for a job."""

import os
import signal

from tuner.runners.spares import MOST, Spares


def test_a_job_gets_the_supervisor_that_waits_for_it(bench):
    runner = bench.runner("true")
    runner.get_ready(1)
    waiting = runner._spares._waiting[0].pid

    started = runner.prepare(bench.job())
    runner.go(bench.job())

    assert started.pid == waiting
    assert bench.outcome(runner).exit_code == 0
    runner.close()


def test_no_more_wait_than_may_be_wanted():
    spares = Spares()

    for _ in range(2 * MOST):
        spares.grow(2)
    assert len(spares) == 2

    for _ in range(2 * MOST):
        spares.grow(100)
    assert len(spares) == MOST
    spares.close()


def test_one_that_somebody_killed_is_not_given_to_a_job():
    spares = Spares()
    spares.grow(1)
    dead = spares._waiting[0]
    os.kill(dead.pid, signal.SIGKILL)
    dead._process.wait()

    taken = spares.take()

    assert taken.pid != dead.pid
    assert not taken.gone
    taken.finish()


def test_all_of_them_go_when_the_runner_is_closed(bench):
    runner = bench.runner("true")
    for _ in range(3):
        runner.get_ready(3)
    pids = [spare.pid for spare in runner._spares._waiting]

    runner.close()

    assert [pid for pid in pids if alive(pid)] == []


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
