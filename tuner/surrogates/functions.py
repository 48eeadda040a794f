"""Whole functions drawn from fitted processes, and what each row looks like from all the others.

Called by `make.py`. Numpy only. Shapes: m processes, n rows, D features, k points, s draws of each,
F frequencies.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from tuner.dataset import Floats
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.matern import between, matern

FREQUENCIES = 256
"""Of a drawn prior function; it errs by one over the root of them, and only where little is known."""

FREEDOM = 5
"""Twice the smoothness: degrees of freedom of the kernel's spectral density, a multivariate t."""

BLOCK = 2048
"""Points at a time."""


@dataclass(frozen=True, kw_only=True)
class Functions:
    """Functions drawn from the posteriors of m processes, s of each, in standard units.

    f(x) = c + g(x) + k(x, X) K^-1 (y - c - g(X) - e): a draw g of the prior, moved to fit the rows as
    Wilson et al. (2020), "Efficiently Sampling Functions from Gaussian Process Posteriors" (equation
    6) move it; g is a sum of waves, Rahimi & Recht (2007), "Random Features for Large-Scale Kernel
    Machines".

    Attributes:
        waves: (m, D, F) frequencies, in length scales.
        loads: (m, 2F, s) of cosines, then of sines.
        weights: (m, n, s) of the rows.
    """

    processes: ExactGPs
    waves: Floats
    loads: Floats
    weights: Floats

    @classmethod
    def of(cls, processes: ExactGPs, count: int, rng: np.random.Generator) -> "Functions":
        """Draw `count` functions of each process that leans on no older study."""
        m, n, D = processes.A.shape
        normal = rng.standard_normal((m, D, FREQUENCIES))
        stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, (m, 1, FREQUENCIES)))
        loads = rng.standard_normal((m, 2 * FREQUENCIES, count))
        loads *= np.sqrt(processes.output / FREQUENCIES)[:, None, None]
        waves = normal * stretch
        errors = rng.standard_normal((m, n, count)) * np.sqrt(noise_of(processes))[:, :, None]
        prior = _waved(processes.A, waves, loads) + errors
        back = processes.whiten.swapaxes(1, 2) @ (processes.whiten @ prior)
        return cls(
            processes=processes,
            waves=waves,
            loads=loads,
            weights=processes.weights[:, :, :1] - back,
        )

    def at(self, X: Floats) -> Floats:
        """Give (m, k, s) at X (k, d)."""
        gps = self.processes
        found = np.empty((len(gps.share), len(X), self.loads.shape[2]))
        for start in range(0, len(X), BLOCK):
            block = slice(start, start + BLOCK)
            A = gps.features.of(X[block]) * gps.inverse_scale[:, None, :]
            kernel, _ = matern(between(A, gps.faces))
            kernel *= gps.output[:, None, None]
            found[:, block] = kernel @ self.weights + _waved(A, self.waves, self.loads)
        return found + gps.centre[:, None, None]


def _waved(A: Floats, waves: Floats, loads: Floats) -> Floats:
    """Give (m, k, s) sums of waves at features A (m, k, D) in length scales."""
    angles = A @ waves
    half = waves.shape[2]
    found: Floats = np.cos(angles) @ loads[:, :half]
    found += np.sin(angles, out=angles) @ loads[:, half:]
    return found


def noise_of(processes: ExactGPs) -> Floats:
    """Give (m, n) the noise variance of each row, of processes that lean on no older study."""
    found = np.empty(processes.A.shape[:2])
    for i, whiten in enumerate(processes.whiten):
        root = lapack.dtrtri(whiten, lower=1)[0]
        diagonal = np.einsum("ij,ij->i", np.tril(root), np.tril(root))
        found[i] = np.maximum(diagonal - processes.output[i], 0.0)
    return found


def log_density(mean: Floats, variance: Floats, y: Floats) -> Floats:
    """Give the log density of the normal distribution."""
    z2: Floats = (y - mean) ** 2 / variance
    return -0.5 * (z2 + np.log(variance) + math.log(2 * math.pi))
