"""The Matern kernel of smoothness 5/2, of squared distances in units of the length scales.

    k(r) = (1 + z + z^2 / 3) exp(-z),  z = sqrt(5) r;    dk / d(r^2) = -5/6 (1 + z) exp(-z)

Rasmussen & Williams (2006), "Gaussian Processes for Machine Learning", equation 4.17. The slope by
the squared distance has no root of zero in it, so nothing needs care where two rows are the same.
"""

import numpy as np

from tuner.dataset import Floats

SLOPE = -5.0 / 6.0


def squares(A: Floats, B: Floats) -> Floats:
    """Give the squared Euclidean distances (…, n, k) of rows A (…, n, D) and B (…, k, D)."""
    r2 = A @ B.swapaxes(-1, -2)
    r2 *= -2.0
    r2 += np.einsum("...j,...j->...", A, A)[..., :, None]
    r2 += np.einsum("...j,...j->...", B, B)[..., None, :]
    return np.maximum(r2, 0.0, out=r2)


def matern(r2: Floats) -> tuple[Floats, Floats]:
    """Give the kernel (…, n, k) and (1 + z) exp(-z), its slope by r2 but for the factor SLOPE."""
    z = np.sqrt(5.0 * r2)
    decay = np.exp(-z)
    z += 1.0
    z *= decay
    decay *= r2
    decay *= 5.0 / 3.0
    decay += z
    return decay, z
