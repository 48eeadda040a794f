"""What may be asked of a runner, and of the machine it runs on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

FailureClass = Literal["oom", "diverged", "timeout", "infra", "crash", "no_metric"]


@dataclass(frozen=True, kw_only=True)
class Classify:
    """A regular expression on the tails of the logs that names a failure."""

    match: str
    as_: FailureClass  # `as` in YAML


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How many more attempts a trial gets, by the class of its failure."""

    oom: int = 1
    diverged: int = 0
    timeout: int = 0
    infra: int = 2
    crash: int = 1
    no_metric: int = 0
    lost: int = 2


@dataclass(frozen=True, kw_only=True)
class JobSpec:
    """What the command and python runners share.

    Attributes:
        env: variables to set; the list form `[NAME]` only checks that NAME is there to be inherited.
        timeout_s, grace_s: seconds; `timeout: 2h`, `grace: 30s` in YAML.
        log_cap: bytes kept of each output stream, half head and half tail.
        limits: memory in bytes, file size in bytes, cpu in seconds (RLIMIT_*), None for none.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    require_env: tuple[str, ...] = ()
    cwd: str | None = None
    timeout_s: float | None = None
    grace_s: float = 10.0
    retries: Retries = field(default_factory=Retries)
    classify: tuple[Classify, ...] = ()
    log_cap: int = 8 * 1024 * 1024
    limit_memory: int | None = None
    limit_file: int | None = None
    limit_cpu_s: int | None = None


@dataclass(frozen=True, kw_only=True)
class CommandSpec(JobSpec):
    """`runner: {type: command}`: any program.

    Attributes:
        command: a string split as a shell would split words, or a list; never run by a shell unless
            `shell` says so, and then every value is quoted.
        flags: how booleans are written in {args}: by parameter name, or `*` for all.
    """

    command: str | tuple[str, ...]
    type: Literal["command"] = "command"
    shell: bool = False
    flags: Mapping[str, Literal["value", "present", "no_prefix"]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PythonSpec(JobSpec):
    """`runner: {type: python}`: `module:function`, called with the parameters, once a process."""

    target: str
    type: Literal["python"] = "python"


@dataclass(frozen=True, kw_only=True)
class CustomSpec:
    """`runner: {type: custom}`: a class of yours, by name, checked against `runners.base.Runner`."""

    target: str
    type: Literal["custom"] = "custom"
    options: Mapping[str, Any] = field(default_factory=dict)
    retries: Retries = field(default_factory=Retries)


@dataclass(frozen=True, kw_only=True)
class ManualSpec:
    """`runner: {type: manual}`: nobody; trials are asked for and told by hand."""

    type: Literal["manual"] = "manual"
    retries: Retries = field(default_factory=Retries)


RunnerSpec = CommandSpec | PythonSpec | CustomSpec | ManualSpec


@dataclass(frozen=True, kw_only=True)
class ResourcesSpec:
    """`resources:` in the configuration.

    Attributes:
        parallel: jobs at a time; None means one a GPU slot, or 1 without GPUs.
        gpus: auto (those that nobody else uses), a count, or explicit device ids.
        gpus_per_trial: below 1 several trials share a GPU (0.25: four); None means 1 if gpus were
            asked for, else 0.
    """

    parallel: int | None = None
    gpus: Literal["auto"] | int | tuple[str, ...] = 0
    gpus_per_trial: float | None = None
