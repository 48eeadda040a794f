"""Inverse Cholesky factors of the covariances of rows: of all rows, or of some more than are known.

Called by `exact.py`. Numpy and LAPACK. Shapes: m processes, n rows, r of them known, p others, D
features.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import lapack

from tuner.dataset import Floats
from tuner.surrogates.fitting import factor
from tuner.surrogates.looks import blocks, times
from tuner.surrogates.matern import between, matern


def inverse_factors(
    A: Floats,
    faces: Floats,
    output: Floats,
    noise: Floats,
    leant: Floats | None,
    heads: Sequence[Floats] | None,
) -> Floats:
    """Give the inverses (m, n, n) of the Cholesky factors, columns together in memory.

    Args:
        A: (m, n, D) features of the rows in length scales.
        faces: (m, D + 2, n) the same as `matern.facing` writes them.
        output: (m,) prior variance.
        noise: (m, n) variance of each measurement.
        leant: (m, n, n) what older studies add to the covariances.
        heads: of each process that of its first r rows, where it is known and nothing is added.
    """
    m, n = noise.shape
    whiten = np.empty((m, n, n)).swapaxes(1, 2)
    for i, rows in enumerate(zip(A, faces, output, noise, strict=True)):
        if heads is None:
            whiten[i] = _whitened(*rows, None if leant is None else leant[i])
        else:
            _continued(whiten[i], heads[i], *rows)
    return whiten


def _whitened(
    A: Floats, faces: Floats, output: float, variance: Floats, leant: Floats | None
) -> Floats:
    """Give the inverse of the Cholesky factor of one process's covariance of its rows."""
    n = len(A)
    K = np.zeros((n, n))
    for block in blocks(n):  # the half that LAPACK reads
        K[block, block.start :], _ = matern(between(A[block], faces[:, block.start :]))
    K *= output
    K.flat[:: n + 1] = output + variance
    if leant is not None:
        K += leant
    inverse: Floats = lapack.dtrtri(factor(K), lower=1, overwrite_c=1)[0]
    return inverse


def _continued(
    whiten: Floats, head: Floats, A: Floats, faces: Floats, output: float, variance: Floats
) -> None:
    """Write the same into `whiten` (n, n) where that of the first rows, `head` (r, r), is known."""
    n, r = len(A), len(head)
    K, _ = matern(between(A[r:], faces))
    K *= output
    C = K[:, r:]
    C.flat[:: n - r + 1] = output + variance[r:]
    V = times(K[None, :, :r].copy(), head[None], transposed=True)[0]
    border(whiten, head, V, C - V @ V.T)


def border(whiten: Floats, head: Floats, V: Floats, C: Floats) -> None:
    """Write into `whiten` (r + p, r + p) how r rows that are known and p others are whitened.

    Args:
        whiten: what is written to.
        head: (r, r) inverse factor of the rows that are known.
        V: (p, r) covariances with those, whitened.
        C: (p, p) covariance of the others given those.
    """
    r = len(head)
    whiten[:r, :r] = head
    whiten[:r, r:] = 0.0
    if not len(C):
        return
    corner = lapack.dtrtri(factor(C), lower=1, overwrite_c=1)[0]
    whiten[r:, r:] = corner
    whiten[r:, :r] = -corner @ times(V[None].copy(), head[None])[0]
