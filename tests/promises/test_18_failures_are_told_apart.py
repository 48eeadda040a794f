"""Promise 18, the runner's side: an attempt's failure gets the class that its retries go by.

How often each class is tried again is the loop's side: tests/stories and tests/loop.
"""

import pytest

from tuner.runners.make import make_runner
from tuner.runners.spec import Classify, CommandSpec
from tuner.study import Metric

CASES = {
    "sh -c 'exit 3'": ("failed", "crash", 3, "exit code 3"),
    "sh -c 'echo loss=1; echo boom >&2; exit 1'": ("failed", "crash", 1, "exit code 1: boom"),
    "sh -c 'kill -SEGV $$'": ("failed", "crash", 139, "killed by SIGSEGV"),
    "sh -c 'kill -KILL $$'": ("failed", "crash", 137, "killed by SIGKILL from outside of tuner"),
    "sh -c 'echo RuntimeError: CUDA out of memory. Tried >&2; exit 1'": (
        "failed",
        "oom",
        1,
        "exit code 1: RuntimeError: CUDA out of memory. Tried",
    ),
    "sh -c 'echo loss=1; echo OutOfMemoryError survived'": ("completed", None, 0, None),
    "sh -c 'echo write: No space left on device >&2; exit 1'": (
        "failed",
        "infra",
        1,
        "exit code 1: write: No space left on device",
    ),
    "sh -c 'echo my own trouble; exit 9'": ("failed", "infra", 9, "exit code 9: my own trouble"),
    "sh -c 'echo loss=nan'": ("failed", "diverged", 0, "loss is nan"),
    "sh -c 'echo loss=0.5; echo loss=inf'": ("failed", "diverged", 0, "loss is inf"),
    "sh -c 'echo val_loss=0.5'": (
        "failed",
        "no_metric",
        0,
        "there is no loss in standard output; nearest: val_loss=0.5",
    ),
    "true": (
        "failed",
        "no_metric",
        0,
        "there is no loss in standard output, which has no names with numbers (the job printed nothing)",
    ),
    "sh -c 'echo loss=0.5'": ("completed", None, 0, None),
    "sleep 300": ("failed", "timeout", 143, "ran longer than 1.5s"),
    "no-such-program --x": (
        "failed",
        "unstartable",
        None,
        "no-such-program: No such file or directory",
    ),
    "/dev/null": ("failed", "unstartable", None, "/dev/null: Permission denied"),
}


@pytest.mark.parametrize("command", CASES)
def test_18_an_attempt_gets_its_class(bench, command):
    spec = CommandSpec(
        command=command,
        timeout_s=1.5,
        grace_s=1.0,
        classify=(Classify(match="my own", as_="infra"),),
    )

    outcome = bench.run(make_runner(spec, Metric(name="loss")), bench.job())

    expected = CASES[command]
    assert (outcome.state, outcome.failure, outcome.exit_code, outcome.message) == expected


def test_18_running_into_a_limit_is_told_apart(bench):
    spin = ("sh", "-c", "while :; do :; done")
    grow = bench.script("print(len(bytearray(3 << 30)))")

    spinning = bench.run(bench.runner(spin, limit_cpu_s=1, grace_s=0.0), bench.job(1))
    growing = bench.run(bench.runner(grow, limit_memory=2 << 30), bench.job(2))
    writing = bench.run(
        bench.runner(
            ("sh", "-c", "exec head -c 90000 /dev/zero >big"), limit_file=4096, cwd=str(bench.dir)
        ),
        bench.job(3),
    )

    assert (spinning.failure, spinning.exit_code) == ("timeout", 152)
    assert growing.failure == "oom"
    assert (writing.failure, writing.message) == ("crash", "ran into the limit of file size")
    assert (bench.dir / "big").stat().st_size == 4096


def test_18_a_script_that_refuses_an_option_is_not_tried_again(bench):
    text = "import argparse; argparse.ArgumentParser('t').parse_args()"

    outcome = bench.run(bench.runner((*bench.script(text), "--lrr=1")), bench.job())

    assert (outcome.failure, outcome.final) == ("crash", True)
    assert outcome.message.startswith("exit code 2: t: error: unrecognized arguments: --lrr=1 (")
