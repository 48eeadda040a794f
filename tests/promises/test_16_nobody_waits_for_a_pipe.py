"""Promise 16: a job that reads stdin gets end of file; a pipe held open delays nobody by over 1 s."""

import os
import time

BUSY_MACHINE_S = 5.0  # the promise says 1; without it this would be 300


def test_16_a_job_that_reads_standard_input_gets_its_end_at_once(bench):
    runner = bench.runner(("sh", "-c", "cat; echo loss=$?"))

    outcome = bench.run(runner, bench.job(), patience_s=30.0)

    assert outcome.metrics == {"loss": 0.0}


def test_16_a_grandchild_that_holds_the_pipe_does_not_delay_the_end(bench):
    runner = bench.runner(("sh", "-c", "sleep 300 & setsid sleep 300 & echo loss=1"))
    began = time.monotonic()

    outcome = bench.run(runner, bench.job())

    assert outcome.metrics == {"loss": 1.0}
    assert time.monotonic() - began < BUSY_MACHINE_S


def test_16_a_stranger_that_holds_the_pipe_does_not_delay_the_end(bench):
    # given a job whose standard output a process outside of its tree has opened
    runner = bench.runner(("sh", "-c", "echo loss=1; echo ready >&2; sleep 1"))
    job = bench.job()
    runner.prepare(job)
    runner.go(job)
    log = job.folder / "stderr.log"
    bench.wait_for(lambda: log.exists() and "ready" in log.read_text())
    shell = bench.alive()[0]
    stranger = os.open(f"/proc/{shell}/fd/1", os.O_WRONLY)

    try:
        began = time.monotonic()
        outcome = bench.outcome(runner)
        assert time.monotonic() - began < 1.0 + BUSY_MACHINE_S
    finally:
        os.close(stranger)
    assert outcome.metrics == {"loss": 1.0}


def test_16_a_job_has_three_descriptors_and_no_more(bench):
    runner = bench.runner(("sh", "-c", "ls -m /proc/$$/fd; echo loss=1"))  # no pipe of its own
    job = bench.job()

    bench.run(runner, job)

    assert (job.folder / "stdout.log").read_text().splitlines()[0] == "0, 1, 2"
