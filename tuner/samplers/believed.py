"""What a search may be told of where the best point lies, and where it then begins."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Protocol

from tuner.study import Value

if TYPE_CHECKING:
    from tuner.space import Point, Space

Confidence = Literal["low", "medium", "high"]

BETA = 10.0
"""Trials that a belief is worth; Hvarfner et al. (2022) recommend a tenth of the budget and measured 10."""


class Belief(Protocol):
    """Where the best value of a parameter is believed to be, and how surely."""

    @property
    def at(self) -> Value:
        """The value."""

    @property
    def confidence(self) -> Confidence:
        """How surely."""


def faith(trials: int) -> float:
    """Give how much beliefs weigh on a suggestion of the model that is made after so many trials.

    A power of their density: 1 for as much as the criterion says itself.

    Example:
        >>> faith(5), faith(40)
        (2.0, 0.25)
    """
    return BETA / max(trials, 1)


def believed_point(space: "Space", beliefs: Mapping[str, Belief]) -> "Point | None":
    """Give the point that is believed in, at defaults and middles otherwise; None if it may not be."""
    values = {**space.middles(), **{name: belief.at for name, belief in beliefs.items()}}
    point = space.trim(values)
    return None if not beliefs or space.violations(point) else point
