"""What may be asked of an older study, and of beliefs about where the optimum lies.

    auto            the model leans on it as far as that helps here, after its best points were tried
    enqueue         its best points are tried first, and nothing else
    basis … lmc     a model that learns from it in one way; see `surrogates/remembering.py`
    prior           the best point here is believed to lie near its best ones
    none            it is put aside

A search that has no model takes auto for enqueue, and refuses what needs one.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from tuner.interop.base import Columns, Goal, Kind

Mode = Literal[
    "auto", "enqueue", "basis", "stack", "rgpe", "icm", "lmc", "conditional", "prior", "none"
]
KindWord = Literal["auto", Kind]
Confidence = Literal["low", "medium", "high"]

MODEL_MODES = ("auto", "basis", "stack", "rgpe", "icm", "lmc", "conditional")
"""Modes in which older studies shape the model: one at a time in a study."""

LEDGERS = ("ledger.jsonl", "ledger.csv")
"""Files of a study that mean the same as its folder."""


@dataclass(frozen=True, kw_only=True)
class MemorySpec:
    """An older study to learn from: an entry of `warm_start.studies`.

    Attributes:
        ledger: a study's folder, a ledger, or what another tool left; see `interop/read.py`.
        mode: how it is used.
        name: what the memory is called; by default after the older study.
        max_trials: how many of its trials are read, the most telling ones.
        seeds: how many of its best points are tried first; None for what the mode thinks best.
        kind: what left it, where it cannot be told.
        study: which one, where a file holds several.
        metric, goal: of the older study, where they differ or are not written down there.
        columns: what the columns of a CSV table mean, where it is of no tool that is known.
        rename: the older study's names of parameters, to names here.
    """

    ledger: str
    mode: Mode = "auto"
    name: str | None = None
    max_trials: int = 300
    seeds: int | None = None
    kind: KindWord = "auto"
    study: str | None = None
    metric: str | None = None
    goal: Goal | None = None
    columns: Columns | None = None
    rename: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.max_trials < 1:
            raise ValueError(f"max_trials: must be at least 1, got {self.max_trials}")
        if self.seeds is not None and self.seeds < 0:
            raise ValueError(f"seeds: must be at least 0, got {self.seeds}")
        if not self.ledger:
            raise ValueError("ledger: must be a path, got ''")
        if self.name == "":
            raise ValueError("name: must not be empty; leave it out for the older study's own")


def asked_of(asked: MemorySpec) -> dict[str, Any]:
    """Write a spec as the YAML would have it: what differs from the defaults, the path in one spelling."""
    usual = asdict(MemorySpec(ledger=asked.ledger))
    plain = asdict(asked) | {"ledger": str(Path(asked.ledger))}
    if asked.columns is not None:
        plain["columns"] = {key: value for key, value in plain["columns"].items() if value}
    return {key: plain[key] for key in plain if key == "ledger" or plain[key] != usual[key]}


def origin_of(asked: Mapping[str, Any]) -> tuple[str, Any]:
    """Say which older study an entry means, however its path is spelt: a folder is its ledger.

    Example:
        >>> origin_of({"ledger": "runs/a/"}) == origin_of({"ledger": "./runs/a/ledger.jsonl"})
        True
    """
    path = str(asked.get("ledger"))
    try:
        place = Path(os.path.realpath(path))
    except ValueError:  # a ledger may say anything
        return path, asked.get("study")
    return str(place.parent if place.name in LEDGERS else place), asked.get("study")


def one_study(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two entries mean one older study, and no names tell apart what it teaches."""
    names = [each.get("name") for each in (one, other)]
    apart = None not in names and names[0] != names[1]
    return not apart and origin_of(one) == origin_of(other)


@dataclass(frozen=True, kw_only=True)
class PriorSpec:
    """Where a person believes the best value of a parameter to be: an entry of `warm_start.prior`.

    Attributes:
        at: the value.
        confidence: low, medium, high: a standard deviation of 0.4, 0.2 or 0.1 of the range, on the
            parameter's scale.
    """

    at: bool | int | float | str
    confidence: Confidence = "medium"
