"""Which class a failure gets, from an exit and the ends of two logs."""

import pytest

from tuner.runners.classify import LONGEST, failure_of
from tuner.runners.exits import Exit
from tuner.runners.spec import Classify

CRASH = Exit(reason="exited", code=1)
KILLED = Exit(reason="exited", signal=9, oom_kills=1)


@pytest.mark.parametrize(
    ("line", "failure"),
    [
        ("torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB", "oom"),
        ("RuntimeError: [enforce fail] DefaultCPUAllocator: can't allocate memory", "oom"),
        ("MemoryError", "oom"),
        ("MemoryError: Unable to allocate 8.00 GiB", "oom"),
        ("terminate called after throwing an instance of 'std::bad_alloc'", "oom"),
        ("jaxlib.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying", "oom"),
        ("torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp", "infra"),
        ("ncclSystemError: System call (e.g. socket, malloc) failed", "infra"),
        ("RuntimeError: CUDA error: uncorrectable ECC error encountered", "infra"),
        ("OSError: [Errno 28] No space left on device", "infra"),
        ("OSError: [Errno 116] Stale file handle", "infra"),
        ("Bus error (core dumped)", "infra"),
        ("NCCL INFO Bootstrap : Using eth0", "crash"),
        ("NCCL version 2.21.5+cuda12.4", "crash"),
        ("ValueError: lr is too large", "crash"),
        ("class MyMemoryError(Exception)", "crash"),
    ],
)
def test_well_known_words_name_the_class(line, failure):
    found = failure_of(CRASH, f"step 1\n{line}\nbye\n", ())

    assert found.failure == failure
    if failure != "crash":
        assert found.message == f"exit code 1: {line}"


def test_a_pattern_of_the_user_comes_first():
    user = [Classify(match="^CUDA", as_="infra"), Classify(match="loss is nan", as_="diverged")]

    assert failure_of(CRASH, "x\nCUDA out of memory\n", user).failure == "infra"
    assert failure_of(CRASH, "the loss is nan\nMemoryError", user).failure == "diverged"
    assert failure_of(Exit(reason="exited", code=0), "loss is nan", user).failure == "diverged"


@pytest.mark.parametrize(
    ("ended", "tails", "failure"),
    [
        (KILLED, "", "oom"),
        (Exit(reason="exited", code=137, oom_kills=2), "", "oom"),
        (Exit(reason="exited", signal=9), "", "crash"),
        (
            Exit(reason="exited", code=1, oom_kills=1),
            "DataLoader worker is killed by signal: Killed.",
            "oom",
        ),
        (Exit(reason="exited", code=1), "DataLoader worker is killed by signal: Killed.", "crash"),
        (Exit(reason="exited", code=1, oom_kills=1), "ValueError: x", "crash"),
        (Exit(reason="exited", signal=7), "", "infra"),
        (Exit(reason="exited", signal=24), "", "timeout"),
        (Exit(reason="exited", signal=25), "", "crash"),
        (Exit(reason="exited", signal=11), "", "crash"),
    ],
)
def test_a_signal_needs_evidence_to_be_called_memory(ended, tails, failure):
    assert failure_of(ended, tails, ()).failure == failure


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (2, "ap.py: error: unrecognized arguments: --lrr=1"),
        (2, "ap.py: error: argument --lr: invalid float value: 'x'"),
        (2, "ap.py: error: argument --m: invalid choice: 'c' (choose from 'a', 'b')"),
        (2, "ap.py: error: the following arguments are required: --data"),
        (2, "Error: No such option '--lrr'. Did you mean '--lr'?"),
        (2, "Error: Invalid value for '--m': 'c' is not one of 'a', 'b'."),
        (1, "FATAL Flags parsing error: Unknown command line flag 'lrr'. Did you mean: lr ?"),
        (1, "ValueError: Some specified arguments are not used by the HfArgumentParser: ['--x']"),
    ],
)
def test_a_command_line_that_is_refused_is_a_crash_that_would_come_again(code, line):
    found = failure_of(Exit(reason="exited", code=code), f"usage: …\n{line}\nhelp: -h\n", ())

    assert (found.failure, found.final) == ("crash", True)
    assert found.message.startswith(f"exit code {code}: {line} (it refuses its command line")


def test_what_refuses_in_a_box_is_quoted_without_it():
    tails = "Usage: t.py [OPTIONS]\n╭─ Error ──╮\n│ No such option: --lrr    │\n╰──────────╯\n"

    found = failure_of(Exit(reason="exited", code=2), tails, ())

    assert found.message.startswith("exit code 2: No such option: --lrr (it refuses")


@pytest.mark.parametrize(
    ("code", "tails"),
    [
        (2, "grep: data.txt: No such file or directory"),
        (2, "ap.py: error: argument --data: can't open 'x.csv'"),
        (2, "Error: Invalid value for '--data': Path 'x.csv' does not exist."),
        (1, "ap.py: error: unrecognized arguments: --lrr=1"),
        (2, "ap.py: error: unrecognized arguments: --lrr=1\n" + "epoch\n" * 20),
    ],
)
def test_what_may_go_away_by_itself_is_no_refusal(code, tails):
    found = failure_of(Exit(reason="exited", code=code), tails, ())

    assert (found.failure, found.final) == ("crash", False)


def test_a_pattern_of_the_user_comes_before_a_refusal():
    user = [Classify(match="unrecognized", as_="infra")]
    found = failure_of(Exit(reason="exited", code=2), "t: error: unrecognized arguments: -x", user)

    assert (found.failure, found.final) == ("infra", False)


def test_an_exit_of_zero_without_a_known_word_is_no_failure():
    assert failure_of(Exit(reason="exited", code=0), "all is well", ()) is None


def test_a_message_is_one_short_line_without_colours():
    tails = "before\n  \x1b[31mError: " + "x" * 1000 + "\x1b[0m\n\n"

    message = failure_of(CRASH, tails, ()).message

    assert message.startswith("exit code 1: Error: xxx")
    assert message.endswith("…")
    assert len(message) <= LONGEST + len("exit code 1: ")
    assert "\n" not in message
    assert "\x1b" not in message
