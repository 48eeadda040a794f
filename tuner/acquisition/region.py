"""Where the search may go: legal rows of a space, as arrays.

Every row that leaves this file has been a point of the space: values on their steps, dead columns at
rest, every `require` kept. So an optimizer that only compares such rows has nothing to round later.
"""

from functools import cached_property

import numpy as np

from tuner.dataset import Bools, Floats
from tuner.numerics.sobol import shifted
from tuner.space import Point, Space
from tuner.space.encoding import Encoding

COARSE = 20
"""Numbers with more levels than this are climbed as if they were real, then stepped exactly."""

ENUMERABLE = 1000
"""Finite spaces of so many points are looked through completely."""

DRAWS = 6
"""Times more draws are made when too few points are legal."""


class Region:
    """The legal rows (d,) of one space.

    Attributes:
        smooth: (d,) columns that a gradient may move: real ones and finely stepped numbers.
        stepped: some column is discrete.
        everything: every legal row of a small finite space, None for any other.
    """

    def __init__(self, space: Space, encoding: Encoding | None = None) -> None:
        self.space = space
        self.encoding = encoding or Encoding(space)
        self.width = self.encoding.width
        columns = self.encoding.columns
        self._finite = all(column.levels is not None for column in columns)
        self.stepped = any(column.kind != "real" for column in columns)
        self.smooth: Bools = np.array(
            [
                column.levels is None or (column.kind != "category" and column.levels > COARSE)
                for column in columns
            ],
            dtype=np.bool_,
        )

    def legal(self, X: Floats) -> tuple[Floats, Bools, Bools]:
        """Give the nearest rows with legal values (n, d), which of them keep `require`, live columns."""
        rows, live = self.encoding.snap(X)
        return rows, self._kept(rows), live

    def points(self, X: Floats) -> list[Point]:
        """Give the points of legal rows."""
        return list(self.encoding.decode(X))

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Give about `count` legal rows spread over the space; fewer where `require` leaves little."""
        found: list[Floats] = []
        missing = count
        for _ in range(DRAWS):
            rows = self.anywhere(count, rng)
            kept = rows[self._kept(rows)][:missing]
            found.append(kept)
            missing -= len(kept)
            if missing <= 0:
                break
        return np.concatenate(found)

    def anywhere(self, count: int, rng: np.random.Generator) -> Floats:
        """Give `count` rows spread over the space, whatever `require` says."""
        return self._spread(shifted(self.width, count, rng))

    def neighbours(self, x: Floats) -> Floats:
        """Give the legal rows one discrete move away from the legal row x (d,)."""
        near = self.encoding.neighbours(x)
        if not len(near) or not self.space.require:
            return near
        return near[self._kept(near)]

    @cached_property
    def everything(self) -> Floats | None:
        """Enumerate, once."""
        lattice = self.space.lattice() if self._finite else None
        if lattice is None or lattice.size > ENUMERABLE:
            return None
        points = [lattice.point(number) for number in range(lattice.size)]
        if not points:
            return np.empty((0, self.width))
        rows = self.encoding.encode(points)
        return rows[self._kept(rows)]

    def _spread(self, U: Floats) -> Floats:
        return self.encoding.spread(U)

    def _kept(self, rows: Floats) -> Bools:
        if not self.space.require:
            return np.ones(len(rows), dtype=np.bool_)
        points = self.encoding.decode(rows)
        return np.array([not self.space.violations(p) for p in points], dtype=np.bool_)


class Branch(Region):
    """The legal rows of a space in which one category is live and has one value.

    Attributes:
        column, code: which, and its value there.
    """

    def __init__(self, whole: Region, column: int, code: float) -> None:
        super().__init__(whole.space, whole.encoding)
        self.column, self.code = column, code

    def legal(self, X: Floats) -> tuple[Floats, Bools, Bools]:
        """Give the nearest legal rows of the branch; which of them there are is told as for `require`."""
        moved = X.copy()
        moved[:, self.column] = self.code
        return super().legal(moved)

    def holds(self, X: Floats) -> Bools:
        """Say which rows (n, d) are of the branch."""
        inside: Bools = self.encoding.snap(X)[1][:, self.column] & (X[:, self.column] == self.code)
        return inside

    def _spread(self, U: Floats) -> Floats:
        return self.encoding.spread(U, {self.column: self.code})

    def _kept(self, rows: Floats) -> Bools:
        return super()._kept(rows) & self.holds(rows)


class Tried:
    """Rows that must not be given again, told apart to nine digits."""

    def __init__(self, X: Floats) -> None:
        self._rows = set(_marks(X))

    def add(self, x: Floats) -> None:
        """Remember one more row."""
        self._rows.update(_marks(x[None]))

    def fresh(self, X: Floats) -> Bools:
        """Say which rows of X were neither tried nor named before in X."""
        marks = _marks(X)
        first = {mark: number for number, mark in reversed(list(enumerate(marks)))}
        new = [m not in self._rows and first[m] == number for number, m in enumerate(marks)]
        return np.array(new, dtype=np.bool_)

    def untried(self, X: Floats) -> Bools:
        """Say which rows of X were not tried."""
        return np.array([mark not in self._rows for mark in _marks(X)], dtype=np.bool_)


def _marks(X: Floats) -> list[bytes]:
    return [row.tobytes() for row in np.round(X, 9) + 0.0]
