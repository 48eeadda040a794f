"""Points as rows of numbers and back: what models and samplers work on.

n points, d columns. A parameter has one column; one with `or_zero` has two, a gate (`name=0`, code 1
for zero) and the number it gates. Dead columns rest at a fixed place and are told apart by `alive`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tuner.expression import Value
from tuner.space.parameter import UNSET, Float, Int, Searched, default_of
from tuner.space.scale import GATE, Kind, Scale, rest_of, scale_of
from tuner.space.space import Point, Space

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        parameter: that it belongs to.
        kind: real and integer lie on [0, 1] by value (or its logarithm), ordinal by place in cells,
            category holds codes 0 … levels - 1.
        levels: how many values there are, None for real.
    """

    name: str
    parameter: str
    kind: Kind
    levels: int | None


@dataclass(frozen=True, slots=True)
class _Part:
    """A column with what fills it: the gate, the gated number, or a whole parameter."""

    column: Column
    parameter: Searched
    scale: Scale
    rest: float

    @property
    def is_gate(self) -> bool:
        return self.scale is GATE

    @property
    def is_gated(self) -> bool:
        return _or_zero(self.parameter) and not self.is_gate

    def place(self, point: Point) -> float | None:
        """Give the number of a live parameter's value, None where the gate shuts the column."""
        value = point[self.parameter.name]
        if self.is_gate:
            return float(value == 0)
        if self.is_gated and value == 0:
            return None
        return self.scale.place(value)


class Encoding:
    """The columns of a space, and both ways between points and rows.

    Attributes:
        columns: in the order of the space.
        width: d, how many there are.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self._parts = tuple(part for parameter in space.searched for part in _parts(parameter))
        self.columns = tuple(part.column for part in self._parts)
        self.width = len(self.columns)
        self._rest = np.array([part.rest for part in self._parts], dtype=np.float64)

    def encode(self, points: Sequence[Point]) -> Array:
        """Give the rows (n, d) of points; dead columns rest."""
        return self._rows(points)[0]

    def alive(self, points: Sequence[Point]) -> Mask:
        """Say which columns of points count, (n, d)."""
        return self._rows(points)[1]

    def decode(self, X: Array) -> list[dict[str, Value]]:
        """Give the points of rows (n, d): legal values, dead ones left out."""
        rows: list[list[float]] = np.asarray(X, dtype=np.float64).tolist()
        return [self._point(row) for row in rows]

    def from_unit(self, U: Array) -> list[dict[str, Value]]:
        """Give points for uniform numbers (n, d) of [0, 1); every live value is as likely."""
        rows: list[list[float]] = np.asarray(U, dtype=np.float64).tolist()
        return [
            self._point([part.scale.of_unit(u) for part, u in zip(self._parts, row, strict=True)])
            for row in rows
        ]

    def neighbours(self, x: Array) -> Array:
        """Give the rows (k, d) one move of one live discrete column away from a row (d,).

        Numbers and ordered values move by one and two steps, categories to every other value.
        Columns that a move brings to life or kills are at rest; real columns stay as they are.
        """
        row: list[float] = np.asarray(x, dtype=np.float64).tolist()
        live = self._row_alive(row)
        row = self._rested(row, live)
        moved = []
        for j, part in enumerate(self._parts):
            for place in part.scale.beside(row[j]) if live[j] else []:
                twin = [*row[:j], place, *row[j + 1 :]]
                moved.append(self._rested(twin, self._row_alive(twin)))
        return np.array(moved, dtype=np.float64).reshape(len(moved), self.width)

    def _rows(self, points: Sequence[Point]) -> tuple[Array, Mask]:
        X = np.tile(self._rest, (len(points), 1))
        live = np.zeros(X.shape, dtype=np.bool_)
        for i, point in enumerate(points):
            kept = self.space.trim(point)
            for j, part in enumerate(self._parts):
                place = part.place(kept) if part.parameter.name in kept else None
                if place is not None:
                    X[i, j], live[i, j] = place, True
        return X, live

    def _point(self, row: Sequence[float]) -> dict[str, Value]:
        return self.space.trim(self._values(row))

    def _values(self, row: Sequence[float]) -> Mapping[str, Value]:
        """Give a value for every parameter, dead or not."""
        values: dict[str, Value] = {}
        for part, place in zip(self._parts, row, strict=True):
            name = part.parameter.name
            if part.is_gate:
                if GATE.value(place) == 1:
                    values[name] = 0 if isinstance(part.parameter, Int) else 0.0
            elif name not in values:
                values[name] = part.scale.value(place)
        return values

    def _row_alive(self, row: Sequence[float]) -> list[bool]:
        point = self._point(row)
        return [
            part.parameter.name in point and not (part.is_gated and point[part.parameter.name] == 0)
            for part in self._parts
        ]

    def _rested(self, row: Sequence[float], live: Sequence[bool]) -> list[float]:
        return [
            place if alive else part.rest
            for part, place, alive in zip(self._parts, row, live, strict=True)
        ]


def _or_zero(parameter: Searched) -> bool:
    return isinstance(parameter, Float | Int) and parameter.or_zero


def _parts(parameter: Searched) -> list[_Part]:
    name, scale = parameter.name, scale_of(parameter)
    own = _Part(
        Column(name, name, scale.kind, scale.levels), parameter, scale, rest_of(parameter, scale)
    )
    if not _or_zero(parameter):
        return [own]
    default = default_of(parameter)
    rest = float(default is not UNSET and default == 0)
    return [_Part(Column(f"{name}=0", name, "category", 2), parameter, GATE, rest), own]
