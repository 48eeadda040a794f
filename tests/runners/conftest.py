"""A bench for single jobs: run one to its end, look at what it left."""

import sys
import textwrap
import time

import pytest

from tuner.runners.base import Ended, Job
from tuner.runners.make import make_runner
from tuner.runners.spec import CommandSpec
from tuner.study import Metric


class Bench:
    """A study folder, and jobs in it."""

    def __init__(self, folder):
        self.dir = folder / "study"
        self.dir.mkdir()

    def job(self, trial=1, values=None, **more):
        trials = self.dir / "trials" / str(trial)
        return Job(
            study="bench",
            study_dir=self.dir,
            trial=trial,
            attempt=1,
            values=values or {},
            seed=7,
            folder=trials / "attempt-1",
            checkpoint=trials / "checkpoint",
            **more,
        )

    def runner(self, command, **more):
        return make_runner(CommandSpec(command=command, **more), Metric(name="loss"))

    def run(self, runner, job=None):
        """See a job through; give its outcome and what it printed."""
        job = job or self.job()
        runner.prepare(job)
        runner.go(job)
        outcome = self.outcome(runner)
        log = job.folder / "stdout.log"
        return outcome, log.read_text() if log.exists() else ""

    def outcome(self, runner, patience_s=60.0):
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            for update in runner.wait(0.5):
                if isinstance(update, Ended):
                    return update.outcome
        raise AssertionError("the job did not end")

    def script(self, text, *arguments):
        text = textwrap.dedent(text).replace("{", "{{").replace("}", "}}")
        return (sys.executable, "-c", text, *arguments)

    def wait_for(self, condition, patience_s=30.0):
        until = time.monotonic() + patience_s
        while not condition():
            assert time.monotonic() < until, "still not so"
            time.sleep(0.01)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
