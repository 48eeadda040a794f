"""One short trial outside of any study: does the command run, and is its metric found?"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tuner import wire
from tuner.config import StudyConfig
from tuner.loop import trial_seed
from tuner.runners.base import Ended, Job
from tuner.runners.make import example_argv, make_runner, make_slots
from tuner.runners.spec import CommandSpec, PythonSpec
from tuner.study import Outcome, Point

TAIL = 2000


@dataclass(frozen=True, kw_only=True)
class SmokeResult:
    """What one trial did.

    Attributes:
        folder: kept for a look when the trial did not complete, else gone.
    """

    point: Point
    argv: Sequence[str]
    outcome: Outcome
    folder: Path
    stdout_tail: str
    stderr_tail: str


def example(config: StudyConfig) -> tuple[Point, Sequence[str]]:
    """Give the default point (or the centre) and what would be started for it as trial 1; nothing is.

    Raises:
        UsageError: a value cannot be an argument of a program.
    """
    point = config.space.complete(config.space.default_point() or config.space.centre())
    if not isinstance(config.runner, CommandSpec | PythonSpec):
        return point, ()
    return point, example_argv(
        config.runner,
        point,
        metric=config.metric.name,
        study=config.name,
        folder=config.dir.resolve(),
        seed=trial_seed(config.seed, 1),
    )


def smoke(config: StudyConfig) -> SmokeResult:
    """Run the default point (or the centre) once in a temporary folder.

    Raises:
        UsageError: the runner is manual, or the job cannot be started.
    """
    slots = make_slots(config.resources)
    runner = make_runner(config.runner, config.metric, config.constraints, hide_gpus=False)
    point = config.space.complete(config.space.default_point() or config.space.centre())
    base = Path(tempfile.mkdtemp(prefix="tuner-smoke-"))
    slot = slots.acquire()
    job = Job(
        study=config.name,
        study_dir=base,
        trial=1,
        attempt=1,
        values=point,
        seed=trial_seed(config.seed, 1),
        folder=base / "trials" / "1" / "attempt-1",
        checkpoint=base / "trials" / "1" / "checkpoint",
        devices=slot.devices if slot else (),
        gpus=slot.gpus if slot else 0.0,
    )
    try:
        started = runner.prepare(job)
        runner.go(job)
        outcome = None
        while outcome is None:
            ends = [u for u in runner.wait(1.0) if isinstance(u, Ended)]
            outcome = ends[0].outcome if ends else None
    finally:
        runner.close()
    result = SmokeResult(
        point=point,
        argv=started.argv,
        outcome=outcome,
        folder=job.folder,
        stdout_tail=_tail(job.folder / wire.STDOUT_NAME),
        stderr_tail=_tail(job.folder / wire.STDERR_NAME),
    )
    if outcome.state == "completed":
        shutil.rmtree(base, ignore_errors=True)
    return result


def _tail(path: Path) -> str:
    try:
        return path.read_bytes()[-TAIL:].decode("utf-8", errors="replace")
    except OSError:
        return ""
