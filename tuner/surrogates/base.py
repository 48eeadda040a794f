"""What every surrogate promises. Arrays in, arrays out: no trial, no file, no parameter name."""

from collections.abc import Sequence
from typing import Any, Protocol

from tuner.dataset import Dataset, Floats


class Model(Protocol):
    """What is believed about one outcome, in the units it was fitted in: larger is better."""

    @property
    def gp(self) -> Any:  # noqa: ANN401  torch is not named outside its rooms
        """A BoTorch model."""

    @property
    def zero(self) -> float:
        """Where the raw value 0 lies; a constraint's slack is feasible above it."""

    @property
    def noise_sd(self) -> float:
        """Typical standard deviation of a measurement."""

    @property
    def noise_known(self) -> bool:
        """The user gave the standard errors, they were not estimated."""

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean and sd (k,) at X (k, d) in raw units; nan where a double cannot hold them."""


class Surrogate(Protocol):
    """Fits models to a dataset.

    Promises, checked for every surrogate in `tests/surrogates/test_every_surrogate.py`:
      1. same dataset, same model: no chance, no memory;
      2. any finite numbers of any size are taken, repeats and constants too;
      3. mean and sd are finite wherever the raw units can hold them, sd is above 0;
      4. what cannot be fitted raises FitError with a reason a person understands.
    """

    def objective(self, dataset: Dataset) -> Model:
        """Fit the metric; failed trials enter at the floor of what was observed."""

    def constraints(self, dataset: Dataset) -> Sequence[Model]:
        """Fit the slack of every constraint."""

    def survival(self, dataset: Dataset) -> Model | None:
        """Fit who comes back with a number (above `zero`) and who fails; None while too few do."""
