"""Which class of failure an attempt belongs to. Pure: an exit and the ends of two logs.

The order: what ended it from outside, then the patterns of the user, then ours for memory and for
trouble of the machine, then the exit code. `collect.py` adds no_metric and diverged.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tuner.runners.exits import Exit
from tuner.runners.printed import plain
from tuner.runners.spec import Classify
from tuner.study import Failure

OUT_OF_MEMORY = (
    r"CUDA out of memory|HIP out of memory|OutOfMemoryError|^MemoryError\b"
    r"|DefaultCPUAllocator: (?:can't allocate|not enough) memory|std::bad_alloc"
    r"|CUBLAS_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED: Out of memory|Cannot allocate memory"
)
MACHINE_TROUBLE = (
    r"NCCL (?:error|failure|timeout)|ncclSystemError|ncclRemoteError|ncclInternalError"
    r"|[Uu]ncorrectable ECC|ECC error|Bus error|No space left on device|Disk quota exceeded"
    r"|Stale file handle|Transport endpoint is not connected"
)
KILLED = r"killed by signal: Killed|SIGKILL|[Ss]ignal 9\b|^Killed$"  # a worker, not the job itself
# How argparse, click and typer, tyro (exit code 2), absl and HfArgumentParser (1) refuse their options.
REFUSALS = {
    2: (
        r"error: (?:unrecognized arguments:|ambiguous option:|the following arguments are required:"
        r"|argument \S.*: (?:invalid |expected |ignored explicit argument|not allowed with))"
        r"|No such option\b|Got unexpected extra argument|Missing (?:option|argument|parameter)\b"
        r"|Invalid value for .*: (?:.* is not (?:one of|a valid|in the range)|Input should be)"
        r"|Option .* (?:does not take a value|requires an argument)|Unrecognized options?\b"
    ),
    1: (
        r"Flags parsing error|Unknown command line flag"
        r"|arguments are not used by the HfArgumentParser"
    ),
}
REFUSED = "(it refuses its command line, and the same one would be refused again)"
LAST_LINES = 12  # that a refusal is looked for in: boxes of typer and tyro have several
OURS: tuple[tuple[str, Failure], ...] = ((OUT_OF_MEMORY, "oom"), (MACHINE_TROUBLE, "infra"))
BOX = " │|─╭╮"  # around what typer and tyro say
LONGEST = 240  # of a message, in characters


@dataclass(frozen=True)
class Verdict:
    """A class of failure with one line that says why.

    Attributes:
        final: another attempt would end the same way.
    """

    failure: Failure
    message: str
    final: bool = False


def failure_of(ended: Exit, tails: str, user: Sequence[Classify]) -> Verdict | None:
    """Name the failure of an attempt that nobody ended; None if only its metric can tell."""
    patterns = [*((each.match, each.as_) for each in user), *OURS]
    for pattern, failure in patterns:
        match = re.search(pattern, tails, re.MULTILINE)
        if match:
            return Verdict(failure, _with_code(ended, line_of(tails, match.start())))
    if ended.exit_code == 0:
        return None
    if ended.oom_kills and (
        ended.signal_name == "SIGKILL" or re.search(KILLED, tails, re.MULTILINE)
    ):
        return Verdict("oom", "the kernel killed it: the machine ran out of memory")
    if refusal := _refusal(ended, tails):
        return Verdict("crash", f"{_with_code(ended, refusal)} {REFUSED}", final=True)
    return _by_signal(ended) or Verdict("crash", _with_code(ended, last_line(tails)))


def _refusal(ended: Exit, tails: str) -> str:
    """Give the line in which a job refuses its own command line, empty if it does not."""
    pattern = REFUSALS.get(ended.exit_code or 0)
    lines = [line for line in map(plain, tails.splitlines()) if line.strip()]
    found = (line for line in lines[-LAST_LINES:] if pattern and re.search(pattern, line))
    return shorten(next(found, "").strip(BOX))


def _by_signal(ended: Exit) -> Verdict | None:
    match ended.signal_name:
        case "SIGKILL":
            return Verdict("crash", "killed by SIGKILL from outside of tuner")
        case "SIGXCPU":
            return Verdict("timeout", "ran into the limit of CPU seconds")
        case "SIGXFSZ":
            return Verdict("crash", "ran into the limit of file size")
        case "SIGBUS":
            return Verdict("infra", "killed by SIGBUS: shared memory or a disk gave way")
        case _:
            return None


def _with_code(ended: Exit, line: str) -> str:
    if ended.exit_code == 0:
        return line or "exit code 0"
    how = f"killed by {ended.signal_name}" if ended.signal_name else f"exit code {ended.exit_code}"
    return f"{how}: {line}" if line else how


def line_of(text: str, place: int) -> str:
    """Give the line that a place lies in, cut to what fits a message."""
    start = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    return shorten(text[start : end if end >= 0 else len(text)])


def last_line(text: str) -> str:
    r"""Give the last line that says something.

    Example:
        >>> last_line("Traceback:\n  File x\nValueError: lr is too large\n\n")
        'ValueError: lr is too large'
    """
    lines = (line.strip() for line in reversed(text.splitlines()))
    return shorten(next((line for line in lines if line), ""))


def shorten(line: str) -> str:
    """Cut a line to what fits a message."""
    line = plain(line).strip()
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
