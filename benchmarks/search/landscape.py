"""What a problem is, whatever it is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from spaces import Config, Space


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something to minimise.

    Attributes:
        f: the noise-free value of a config.
        best: the lowest value that is known.
        noise: standard deviation of what `observe` adds.
        moving: the landscape depends on the seed.
        optimum: where `best` is, if known.
        trials: a full budget.
    """

    name: str
    group: str
    space: Space
    f: Callable[[Config], float]
    best: float
    noise: float = 0.0
    moving: bool = False
    optimum: Config | None = field(default=None, repr=False)
    trials: int = 60

    def observe(self, config: Config, seed: int, trial: int) -> float:
        """Measure, with the noise that this trial of this seed has for every tool."""
        value = self.f(config)
        if self.noise:
            rng = np.random.RandomState((seed * 100003 + trial) % 2**32)
            value += self.noise * float(rng.randn())
        return value
