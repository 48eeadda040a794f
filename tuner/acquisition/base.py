"""What an acquisition needs to know, and what it promises. Arrays in, arrays out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tuner.dataset import Bools, Floats

NOISY = 0.2
"""An estimated noise sd above this share of the outcomes' own sd makes the incumbent uncertain."""


class Look(Protocol):
    """What is believed at k points by m processes in s versions, and slopes of what follows from it."""

    @property
    def mean(self) -> Floats:
        """Give (m, k, s)."""

    @property
    def variance(self) -> Floats:
        """Give (m, k)."""

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give (k, d) slopes along columns."""


class Processes(Protocol):
    """Fitted processes as `surrogates.base.Posterior` has them."""

    @property
    def share(self) -> Floats:
        """Give (m,) how much each is believed."""

    @property
    def steps(self) -> Floats:
        """Give (d,) typical length scales."""

    @property
    def noise(self) -> Floats:
        """Give (m,) the variance of a measurement."""

    def only(self, rows: Sequence[int]) -> "Processes":
        """Give some of them."""

    def look(self, X: Floats) -> Look:
        """Give what is believed at X (k, d)."""

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version: at less cost than a look."""

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k)."""

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between rows A (a, d) and X (k, d)."""

    def given(self, X: Floats, values: Floats) -> "Processes":
        """Condition on versions of values (m, p, s)."""


class Belief(Protocol):
    """A fitted model of one outcome, in units where larger is better and outcomes have sd 1."""

    @property
    def processes(self) -> Processes:
        """One process, or several whose use is averaged."""

    @property
    def zero(self) -> float:
        """The border of feasibility."""

    @property
    def noise_sd(self) -> float:
        """Standard deviation of a measurement."""

    @property
    def noise_known(self) -> bool:
        """The user gave the standard errors."""


class Density(Protocol):
    """How likely each point is held to be the best, before anything was measured."""

    def log(self, X: Floats) -> tuple[Floats, Floats]:
        """Give log densities (k,) at X (k, d), and slopes (k, d), 0 of categories; all finite."""


@dataclass(frozen=True, kw_only=True)
class Beliefs:
    """All that is believed about the points of a space.

    Attributes:
        objective: what is to become large.
        constraints: slacks, feasible above their `zero`.
        survival: who comes back with a number, above its `zero`; None while nobody failed.
        X: (n, d) points with a finite metric; repeats welcome.
        means: (m, n) what the processes of the objective expect there.
        feasible: (n,) which of them kept every constraint.
        pending: (p, d) points whose result is still to come.
        spread: (c, d) legal points all over the space, for criteria that ask what is elsewhere.
        seed: for the base samples of fantasies.
        prior: where the best point is believed to be; None where nothing is.
        faith: how much that counts beside the criterion.
    """

    objective: Belief
    constraints: tuple[Belief, ...] = ()
    survival: Belief | None = None
    X: Floats
    means: Floats
    feasible: Bools
    pending: Floats
    spread: Floats
    seed: int = 0
    prior: Density | None = None
    faith: float = 0.0

    @property
    def noisy(self) -> bool:
        """The best observed value may not be the best point.

        Said of standard errors that the user gave, or of an estimate above a fifth of the spread
        of all outcomes: below that LogEI with the posterior mean as incumbent loses nothing.
        """
        return self.objective.noise_known or self.objective.noise_sd > NOISY


class Utility(Protocol):
    """How useful each point would be; larger is better, values may be logarithms.

    Promises, checked for every criterion in `tests/acquisition/test_every_acquisition.py`:
      1. same beliefs, same seed, same numbers: base samples are drawn once;
      2. values and gradients are finite inside the cube;
      3. pending points lose their use where the criterion knows them.
    """

    @property
    def steps(self) -> Floats:
        """Give (d,) how far a column goes before something changes; what a climb is scaled by."""

    def glance(self, X: Floats) -> Floats:
        """Give (k,) roughly, at a fraction of the cost: for choosing among many candidates."""

    def values(self, X: Floats) -> Floats:
        """Give (k,) at the points X (k, d)."""

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients; category columns have gradient 0."""
