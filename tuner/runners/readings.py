"""Many values of one attempt become one: the last, the best, or a mean. Pure."""

import math
import re
from collections import deque
from collections.abc import Iterable, Mapping

from tuner.study import Metric

MEAN = re.compile(r"mean\((\d+)\)")
MOST_NAMES = 200  # a script may print anything; the ledger keeps so many numbers of it


class Reading:
    """A fold over what was said together, record by record: it does not grow with the log."""

    def __init__(self, metric: Metric) -> None:
        mean = MEAN.fullmatch(metric.reduce)
        self._metric = metric
        self._last: dict[str, float] = {}
        self._window = deque[float](maxlen=int(mean[1]) if mean else 1)
        self._best: Mapping[str, float] | None = None

    def take(self, record: Mapping[str, float]) -> None:
        """Take in numbers that were said together."""
        for name, value in record.items():
            if name in self._last or len(self._last) < MOST_NAMES:
                self._last[name] = value
        measured = record.get(self._metric.name)
        if measured is not None:
            self._last[self._metric.name] = measured
            self._window.append(measured)
            if self._best is None or self._better(measured):
                self._best = record

    def _better(self, value: float) -> bool:
        """Compare with the best so far: a finite value beats one that is not."""
        best = self._best[self._metric.name] if self._best else math.nan
        if not math.isfinite(value):
            return False
        return not math.isfinite(best) or self._metric.gain(value) > self._metric.gain(best)

    def metrics(self) -> dict[str, float]:
        """Give every named number: with `best`, those that were said together with it."""
        metrics = dict(self._last)
        if self._best is None:
            return metrics
        if self._metric.reduce == "best":
            metrics.update((name, value) for name, value in self._best.items() if name in metrics)
        else:
            metrics[self._metric.name] = sum(self._window) / len(self._window)
        return metrics


def reading_of(metric: Metric, records: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """Fold all records.

    Example:
        >>> loss = Metric(name="loss", reduce="best")
        >>> reading_of(loss, [{"loss": 0.5, "epoch": 1}, {"loss": 0.2, "epoch": 2}, {"loss": 0.3}])
        {'loss': 0.2, 'epoch': 2}
    """
    reading = Reading(metric)
    for record in records:
        reading.take(record)
    return reading.metrics()
