"""StudyConfig: which spec may stand where, nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tuner.ledger.spec import LedgerSpec
from tuner.runners.spec import ManualSpec, ResourcesSpec, RunnerSpec
from tuner.samplers.spec import SearchSpec
from tuner.space import Space
from tuner.stopping.spec import StopSpec
from tuner.study import Constraint, Metric, Value


@dataclass(frozen=True, kw_only=True)
class CostSpec:
    """What an hour of one GPU costs."""

    gpu_hour: float
    currency: str = "USD"


@dataclass(frozen=True, kw_only=True)
class ConfirmSpec:
    """Re-run the `top` best trials with `seeds` further seeds each before naming a winner."""

    top: int = 3
    seeds: int = 3


@dataclass(frozen=True, kw_only=True)
class WarmStartSpec:
    """Points to try first."""

    enqueue: tuple[Mapping[str, Value], ...] = ()


@dataclass(frozen=True, kw_only=True)
class StudyConfig:
    """A whole, valid configuration.

    Attributes:
        dir: where ledger.jsonl, trials.csv, config.yaml and trials/<id>/ live.
        plain: the normalised form as JSON types, what the ledger keeps; secrets masked. Reading it
            again gives an equal StudyConfig.
        notices: what a person should know: aliases used, defaults taken, unused parameters.
        source: the file it came from, None from Python. `runner.cwd` is relative to the place where
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
    plain: Mapping[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    source: Path | None = None
