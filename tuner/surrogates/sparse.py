"""Exact processes of which few columns matter: SAAS, as an ensemble of most probable fits, one a tau.

Eriksson & Jankowiak (2021), "High-Dimensional Bayesian Optimization with Sparse Axis-Aligned
Subspaces", as BoTorch's `EnsembleMapSaasSingleTaskGP` has it: a half-Cauchy density of tau / l^2 for
the length scale l of every column, so that most of them grow until the column says nothing. In the
closed form of `fitting.py` that costs a tenth of what it costs there; a test holds the density to theirs.
It is not the paper's: there 1 / l^2 is half-Cauchy of scale tau, and a smaller tau is sparser. Here, as
in BoTorch's class, tau / l^2 is half-Cauchy of scale 1, and a smaller tau is less sparse.

Two things are added. One is a prior of the output scale: without it twenty rows in fifty columns are
explained by large waves along a few of them, and the search hopes for gains that no row suggests long
after it knows the columns that matter. The other is a first part of the search that is left to the
exact process: the columns that few rows seem to show are mostly the wrong ones.
"""

import math
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np

from tuner.dataset import Dataset, Floats
from tuner.errors import FitError
from tuner.numerics.descent import descend
from tuner.surrogates.base import Model
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import STEEP, WORTH, Evidence, LogPosterior
from tuner.surrogates.single_task import FittedGP, SingleTaskSurrogate
from tuner.surrogates.spec import Priors, SparseProcess
from tuner.surrogates.task import Task

SHORTEST, LONGEST = 0.01, 1e3
"""Bounds of length scales; a column of the longest says nothing."""

OUTPUT_BOUNDS = (1e-2, 1e4)

NOISE = (0.9, 10.0)
"""Shape and rate of the Gamma density of the noise variance."""

FIRST_NOISE, LOUDEST = 1e-2, 1.0
"""Noise variance that a fit begins with, and the most."""

TURNS = 200
"""Steps of a fit at most."""


class SparsePosterior(LogPosterior):
    """Log posterior of theta as in `LogPosterior`, by the priors of SAAS for one tau."""

    def __init__(self, evidence: Evidence, priors: Priors, tau: float) -> None:
        super().__init__(evidence, priors)
        self.tau = tau
        d = self.features.width
        self.low[:d], self.high[:d] = math.log(SHORTEST), math.log(LONGEST)
        self.low[d], self.high[d] = np.log(OUTPUT_BOUNDS)
        if evidence.noise_var is None:
            self.high[-1] = math.log(LOUDEST)

    def start(self) -> Floats:
        """Give length scales and output scale 1, and little noise."""
        theta = np.zeros(len(self.low))
        if self.evidence.noise_var is None:
            theta[-1] = math.log(FIRST_NOISE)
        return np.clip(theta, self.low, self.high)

    def prior(self, theta: Floats) -> tuple[float, Floats]:
        """Give the log density of the priors, but for constants, and its gradient."""
        d = self.features.width
        slope = np.zeros(len(theta))
        squared = np.square(self.tau * np.exp(-2.0 * theta[:d]))
        value = -float(np.log1p(squared).sum())
        slope[:d] = 4.0 * squared / (1.0 + squared)
        densities = [(d, self.priors.output_scale)]
        if self.evidence.noise_var is None:
            densities.append((d + 1, NOISE))
        for place, (shape, rate) in densities:
            size = math.exp(theta[place])
            value += (shape - 1.0) * theta[place] - rate * size
            slope[place] = shape - 1.0 - rate * size
        return value, slope


def fit_sparse(evidence: Evidence, priors: Priors, tau: float) -> Floats:
    """Find the most probable hyperparameters for one tau.

    Raises:
        FitError: the likelihood is no number.
    """
    posterior = SparsePosterior(evidence, priors, tau)
    start, low, high = posterior.start()[None], posterior.low, posterior.high
    found = descend(posterior.loss, start, low, high, turns=TURNS, slope=STEEP, gain=WORTH)
    if not np.isfinite(found.values[0]):
        raise FitError("the likelihood of the model is not a number")
    return found.X[0]


class SparseSurrogate:
    """An ensemble of sparse processes for the objective, exact processes for the rest."""

    def __init__(self, spec: SparseProcess, exact: SingleTaskSurrogate) -> None:
        self.spec, self.exact = spec, exact

    def at_work(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Set threads for a dataset, and put them back."""
        return self.exact.at_work(dataset)

    def objective(self, dataset: Dataset) -> Model:
        """Fit the metric; failed trials enter at the floor of what was observed."""
        if dataset.measured.sum() < self.spec.fewest:
            return self.exact.objective(replace(dataset, sources=()))
        priors = self.spec.exact.priors
        task = Task("objective", 0, priors, self.spec.transform)
        evidence, scale = task.evidence(dataset, self.spec.most)
        thetas = [fit_sparse(evidence, priors, tau) for tau in self.spec.taus]
        processes, _ = ExactGPs.of([evidence] * len(thetas), thetas)
        return FittedGP(
            processes=processes,
            scales=(scale,) * len(thetas),
            zero=float(scale.apply(np.zeros(1))[0]),
            noise_sd=math.sqrt(float(processes.noise.mean())),
            noise_known=evidence.noise_var is not None,
        )

    def constraints(self, dataset: Dataset) -> list[FittedGP]:
        """Fit the slack of every constraint, by exact processes."""
        return self.exact.constraints(dataset)

    def survival(self, dataset: Dataset) -> FittedGP | None:
        """Fit who fails, by exact processes."""
        return self.exact.survival(dataset)
