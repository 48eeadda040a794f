"""Scrambled Sobol points, spread more evenly than chance.

Built on numpy alone, because importing scipy.stats takes longer than a study should take to start.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

BITS = 32  # of a coordinate; a study never sees 2^32 points
COLUMNS = 1_024  # in the table; further columns are drawn at random, as good as any in that many
NUMBERS = Path(__file__).with_name("sobol_numbers.npz")

Bits = npt.NDArray[np.uint64]


class SobolSequence:
    """The sequence in Gray code order, scrambled by a seed, any stretch of it at once.

    Direction numbers: Joe & Kuo (2008), "Constructing Sobol sequences with better two-dimensional
    projections", licence in sobol_numbers.txt. Scrambling: Matousek (1998), "On the L2-discrepancy
    for anchored boxes": a random lower-triangular matrix on the digits and a digital shift, which
    also moves the first point out of the corner.

    Attributes:
        width: coordinates of a point.
    """

    def __init__(self, width: int, seed: int | None) -> None:
        self.width = width
        self._seed = seed
        self._directions = _directions(min(width, COLUMNS))
        self._shift = np.zeros(len(self._directions), dtype=np.uint64)
        if seed is not None:
            rng = np.random.default_rng([seed, BITS])
            self._directions = _scrambled(self._directions, rng)
            self._shift = rng.integers(0, 1 << BITS, len(self._shift), dtype=np.uint64)

    def points(self, start: int, count: int) -> npt.NDArray[np.float64]:
        """Give points start, start + 1, … as (count, width) in [0, 1)."""
        numbers = np.arange(start, start + count, dtype=np.uint64)
        gray = numbers ^ (numbers >> np.uint64(1))
        X = np.tile(self._shift, (count, 1))
        for bit in range(int(start + count).bit_length()):
            odd = (gray >> np.uint64(bit)) & np.uint64(1)
            X ^= odd[:, None] * self._directions[:, bit]
        U = X.astype(np.float64) / float(1 << BITS)
        beyond = self.width - U.shape[1]
        if not beyond:
            return U
        more = [np.random.default_rng([self._seed or 0, BITS, int(n)]) for n in numbers]
        return np.hstack([U, np.array([rng.random(beyond) for rng in more]).reshape(count, beyond)])


@lru_cache(maxsize=16)
def _directions(width: int) -> Bits:
    """Give the direction numbers (width, BITS) by the recurrence of the primitive polynomials."""
    with np.load(NUMBERS, allow_pickle=False) as table:
        polynomials = table["poly"][:width].tolist()
        initial = table["initial"][:width].tolist()
    rows = [[1] * BITS]
    for polynomial, first in zip(polynomials[1:], initial[1:], strict=True):
        degree = polynomial.bit_length() - 1
        row = first[:degree]
        for j in range(degree, BITS):
            new = row[j - degree]
            for k in range(degree):
                if polynomial >> (degree - 1 - k) & 1:
                    new ^= row[j - k - 1] << (k + 1)
            row.append(new)
        rows.append(row)
    places = np.arange(BITS - 1, -1, -1, dtype=np.uint64)
    return np.array(rows[:width], dtype=np.uint64).reshape(width, BITS) << places


def _scrambled(directions: Bits, rng: np.random.Generator) -> Bits:
    """Multiply the digits of each coordinate by a random unit lower-triangular matrix, modulo 2."""
    width = len(directions)
    matrix = np.tril(rng.integers(0, 2, (width, BITS, BITS)), -1) + np.eye(BITS, dtype=np.int64)
    places = np.arange(BITS - 1, -1, -1, dtype=np.uint64)
    digits = (directions[:, None, :] >> places[None, :, None]) & np.uint64(1)
    mixed = (matrix @ digits.astype(np.int64)) % 2
    scrambled: Bits = (mixed.astype(np.uint64) << places[None, :, None]).sum(
        axis=1, dtype=np.uint64
    )
    return scrambled


@lru_cache(maxsize=16)
def _fixed(width: int, count: int) -> npt.NDArray[np.float64]:
    table = SobolSequence(width, 0).points(0, count)
    table.flags.writeable = False
    return table


def shifted(width: int, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Give (count, width) points in [0, 1): one scrambled sequence, moved around a torus by chance.

    Cranley & Patterson (1976), "Randomization of number theoretic methods for multiple
    integration": as even as a fresh scrambling and a hundred times cheaper.
    """
    U = _fixed(width, count) + rng.random(width)
    U -= np.floor(U)
    return np.minimum(U, np.nextafter(1.0, 0.0))
