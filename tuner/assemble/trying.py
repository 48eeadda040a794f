"""One short trial outside of any study: does the command run, and is its metric found?"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuner import wire
from tuner.config import StudyConfig
from tuner.loop import Interrupt, trial_seed
from tuner.runners.base import Ended, Job, Runner
from tuner.runners.make import example_argv, make_runner, make_slots
from tuner.runners.spec import CommandSpec, PythonSpec
from tuner.space import Bool, Choice, Space
from tuner.study import Outcome, Point, Value

TAIL = 2000
LOOK_S = 0.2


@dataclass(frozen=True, kw_only=True)
class SmokeResult:
    """What one trial did.

    Attributes:
        folder: kept for a look when the trial failed, else gone.
        branches: values of categories that decide which parameters are live, as they were tried.
        untried: their other values, which no trial has shown to work.
        exit_code: None unless a signal ended the trial, else 130 or 143.
    """

    point: Point
    argv: Sequence[str]
    outcome: Outcome
    folder: Path
    stdout_tail: str
    stderr_tail: str
    branches: Point
    untried: Mapping[str, Sequence[Value]]
    exit_code: int | None


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

    Ctrl-C, and a signal to terminate, end the whole process tree of the trial at once; its folder is
    gone then, as after a trial that completed.

    Raises:
        UsageError: the runner is manual, or the job cannot be started.
    """
    slots = make_slots(config.resources)
    runner = make_runner(config.runner, config.metric, config.constraints, hide_gpus=False)
    point = config.space.complete(config.space.default_point() or config.space.centre())
    interrupt = Interrupt()
    with interrupt.listening():
        base, kept = Path(tempfile.mkdtemp(prefix="tuner-smoke-")), False
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
            outcome = _seen_through(runner, interrupt)
            kept = outcome.state == "failed"
            said = [_tail(job.folder / name) for name in (wire.STDOUT_NAME, wire.STDERR_NAME)]
        finally:
            runner.close()
            if not kept:
                shutil.rmtree(base, ignore_errors=True)
    branches, untried = branches_of(config.space, point)
    return SmokeResult(
        point=point,
        argv=started.argv,
        outcome=outcome,
        folder=job.folder,
        stdout_tail=said[0],
        stderr_tail=said[1],
        branches=branches,
        untried=untried,
        exit_code=interrupt.exit_code,
    )


def _seen_through(runner: Runner, interrupt: Interrupt) -> Outcome:
    """Wait for the end of the one trial, and bring it about when a signal asks for it."""
    asked = False
    while True:
        if interrupt.exit_code is not None and not asked:
            runner.cancel(1, force=True)
            asked = True
        ends = [update for update in runner.wait(LOOK_S) if isinstance(update, Ended)]
        if ends:
            return ends[0].outcome


def branches_of(space: Space, point: Point) -> tuple[Point, dict[str, list[Value]]]:
    """Give the values that decide which parameters are live, and the other values of each.

    Only of categories that are live themselves: of a number there are too many to name.
    """
    gates = [p for p in space.searched if p.name in space.gates and p.name in point]
    ways: dict[str, list[Value]] = {}
    for gate in gates:
        match gate:
            case Choice(values=values):
                ways[gate.name] = list(values)
            case Bool():
                ways[gate.name] = [False, True]
            case _:
                continue
    chosen = {name: point[name] for name in ways}
    return chosen, {
        name: [value for value in values if value != chosen[name]] for name, values in ways.items()
    }


def _tail(path: Path) -> str:
    try:
        return path.read_bytes()[-TAIL:].decode("utf-8", errors="replace")
    except OSError:
        return ""
