"""The synthetic functions as formulas, each with the place of its minimum. numpy only.

Definitions as in Surjanovic & Bingham, "Virtual Library of Simulation Experiments".
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
WIDTHS = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
PLACES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def branin(x: Vector) -> float:
    """Branin: three equal minima in two dimensions."""
    a, b = x
    wave = (b - 5.1 / (4 * np.pi**2) * a * a + 5 / np.pi * a - 6) ** 2
    return wave + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10


def hartmann6(x: Vector) -> float:
    """Hartmann in six dimensions: four wells."""
    return -float(HEIGHTS @ np.exp(-np.sum(WIDTHS * (x - PLACES) ** 2, 1)))


def ackley(x: Vector) -> float:
    """Ackley: a funnel under ripples."""
    ripples = np.exp(np.mean(np.cos(2 * np.pi * x)))
    return -20 * np.exp(-0.2 * np.sqrt(np.mean(x * x))) - ripples + 20 + np.e


def levy(x: Vector) -> float:
    """Levy: a bowl with waves along every axis."""
    w = 1 + (x - 1) / 4
    first = np.sin(np.pi * w[0]) ** 2
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2))
    return first + middle + (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2)


def rosenbrock(x: Vector) -> float:
    """Rosenbrock: a bent valley."""
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_log(x: Vector) -> float:
    """Rosenbrock over parameters on a log scale, its value damped."""
    return np.log1p(rosenbrock(np.log10(x)))


def styblinski_tang(x: Vector) -> float:
    """Styblinski-Tang: two wells along every axis."""
    return 0.5 * np.sum(x**4 - 16 * x * x + 5 * x)


def rastrigin(x: Vector) -> float:
    """Rastrigin: a bowl under many equal waves."""
    return np.sum(x * x - 10 * np.cos(2 * np.pi * x) + 10)


def griewank(x: Vector) -> float:
    """Griewank: a wide bowl with a product of waves."""
    waves = np.prod(np.cos(x / np.sqrt(np.arange(1, len(x) + 1))))
    return np.sum(x * x) / 4000 - waves + 1


def powell(x: Vector) -> float:
    """Powell's singular function in groups of four."""
    a, b, c, d = x[0::4], x[1::4], x[2::4], x[3::4]
    groups = (a + 10 * b) ** 2 + 5 * (c - d) ** 2 + (b - 2 * c) ** 4 + 10 * (a - d) ** 4
    return np.sum(groups)


def zakharov(x: Vector) -> float:
    """Zakharov: a plate that is steep along one diagonal."""
    slope = np.sum(0.5 * np.arange(1, len(x) + 1) * x)
    return np.sum(x * x) + slope**2 + slope**4


def dixon_price(x: Vector) -> float:
    """Dixon-Price: a valley from one variable to the next."""
    steps = np.arange(2, len(x) + 1) * (2 * x[1:] ** 2 - x[:-1]) ** 2
    return (x[0] - 1) ** 2 + np.sum(steps)


@dataclass(frozen=True, kw_only=True)
class Function:
    """A formula on a box.

    Attributes:
        g: what is minimised.
        lo, hi: the box, the same along every axis.
        argmin: where the minimum is.
        best: its value.
    """

    g: Callable[[Vector], float]
    lo: float
    hi: float
    argmin: Vector
    best: float = 0.0


HARTMANN6 = Function(
    g=hartmann6,
    lo=0,
    hi=1,
    argmin=np.array([0.20168951, 0.15001069, 0.47687398, 0.27533243, 0.31165162, 0.65730053]),
    best=-3.322368011391339,
)

DIXON_PRICE_5 = np.array([2.0 ** -(1 - 2.0 ** (1 - i)) for i in range(1, 6)])

# The minimum can be moved by 0.3 of the box along every axis, except in Hartmann's.
TO_SHIFT = {
    "ackley5": Function(g=ackley, lo=-32.768, hi=32.768, argmin=np.zeros(5)),
    "levy6": Function(g=levy, lo=-10, hi=10, argmin=np.ones(6)),
    "rosenbrock4": Function(g=rosenbrock, lo=-5, hi=10, argmin=np.ones(4)),
    "rastrigin4": Function(g=rastrigin, lo=-5.12, hi=5.12, argmin=np.zeros(4)),
    "griewank6": Function(g=griewank, lo=-600, hi=600, argmin=np.zeros(6)),
    "powell8": Function(g=powell, lo=-4, hi=5, argmin=np.zeros(8)),
    "zakharov4": Function(g=zakharov, lo=-5, hi=10, argmin=np.zeros(4)),
    "dixon_price5": Function(g=dixon_price, lo=-10, hi=10, argmin=DIXON_PRICE_5),
    "hartmann6": HARTMANN6,
}


def cliff(x: Vector, normal: Vector, best: Vector) -> float:
    """Fall towards `best`, which is close to an edge that runs askew; beyond it everything is lost.

    As a learning rate and a momentum do that a training just bears. `normal` has length 1.
    """
    beyond = float(normal @ (x - best)) - 0.04
    bowl = 2 * float(np.sum((x - best) ** 2))
    return bowl + (2.0 + beyond if beyond > 0 else 0.0)
