"""Functions on the unit cube whose Sobol indices are known: in closed form, or by many points."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tuner.numerics.sobol import SobolSequence

POINTS = 1 << 16
"""Points of each set that indices are worked out by, where no formula gives them."""

NOTHING = 1e-6
"""Total index of a parameter that does nothing."""


@dataclass(frozen=True, kw_only=True)
class Function:
    """A formula on a box, with its Sobol indices.

    Attributes:
        values: (n,) of the places (n, k) in the unit cube.
        first, total: (k,) true indices.
    """

    values: Callable[[np.ndarray], np.ndarray]
    first: tuple[float, ...]
    total: tuple[float, ...]

    def value(self, place: np.ndarray) -> float:
        """Give the value at a place (k,)."""
        return float(self.values(place[None])[0])


def ishigami() -> Function:
    """Ishigami & Homma (1990) with a = 7, b = 0.1; indices as in Sobol & Levitan (1999)."""
    a, b = 7.0, 0.1
    one = 0.5 * (1 + b * math.pi**4 / 5) ** 2
    two = a**2 / 8
    three = b**2 * math.pi**8 * 8 / 225
    variance = one + two + three

    def values(U: np.ndarray) -> np.ndarray:
        x, y, z = math.pi * (2 * U.T - 1)
        return np.sin(x) + a * np.sin(y) ** 2 + b * z**4 * np.sin(x)

    return Function(
        values=values,
        first=(one / variance, two / variance, 0.0),
        total=((one + three) / variance, two / variance, three / variance),
    )


def g_function(a: tuple[float, ...] = (0, 1, 4.5, 9, 99, 99)) -> Function:
    """Sobol's g-function; the smaller a, the more a parameter matters (Saltelli & Sobol 1995)."""
    shares = np.array([1 / (3 * (1 + each) ** 2) for each in a])
    variance = float(np.prod(1 + shares) - 1)
    total = [s * np.prod(1 + np.delete(shares, j)) / variance for j, s in enumerate(shares)]

    def values(U: np.ndarray) -> np.ndarray:
        return np.prod((np.abs(4 * U - 2) + np.array(a)) / (1 + np.array(a)), axis=1)

    return Function(
        values=values, first=tuple((shares / variance).tolist()), total=tuple(map(float, total))
    )


def linear(slopes: tuple[float, ...] = (4, 2, 1, 0, 0, 0)) -> Function:
    """A plane in some parameters among others that do nothing."""
    shares = np.square(slopes) / np.square(slopes).sum()
    exact = tuple(map(float, shares))
    return Function(values=lambda U: U @ np.array(slopes), first=exact, total=exact)


def sampled(formula: Callable[[np.ndarray], np.ndarray], k: int) -> Function:
    """Work out the indices by pick and freeze with the formula itself, as `tuner explain` does of a model."""
    U = SobolSequence(2 * k, 0).points(0, POINTS)
    A, B = U[:, :k], U[:, k:]
    at, other = formula(A), formula(B)
    both = np.concatenate([at, other])
    first, total = [], []
    for j in range(k):
        mixed = A.copy()
        mixed[:, j] = B[:, j]
        moved = formula(mixed)
        total.append(float(0.5 * np.mean((at - moved) ** 2) / both.var()))
        alone = float(np.mean((other - both.mean()) * (moved - at)) / both.var())
        first.append(max(0.0, alone) if total[-1] > NOTHING else 0.0)
    return Function(values=formula, first=tuple(first), total=tuple(total))


def bratley(U: np.ndarray) -> np.ndarray:
    """Bratley, Fox & Niederreiter (1992)."""
    return (np.cumprod(U, axis=1) * (-1.0) ** np.arange(1, U.shape[1] + 1)).sum(axis=1)


def friedman(U: np.ndarray) -> np.ndarray:
    """Friedman (1991); from the sixth on a parameter does nothing."""
    waves = 10 * np.sin(math.pi * U[:, 0] * U[:, 1])
    return waves + 20 * (U[:, 2] - 0.5) ** 2 + 10 * U[:, 3] + 5 * U[:, 4]


def products(U: np.ndarray) -> np.ndarray:
    """Slopes, and products of two and three as Morris (1991) has them; the last one does nothing."""
    W = 2 * U - 1
    alone = 2 * W[:, 0] - 1.5 * W[:, 1] + W[:, 2]
    pairs = 1.5 * W[:, 0] * W[:, 1] - W[:, 2] * W[:, 3]
    return alone + pairs + 2 * W[:, 0] * W[:, 3] * W[:, 4]


def polynomial(U: np.ndarray) -> np.ndarray:
    """A sum of powers; the last one does nothing."""
    Z = 2 * U - 1
    return Z[:, 0] ** 2 + 1.4 * (Z[:, 1] - 0.4) ** 3 + 0.8 * Z[:, 2] + 0.5 * (Z[:, 3] + 0.3) ** 2


def branin(U: np.ndarray) -> np.ndarray:
    """Branin (1972) of the first two; the others do nothing."""
    x, y = 15 * U[:, 0] - 5, 15 * U[:, 1]
    bowl = (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2
    return bowl + 10 * (1 - 1 / (8 * math.pi)) * np.cos(x) + 10


def valley(U: np.ndarray) -> np.ndarray:
    """The logarithm of Rosenbrock's (1960) valley."""
    X = 4 * U - 2
    bends = 100 * (X[:, 1:] - X[:, :-1] ** 2) ** 2
    return np.log1p((bends + (1 - X[:, :-1]) ** 2).sum(axis=1))


def cone(U: np.ndarray) -> np.ndarray:
    """A pointed bowl as in Ackley (1987); the last one does nothing."""
    X = 8 * (U - 0.4) * np.array([1.0, 1.0, 0.5, 0.2, 0.0])
    return -20 * np.exp(-0.2 * np.sqrt((X**2).mean(axis=1)))


JUDGED: Mapping[str, Callable[[], Function]] = {
    "ishigami": ishigami,
    "g": g_function,
    "linear": linear,
}
"""That nothing was chosen by."""

CHOSEN_BY: Mapping[str, Callable[[], Function]] = {
    "g_mild": lambda: g_function((0.5, 1, 2, 9, 50)),
    "g_wild": lambda: g_function((0, 0, 3, 20, 99)),
    "bratley": lambda: sampled(bratley, 5),
    "friedman": lambda: sampled(friedman, 7),
    "products": lambda: sampled(products, 6),
    "polynomial": lambda: sampled(polynomial, 5),
    "branin": lambda: sampled(branin, 4),
    "valley": lambda: sampled(valley, 4),
    "cone": lambda: sampled(cone, 5),
}
"""That it was chosen by how intervals are made."""
