"""What may be asked of a runner, and of the machine it runs on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

from tuner.custom import Custom, check_target
from tuner.runners.interpreters import given_options
from tuner.runners.secrets import looks_secret
from tuner.runners.template import check_template, template_names

__all__ = [
    "Classify",
    "CommandSpec",
    "CustomSpec",
    "FailureClass",
    "JobSpec",
    "ManualSpec",
    "PythonSpec",
    "ResourcesSpec",
    "Retries",
    "RunnerSpec",
    "check_template",
    "given_options",
    "looks_secret",
    "template_names",
]

FailureClass = Literal["oom", "diverged", "timeout", "infra", "crash", "no_metric"]
LEAST_LOG = 4096  # bytes; less would not hold a stack


@dataclass(frozen=True, kw_only=True)
class Classify:
    """A regular expression on the tails of the logs that names a failure."""

    match: str
    as_: FailureClass  # `as` in YAML

    def __post_init__(self) -> None:
        try:
            re.compile(self.match)
        except re.error as wrong:
            raise ValueError(f"match: is no regular expression: {wrong}") from wrong


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

    def __post_init__(self) -> None:
        for entry in fields(self):
            if getattr(self, entry.name) < 0:
                raise ValueError(
                    f"{entry.name}: must be at least 0, got {getattr(self, entry.name)}"
                )


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

    def __post_init__(self) -> None:
        for name in ("timeout_s", "limit_memory", "limit_file", "limit_cpu_s"):
            value = getattr(self, name)
            if value is not None and value <= 0:
                raise ValueError(f"{name}: must be above 0, got {value}")
        if self.grace_s < 0:
            raise ValueError(f"grace_s: must be at least 0, got {self.grace_s}")
        if self.log_cap < LEAST_LOG:
            raise ValueError(f"log_cap: must be at least {LEAST_LOG} bytes, got {self.log_cap}")


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

    def __post_init__(self) -> None:
        super().__post_init__()
        program = self.command if isinstance(self.command, str) else "".join(self.command[:1])
        if not program.strip():
            raise ValueError("command: must name a program, got nothing")


@dataclass(frozen=True, kw_only=True)
class PythonSpec(JobSpec):
    """`runner: {type: python}`: `module:function`, called with the parameters, once a process."""

    target: str
    type: Literal["python"] = "python"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_target(self.target)


@dataclass(frozen=True, kw_only=True)
class CustomSpec(Custom):
    """`runner: {type: custom}`: a class of yours, by name, checked against `runners.base.Runner`."""

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

    def __post_init__(self) -> None:
        if self.parallel is not None and self.parallel < 1:
            raise ValueError(f"parallel: must be at least 1, got {self.parallel}")
        if isinstance(self.gpus, int) and self.gpus < 0:
            raise ValueError(f"gpus: must be at least 0, got {self.gpus}")
        if isinstance(self.gpus, tuple) and len(set(self.gpus)) < len(self.gpus):
            raise ValueError(f"gpus: must differ, got {', '.join(self.gpus)}")
        share = self.gpus_per_trial
        if share is not None and (share < 0 or (share > 1 and share != int(share))):
            raise ValueError(
                f"gpus_per_trial: must be a whole number or a fraction below 1, got {share}"
            )
