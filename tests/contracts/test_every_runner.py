"""What `runners.base.Runner` promises, kept by every runner that starts processes.

Each kind brings the same seven jobs in its own words: a command, and a Python function.
"""

import os
import subprocess
import sys
import textwrap
import time
import uuid
from pathlib import Path
from typing import get_args

import pytest

import tuner
from tuner import wire
from tuner.runners.base import Ended, Job, Progress, Runner
from tuner.runners.make import make_runner
from tuner.runners.spec import CommandSpec, CustomSpec, ManualSpec, PythonSpec, RunnerSpec
from tuner.study import Metric, Source, Started

ROOT = str(Path(tuner.__file__).parents[1])
FUNCTIONS = """
import os, signal, subprocess, sys, time
from tuner import params, report

def good(**values):
    print("loss=0.5")
    return 0.5

def bad(**values):
    raise ValueError("boom")

def silent(**values):
    pass

def leaving(**values):
    subprocess.Popen(["sleep", "300"], start_new_session=True)
    print("loss=0.5")
    return 0.5

def stubborn(**values):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    subprocess.Popen(["sleep", "300"], start_new_session=True)
    print("ready", flush=True)
    time.sleep(300)

def willing(**values):
    print("ready", flush=True)
    time.sleep(300)

def reporting(**values):
    for step in range(3):
        report(loss=1.0 / (step + 1), step=step)
    print("ready", flush=True)
    time.sleep(300 if values.get("stay") else 0)

if __name__ == "__main__":
    globals()[sys.argv[1]](**params())
"""
KINDS = {"command": CommandSpec, "python": PythonSpec}
DRIVER = """
import sys
from pathlib import Path
from tuner.runners.base import Job
from tuner.runners.make import make_runner
from tuner.runners.spec import CommandSpec, PythonSpec
from tuner.study import Metric, Source

kind, home, mark, what = sys.argv[1:]
more = {"cwd": home, "grace_s": 0.5, "env": {"BENCH_MARK": mark}}  # PYTHONPATH is inherited
if kind == "python":
    spec, source = PythonSpec(target=f"jobs:{what}", **more), Source(kind="return")
else:
    spec = CommandSpec(command=(sys.executable, f"{home}/jobs.py", what), **more)
    source = Source()
study = Path(home, "study")
trial = study / "trials" / "1"
job = Job(study="s", study_dir=study, trial=1, attempt=1, values={}, seed=0,
          folder=trial / "attempt-1", checkpoint=trial / "checkpoint")
runner = make_runner(spec, Metric(name="loss", source=source))
started = runner.prepare(job)
runner.go(job)
print(started.pid, started.pid_started, started.boot_id, started.folder, flush=True)
while True:
    runner.wait(60)
"""


class Kind:
    """One kind of runner, and its words for the jobs."""

    def __init__(self, name, home):
        self.name, self.home, self.mark = name, home, uuid.uuid4().hex
        self.study = home / "study"
        self.study.mkdir()
        (home / "jobs.py").write_text(textwrap.dedent(FUNCTIONS))

    def spec(self, what, **more):
        env = {"BENCH_MARK": self.mark, "PYTHONPATH": ROOT}
        more = {"cwd": str(self.home), "grace_s": 0.5, "env": env, **more}
        if self.name == "python":
            return PythonSpec(target=f"jobs:{what}", **more)
        command = (sys.executable, str(self.home / "jobs.py"), what)
        return CommandSpec(command=command, **more)

    def runner(self, what, **more):
        source = Source(kind="return") if self.name == "python" else Source()
        return make_runner(self.spec(what, **more), Metric(name="loss", source=source))

    def job(self, trial=1, values=None):
        folder = self.study / "trials" / str(trial)
        return Job(
            study="s",
            study_dir=self.study,
            trial=trial,
            attempt=1,
            values=values or {},
            seed=0,
            folder=folder / "attempt-1",
            checkpoint=folder / "checkpoint",
        )

    def alive(self):
        mark = f"BENCH_MARK={self.mark}".encode()
        found = []
        for path in Path("/proc").iterdir():
            if path.name.isdigit():
                try:
                    if mark in (path / "environ").read_bytes().split(b"\0"):
                        found.append(int(path.name))
                except OSError:
                    continue
        return found

    def until_ready(self, job):
        log = job.folder / "stdout.log"
        poll(lambda: log.exists() and "ready" in log.read_text())


def poll(condition, patience_s=60.0):
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, "still not so"
        time.sleep(0.01)


def updates_of(runner, count=1, patience_s=60.0):
    """Give everything that happens until so many jobs have ended."""
    seen = []
    until = time.monotonic() + patience_s
    while sum(isinstance(update, Ended) for update in seen) < count:
        assert time.monotonic() < until, "a job did not end"
        seen += runner.wait(0.5)
    return seen


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    kind = Kind(request.param, tmp_path)
    yield kind
    for pid in kind.alive():
        os.kill(pid, 9)


def test_every_member_of_the_union_is_known_here():
    assert set(get_args(RunnerSpec)) == {*KINDS.values(), CustomSpec, ManualSpec}


def test_it_has_every_method_of_the_protocol(kind):
    runner: Runner = kind.runner("good")

    assert all(callable(getattr(runner, name)) for name in vars(Runner) if name[0] != "_")


def test_1_prepare_runs_nothing_and_go_does(kind):
    runner, job = kind.runner("good"), kind.job()

    started = runner.prepare(job)

    assert runner.wait(0.3) == []
    assert kind.alive() == []
    assert (started.trial, started.attempt, started.folder) == (1, 1, str(job.folder))
    assert started.pid > 0
    assert started.argv
    runner.go(job)
    assert updates_of(runner)[-1].outcome.metrics == {"loss": 0.5}


def test_1_what_was_prepared_and_discarded_never_ran_and_can_be_prepared_again(kind):
    runner, job = kind.runner("good"), kind.job()
    runner.prepare(job)

    runner.discard(job.trial)

    assert runner.wait(0.0) == []
    assert not job.folder.exists()
    runner.prepare(job)
    runner.go(job)
    assert updates_of(runner)[-1].outcome.state == "completed"


@pytest.mark.parametrize(
    ("what", "state", "failure"),
    [
        ("good", "completed", None),
        ("bad", "failed", "crash"),
        ("silent", "failed", "no_metric"),
        ("leaving", "completed", None),
        ("no_such_function", "failed", "crash"),
    ],
)
def test_2_and_3_a_job_ends_once_and_leaves_nothing(kind, what, state, failure):
    runner, job = kind.runner(what), kind.job()
    runner.prepare(job)
    runner.go(job)

    ends = updates_of(runner) + runner.wait(0.2)

    assert [type(update) for update in ends] == [Ended]
    assert ends[0].outcome.state == state, ends[0].outcome.message
    assert ends[0].outcome.failure == failure
    assert kind.alive() == []


def test_2_jobs_side_by_side_each_end_once(kind):
    runner = kind.runner("good")
    jobs = [kind.job(trial) for trial in (1, 2, 3)]
    for job in jobs:
        runner.prepare(job)
    for job in jobs:
        runner.go(job)

    ends = updates_of(runner, count=3)

    assert sorted(update.trial for update in ends) == [1, 2, 3]


def test_2_reports_come_while_it_runs_and_all_before_the_end(kind):
    runner, job = kind.runner("reporting"), kind.job(values={"stay": False})
    runner.prepare(job)
    runner.go(job)

    seen = updates_of(runner)

    assert [(u.step, u.metrics) for u in seen[:-1] if isinstance(u, Progress)] == [
        (0.0, {"loss": 1.0}),
        (1.0, {"loss": 0.5}),
        (2.0, {"loss": 1 / 3}),
    ]
    assert seen[-1].outcome.metrics == {"loss": 1 / 3}


@pytest.mark.parametrize("what", ["willing", "stubborn"])
@pytest.mark.parametrize("force", [False, True])
def test_4_cancel_ends_it_as_interrupted(kind, what, force):
    runner, job = kind.runner(what), kind.job()
    runner.prepare(job)
    runner.go(job)
    kind.until_ready(job)

    runner.cancel(job.trial, force=force)
    runner.cancel(job.trial, force=force)

    ends = updates_of(runner)
    assert [update.outcome.state for update in ends] == ["interrupted"]
    assert kind.alive() == []


def test_4_cancelling_nothing_is_no_error(kind):
    runner = kind.runner("good")
    runner.cancel(17)
    job = kind.job()
    runner.prepare(job)

    runner.cancel(job.trial)

    assert runner.wait(0.2) == []
    assert not job.folder.exists()


def test_4_a_stopped_job_keeps_what_it_reported(kind):
    runner, job = kind.runner("reporting"), kind.job(values={"stay": True})
    runner.prepare(job)
    runner.go(job)
    kind.until_ready(job)

    runner.cancel(job.trial, as_stopped=True)

    outcome = updates_of(runner)[-1].outcome
    assert (outcome.state, outcome.failure) == ("stopped", None)
    assert outcome.metrics == {"loss": 1 / 3}


def test_4_close_ends_everything_and_reports_nothing(kind):
    runner, job = kind.runner("stubborn", grace_s=60.0), kind.job()
    runner.prepare(job)
    runner.go(job)
    kind.until_ready(job)

    runner.close()

    assert kind.alive() == []
    assert runner.wait(0.0) == []


@pytest.fixture
def killed(kind):
    """Start a job from another process, kill that with -9, and give the fact it had written."""

    def kill(what, *, when):
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, kind.name, str(kind.home), kind.mark, what],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": ROOT},
        )
        with process:
            pid, ticks, boot, folder = process.stdout.readline().split()
            start = Started(
                trial=1,
                attempt=1,
                pid=int(pid),
                pid_started=float(ticks),
                boot_id=boot,
                folder=folder,
            )
            poll(lambda: when(Path(folder)))
            process.kill()
        return start

    return kill


def is_ready(folder):
    log = folder / "stdout.log"
    return log.exists() and "ready" in log.read_text()


@pytest.mark.parametrize("what", ["willing", "stubborn"])
def test_5_when_the_tuner_dies_the_job_dies_and_is_lost(kind, killed, what):
    start = killed(what, when=is_ready)

    runner = kind.runner(what)
    poll(lambda: runner.gone(start))

    assert runner.adopt(start) is None
    assert kind.alive() == []


def test_5_a_job_that_ended_by_itself_is_adopted_with_its_result(kind, killed):
    start = killed("good", when=lambda folder: (folder / "exit.json").exists())

    runner = kind.runner("good")
    poll(lambda: runner.gone(start))
    outcome = runner.adopt(start)

    assert (outcome.state, outcome.metrics) == ("completed", {"loss": 0.5})
    assert outcome.wall_s > 0


def test_5_a_process_that_only_has_the_same_pid_is_left_alone(kind):
    innocent = subprocess.Popen(["sleep", "300"])
    try:
        start = Started(
            trial=1,
            attempt=1,
            pid=innocent.pid,
            pid_started=1.0,
            boot_id=wire.boot_id(),
            folder=str(kind.study / "trials" / "1" / "attempt-1"),
        )

        runner = kind.runner("good")
        assert runner.gone(start)
        assert runner.adopt(start) is None

        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()
