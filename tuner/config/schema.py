"""StudyConfig: which spec may stand where, nothing else."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tuner.interop.spec import MemorySpec, PriorSpec
from tuner.ledger.spec import LedgerSpec
from tuner.runners.spec import ManualSpec, ResourcesSpec, RunnerSpec
from tuner.samplers.spec import SearchSpec
from tuner.sinks.spec import SinkSpec
from tuner.space import Space
from tuner.stopping.spec import StopSpec
from tuner.study import Constraint, Metric, Value


@dataclass(frozen=True, kw_only=True)
class CostSpec:
    """What an hour of one GPU costs."""

    gpu_hour: float
    currency: str = "USD"

    def __post_init__(self) -> None:
        if not 0 <= self.gpu_hour < math.inf:
            raise ValueError(f"gpu_hour: must be at least 0, got {self.gpu_hour}")


@dataclass(frozen=True, kw_only=True)
class ConfirmSpec:
    """Re-run the `top` best trials with `seeds` further seeds each before naming a winner."""

    top: int = 3
    seeds: int = 3

    def __post_init__(self) -> None:
        if self.top < 1:
            raise ValueError(f"top: must be at least 1, got {self.top}")
        if self.seeds < 1:
            raise ValueError(f"seeds: must be at least 1, got {self.seeds}")


@dataclass(frozen=True, kw_only=True)
class WarmStartSpec:
    """What the study begins with.

    Attributes:
        enqueue: points to try first, each complete: what was left out is at its default or middle.
        studies: older studies to learn from.
        prior: where a person believes the best values to be.
    """

    enqueue: tuple[Mapping[str, Value], ...] = ()
    studies: tuple[MemorySpec, ...] = ()
    prior: Mapping[str, PriorSpec] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StudyConfig:
    """A whole, valid configuration.

    Attributes:
        dir: where ledger.jsonl, trials.csv, config.yaml and trials/<id>/ live.
        plain: the normalised form as JSON types, what the ledger keeps. Reading it again gives an
            equal StudyConfig. It holds no value of a variable that looks like a secret, because no
            configuration may.
        notices: what a person should know: aliases used, defaults taken, unused parameters.
        source: the file that says all of it, None from Python and with overrides. `runner.cwd` is relative to the place where
            `tuner run` is typed, like every path in a command.
    """

    name: str
    metric: Metric
    space: Space
    version: Literal[1] = 1
    seed: int = 0
    dir: Path = Path("runs/study")
    constraints: tuple[Constraint, ...] = ()
    runner: RunnerSpec = field(default_factory=ManualSpec)
    resources: ResourcesSpec = field(default_factory=ResourcesSpec)
    search: SearchSpec = field(default_factory=SearchSpec)
    stop: StopSpec = field(default_factory=StopSpec)
    cost: CostSpec | None = None
    confirm: ConfirmSpec | None = None
    warm_start: WarmStartSpec = field(default_factory=WarmStartSpec)
    ledger: LedgerSpec = field(default_factory=LedgerSpec)
    sinks: tuple[SinkSpec, ...] = ()
    plain: Mapping[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = field(default=(), compare=False)
    source: Path | None = field(default=None, compare=False)
