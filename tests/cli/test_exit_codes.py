"""One place turns an error into words for a person and an exit code."""

import signal
import subprocess
import sys

import pytest

from tuner.cli import app as command_line
from tuner.errors import (
    ConfigError,
    FailureLimitError,
    LedgerError,
    LedgerLockedError,
    Problem,
    UsageError,
)


@pytest.fixture
def verb(monkeypatch):
    """Make `tuner status` do whatever a test wants."""

    def become(act):
        def status() -> None:
            """Do it."""
            act()

        monkeypatch.setattr(command_line, "load", lambda _: status)

    return become


def raising(error):
    def act():
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no", hint="do"), 2),
        (FailureLimitError("no", hint="do"), 3),
        (LedgerLockedError("no", hint="do"), 4),
        (LedgerError("no", hint="do"), 1),
    ],
)
def test_an_error_for_a_person_is_two_lines_and_its_exit_code(tuner, verb, error, code):
    verb(raising(error))
    assert tuner("status", code=code).stderr == "error: no\nhint: do\n"


def test_a_faulty_configuration_is_one_line_a_mistake(tuner, verb):
    problems = [Problem(file="c.yaml", line=n, column=3, message="bad") for n in (1, 7)]
    verb(raising(ConfigError(problems)))
    assert tuner("status", code=2).stderr == "c.yaml:1:3: bad\nc.yaml:7:3: bad\n"


def test_an_interrupt_exits_with_130(tuner, verb):
    verb(raising(KeyboardInterrupt()))
    tuner("status", code=130)


def test_a_bug_of_ours_keeps_its_stack(verb, tuner):
    verb(raising(ZeroDivisionError("ours")))
    with pytest.raises(ZeroDivisionError):
        tuner("status")


def test_a_bug_of_ours_exits_with_1_and_a_plain_traceback(environ):
    code = (
        "import tuner.cli.app as a\n"
        "def status():\n    '''Do.'''\n    1 / 0\n"
        "a.load = lambda _: status\n"
        "import sys; sys.argv = ['tuner', 'status']; a.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert "ZeroDivisionError" in done.stderr


def test_a_closed_pipe_exits_as_a_shell_shows_sigpipe(study, shell):
    reader = subprocess.Popen(["true"], stdin=subprocess.PIPE)
    reader.wait()
    done = shell("trials", study, capture_output=False, stdout=reader.stdin, stderr=subprocess.PIPE)
    reader.stdin.close()
    assert done.returncode == 141
    assert done.stderr == ""


def test_a_terminal_that_knows_only_ascii_gets_the_screen_all_the_same(study, shell, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = shell("status", study)
    assert done.returncode == 0
    assert "\\u2501" in done.stdout


def test_ctrl_c_leaves_a_following_verb_at_once(study, shell_start):
    process = shell_start("logs", study, 6, "-f")
    assert process.stdout.readline() == "out 6 1\n"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
