"""The only contract with a foreign process: environment names and the files of an attempt's folder.

Both ends use it: the runners on our side, `tuner.objective` on the user's. Standard library only.
"""

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

TRIAL_ID = "TUNER_TRIAL_ID"
ATTEMPT = "TUNER_ATTEMPT"
TRIAL_DIR = "TUNER_TRIAL_DIR"
SEED = "TUNER_SEED"
PARAMS_FILE = "TUNER_PARAMS_FILE"
REPORT_FILE = "TUNER_REPORT_FILE"
CHECKPOINT_DIR = "TUNER_CHECKPOINT_DIR"

PARAMS_NAME = "params.json"  # the point, fixed and derived parameters included
REPORTS_NAME = "reports.jsonl"  # what `report()` said, one JSON object a line
RESULT_NAME = "result.json"  # what a Python function returned
EXIT_NAME = "exit.json"  # how the job ended, written by its supervisor
STDOUT_NAME = "stdout.log"
STDERR_NAME = "stderr.log"
CHECKPOINT_NAME = "checkpoint"  # beside the attempts: shared by all attempts of a trial

STEP = "step"  # the one key of a report that is not a metric


def encode_number(value: float) -> float | str:
    """Make a number safe for strict JSON: nan and the infinities become strings."""
    return value if math.isfinite(value) else repr(float(value))


def append_report(path: Path, metrics: Mapping[str, float], step: float | None) -> None:
    """Write one report as one line with one `write`, so that readers never see half of it."""
    body = {name: encode_number(float(value)) for name, value in metrics.items()}
    if step is not None:
        body[STEP] = encode_number(float(step))
    line = json.dumps(body, allow_nan=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def read_reports(text: str) -> Iterator[tuple[float | None, dict[str, float]]]:
    r"""Give (step, metrics) for every complete, well-formed line; skip the others.

    Example:
        >>> list(read_reports('{"loss": 0.5, "step": 3}\n{"loss": "nan"}\n{"lo'))
        [(3.0, {'loss': 0.5}), (None, {'loss': nan})]
    """
    for line in text.splitlines():
        try:
            body = json.loads(line)
            numbers = {str(name): float(value) for name, value in body.items()}
        except (ValueError, TypeError, AttributeError):
            continue
        step = numbers.pop(STEP, None)
        yield step, numbers


def boot_id() -> str:
    """Name this boot of this machine; empty where the system does not say."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def start_ticks(pid: int) -> float:
    """Give when a process started, in clock ticks since boot; 0 if it is gone, a zombie or unknown.

    With the pid and the boot id it names a process for ever: pids are used again, this triple is not.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = text[text.rindex(")") + 2 :].split()
    return 0.0 if fields[0] in "ZX" else float(fields[19])
