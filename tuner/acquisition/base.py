"""What an acquisition needs to know, and what it promises. Arrays in, arrays out."""

from dataclasses import dataclass
from typing import Any, Protocol

from tuner.dataset import Bools, Floats

NOISY = 0.2
"""An estimated noise sd above this share of the outcomes' own sd makes the incumbent uncertain."""


class Belief(Protocol):
    """A fitted model of one outcome, in units where larger is better and outcomes have sd 1."""

    @property
    def gp(self) -> Any:  # noqa: ANN401  torch is not named outside its rooms
        """A BoTorch model."""

    @property
    def zero(self) -> float:
        """The border of feasibility."""

    @property
    def noise_sd(self) -> float:
        """Standard deviation of a measurement."""

    @property
    def noise_known(self) -> bool:
        """The user gave the standard errors."""


@dataclass(frozen=True, kw_only=True)
class Beliefs:
    """All that is believed about the points of a space.

    Attributes:
        objective: what is to become large.
        constraints: slacks, feasible above their `zero`.
        survival: who comes back with a number, above its `zero`; None while nobody failed.
        X: (n, d) points with a finite metric; repeats welcome.
        feasible: (n,) which of them kept every constraint.
        pending: (p, d) points whose result is still to come.
        seed: for the base samples of Monte Carlo criteria.
    """

    objective: Belief
    constraints: tuple[Belief, ...] = ()
    survival: Belief | None = None
    X: Floats
    feasible: Bools
    pending: Floats
    seed: int = 0

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

    def values(self, X: Floats) -> Floats:
        """Give (k,) at the points X (k, d)."""

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients; category columns have gradient 0."""
