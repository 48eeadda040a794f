"""Who descends from whom, with and without the help of Linux."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuner.runners import processes
from tuner.runners.command import Invocation
from tuner.runners.launch import plan_of, sweep
from tuner.runners.spec import CommandSpec

TREE = ("sh", "-c", "sh -c 'sleep 300 & sleep 300' & echo ready; wait")


@pytest.fixture
def tree():
    """A shell with a shell with two sleeps, in a process group of their own."""
    with subprocess.Popen(TREE, stdout=subprocess.PIPE, start_new_session=True) as shell:
        assert shell.stdout.readline() == b"ready\n"
        yield shell
        os.killpg(shell.pid, 9)


@pytest.mark.parametrize("linux", [True, False])
def test_a_whole_tree_is_found(bench, monkeypatch, tree, linux):
    monkeypatch.setattr(processes, "LINUX", linux)
    bench.wait_for(lambda: len(processes.descendants(tree.pid, None)) == 3)

    below = processes.descendants(tree.pid, None)

    assert tree.pid not in below
    assert set(processes.descendants(0, tree.pid)) >= {tree.pid, *below}
    table = processes.table()
    assert table[tree.pid] == (os.getpid(), tree.pid)
    assert {table[pid][1] for pid in below} == {tree.pid}


def test_without_linux_there_is_no_subreaper(monkeypatch):
    monkeypatch.setattr(processes, "LINUX", False)

    assert processes.prctl(processes.PR_SET_CHILD_SUBREAPER, 1) is False


def test_signals_to_processes_that_are_gone_are_no_error():
    gone = subprocess.Popen(["true"])
    gone.wait()

    processes.send([gone.pid], 15)


def test_the_kernels_count_of_memory_kills_is_a_number():
    assert processes.oom_kills() >= 0


FALLBACK = """
import os, sys
here = sys.argv.pop(1)
sys.path.insert(0, here)
from tuner.runners import processes
processes.LINUX = False
from tuner.runners.lifetime import main
main(int(sys.argv[1]), os.getppid())
"""


def test_without_a_subreaper_the_group_and_the_tree_are_still_ended(bench, tmp_path):
    # given a supervisor that thinks it is not on Linux, and a job that ignores SIGTERM
    folder = tmp_path / "attempt"
    folder.mkdir()
    script = "trap '' TERM; setsid sleep 300 & sleep 300 & echo $! $$; while :; do sleep 1; done"
    made = Invocation(argv=("sh", "-c", script), cwd=str(tmp_path))
    spec = CommandSpec(command="x", grace_s=0.2)
    plan = plan_of(spec, made, folder, gpus=0, needles=(), pattern=None, secrets=())
    status, theirs = os.pipe()
    root = Path(processes.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", FALLBACK, str(root), str(theirs)],
        stdin=subprocess.PIPE,
        pass_fds=(theirs,),
    ) as supervisor:
        os.close(theirs)
        supervisor.stdin.write(plan + b"go\n")
        supervisor.stdin.flush()
        log = folder / "stdout.log"
        bench.wait_for(lambda: log.exists() and log.read_text().endswith("\n"))

        supervisor.stdin.close()

        supervisor.wait(timeout=30)
    os.close(status)
    assert '"reason": "tuner_died"' in (folder / "exit.json").read_text()
    sleeper, shell = map(int, log.read_text().split())
    bench.wait_for(lambda: not {sleeper, shell} & set(processes.table()))


def test_a_sweep_takes_only_what_carries_the_folder(bench, tmp_path):
    env = {**os.environ, "TUNER_TRIAL_DIR": str(tmp_path / "mine")}
    mine = subprocess.Popen(["sleep", "300"], env=env)
    other = subprocess.Popen(["sleep", "300"], env={**env, "TUNER_TRIAL_DIR": str(tmp_path / "mi")})

    try:
        sweep(str(tmp_path / "mine"))

        assert mine.wait(timeout=30) == -9
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        mine.kill()
        mine.wait()
