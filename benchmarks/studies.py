"""A search driven in memory: no process, no file, only a sampler and its history.

Used by the benchmarks beside it, which import it by name: run them as `python benchmarks/NAME.py`.
"""

import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from tuner.samplers.make import make_sampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Space
from tuner.study import Finished, History, Opened, Point, Record, Suggested, Suggestion

Measure = Callable[[int, Point], float | None]
RESULTS = Path(__file__).parent / "results"


class MemoryStudy:
    """A history that is told fact by fact, as a ledger would be."""

    def __init__(self) -> None:
        self.history = History()
        self.tell(Opened(study="benchmark", config={"metric": {"name": "loss"}}, config_hash=""))

    def tell(self, fact: Opened | Suggested | Finished) -> None:
        """Take one more fact in."""
        number = self.history.last + 1
        self.history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))


def search(
    space: Space, measure: Measure, search_spec: SearchSpec, *, trials: int, seed: int
) -> list[tuple[Suggestion, float | None, float]]:
    """Minimise `measure`, one trial after another; None from it is a crash.

    Returns:
        For every trial the suggestion, what was measured, and seconds of wall time to suggest it.
    """
    study = MemoryStudy()
    sampler = make_sampler(search_spec, space, seed=seed, devices_taken=True)
    told = []
    for k in range(1, trials + 1):
        rng = np.random.default_rng([seed, k])
        since = time.perf_counter()
        with threadpool_limits(1):  # one core, whatever the machine has
            (suggestion,) = sampler.suggest(study.history, 1, rng)
        seconds = time.perf_counter() - since
        study.tell(Suggested(trial=k, point=suggestion.point, method=suggestion.method))
        loss = measure(k, suggestion.point)
        if loss is None:
            study.tell(Finished(trial=k, attempt=1, state="failed", failure="crash"))
        else:
            study.tell(Finished(trial=k, attempt=1, state="completed", metrics={"loss": loss}))
        told.append((suggestion, loss, seconds))
    return told


def save(name: str, result: dict[str, object]) -> None:
    """Write a small JSON file, so that a change shows as a diff."""
    RESULTS.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    text = json.dumps({"machine": machine, **result}, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
