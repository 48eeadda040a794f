"""A job as a command: argv, environment and working folder. Pure: nothing is started here.

`shell.py` calls it in `prepare`, so whatever cannot be passed to a program is refused before the
fact is written.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tuner import wire
from tuner.errors import UsageError
from tuner.runners.arguments import as_json, options, overrides, text_of
from tuner.runners.base import Job
from tuner.runners.spec import CommandSpec, JobSpec, PythonSpec
from tuner.runners.template import fill, fill_shell, pieces_of
from tuner.runners.words import Gap, TemplateError, Word
from tuner.study import Value

CHILD = Path(__file__).with_name("child.py")
STUDY_FOLDER = Path("runs", "study")  # of an example without a study


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """What to execute.

    Attributes:
        env: what is set on top of our own environment.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "."


def invocation(
    spec: CommandSpec | PythonSpec, job: Job, *, metric: str, hide_gpus: bool
) -> Invocation:
    """Say what to execute for a job.

    Raises:
        UsageError: a value cannot be an argument of a program.
    """
    argv = python_argv(spec, metric) if isinstance(spec, PythonSpec) else command_argv(spec, job)
    for text in argv:
        _check_encodable(text)
    return Invocation(
        argv=argv,
        env=environment(spec, job, hide_gpus=hide_gpus),
        cwd=str(Path(spec.cwd or ".").absolute()),
    )


def _check_encodable(text: str) -> None:
    try:
        os.fsencode(text)
    except UnicodeEncodeError as wrong:
        raise UsageError(f"{text!r} cannot be passed to a program: {wrong.reason}") from wrong
    if "\0" in text:
        raise UsageError(f"{text!r} cannot be passed to a program: it holds a NUL character")


def python_argv(spec: PythonSpec, metric: str) -> tuple[str, ...]:
    """Give the command that calls a Python function in a process of its own."""
    return sys.executable, str(CHILD), spec.target, metric


def read_command(spec: CommandSpec) -> Sequence[Word | Gap]:
    """Read the template of a command. Raises UsageError where it cannot be read."""
    try:
        return pieces_of(spec.command, shell=spec.shell)
    except TemplateError as wrong:
        raise UsageError(f"runner.command: {wrong}") from wrong


def command_argv(spec: CommandSpec, job: Job) -> tuple[str, ...]:
    """Fill the template of a command."""
    places = {
        "args.json": as_json(job.values),
        "args.json_file": str(job.folder / wire.PARAMS_NAME),
        "params_file": str(job.folder / wire.PARAMS_NAME),
        "trial.id": str(job.trial),
        "trial.dir": str(job.folder),
        "trial.seed": str(job.seed),
        "trial.attempt": str(job.attempt),
        "trial.checkpoint": str(job.checkpoint),
        "study.name": job.study,
        "study.dir": str(job.study_dir),
    }

    def look(name: str) -> str | None:
        return places[name] if name in places else text_of(name, job.values.get(name))

    def look_many(name: str) -> list[str]:
        return overrides(job.values) if name == "args.hydra" else options(job.values, spec.flags)

    pieces = read_command(spec)
    if spec.shell:
        return "/bin/sh", "-c", fill_shell(pieces, look, look_many)
    argv = tuple(fill([word for word in pieces if isinstance(word, Word)], look, look_many))
    if not argv or not argv[0]:
        raise UsageError(
            "the command is empty: the value that names the program is null",
            hint="give the program itself as plain text",
        )
    return argv


def example_argv(
    spec: CommandSpec | PythonSpec,
    values: Mapping[str, Value],
    *,
    metric: str = "metric",
    study: str = "study",
    folder: Path = STUDY_FOLDER,
    seed: int = 0,
) -> tuple[str, ...]:
    """Show what would be executed for a point, as trial 1 of a study.

    Args:
        spec: what is started.
        values: the point.
        metric: its name, for a function that returns it.
        study: its name.
        folder: of the study.
        seed: of the trial.

    Raises:
        UsageError: a value cannot be an argument of a program.
    """
    trial = folder / "trials" / "1"
    job = Job(
        study=study,
        study_dir=folder,
        trial=1,
        attempt=1,
        values=values,
        seed=seed,
        folder=trial / "attempt-1",
        checkpoint=trial / wire.CHECKPOINT_NAME,
    )
    return invocation(spec, job, metric=metric, hide_gpus=False).argv


def environment(spec: JobSpec, job: Job, *, hide_gpus: bool) -> dict[str, str]:
    """Give what a job's environment has on top of ours."""
    env: dict[str, str] = {}
    if "PYTHONUNBUFFERED" not in os.environ:
        env["PYTHONUNBUFFERED"] = "1"  # what was printed counts, even when the job is killed
    if hide_gpus and not job.devices:
        env["CUDA_VISIBLE_DEVICES"] = ""
    env.update(spec.env)
    if job.devices:
        if "CUDA_VISIBLE_DEVICES" not in os.environ:
            env["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # numbers mean what nvidia-smi shows
        env["CUDA_VISIBLE_DEVICES"] = ",".join(job.devices)
    env[wire.TRIAL_ID] = str(job.trial)
    env[wire.ATTEMPT] = str(job.attempt)
    env[wire.TRIAL_DIR] = str(job.folder)
    env[wire.SEED] = str(job.seed)
    env[wire.PARAMS_FILE] = str(job.folder / wire.PARAMS_NAME)
    env[wire.REPORT_FILE] = str(job.folder / wire.REPORTS_NAME)
    env[wire.CHECKPOINT_DIR] = str(job.checkpoint)
    return env
