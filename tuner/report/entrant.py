"""A study that is compared with others: its best, its curve, what it cost. Plain values."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuner.report.export import plain
from tuner.report.summary import best_record
from tuner.report.tally import Tally, cost
from tuner.study import History
from tuner.study.ranking import Ranked, curve, judged_value, standing

LEARNT = "learnt from"
EARLY = (10, 20)
"""After how many trials the best so far is shown, besides half and all."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One study.

    Attributes:
        group: the name of the group it belongs to, empty before it is in one.
        best: as `tuner best` names it, None before a result.
        curve: the best so far after each trial, nan before a result.
    """

    name: str
    folder: str
    history: History
    best: Ranked | None
    curve: Sequence[float]
    group: str = ""

    @classmethod
    def of(
        cls, history: History, *, folder: str, rows: Sequence[Ranked], best: Ranked | None
    ) -> "Entry":
        """Take a study with its feasible points and the best of them, as they are judged."""
        name = str((history.config or {}).get("name", folder))
        steps = curve(history, standing(history, rows, best))
        return cls(name=name, folder=folder, history=history, best=best, curve=steps)

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration in force."""
        return self.history.config or {}

    @property
    def settings(self) -> Mapping[str, Any]:
        """What makes it the study it is: the configuration, and what it learnt from older studies.

        An older study may be given on the command line alone, so the facts tell, not the file.
        """
        told = [
            f"{fact.source or fact.memory} ({fact.mode}, {len(fact.points)} used)"
            for fact in self.history.memories.values()
        ]
        return {**self.config, LEARNT: ", ".join(sorted(told))} if told else self.config

    @property
    def renames(self) -> tuple[tuple[str, str], ...]:
        """Pairs of the name that a parameter had in an older study, and its name here."""
        asked = (fact.asked.get("rename") for fact in self.history.memories.values())
        return tuple(
            (theirs, ours)
            for rename in asked
            if isinstance(rename, Mapping)
            for theirs, ours in rename.items()
            if isinstance(ours, str)
        )

    @property
    def seed(self) -> int:
        """The seed of the study."""
        return int(self.config.get("seed", 0))

    def after(self, trials: int) -> float | None:
        """Give the best value after so many trials; None if there were fewer, or no result yet."""
        value = self.curve[trials - 1] if 0 < trials <= len(self.curve) else math.nan
        return None if math.isnan(value) else value

    def final(self) -> float | None:
        """Give the value of the best: what a model believes of it where the metric is noisy."""
        return None if self.best is None else judged_value(self.best)

    def record(self) -> dict[str, Any]:
        """Give everything known of it as plain JSON types."""
        history, metric = self.history, self.history.metric
        tally = Tally.of(history)
        price = cost(history, tally)
        believed = self.best.believed if self.best else None
        best = best_record(self.best, metric.name)
        return {
            "study": self.name,
            "folder": self.folder,
            "group": self.group,
            "seed": self.seed,
            "metric": {"name": metric.name, "goal": metric.goal},
            "best": None if best is None else best | {"believed": plain(believed)},
            "after": {
                **{str(trials): plain(self.after(trials)) for trials in EARLY},
                "half": plain(self.after(math.ceil(len(self.curve) / 2))),
                "all": plain(self.after(len(self.curve))),
            },
            "curve": plain(list(self.curve)),
            "trials": len(self.curve),
            "failed": tally.states["failed"],
            "failures": {kind: found.times for kind, found in tally.failures.items()},
            "wall_s": history.wall_s,
            "gpu_s": tally.gpu_s,
            "cost": None if price is None else price[0],
            "currency": None if price is None else price[1],
        }
