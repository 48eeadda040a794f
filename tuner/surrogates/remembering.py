"""Which way a model learns from older studies, by the mode that was asked for.

Constraints and failures are this study's own: older studies had others, or none.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from tuner.dataset import Dataset
from tuner.surrogates.base import Model
from tuner.surrogates.single_task import SingleTaskSurrogate

if TYPE_CHECKING:
    from tuner.surrogates.multi_task import Mode, MultiTaskSurrogate


class RememberingSurrogate:
    """Exact processes, and what they know of older studies."""

    def __init__(self, exact: SingleTaskSurrogate) -> None:
        self.exact = exact
        self._joints: dict[Mode, MultiTaskSurrogate] = {}

    def at_work(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Set threads for a dataset, and put them back."""
        match joined_by(dataset):
            case "icm" | "lmc":
                from tuner.surrogates.laboratory import laboratory

                return laboratory(rows=len(dataset.ids))
            case _:
                return self.exact.at_work(dataset)

    def objective(self, dataset: Dataset) -> Model:
        """Fit the metric, with what the older studies of the dataset say."""
        match mode := joined_by(dataset):
            case "icm" | "lmc":
                return self._joint(mode).objective(dataset)
            case _:
                return self.exact.objective(dataset)

    def constraints(self, dataset: Dataset) -> Sequence[Model]:
        """Fit the slack of every constraint."""
        return self.exact.constraints(dataset)

    def survival(self, dataset: Dataset) -> Model | None:
        """Fit who comes back with a number and who fails."""
        return self.exact.survival(dataset)

    def _joint(self, mode: "Mode") -> "MultiTaskSurrogate":
        """Give what fits this study and older ones as one process, loaded when first needed."""
        from tuner.surrogates.multi_task import MultiTaskSurrogate

        if mode not in self._joints:
            self._joints[mode] = MultiTaskSurrogate(self.exact, mode)
        return self._joints[mode]


def joined_by(dataset: Dataset) -> "Mode | None":
    """Name the way in which older studies and this one are to be one process; None for no such way."""
    modes = {source.mode for source in dataset.sources}
    return "icm" if "icm" in modes else "lmc" if "lmc" in modes else None
