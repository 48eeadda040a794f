"""Promise 15: a job printing without end: no deadlock, little memory, a log under its cap.

One GiB on each stream is benchmarks/supervisor.py; here it is 48 MiB on each.
"""

from pathlib import Path

import pytest

from tuner.runners.base import Ended

MIB = 1 << 20
VOLUME, CAP = 48 * MIB, 4 * MIB
PRINTER = """
import os, sys
block = b"".join(b"step %09d: only words and words and words\\n" % i for i in range(8192))
volume, done = int(sys.argv[1]), 0
os.write(1, b"the first line\\n")
while done < volume:
    os.write(1, block); os.write(2, block)
    if done < volume // 2 <= done + len(block):
        os.write(1, b"epoch 7 val loss: 0.125 (smoothed)\\n")
    done += len(block)
os.write(1, b"the last line\\n")
"""


def memory(pid, field):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def test_15_a_flood_is_drained_with_its_head_tail_and_metric_kept(bench):
    runner = bench.runner(bench.script(PRINTER, str(VOLUME)), log_cap=CAP)
    job = bench.job()
    started = runner.prepare(job)
    ours, peak = memory("self", "VmRSS"), 0
    runner.go(job)

    while not (ended := runner.wait(0.05)):
        peak = max(peak, memory(started.pid, "VmHWM"))

    log = (job.folder / "stdout.log").read_bytes()
    assert ended[0].outcome.metrics == {"loss": 0.125}
    assert log.startswith(b"the first line\n")
    assert log.endswith(b"the last line\n")
    assert b" bytes left out here]\n" in log
    assert CAP // 2 < len(log) <= CAP
    assert CAP // 2 < (job.folder / "stderr.log").stat().st_size <= CAP
    assert 0 < peak < 48 * MIB  # the interpreter itself takes 9
    assert memory("self", "VmRSS") - ours < 32 * MIB


@pytest.mark.parametrize("stream", [1, 2])
def test_15_a_flood_without_a_single_line_feed_ends_too(bench, stream):
    command = ("sh", "-c", f"head -c 30000000 /dev/zero | tr '\\0' x >&{stream}; echo; echo loss=3")

    outcome = bench.run(bench.runner(command, log_cap=CAP), bench.job())

    assert outcome.metrics == {"loss": 3.0}
    for name in ("stdout.log", "stderr.log"):
        assert (bench.job().folder / name).stat().st_size <= CAP


def test_15_a_job_that_closes_its_output_lives_on(bench):
    command = ("sh", "-c", "echo loss=2; exec >&- 2>&-; sleep 0.3")

    outcome = bench.run(bench.runner(command), bench.job())

    assert outcome.state == "completed"
    assert outcome.wall_s >= 0.3


def test_15_a_metric_printed_without_end_gives_few_reports(bench):
    lines = "for i in range(300_000): print(f'epoch={i} loss={i}')"
    runner, job = bench.runner(bench.script(lines), log_cap=CAP), bench.job()
    runner.prepare(job)
    runner.go(job)

    seen = []
    while not (seen and isinstance(seen[-1], Ended)):
        seen += runner.wait(0.5)

    *reports, end = seen
    steps = [report.step for report in reports]
    assert end.outcome.metrics == {"loss": 299_999.0}
    assert 2 <= len(reports) < 2500
    assert steps == sorted(set(steps))
    assert steps[-1] == 299_999
