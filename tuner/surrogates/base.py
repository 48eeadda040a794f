"""What every surrogate promises. Arrays in, arrays out: no trial, no file, no parameter name."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from tuner.dataset import Dataset, Floats


class Look(Protocol):
    """What m processes believe at k points, in s versions that share their variance."""

    @property
    def mean(self) -> Floats:
        """Give (m, k, s)."""

    @property
    def variance(self) -> Floats:
        """Give (m, k), without measurement noise, above 0."""

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give slopes (k, d) along columns, 0 of categories.

        Args:
            by_mean: (m, k, s) slopes by the means.
            by_variance: (m, k) slopes by the variances.
        """


class Posterior(Protocol):
    """Fitted processes over the same rows, each in standard units of its own, larger is better."""

    @property
    def share(self) -> Floats:
        """Give (m,) how much each is believed; sums to 1."""

    @property
    def steps(self) -> Floats:
        """Give (d,) how far a column goes before the processes forget: typical length scales."""

    @property
    def noise(self) -> Floats:
        """Give (m,) the variance of a measurement."""

    def believed(self, share: Floats, rows: Sequence[int]) -> "Posterior":
        """Give some of the processes, by the shares (m,) in which all are believed."""

    def only(self, rows: Sequence[int]) -> "Posterior":
        """Give some of the processes, with their shares in proportion."""

    def look(self, X: Floats) -> Look:
        """Give what is believed at X (k, d)."""

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version: at less cost than a look."""

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k) at X, without measurement noise."""

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between A (a, d) and X (k, d), without measurement noise."""

    def given(self, X: Floats, values: Floats) -> "Posterior":
        """Give the processes conditioned on s versions of noise-free values (m, p, s) at X (p, d)."""


class Model(Protocol):
    """What is believed about one outcome: one process, or several that are to be averaged."""

    @property
    def processes(self) -> Posterior:
        """The processes."""

    @property
    def zero(self) -> float:
        """Where the raw value 0 lies for the first process; a slack is feasible above it."""

    @property
    def noise_sd(self) -> float:
        """Typical standard deviation of a measurement, in standard units."""

    @property
    def noise_known(self) -> bool:
        """The user gave the standard errors, they were not estimated."""

    @property
    def memory(self) -> Mapping[str, float]:
        """How much of what it believes each older study accounts for, by name: from 0 to 1."""

    def chances(self, X: Floats) -> Floats:
        """Give (k,) the probability that each of X (k, d) is the best of them."""

    def predict(self, X: Floats, *, measured: bool = False) -> tuple[Floats, Floats]:
        """Give mean and sd (k,) at X (k, d) in raw units; nan where a double cannot hold them.

        Args:
            X: in [0, 1].
            measured: the sd is of a measurement there, noise included, not of the metric itself.
        """


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

    def at_work(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Set threads for a dataset, and put them back."""

    def survival(self, dataset: Dataset) -> Model | None:
        """Fit who comes back with a number (above `zero`) and who fails; None while too few do."""


def scarce(dataset: Dataset, what: str) -> str:
    """Say how many ended trials have a finite number, where they are too few; `what` names it."""
    rows = f"{int(dataset.measured.sum())} of {len(dataset.ids)}"
    if not dataset.foreign:
        return f"{rows} ended trials have a finite {what}"
    others = f", and {rows} others have a finite {what}" if dataset.ids else ""
    return f"{dataset.foreign} ended trials are nothing in the changed space{others}"
