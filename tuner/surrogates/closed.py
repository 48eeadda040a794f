"""A study's own processes for whoever wants to understand it: more questions than a search has.

The metric is seen as it is, not as ranks or bent, so that everything said is about the metric itself;
only what lies absurdly far on the bad side counts as no worse than a fence. Called by `make.py`.
Shapes: n rows that the processes know, m processes, k points, d columns.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from tuner.dataset import Dataset, Floats
from tuner.errors import FitError
from tuner.surrogates.apart import apart
from tuner.surrogates.engine import NumpyEngine
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.functions import Functions
from tuner.surrogates.scales import Scale
from tuner.surrogates.single_task import FittedGP, SingleTaskSurrogate
from tuner.surrogates.spec import GaussianProcess

FAR_OUT = 3.0
"""Quartile ranges below the lower quartile where gains are far out (Tukey 1977)."""

PLAIN = GaussianProcess(transforms=("plain",), draws=8, turn=0)


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedForm:
    """What is believed of the metric, its gains in raw units, and what it was learned from.

    Attributes:
        dataset: rows with gains no worse than the fence; failed ones lie at the worst.
        model: processes in standard units.
        fence: gain that worse ones count as; None where there are none.
    """

    dataset: Dataset
    model: FittedGP
    fence: float | None

    @property
    def processes(self) -> ExactGPs:
        """The processes."""
        processes = self.model.processes
        if not isinstance(processes, ExactGPs):
            raise TypeError("what is asked are exact processes")
        return processes

    @property
    def scale(self) -> Scale:
        """From raw gains to standard units, the same for all processes."""
        return self.model.scales[0]

    def functions(self, count: int, rng: np.random.Generator) -> Functions:
        """Draw `count` functions of each process, in standard units."""
        return Functions.of(self.processes, count, rng)

    def left_out(self) -> tuple[Floats, Floats, Floats]:
        """Give what was seen (n,) and what is foretold of it from all other rows, in standard units.

        Returns:
            Outcomes, means and variances (n,), noise included, over all processes.
        """
        gps = self.processes
        rest, variance = gps.left_out()
        root = np.linalg.inv(gps.whiten[0])
        y = gps.centre[0] + (root @ gps.white[0])[:, 0]
        means = y - rest
        mean = gps.share @ means
        return y, mean, gps.share @ (variance + (means - mean) ** 2)


def closed_form(dataset: Dataset) -> ClosedForm:
    """Fit the metric of a dataset that has no older studies to it.

    Raises:
        FitError: there is too little to learn from.
    """
    dataset, fence = _fenced(dataset)
    surrogate = SingleTaskSurrogate(PLAIN, lambda _: NumpyEngine())
    with surrogate.at_work(dataset):
        model = surrogate.objective(replace(dataset, settled=len(dataset.ids)))
    return ClosedForm(dataset=dataset, model=model, fence=fence)


@contextmanager
def at_work() -> Iterator[None]:
    """Work on one thread; numerical failures leave as FitError."""
    with NumpyEngine().at_work(0):
        yield


def _fenced(dataset: Dataset) -> tuple[Dataset, float | None]:
    """Move what is far out on the bad side to the fence."""
    measured = dataset.measured
    if not measured.any():
        raise FitError(f"none of {len(dataset.ids)} ended trials has a finite metric")
    gains = dataset.Y[measured, 0]
    usual = gains[apart(dataset.X[measured], dataset.columns, gains)]
    low, high = (float(np.quantile(usual, q, method=how)) for q, how in QUARTILES)
    with np.errstate(over="ignore"):
        fence = low - FAR_OUT * (high - low)
    if not fence > gains.min() or high == low:
        return dataset, None
    Y = dataset.Y.copy()
    Y[measured, 0] = np.maximum(gains, fence)
    return replace(dataset, Y=Y), fence


QUARTILES = ((0.25, "lower"), (0.75, "higher"))
