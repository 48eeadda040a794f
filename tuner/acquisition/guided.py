"""Where the best point is believed to be weighs on every criterion, less with every trial.

Hvarfner, Stoll, Souza, Lindauer, Hutter & Nardi (2022), "piBO: Augmenting Acquisition Functions with
User Beliefs for Bayesian Optimization": the criterion times pi(x)^(beta / n); here as logarithms.
"""

import numpy as np

from tuner.acquisition.base import Density, Utility
from tuner.dataset import Floats


class Guided:
    """`main`, a logarithm, plus a share of the logarithm of a density.

    Attributes:
        faith: the share: 10 divided by the trials so far, or whatever the search thinks right.
    """

    def __init__(self, main: Utility, density: Density, faith: float) -> None:
        self.main, self.density, self.faith = main, density, faith

    @property
    def steps(self) -> Floats:
        """Typical length scales (d,) of what is guided."""
        return self.main.steps

    def glance(self, X: Floats) -> Floats:
        """Give (k,) roughly."""
        return self.main.glance(X) + self.faith * self.density.log(X)[0]

    def values(self, X: Floats) -> Floats:
        """Give (k,) at X (k, d)."""
        return self.main.values(X) + self.faith * self.density.log(X)[0]

    def slopes(self, X: Floats) -> tuple[Floats, Floats]:
        """Give (k,) values and (k, d) gradients."""
        value, slope = self.main.slopes(X)
        log, by_column = self.density.log(X)
        guided: Floats = np.asarray(value + self.faith * log)
        return guided, slope + self.faith * by_column
