"""What may be asked of the search."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tuner.acquisition.spec import Order
from tuner.custom import Custom

Auto = Literal["auto"]
CLOSED = ("auto", "gp", "saas")
"""Surrogates in closed form on numpy."""

LEVELS = 5
BELONGS: Mapping[str, tuple[str, object]] = {
    "initial": ("bayes", "auto"),
    "surrogate": ("bayes", "auto"),
    "acquisition": ("bayes", "auto"),
    "levels": ("grid", LEVELS),
    "sampler": ("optuna", None),
    "options": ("optuna", {}),
}
"""The one method that a key says something to, and what stands there where nobody says it."""

Method = Literal["bayes", "sobol", "random", "grid", "optuna"]
Surrogate = Literal[
    "auto",
    "gp",
    "saas",
    "saas_nuts",
    "mixed",
    "hierarchical",
    "deep_kernel",
    "laplace",
    "robust",
]


def bare(sampler: str) -> str:
    """Spell a sampler of Optuna's as its name is compared.

    Example:
        >>> bare("CmaEsSampler"), bare("cma_es")
        ('cmaes', 'cmaes')
    """
    return re.sub(r"[^a-z]", "", sampler.lower()).removesuffix("sampler")


@dataclass(frozen=True, kw_only=True)
class SearchSpec:
    """`search:` in the configuration.

    Attributes:
        initial: space-filling points before the model takes over, 1 counts as 2; auto is 5, one more for
            every five parameters above ten, at most 8.
        surrogate: the model of the objective; auto is gp, which measured best or as well everywhere.
        acquisition: how useful a point is; auto is LogEI, averaged over what is uncertain.
        levels: for grid: steps per continuous parameter (integers and categories take all theirs).
        sampler, options: for optuna: which of its samplers (TPE), and what that one is made with.
        engine: what computes the model; auto is numpy, and BoTorch where `device` says so.
        device: where the model is fitted; auto uses a GPU only when that takes no training slot.
    """

    method: Method | Custom = "bayes"
    initial: int | Auto = "auto"
    surrogate: Surrogate | Custom = "auto"
    acquisition: Order | Custom = "auto"
    engine: Literal["auto", "numpy", "botorch"] = "auto"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    levels: int = LEVELS
    sampler: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.initial != "auto" and self.initial < 1:
            raise ValueError(f"initial: must be at least 1 or auto, got {self.initial}")
        if self.device in ("cuda", "mps") and self.surrogate not in ("auto", "gp"):
            raise ValueError("device: only surrogate: gp can be fitted on another one")
        if self.levels < 2:  # noqa: PLR2004  two ends make a grid
            raise ValueError(f"levels: must be at least 2, got {self.levels}")
        for name, (method, unsaid) in BELONGS.items():
            if getattr(self, name) != unsaid and self.method != method:
                raise ValueError(f"{name}: only method: {method} has any")
