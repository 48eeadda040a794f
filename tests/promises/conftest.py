"""Jobs for the promises about processes: a bench to run them on, and a job that does not want to end."""

import os
import sys
import textwrap
import time
import uuid
from pathlib import Path

import pytest

from tuner.runners.base import Ended, Job
from tuner.runners.make import make_runner
from tuner.runners.spec import CommandSpec
from tuner.study import Metric

NASTY = """
import os, signal, sys, time

def stay(then=None):
    signal.signal(signal.SIGTERM, lambda *_: then() if then else None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    while True:
        time.sleep(60)

def child(*steps, then=None):
    if os.fork() == 0:
        for step in steps:
            if step == "fork" and os.fork():
                os._exit(0)
            if step == "setsid":
                os.setsid()
        stay(then)

child()
child("setsid")
child("setsid", "fork")
child("fork", "setsid", "fork")
child("setsid", "fork", then=lambda: child("setsid", "fork"))
sys.stdout.write("ready\\n")
sys.stdout.flush()
stay()
"""
MEMBERS = 6


class Bench:
    """A study folder, jobs in it, and the processes that carry its mark."""

    def __init__(self, folder):
        self.dir = folder / "study"
        self.dir.mkdir(mode=0o700)
        self.mark = f"BENCH_MARK={uuid.uuid4().hex}"

    def job(self, trial=1, values=None, **more):
        trials = self.dir / "trials" / str(trial)
        return Job(
            study="bench",
            study_dir=self.dir,
            trial=trial,
            attempt=1,
            values={"lr": 0.1} if values is None else values,
            seed=7,
            folder=trials / "attempt-1",
            checkpoint=trials / "checkpoint",
            **more,
        )

    def runner(self, command, *, metric="loss", **more):
        name, _, value = self.mark.partition("=")
        more["env"] = {**more.get("env", {}), name: value}
        return make_runner(CommandSpec(command=command, **more), Metric(name=metric))

    def run(self, runner, job, patience_s=60.0):
        """See one job through; give its outcome."""
        runner.prepare(job)
        runner.go(job)
        return self.outcome(runner, patience_s)

    def outcome(self, runner, patience_s=60.0):
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            for update in runner.wait(0.5):
                if isinstance(update, Ended):
                    return update.outcome
        raise AssertionError("the job did not end")

    def script(self, text, *arguments):
        """Give the command of a Python program."""
        text = textwrap.dedent(text).replace("{", "{{").replace("}", "}}")
        return (sys.executable, "-c", text, *arguments)

    def nasty(self):
        """Give the command of a job whose six processes ignore SIGTERM, most of them detached."""
        return self.script(NASTY)

    def alive(self):
        """Give the pids of all living processes that carry the mark."""
        found = []
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                try:
                    if self.mark.encode() in (path / "environ").read_bytes().split(b"\0"):
                        found.append(int(path.name))
                except OSError:
                    continue
        return found

    def wait_for(self, condition, patience_s=30.0):
        """Poll until something holds; give the seconds that it took."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > patience_s:
                raise AssertionError(f"still not so after {patience_s} s")
            time.sleep(0.01)
        return time.monotonic() - began

    def wait_for_all(self):
        """Wait until the nasty job has all its processes."""
        self.wait_for(lambda: len(self.alive()) >= MEMBERS)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    for pid in bench.alive():
        os.kill(pid, 9)
