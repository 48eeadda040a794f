"""Independent random points: every live value as likely on its own scale."""

import numpy as np

from tuner.space import Encoding, Space
from tuner.study import History, Suggestion


class UniformSampler:
    """Draws from the generator it is given; repetitions and `require` are for `distinct.py`."""

    def __init__(self, space: Space) -> None:
        self._encoding = Encoding(space)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  chance does not learn
        """Draw `count` points."""
        points = self._encoding.from_unit(rng.random((count, self._encoding.width)))
        return [Suggestion(point=point, method="random") for point in points]
