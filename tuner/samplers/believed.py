"""What a search may be told of where the best point lies, and where it then begins."""

from collections.abc import Mapping
from typing import Literal, Protocol

from tuner.space import Point, Space
from tuner.study import Value

Confidence = Literal["low", "medium", "high"]


class Belief(Protocol):
    """Where the best value of a parameter is believed to be, and how surely."""

    @property
    def at(self) -> Value:
        """The value."""

    @property
    def confidence(self) -> Confidence:
        """How surely."""


def believed_point(space: Space, beliefs: Mapping[str, Belief]) -> Point | None:
    """Give the point that is believed in, at defaults and middles otherwise; None if it may not be."""
    values = {**space.middles(), **{name: belief.at for name, belief in beliefs.items()}}
    point = space.trim(values)
    return None if not beliefs or space.violations(point) else point
