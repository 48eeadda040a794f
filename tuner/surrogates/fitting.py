"""Hyperparameters by maximum a posteriori, in closed form: numpy, LAPACK and nothing else.

The objective is the exact log marginal likelihood of the Gaussian process plus the log densities of
the priors, with the gradient of Rasmussen & Williams (2006), equation 5.9, written so that no array
of n x n x d numbers is ever made: one factorisation, one inverse and one matrix product an
evaluation. A test holds value, gradient and optimum to GPyTorch's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, lapack

from tuner.dataset import Floats
from tuner.errors import FitError
from tuner.numerics.descent import Rows, descend
from tuner.space.encoding import Column
from tuner.surrogates.basis import Basis
from tuner.surrogates.features import Features
from tuner.surrogates.matern import matern, squares
from tuner.surrogates.spec import Priors

JITTERS = (0.0, *(10.0**power for power in range(-8, -1)))
"""Added to the diagonal until a Cholesky factor exists: 1e-8, then ten times more each, to 1e-2."""

LOUDEST = 7.0
"""Most noise variance, far beyond where its prior lets a fit go."""

OUTPUT_BOUNDS = (1e-4, 1e4)
LOAD_BOUNDS = (1e-6, 1e2)

TURNS, STEEP, WORTH = 100, 5e-3, 1e-7
"""A fit ends after so many steps, below this slope, or with less than this relative gain."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one model is fitted to: n rows, d columns, in standard units.

    Attributes:
        noise_var: (n,) known variances; None to estimate one for all rows.
        noise_floor: least variance that may be estimated; 1e-4 keeps the matrix well conditioned.
        settled: leading rows that mostly stay as they are while a few more become known.
        basis: what older studies believe; None where there are none.
    """

    columns: Sequence[Column]
    X: Floats
    y: Floats
    noise_var: Floats | None = None
    noise_floor: float = 1e-4
    settled: int = 0
    basis: Basis | None = None


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The most probable hyperparameters.

    Attributes:
        theta: (t,) their logarithms, as `LogPosterior` has them.
        density: log posterior there, a datum.
    """

    theta: Floats
    density: float


def factor(K: Floats) -> Floats:
    """Give the lower Cholesky factor of K, with as little jitter as it takes; FitError beyond 1e-2.

    The upper half of what is given is zero, and columns lie together in memory, as LAPACK has it.
    """
    for jitter in JITTERS:
        A = K if jitter == 0.0 else K + jitter * np.eye(len(K))
        L, info = lapack.dpotrf(A.T, lower=1, clean=1)
        if info == 0 and np.isfinite(L[-1, -1]):
            return L
    raise FitError("the covariance matrix stays singular with a jitter of 1e-2 on its diagonal")


class LogPosterior:
    """Log posterior of theta (t,): log length scales, output scale, loads, and noise if estimated.

    The densities are those of the natural parameters (as GPyTorch's priors have them), but for
    loads, which have a density of their logarithm; the search runs in logs. The constant mean is not
    searched: its best value is closed (GLS).
    """

    def __init__(self, evidence: Evidence, priors: Priors) -> None:
        self.evidence, self.priors = evidence, priors
        self.features = Features(evidence.columns)
        Z = self.features.of(evidence.X)
        self._Z = Z - Z.mean(axis=0)
        self._right = np.array([np.ones(len(evidence.y)), evidence.y]).T
        loc, width = priors.length_scales(self.features.category)
        self._loc, self._width = loc, width
        low = [math.log(priors.shortest)] * self.features.width + [math.log(OUTPUT_BOUNDS[0])]
        high = [math.log(priors.longest)] * self.features.width + [math.log(OUTPUT_BOUNDS[1])]
        basis = evidence.basis
        self._P = np.empty((len(evidence.y), 0)) if basis is None else basis.of(evidence.X)
        self.loads = slice(len(low), len(low) + self._P.shape[1])
        low += [math.log(LOAD_BOUNDS[0])] * self._P.shape[1]
        high += [math.log(LOAD_BOUNDS[1])] * self._P.shape[1]
        settled = basis is not None and basis.settled
        if evidence.noise_var is None:
            low.append(math.log(evidence.noise_floor))
            high.append(math.log(LOUDEST))
        self.low, self.high = np.array(low), np.array(high)
        if not priors.output_scale:
            self.low[self.features.width] = self.high[self.features.width] = 0.0
        if settled:
            self.low[self.loads] = self.high[self.loads] = 0.0

    def start(self) -> Floats:
        """Give the modes of the priors, inside the bounds."""
        theta = np.zeros(len(self.low))
        theta[: self.features.width] = self._loc - self._width**2
        theta[self.loads] = self.priors.load[0]
        if self.evidence.noise_var is None:
            mode = self.priors.noise[0] - self.priors.noise[1] ** 2
            theta[-1] = max(mode, math.log(self.evidence.noise_floor) + math.log(2))
        return np.clip(theta, self.low, self.high)

    def value(self, theta: Floats) -> float:
        """Give the log posterior; minus infinity where the matrix cannot be factored."""
        try:
            return self._parts(theta)[0] + self.prior(theta)[0]
        except FitError:
            return -math.inf

    def evaluate(self, theta: Floats) -> tuple[float, Floats, float]:
        """Give the log posterior, its gradient by theta, and the best constant mean."""
        value, gradient, mean = self.likelihood(theta)
        prior, slope = self.prior(theta)
        return value + prior, gradient + slope, mean

    def likelihood(self, theta: Floats) -> tuple[float, Floats, float]:
        """Give the log likelihood, its gradient by theta, and the best constant mean."""
        evidence = self.evidence
        d = self.features.width
        value, mean, weights, (A, kernel, bend, L, noise) = self._parts(theta)
        n = len(L)
        # From here on the lower halves only: all matrices are symmetric, their diagonals apart.
        W = lapack.dpotri(L, lower=1, overwrite_c=1)[0]
        W = blas.dsyr(-1.0, weights, lower=1, a=W, overwrite_a=1).T
        trace = W.diagonal()
        by_noise = -0.5 * float((noise * trace).sum())
        by_output = -float(np.vdot(W, kernel)) + 0.5 * float(trace @ kernel.diagonal()) - by_noise
        by_load = self._by_load(theta, W)
        by_output -= float(by_load.sum())
        bend *= W
        bend.flat[:: n + 1] = 0.0
        bend *= math.exp(theta[d]) * (5.0 / 3.0)
        rows = bend.sum(axis=0) + bend.sum(axis=1)
        by_feature = 2 * np.einsum("ij,ij->j", bend @ A, A) - rows @ (A * A)
        gradient = np.empty(len(theta))
        gradient[:d] = self.features.gathered(by_feature)
        gradient[d] = by_output
        gradient[self.loads] = by_load
        if evidence.noise_var is None:
            gradient[-1] = by_noise
        return value, gradient, mean

    def _by_load(self, theta: Floats, W: Floats) -> Floats:
        """Give slopes (S,) by the logarithms of the loads; of W the lower half is read."""
        P = self._P
        if not P.shape[1]:
            return np.zeros(0)
        product = blas.dsymm(1.0, W, P, lower=0)
        return -0.5 * np.exp(theta[self.loads]) * np.einsum("ns,ns->s", P, product)

    def _parts(
        self, theta: Floats
    ) -> tuple[float, float, Floats, tuple[Floats, Floats, Floats, Floats, Floats | float]]:
        """Give the log likelihood, the best mean, the rows' weights, and what they were made of."""
        evidence, y = self.evidence, self.evidence.y
        n, d = len(y), self.features.width
        A = self._Z / np.exp(theta[:d])[self.features.owner]
        r2 = squares(A, A)
        r2.flat[:: n + 1] = 0.0
        kernel, bend = matern(r2)
        kernel *= math.exp(theta[d])
        if self._P.shape[1]:
            kernel += (self._P * np.exp(theta[self.loads])) @ self._P.T
        noise = evidence.noise_var if evidence.noise_var is not None else math.exp(theta[-1])
        kernel.flat[:: n + 1] += noise
        L = factor(kernel)
        log_det = 2 * float(np.log(L.diagonal()).sum())
        ones, solved = lapack.dpotrs(L, self._right, lower=1)[0].T
        mean = float(ones @ y) / float(ones.sum())
        weights = solved - mean * ones
        value = -0.5 * (float((y - mean) @ weights) + log_det + n * math.log(2 * math.pi))
        return value, mean, weights, (A, kernel, bend, L, noise)

    def prior(self, theta: Floats) -> tuple[float, Floats]:
        """Give the log density of the priors and its gradient."""
        d = self.features.width
        z = (theta[:d] - self._loc) / self._width
        value = -float((0.5 * z * z + theta[:d] + np.log(self._width)).sum())
        value -= 0.5 * d * math.log(2 * math.pi)
        slope = np.zeros(len(theta))
        slope[:d] = -z / self._width - 1.0
        if self.priors.output_scale:
            shape, rate = self.priors.output_scale
            size = math.exp(theta[d])
            value += (shape - 1) * theta[d] - rate * size + shape * math.log(rate)
            value -= math.lgamma(shape)
            slope[d] = (shape - 1) - rate * size
        loc, width = self.priors.load
        z_load = (theta[self.loads] - loc) / width
        value -= float((0.5 * z_load * z_load + math.log(width)).sum())
        value -= 0.5 * len(z_load) * math.log(2 * math.pi)
        slope[self.loads] = -z_load / width
        if self.evidence.noise_var is None:
            loc, width = self.priors.noise
            z_noise = (theta[-1] - loc) / width
            value -= 0.5 * z_noise**2 + theta[-1] + math.log(width) + 0.5 * math.log(2 * math.pi)
            slope[-1] = -z_noise / width - 1.0
        return value, slope

    def stretch(self, theta: Floats) -> float:
        """Give the log volume of the natural parameters by their logarithms; loads are logarithms."""
        return float(theta.sum() - theta[self.loads].sum())

    def loss(self, thetas: Floats, _rows: Rows) -> tuple[Floats, Floats]:
        """Give minus the log posterior a datum (b,) and its gradients (b, t)."""
        n = len(self.evidence.y)
        values, gradients = np.empty(len(thetas)), np.empty(thetas.shape)
        for i, theta in enumerate(thetas):
            value, gradient, _ = self.evaluate(theta)
            values[i], gradients[i] = -value / n, -gradient / n
        return values, gradients


def fit(evidence: Evidence, priors: Priors) -> Fit:
    """Find the most probable hyperparameters, from the mode of the priors."""
    posterior = LogPosterior(evidence, priors)
    found = descend(
        posterior.loss,
        posterior.start()[None],
        posterior.low,
        posterior.high,
        turns=TURNS,
        slope=STEEP,
        gain=WORTH,
    )
    if not np.isfinite(found.values[0]):
        raise FitError("the likelihood of the model is not a number")
    return Fit(theta=found.X[0], density=-float(found.values[0]))
