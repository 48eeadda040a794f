"""Hyperparameters of a process that tells main effects from interactions.

    k(x, x') = sum_j a_j m(|x_j - x'_j| / c_j) + b m(sqrt(sum_j (x_j - x'_j)^2 / l_j^2))

m is the Matern kernel of smoothness 5/2. One kernel of all columns believes in interactions wherever
it believes in effects; here a column may matter by itself alone (Duvenaud, Nickisch & Rasmussen 2011,
"Additive Gaussian Processes"; Durrande et al. 2013 on why analyses of variance need it). Distances of
a category are 0 or 1, as in `features.py`.

Called by `closed.py`. Numpy only. Shapes: n rows, p = n (n - 1) / 2 pairs of them, d columns,
t = 3 d + 1 or + 2 hyperparameters.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, lapack

from tuner.dataset import Bools, Floats
from tuner.errors import FitError
from tuner.numerics.descent import Rows, descend
from tuner.surrogates.fitting import Evidence, factor
from tuner.surrogates.matern import matern

TURNS, STEEP, WORTH = 120, 5e-3, 1e-6
"""A fit ends after so many steps, below this slope, or with less than this relative gain."""

LEAST_SIZE, MOST_SIZE = 1e-5, 1e2
"""Bounds of the variances a and b."""

MAIN_RATE, REST_RATE = 1.0, 1.0
"""Rates of exponential priors of the sum of all a, and of b: most columns may well do nothing."""

MAIN_SCALE = (math.log(0.7), 0.75, 0.05, 5.0)
REST_SCALE = (math.log(1.0), 1.0, 0.05, 50.0)
"""Centre and width of the normal priors of log c and log l, and bounds of c and l."""

CATEGORY_SCALE = (0.0, 1.0)
"""Centre and width for categories."""

NOISE = (-5.0, 1.5)
"""Centre and width of the normal prior of the logarithm of the noise variance."""

LOUDEST = 3.0
"""Most noise variance."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The hyperparameters by their names.

    Attributes:
        main, reach: (d,) a and c.
        rest, scale: b and (d,) l.
    """

    main: Floats
    reach: Floats
    rest: float
    scale: Floats

    @classmethod
    def of(cls, theta: Floats, d: int) -> "Sizes":
        """Read logarithms (t,)."""
        values = np.exp(theta)
        return cls(
            main=values[:d],
            reach=values[d : 2 * d],
            scale=values[2 * d : 3 * d],
            rest=float(values[3 * d]),
        )

    @property
    def total(self) -> float:
        """Prior variance of a place."""
        return float(self.main.sum()) + self.rest


def apart(A: Floats, B: Floats, category: Bools) -> Floats:
    """Give squared distances (d, a, b) by column of rows A (a, d) and B (b, d)."""
    D: Floats = A.T[:, :, None] - B.T[:, None, :]
    np.square(D, out=D)
    if category.any():
        D[category] = np.rint(A.T[category])[:, :, None] != np.rint(B.T[category])[:, None, :]
    return D


def covariance(D: Floats, sizes: Sizes) -> Floats:
    """Give k (…) for squared distances (d, …)."""
    found: Floats = matern(np.tensordot(sizes.scale**-2.0, D, 1))[0] * sizes.rest
    for size, reach, squared in zip(sizes.main, sizes.reach, D, strict=True):
        found += size * matern(squared / reach**2)[0]
    return found


class EffectsPosterior:
    """Log posterior of theta (t,): logarithms of a, c, l, b, and of the noise if it is estimated.

    Densities are of the logarithms, but for a and b, which have a density of their own and so may
    vanish. The constant mean is not searched: its best value is closed (GLS). What is done to each
    entry of a symmetric matrix is done once a pair.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        d = self.d = evidence.X.shape[1]
        category = np.array([c.kind == "category" for c in evidence.columns], dtype=np.bool_)
        self.category = category
        n = len(evidence.X)
        self._pairs = np.flatnonzero(np.triu(np.ones((n, n)), 1))
        self._D = apart(evidence.X, evidence.X, category).reshape(d, n * n)[:, self._pairs]
        self._right = np.array([np.ones(len(evidence.y)), evidence.y]).T
        main, rest = (
            np.where(category, CATEGORY_SCALE[0], one[0]) for one in (MAIN_SCALE, REST_SCALE)
        )
        self._centre = np.concatenate([main, rest])
        self._width = np.concatenate(
            [np.where(category, CATEGORY_SCALE[1], one[1]) for one in (MAIN_SCALE, REST_SCALE)]
        )
        low = [LEAST_SIZE] * d + [MAIN_SCALE[2]] * d + [REST_SCALE[2]] * d + [LEAST_SIZE]
        high = [MOST_SIZE] * d + [MAIN_SCALE[3]] * d + [REST_SCALE[3]] * d + [MOST_SIZE]
        if evidence.noise_var is None:
            low.append(evidence.noise_floor)
            high.append(LOUDEST)
        self.low, self.high = np.log(low), np.log(high)

    @property
    def counted(self) -> float:
        """How many results speak."""
        return len(self.evidence.y)

    def start(self) -> Floats:
        """Give the middle of what is believed, half of it main effects."""
        theta = np.zeros(len(self.low))
        theta[: self.d] = math.log(0.5 / self.d)
        theta[self.d : 3 * self.d] = self._centre
        theta[3 * self.d] = math.log(0.5)
        if self.evidence.noise_var is None:
            theta[-1] = -4.0
        return np.clip(theta, self.low, self.high)

    def noise(self, theta: Floats) -> Floats | float:
        """Give the noise variance, of each row where it is known."""
        known = self.evidence.noise_var
        return math.exp(theta[-1]) if known is None else known

    def root(self, theta: Floats, covariances: Floats | None = None) -> Floats:
        """Give the lower Cholesky factor of the covariance of the rows, that of the pairs if known."""
        n, sizes = len(self.evidence.y), Sizes.of(theta, self.d)
        K = np.zeros((n, n))
        K.flat[:: n + 1] = sizes.total + self.noise(theta)
        K.ravel()[self._pairs] = covariance(self._D, sizes) if covariances is None else covariances
        return factor(K)

    def likelihood(self, theta: Floats) -> float:
        """Give the log likelihood; minus infinity where the matrix cannot be factored."""
        try:
            L = self.root(theta)
        except FitError:
            return -math.inf
        return self._solved(L)[0]

    def _solved(self, L: Floats) -> tuple[float, Floats]:
        """Give the log likelihood and the rows' weights."""
        y = self.evidence.y
        ones, solved = lapack.dpotrs(L, self._right, lower=1)[0].T
        mean = float(ones @ y) / float(ones.sum())
        weights: Floats = solved - mean * ones
        log_det = 2 * float(np.log(L.diagonal()).sum())
        value = -0.5 * (float((y - mean) @ weights) + log_det + len(y) * math.log(2 * math.pi))
        return value, weights

    def prior(self, theta: Floats) -> tuple[float, Floats]:
        """Give the log density of the priors, up to a constant, and its gradient."""
        d = self.d
        z = (theta[d : 3 * d] - self._centre) / self._width
        sizes = np.exp(theta[[*range(d), 3 * d]])
        rates = np.array([MAIN_RATE] * d + [REST_RATE])
        slope = np.zeros(len(theta))
        slope[d : 3 * d] = -z / self._width
        slope[[*range(d), 3 * d]] = -rates * sizes
        value = -0.5 * float(z @ z) - float(rates @ sizes)
        if self.evidence.noise_var is None:
            z_noise = (theta[-1] - NOISE[0]) / NOISE[1]
            value -= 0.5 * z_noise**2
            slope[-1] = -z_noise / NOISE[1]
        return value, slope

    def value(self, theta: Floats) -> float:
        """Give the log posterior."""
        return self.likelihood(theta) + self.prior(theta)[0]

    def evaluate(self, theta: Floats) -> tuple[float, Floats]:
        """Give the log posterior and its gradient (t,)."""
        d, D = self.d, self._D
        sizes = Sizes.of(theta, d)
        kernel, bend = matern(sizes.scale**-2.0 @ D)
        gradient = np.zeros(len(theta))
        K = sizes.rest * kernel
        parts = [matern(D[j] / sizes.reach[j] ** 2) for j in range(d)]
        for j, (main, _) in enumerate(parts):
            K += sizes.main[j] * main
        L = self.root(theta, K)
        value, weights = self._solved(L)
        full = blas.dsyr(-1.0, weights, lower=1, a=lapack.dpotri(L, lower=1, overwrite_c=1)[0])
        trace = -float(full.diagonal().sum())
        W = -full.T.ravel()[self._pairs]
        for j, (main, slope) in enumerate(parts):
            gradient[j] = sizes.main[j] * (W @ main + 0.5 * trace)
            steep = (5.0 / 3.0) * sizes.main[j] / sizes.reach[j] ** 2
            gradient[d + j] = steep * (W @ (slope * D[j]))
        bend *= W
        gradient[2 * d : 3 * d] = sizes.rest * (5.0 / 3.0) * (D @ bend) / sizes.scale**2
        gradient[3 * d] = sizes.rest * (W @ kernel + 0.5 * trace)
        if self.evidence.noise_var is None:
            gradient[-1] = 0.5 * math.exp(theta[-1]) * trace
        prior, slope_of_prior = self.prior(theta)
        return value + prior, gradient + slope_of_prior

    def loss(self, thetas: Floats, _rows: Rows) -> tuple[Floats, Floats]:
        """Give minus the log posterior a datum (b,) and its gradients (b, t)."""
        n = len(self.evidence.y)
        values, gradients = np.empty(len(thetas)), np.empty(thetas.shape)
        for i, theta in enumerate(thetas):
            try:
                value, gradient = self.evaluate(theta)
            except FitError:
                value, gradient = -math.inf, np.zeros(len(theta))
            values[i], gradients[i] = -value / n, -gradient / n
        return values, gradients


def settle(posterior: EffectsPosterior) -> Floats:
    """Find the most probable hyperparameters (t,).

    Raises:
        FitError: there are none.
    """
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
    theta: Floats = found.X[0]
    return theta


def inert(posterior: EffectsPosterior, optimum: Floats) -> Floats:
    """Give (d,) the probability that a column does nothing.

    Its effects are taken out, everything else stays, and the loss of likelihood is held against the
    three hyperparameters saved, by Schwarz's criterion; as likely as not beforehand.
    """
    d, n = posterior.d, posterior.counted
    whole = posterior.likelihood(optimum)
    found = np.empty(d)
    for j in range(d):
        theta = optimum.copy()
        theta[j], theta[2 * d + j] = math.log(LEAST_SIZE * 1e-3), math.log(1e6)
        lost = whole - posterior.likelihood(theta)
        found[j] = 1.0 / (1.0 + math.exp(min(500.0, lost - 1.5 * math.log(n))))
    return found
