"""What older studies believe, as functions of a point: the basis that a new study's process leans on.

    f(x) = g(x) + sum_s w_s phi_s(x),   w_s ~ N(0, load_s),   g a Gaussian process of its own

phi_s is the posterior mean of older study s, brought to mean 0 and variance 1 over the space. Taken
over w, this is one more term of the kernel, sum_s load_s phi_s(x) phi_s(x'): as exact as the process
itself, and how far each older study is believed is a hyperparameter like the others. A study that
misleads gets a load of nothing; one that is the other way round is as good as one that is not.

Called by `exact.py` and `fitting.py`. Numpy only. Shapes: S functions, k points, d columns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from tuner.dataset import Floats

FLAT = 1e-9
"""Standard deviation over the space, in standard units, of what says the same everywhere."""


class Mean(Protocol):
    """A posterior mean that can be asked for its slopes."""

    def mean(self, X: Floats) -> tuple[Floats, Callable[[Floats], Floats]]:
        """Give (k,) at X (k, d), and what turns slopes by it (k,) into slopes (k, d)."""


@dataclass(frozen=True, eq=False)
class Basis:
    """S functions of the columns.

    Attributes:
        names: of the older studies, one each.
        functions: their posterior means.
        centre, width: (S,) mean and standard deviation of each over the space.
        settled: every load is 1, and not searched.
    """

    names: tuple[str, ...]
    functions: tuple[Mean, ...]
    centre: Floats
    width: Floats
    settled: bool = False

    @classmethod
    def of_means(cls, names: Sequence[str], functions: Sequence[Mean], spread: Floats) -> "Basis":
        """Standardise means over rows `spread` (k, d) all over the space; flat ones are left out."""
        values = np.array([function.mean(spread)[0] for function in functions])
        whole = cls(tuple(names), tuple(functions), values.mean(axis=1), values.std(axis=1))
        return whole.only(np.flatnonzero(whole.width > FLAT).tolist())

    def of(self, X: Floats) -> Floats:
        """Give the functions (k, S) at X (k, d)."""
        return self.look(X).F

    def look(self, X: Floats) -> "Leaning":
        """Give the functions at X (k, d)."""
        looks = [function.mean(X) for function in self.functions]
        values = np.array([value for value, _ in looks]).T
        backs = [back for _, back in looks]

        def back(slopes: Floats) -> Floats:
            scaled = slopes / self.width
            return np.sum([one(scaled[:, s]) for s, one in enumerate(backs)], axis=0)

        return Leaning((values - self.centre) / self.width, back)

    def only(self, rows: Sequence[int]) -> "Basis":
        """Give some of the functions."""
        index = np.asarray(rows, dtype=np.intp)
        return Basis(
            names=tuple(self.names[i] for i in rows),
            functions=tuple(self.functions[i] for i in rows),
            centre=self.centre[index],
            width=self.width[index],
            settled=self.settled,
        )


@dataclass(frozen=True)
class Ground:
    """What a process stands on.

    Attributes:
        trend: a mean that is taken for granted: the process is fitted to what it leaves over.
        basis: functions that the process leans on as far as that helps.
    """

    trend: Mean | None = None
    basis: Basis | None = None

    def under(self, X: Floats) -> Floats:
        """Give the trend (n,) at X (n, d)."""
        return np.zeros(len(X)) if self.trend is None else self.trend.mean(X)[0]

    @property
    def key(self) -> tuple[object, ...]:
        """What tells two grounds apart."""
        return (self.trend, None if self.basis is None else self.basis.functions)


@dataclass(frozen=True)
class Leaning:
    """What older studies believe at k points: F (k, S), and the way back from slopes by it."""

    F: Floats
    to_columns: Callable[[Floats], Floats]

    def back(self, by_kernel: Floats, by_variance: Floats, P: Floats, loads: Floats) -> Floats:
        """Give slopes (k, d).

        Args:
            by_kernel: (m, k, n) slopes by the covariances with n rows.
            by_variance: (m, k) slopes by the variances, times -2.
            P: (n, S) what the older studies believe at the rows.
            loads: (m, S) of each.
        """
        by_basis = by_kernel @ P - by_variance[:, :, None] * self.F
        by_basis *= loads[:, None, :]
        return self.to_columns(by_basis.sum(axis=0))
