"""What the configuration in force asks of the loop; made by `assemble`, made anew when it changes."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tuner.runners.base import Runner
from tuner.runners.spec import Retries
from tuner.samplers.base import Sampler
from tuner.stopping.base import StudyRule
from tuner.study import Point, Value


class Slot(Protocol):
    """A place for one job, with the devices that belong to it."""

    @property
    def devices(self) -> tuple[str, ...]:
        """Ids for CUDA_VISIBLE_DEVICES."""

    @property
    def gpus(self) -> float:
        """Share of GPUs held."""


class Slots(Protocol):
    """All places of this process."""

    @property
    def total(self) -> int:
        """Places in all."""

    @property
    def uses_gpus(self) -> bool:
        """Jobs hold GPUs, so the model should keep off them."""

    def resize(self, parallel: int | None) -> None:
        """Have more or fewer places from now on; places in use stay in use."""

    def acquire(self) -> Slot | None:
        """Take a place, or None when all are taken."""

    def release(self, slot: Slot) -> None:
        """Give a place back."""


@dataclass(frozen=True, kw_only=True)
class Confirm:
    """Re-run the `top` best with `seeds` further seeds each."""

    top: int
    seeds: int


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything the loop uses and does not make.

    Attributes:
        complete: adds fixed and derived values to a point.
        key: equal exactly for equal points.
        get_ready: has the runner prepare, a bit at a time, for so many jobs that may follow at once.
        hash: of the configuration these parts were made from.
    """

    study: str
    seed: int
    folder: Path
    sampler: Sampler
    runner: Runner
    slots: Slots
    rules: tuple[StudyRule, ...]
    complete: Callable[[Point], Mapping[str, Value]]
    key: Callable[[Point], Hashable]
    retries: Retries = field(default_factory=Retries)
    confirm: Confirm | None = None
    warm_up: Callable[[], None] | None = None
    get_ready: Callable[[int], None] | None = None
    hash: str = ""
