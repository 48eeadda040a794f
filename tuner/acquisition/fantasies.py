"""What may come of points whose results are still to come, or were blurred by noise.

Given what a point turns out to be, a Gaussian process changes its means and keeps its variance
whatever the value. So a few versions of the future cost a few columns of a matrix product, and the
expectation over the new point stays closed: qLogNEI (Ament et al. 2023, incremental form) with the
new point integrated exactly and only the others sampled.
"""

import numpy as np
from scipy.special import ndtri

from tuner.acquisition.base import Processes
from tuner.dataset import Floats
from tuner.numerics.sobol import shifted

VERSIONS = 32
"""Quasi-random versions of what the points may turn out to be."""

JITTERS = (0.0, *(10.0**power for power in range(-10, 0)))


def drawn(processes: Processes, X: Floats, seed: int, versions: int = VERSIONS) -> Floats:
    """Give (m, p, s) joint values that the processes may have at X (p, d)."""
    mean, covariance = processes.joint(X)
    rng = np.random.default_rng([seed, len(X)])
    normal = ndtri(np.clip(shifted(len(X), versions, rng), 1e-9, 1 - 1e-9))
    roots = np.array([_root(C) for C in covariance])
    values: Floats = mean[:, :, None] + roots @ normal.T
    return values


def _root(C: Floats) -> Floats:
    scale = max(float(np.trace(C)) / len(C), 1e-12)
    for jitter in JITTERS:
        try:
            found = np.linalg.cholesky(C + jitter * scale * np.eye(len(C)))
        except np.linalg.LinAlgError:
            continue
        return found.astype(np.float64, copy=False)
    return np.diag(np.sqrt(np.maximum(C.diagonal(), 0.0)))
