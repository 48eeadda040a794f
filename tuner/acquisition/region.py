"""Where the search may go: legal rows of a space, as arrays.

Every row that leaves this file has been a point of the space: values on their steps, dead columns at
rest, every `require` kept. So an optimizer that only compares such rows has nothing to round later.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from torch.quasirandom import SobolEngine

from tuner.dataset import Bools, Floats
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

    def __init__(self, space: Space) -> None:
        self.space = space
        self.encoding = Encoding(space)
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
        points = self.encoding.decode(X)
        return self.encoding.encode(points), self._kept(points), self.encoding.alive(points)

    def points(self, X: Floats) -> list[Point]:
        """Give the points of legal rows."""
        return list(self.encoding.decode(X))

    def sample(self, count: int, rng: np.random.Generator) -> Floats:
        """Give about `count` legal rows spread over the space; fewer where `require` leaves little."""
        sobol = SobolEngine(self.width, scramble=True, seed=int(rng.integers(2**31)))
        found: list[Floats] = []
        missing = count
        for _ in range(DRAWS):
            U = sobol.draw(count, dtype=torch.float64).numpy()
            points = self.encoding.from_unit(np.minimum(U, np.nextafter(1.0, 0.0)))
            kept = [point for point, good in zip(points, self._kept(points), strict=True) if good]
            if kept:
                found.append(self.encoding.encode(kept)[:missing])
                missing -= len(found[-1])
            if missing <= 0:
                break
        return np.concatenate(found) if found else np.empty((0, self.width))

    def neighbours(self, x: Floats) -> Floats:
        """Give the legal rows one discrete move away from the legal row x (d,)."""
        near = self.encoding.neighbours(x)
        if not len(near) or not self.space.require:
            return near
        return near[self._kept(self.encoding.decode(near))]

    @cached_property
    def everything(self) -> Floats | None:
        """Enumerate, once."""
        lattice = self.space.lattice() if self._finite else None
        if lattice is None or lattice.size > ENUMERABLE:
            return None
        points = [lattice.point(number) for number in range(lattice.size)]
        kept = [point for point, good in zip(points, self._kept(points), strict=True) if good]
        return self.encoding.encode(kept) if kept else np.empty((0, self.width))

    def _kept(self, points: Sequence[Point]) -> Bools:
        if not self.space.require:
            return np.ones(len(points), dtype=np.bool_)
        return np.array([not self.space.violations(p) for p in points], dtype=np.bool_)


class Tried:
    """Rows that must not be given again, told apart to nine digits."""

    def __init__(self, X: Floats) -> None:
        self._rows = {self._mark(x) for x in X}

    @staticmethod
    def _mark(x: Floats) -> bytes:
        return (np.round(x, 9) + 0.0).tobytes()

    def add(self, x: Floats) -> None:
        """Remember one more row."""
        self._rows.add(self._mark(x))

    def fresh(self, X: Floats) -> Bools:
        """Say which rows of X were neither tried nor named before in X."""
        seen: set[bytes] = set()
        new = []
        for x in X:
            mark = self._mark(x)
            new.append(mark not in self._rows and mark not in seen)
            seen.add(mark)
        return np.array(new, dtype=np.bool_)
