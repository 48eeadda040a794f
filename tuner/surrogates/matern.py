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
    return between(A, facing(B))


def facing(B: Floats) -> Floats:
    """Write rows B (…, k, D) as (…, D + 2, k), ready for distances from many others: b, 1 and |b|^2."""
    *shape, k, D = B.shape
    found = np.empty((*shape, D + 2, k))
    found[..., :D, :] = B.swapaxes(-1, -2)
    found[..., D, :] = 1.0
    np.einsum("...kj,...kj->...k", B, B, out=found[..., D + 1, :])
    return found


def between(A: Floats, faces: Floats) -> Floats:
    """Give the squared distances (…, n, k) of rows A (…, n, D) from those that `facing` wrote.

    One matrix product does the sum: (-2a, |a|^2, 1) @ (b, 1, |b|^2).
    """
    *shape, n, D = A.shape
    rows = np.empty((*shape, n, D + 2))
    np.multiply(A, -2.0, out=rows[..., :D])
    np.einsum("...nj,...nj->...n", A, A, out=rows[..., D])
    rows[..., D + 1] = 1.0
    r2: Floats = rows @ faces
    return np.maximum(r2, 0.0, out=r2)


def matern(r2: Floats) -> tuple[Floats, Floats]:
    """Give the kernel (…, n, k) and (1 + z) exp(-z), its slope by r2 but for the factor SLOPE."""
    z = 5.0 * r2
    np.sqrt(z, out=z)
    decay = np.negative(z)
    np.exp(decay, out=decay)
    bend = z + 1.0
    bend *= decay
    decay *= r2
    decay *= 5.0 / 3.0
    decay += bend
    return decay, bend
