"""Points as rows of numbers and back: what models and samplers work on.

n points, d columns. A parameter has one column; one with `or_zero` has two, a gate (`name=0`, code 1
for zero) and the number it gates. Dead columns rest at a fixed place and are told apart by `alive`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tuner.errors import ExpressionError
from tuner.expression import Expression, Value
from tuner.space.parameter import Float, Int, Searched, default_of
from tuner.space.scale import Kind, Scale, rest_of, scale_of
from tuner.space.space import Point, Space

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

OPEN, SHUT = 0.0, 1.0  # of a gate: a number of the range, or zero
HALF = 0.5
MOST_DECIDING = 20  # values of a parameter that decides about the life of others


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        parameter: that it belongs to.
        kind: real and integer lie on [0, 1] by value (or its logarithm), ordinal by place in cells,
            category holds codes 0 … levels - 1.
        levels: how many values there are, None for real.
        lives: the column whose value alone decides whether this one counts, and its numbers for which
            it does; None if it always counts, or if more than one column decides.
    """

    name: str
    parameter: str
    kind: Kind
    levels: int | None
    lives: tuple[str, tuple[float, ...]] | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A searched parameter with where its columns are: `gate` is None without `or_zero`."""

    parameter: Searched
    scale: Scale
    column: int
    gate: int | None

    @property
    def zero(self) -> Value:
        return 0 if isinstance(self.parameter, Int) else 0.0


def _lives(space: Space, name: str) -> tuple[str, tuple[float, ...]] | None:
    """Say which one parameter of few values decides about the life of another, and by which places."""
    (when,) = [rule.when for rule in space.rules if rule.parameter.name == name]
    if when is None or len(when.names) != 1:
        return None
    (parent,) = when.names
    deciding = next((p for p in space.searched if p.name == parent), None)
    if deciding is None or getattr(deciding, "or_zero", False):
        return None
    scale = scale_of(deciding)
    if scale.levels is None or scale.levels > MOST_DECIDING:
        return None
    places = scale.of_unit((np.arange(scale.levels) + HALF) / scale.levels)
    values = scale.values(places)
    pairs = zip(places, values, strict=True)
    return parent, tuple(float(p) for p, value in pairs if _holds(when, {parent: value}))


def _holds(when: Expression, values: dict[str, Value]) -> bool:
    try:
        return when.holds(values)
    except ExpressionError:  # as a division by zero: nothing lives there
        return False


class Encoding:
    """The columns of a space, and both ways between points and rows.

    Attributes:
        columns: in the order of the space.
        width: d, how many there are.
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        parts: list[_Part] = []
        columns: list[Column] = []
        rest: list[float] = []
        for parameter in space.searched:
            name, scale, gate = parameter.name, scale_of(parameter), None
            lives = _lives(space, name)
            if isinstance(parameter, Float | Int) and parameter.or_zero:
                gate = len(columns)
                columns.append(Column(f"{name}=0", name, "category", 2, lives))
                rest.append(SHUT if default_of(parameter) == 0 else OPEN)
                lives = (f"{name}=0", (OPEN,))
            parts.append(_Part(parameter, scale, len(columns), gate))
            columns.append(Column(name, name, scale.kind, scale.levels, lives))
            rest.append(rest_of(parameter, scale))
        self.columns = tuple(columns)
        self.width = len(columns)
        self._parts = tuple(parts)
        self._rest = np.array(rest, dtype=np.float64)

    def encode(self, points: Sequence[Point]) -> Array:
        """Give the rows (n, d) of points; columns without a value rest."""
        return self._rows(points)[0]

    def alive(self, points: Sequence[Point]) -> Mask:
        """Say which columns of points hold a value, (n, d)."""
        return self._rows(points)[1]

    def decode(self, X: Array) -> list[dict[str, Value]]:
        """Give the points of rows (n, d): legal values, dead ones left out."""
        X = np.asarray(X, dtype=np.float64)
        names = [part.parameter.name for part in self._parts]
        lists = [self._values(part, X) for part in self._parts]
        if not lists:
            return [{} for _ in X]
        points = [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]
        return list(map(self.space.trim, points))

    def from_unit(self, U: Array) -> list[dict[str, Value]]:
        """Give points for uniform numbers (n, d) of [0, 1); every value is as likely on its scale."""
        return self.decode(self._of_unit(U))

    def spread(self, U: Array, fixed: Mapping[int, float] | None = None) -> Array:
        """Give legal rows for uniform numbers (n, d) of [0, 1), without making points of them.

        `fixed` columns have one value, wherever they are live.
        """
        X = self._of_unit(U)
        for column, value in (fixed or {}).items():
            X[:, column] = value
        return self.snap(X)[0]

    def snap(self, X: Array) -> tuple[Array, Mask]:
        """Give the nearest legal rows (n, d) and their live columns: quicker than by way of points.

        Real columns keep all their digits, where `encode(decode(X))` keeps ten.
        """
        X = np.array(X, dtype=np.float64)
        for part in self._parts:
            X[:, part.column] = part.scale.snap(X[:, part.column])
            if part.gate is not None:
                X[:, part.gate] = np.where(X[:, part.gate] <= HALF, OPEN, SHUT)
        live = self._live(X)
        return (X if live.all() else np.where(live, X, self._rest)), live

    def _of_unit(self, U: Array) -> Array:
        X = np.array(U, dtype=np.float64)
        for part in self._parts:
            X[:, part.column] = part.scale.of_unit(X[:, part.column])
            if part.gate is not None:
                X[:, part.gate] = np.where(X[:, part.gate] < HALF, OPEN, SHUT)
        return X

    def neighbours(self, x: Array) -> Array:
        """Give the rows (k, d) one move of one live discrete column away from a row (d,).

        Numbers and ordered values move by one and two steps, categories to every other value.
        Columns that a move brings to life or kills are at rest; real columns stay as they are.
        """
        row = np.asarray(x, dtype=np.float64)
        [live] = self._live(row[None])
        row = np.where(live, row, self._rest)
        moves = [
            (column, place)
            for part in self._parts
            for column, places in self._moves(part, row)
            if live[column]
            for place in places
        ]
        X = np.tile(row, (len(moves), 1))
        X[range(len(moves)), [column for column, _ in moves]] = [place for _, place in moves]
        return np.where(self._live(X), X, self._rest)

    def _moves(self, part: _Part, row: Array) -> list[tuple[int, list[float]]]:
        """Give the columns of a parameter with the numbers that they may move to."""
        own = (part.column, part.scale.beside(row[part.column]))
        if part.gate is None:
            return [own]
        return [(part.gate, [OPEN + SHUT - row[part.gate]]), own]

    def _live(self, X: Array) -> Mask:
        """Say which columns of rows count; only what decides about that is decoded."""
        live = np.ones(X.shape, dtype=np.bool_)
        if self.space.conditional and len(X):
            gates = [part for part in self._parts if part.parameter.name in self.space.gates]
            names = [part.parameter.name for part in gates]
            blank: dict[str, Value] = dict.fromkeys(p.name for p in self.space.searched)
            places = [c for p in gates for c in (p.column, p.gate) if c is not None]
            ways, way_of = np.unique(X[:, places], axis=0, return_index=True, return_inverse=True)[
                1:
            ]
            rows = zip(*(self._values(part, X[ways]) for part in gates), strict=True)
            held = [
                self.space.trim({**blank, **dict(zip(names, row, strict=True))})
                for row in (rows if gates else [()])
            ]
            known = [[column.parameter in point for column in self.columns] for point in held]
            live[:] = np.array(known, dtype=np.bool_)[way_of.reshape(-1)] if gates else known
        for part in self._parts:
            if part.gate is not None:
                live[:, part.column] &= X[:, part.gate] <= HALF
        return live

    def _values(self, part: _Part, X: Array) -> list[Value]:
        """Give the values of a parameter in rows, dead or not."""
        values = part.scale.values(X[:, part.column])
        if part.gate is None:
            return values
        shut = (X[:, part.gate] > HALF).tolist()
        return [part.zero if zero else v for zero, v in zip(shut, values, strict=True)]

    def _rows(self, points: Sequence[Point]) -> tuple[Array, Mask]:
        X = np.tile(self._rest, (len(points), 1))
        live = np.zeros(X.shape, dtype=np.bool_)
        for part in self._parts:
            name = part.parameter.name
            held = [i for i, point in enumerate(points) if name in point]
            if part.gate is not None:
                X[held, part.gate] = [float(points[i][name] == 0) for i in held]
                live[held, part.gate] = True
                held = [i for i in held if points[i][name] != 0]
            if held:
                X[held, part.column] = part.scale.places([points[i][name] for i in held])
                live[held, part.column] = True
        return X, live
