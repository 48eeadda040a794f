"""What was asked for becomes a runner, and places for it to work in."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import assert_never, cast

from tuner.custom import made
from tuner.errors import UsageError
from tuner.runners.absent import absent
from tuner.runners.base import Runner
from tuner.runners.command import example_argv, read_command
from tuner.runners.devices import Inventory, NvmlInventory, Slots
from tuner.runners.shell import ShellRunner
from tuner.runners.spec import (
    CommandSpec,
    CustomSpec,
    JobSpec,
    ManualSpec,
    PythonSpec,
    ResourcesSpec,
    RunnerSpec,
)
from tuner.study import Constraint, Metric

__all__ = ["absent", "example_argv", "make_runner", "make_slots"]

FILES = ("file", "json", "csv")


def make_runner(
    spec: RunnerSpec,
    metric: Metric,
    constraints: Sequence[Constraint] = (),
    *,
    hide_gpus: bool = False,
) -> Runner:
    """Build what `spec` describes.

    Args:
        spec: what was asked for.
        metric: read from what the jobs leave behind.
        constraints: their metrics are read beside it.
        hide_gpus: jobs that hold no GPU see none.

    Raises:
        UsageError: the runner cannot do what is asked of it.
    """
    match spec:
        case CommandSpec() | PythonSpec():
            _check(spec, metric)
            return ShellRunner(spec, metric, tuple(constraints), hide_gpus=hide_gpus)
        case CustomSpec():
            return cast("Runner", made(spec, "runner.target", Runner))
        case ManualSpec():
            raise UsageError(
                "the runner is manual: nobody starts the trials of this study",
                hint="use `tuner ask` and `tuner tell`, or give `runner` a command",
            )
        case _:
            assert_never(spec)


def _check(spec: JobSpec, metric: Metric) -> None:
    """Refuse at once what would fail every trial."""
    if isinstance(spec, CommandSpec):
        read_command(spec)
    unset = [name for name in spec.require_env if name not in os.environ]
    if unset:
        raise UsageError(
            f"runner.env asks for {', '.join(unset)}, which the environment does not have",
            hint="export it before `tuner run`",
        )
    if spec.cwd is not None and not Path(spec.cwd).is_dir():
        raise UsageError(f"runner.cwd: there is no folder {spec.cwd}")
    where = PurePath(metric.source.where or "")
    if metric.source.kind in FILES and (where.is_absolute() or ".." in where.parts):
        raise UsageError(
            f"metric.source: {where} lies outside of the trial's folder, where trials would share it",
            hint=f"have the job write {{trial.dir}}/{where.name} and name it {where.name} here",
        )
    if metric.source.kind == "return" and isinstance(spec, CommandSpec):
        raise UsageError(
            "metric.source: a command returns nothing",
            hint="use stdout, a file, or `runner: {type: python}`",
        )


def make_slots(resources: ResourcesSpec, inventory: Inventory | None = None) -> Slots:
    """Build the places of this machine. Raises UsageError where there are not enough GPUs."""
    return Slots(resources, inventory or NvmlInventory())
