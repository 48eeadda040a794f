"""The branches of a conditional space, as BoTorch's conditional kernel wants them.

Every column hangs under the value of the column that decides whether it counts; one that counts for
several values has a copy under each, since BoTorch's tree has one path to every leaf. A deciding column
is told twice: as a flag that paths are found by, and by the corners that the kernel measures.
"""

import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tuner.dataset import Floats
from tuner.space.encoding import Column


class Tree:
    """Inputs of a kernel for d columns, and which branch each lies in.

    Attributes:
        branches: by flag and its value, the inputs that count then: BoTorch's
            `hierarchical_dependencies`.
    """

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = tuple(columns)
        self._at = {column.name: j for j, column in enumerate(columns)}
        self._children: dict[str, list[Column]] = defaultdict(list)
        for column in columns:
            if column.lives is not None:
                self._children[column.lives[0]].append(column)
        self.branches: dict[int, dict[float, list[int]]] = {}
        self._inputs: list[tuple[int, int | None, bool]] = []  # column, level, flag
        for column in columns:
            if column.lives is None:
                self._grow(column)

    def _grow(self, column: Column) -> list[int]:
        """Add the inputs of a column and of all that hangs under it; give those of its own."""
        j = self._at[column.name]
        levels = range(column.levels or 1) if column.kind == "category" else [None]
        own = [self._add(j, level) for level in levels]
        children = self._children.get(column.name, [])
        if children:
            flag = self._add(j, None, flag=True)
            own.append(flag)
            self.branches[flag] = {}
            for place in sorted({p for c in children if c.lives for p in c.lives[1]}):
                alive = [c for c in children if c.lives and place in c.lives[1]]
                self.branches[flag][place] = [i for c in alive for i in self._grow(c)]
        return own

    def _add(self, j: int, level: int | None, *, flag: bool = False) -> int:
        self._inputs.append((j, level, flag))
        return len(self._inputs) - 1

    def of(self, X: Floats) -> Floats:
        """Give the inputs (n, D) of rows (n, d)."""
        Z = np.empty((len(X), len(self._inputs)))
        for i, (j, level, _) in enumerate(self._inputs):
            corner = math.sqrt(0.5) * (np.rint(X[:, j]) == level) if level is not None else X[:, j]
            Z[:, i] = corner
        return Z

    def back(self, slopes: Floats) -> Floats:
        """Give the slopes (n, d) along columns for slopes (n, D) along inputs; 0 of categories."""
        found = np.zeros((len(slopes), len(self.columns)))
        for i, (j, level, flag) in enumerate(self._inputs):
            if level is None and not flag:
                found[:, j] += slopes[:, i]
        return found
