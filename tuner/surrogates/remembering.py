"""Which way a model learns from older studies, by the mode that was asked for.

Constraints and failures are this study's own: older studies had others, or none.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager

from tuner.dataset import Dataset
from tuner.surrogates.base import Model
from tuner.surrogates.single_task import SingleTaskSurrogate


class RememberingSurrogate:
    """Exact processes, and what they know of older studies."""

    def __init__(self, exact: SingleTaskSurrogate) -> None:
        self.exact = exact

    def at_work(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Set threads for a dataset, and put them back."""
        return self.exact.at_work(dataset)

    def objective(self, dataset: Dataset) -> Model:
        """Fit the metric, with what the older studies of the dataset say."""
        return self.exact.objective(dataset)

    def constraints(self, dataset: Dataset) -> Sequence[Model]:
        """Fit the slack of every constraint."""
        return self.exact.constraints(dataset)

    def survival(self, dataset: Dataset) -> Model | None:
        """Fit who comes back with a number and who fails."""
        return self.exact.survival(dataset)
