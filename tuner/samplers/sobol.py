"""Scrambled Sobol points: one sequence for a study, spread more evenly than chance.

Built on numpy alone, because importing scipy.stats takes longer than a study should take to start.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tuner.samplers.kept import Kept
from tuner.space import Encoding, Point, Space
from tuner.study import History, Suggestion, Value

BITS = 32  # of a coordinate; a study never sees 2^32 points
COLUMNS = 1_024  # in the table; further columns are drawn at random, as good as any in that many
FEWEST, MOST = 8, 256  # points made at a time
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


class SobolSampler:
    """Gives the next points of the study's sequence; the defaults come first if there are any.

    The place in the sequence is the number of its points in the history, so a resumed study goes on
    where it was. Points that break a `require` are no part of the sequence.
    """

    def __init__(self, space: Space, seed: int) -> None:
        self._encoding = Encoding(space)
        self._sequence = SobolSequence(self._encoding.width, seed)
        default = space.default_point()
        self._first: list[Point] = [] if default is None else [default]
        self._kept = Kept(self._all(), space) if space.require else None

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:  # noqa: ARG002  the sequence is settled by the study's seed
        """Give the next `count` points, fewer where `require` leaves next to none."""
        start = sum(trial.method == "sobol" for trial in history.trials.values())
        points = self._stretch(start, count)
        return [Suggestion(point=point, method="sobol") for point in points]

    def _stretch(self, start: int, count: int) -> list[Point]:
        if self._kept is not None:
            found = map(self._kept.at, range(start, start + count))
            return list(iter(lambda: next(found, None), None))  # up to the first that is not there
        first = self._first[start:][:count]
        place = max(0, start - len(self._first))
        return [*first, *self._decoded(place, count - len(first))]

    def _decoded(self, start: int, count: int) -> list[dict[str, Value]]:
        return self._encoding.from_unit(self._sequence.points(start, count))

    def _all(self) -> Iterator[Point]:
        yield from self._first
        start, count = 0, FEWEST
        while True:
            yield from self._decoded(start, count)
            start, count = start + count, min(MOST, 2 * count)
