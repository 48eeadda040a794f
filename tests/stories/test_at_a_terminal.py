"""Promise 17 through a real terminal, where Ctrl-C reaches the whole foreground process group."""

import os
import sys

import pexpect
import psutil
import pytest


@pytest.fixture
def terminal(desk):
    """Start `tuner run` at a terminal of its own, with jobs that take a minute."""
    children = []

    def start(seconds):
        child = pexpect.spawn(
            sys.executable,
            ["-m", "tuner", "run", "study.yaml"],
            cwd=desk.folder,
            env={**os.environ, "SECONDS": str(seconds)},
            dimensions=(30, 100),
            timeout=30,
            encoding="utf-8",
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.close(force=True)


def supervisors(desk):
    return [fact["pid"] for fact in desk.facts() if fact["fact"] == "started"]


def test_17_ctrl_c_once_lets_the_job_finish(desk, terminal):
    desk.write()
    child = terminal(1.5)
    desk.until(lambda: desk.count("started") == 1)

    child.sendintr()
    child.expect("Ctrl-C again")
    child.expect(pexpect.EOF)
    child.wait()

    assert child.exitstatus == 130
    assert [row["state"] for row in desk.trials()] == ["completed"]
    assert desk.facts()[-1]["fact"] == "closed"


def test_17_three_times_kills_at_once(desk, terminal):
    (desk.folder / "job.py").write_text(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('deaf', flush=True)\ntime.sleep(60)\n"
    )
    desk.write(runner={**desk.runner, "grace": "50s"})
    child = terminal(0)
    log = desk.folder / "study" / "trials" / "1" / "attempt-1" / "stdout.log"
    desk.until(lambda: log.exists() and "deaf" in log.read_text())

    for words in ("Ctrl-C again terminates", "Ctrl-C again kills"):
        child.sendintr()
        child.expect(words)
    child.sendintr()
    child.expect(pexpect.EOF)
    child.wait()

    assert child.exitstatus == 130
    assert not any(psutil.pid_exists(pid) for pid in supervisors(desk))
    assert desk.count("finished", state="interrupted") == 1
