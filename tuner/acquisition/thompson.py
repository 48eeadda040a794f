"""Thompson sampling: the best point of one function that the data would allow.

Thompson (1933). A function is drawn at places all over the space, jointly and exactly, and between
them it is what the process expects given those draws; the climb then starts at the best place.
"""

from collections.abc import Sequence

import numpy as np

from tuner.acquisition.base import Processes
from tuner.acquisition.fantasies import drawn
from tuner.dataset import Floats


class Path:
    """One function, drawn from one of the processes in proportion to how much it is believed."""

    def __init__(self, processes: Processes, places: Floats, seed: Sequence[int]) -> None:
        chance, rng = np.random.default_rng(seed).spawn(2)
        row = int(chance.choice(len(processes.share), p=processes.share))
        one = processes.only([row])
        values = drawn(one, places, int(rng.integers(2**31)), versions=1)
        self._path = one.given(places, values)

    @property
    def steps(self) -> Floats:
        """Typical length scales (d,)."""
        return self._path.steps

    def glance(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        found: Floats = self._path.means(X)[0]
        return found

    def values(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        found: Floats = self._path.means(X)[0]
        return found

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        look = self._path.look(X)
        return look.mean[0, :, 0], look.back(np.ones_like(look.mean), np.zeros_like(look.variance))
