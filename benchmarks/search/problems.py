"""The problems: `problem(name, seed)` gives one, `names(group)` says which there are.

All are minimised. Groups:

    synthetic    7 functions with fixed optima
    shifted      9 functions whose optimum moves with the seed, by up to 0.3 of the box per axis:
                 starting in the centre earns nothing
    reference    6 forests fitted to real trainings: `forests.py`
    tune         interpolated tables of real trainings, which design choices may look at: `tables.py`
    confirm      the same on other data, which design choices may not look at
    hpobench     8 networks of HPOBench, 30,000 grid points each: `outside.py`
    mixint       12 functions of mixed-integer BBOB in 5 and 10 dimensions: `outside.py`
    conditional  14 parameters, 8 of them conditional, as it is and moved by the seed: `pipeline.py`
    bent         a cliff askew in four dimensions with the optimum at its edge, another for every seed
    few          a bowl along one parameter, somewhere else for every seed
    wide         Hartmann's six parameters among 44 that do nothing; which ones changes with the seed
    latency      two boxes to time suggestions on
"""

import importlib.util
from collections.abc import Callable
from typing import Any

import forests
import numpy as np
import numpy.typing as npt
import outside
import pipeline
from functions import (
    HARTMANN6,
    TO_SHIFT,
    Function,
    ackley,
    branin,
    cliff,
    levy,
    rosenbrock_log,
    styblinski_tang,
)
from landscape import Problem
from spaces import Config, box, real

SHIFT = 0.3
WIDE = 50
GROUPS = (
    "synthetic",
    "shifted",
    "reference",
    "tune",
    "confirm",
    "hpobench",
    "mixint",
    "conditional",
    "bent",
    "few",
    "wide",
    "latency",
)


def names(group: str) -> list[str]:
    """List a group's problems: those that can be made here, now."""
    return _maker(group)[0]()


def problem(name: str, seed: int = 0) -> Problem:
    """Make a problem; the seed matters to those that move."""
    for group in GROUPS:
        if name in names(group):
            return _maker(group)[1](name, seed)
    raise KeyError(f"no problem {name!r} here; see names(group)")


def _vector(
    g: Callable[[npt.NDArray[np.float64]], float], shift: npt.ArrayLike = 0.0
) -> Callable[[Config], float]:
    return lambda config: float(g(np.array(list(config.values()), float) - shift))


# ---- synthetic: value, space, best, argmin
def _even(value: float, dimensions: int) -> Config:
    return {f"x{j}": value for j in range(dimensions)}


_HARTMANN: dict[str, Any] = {
    "space": box(6, 0, 1),
    "f": _vector(HARTMANN6.g),
    "best": HARTMANN6.best,
    "optimum": {f"x{j}": float(x) for j, x in enumerate(HARTMANN6.argmin)},
}
SYNTHETIC: dict[str, dict[str, Any]] = {
    "branin2": {
        "space": {"x0": real(-5, 10), "x1": real(0, 15)},
        "f": _vector(branin),
        "best": 0.39788735772973816,
        "optimum": {"x0": float(np.pi), "x1": 2.275},
    },
    "hartmann6": _HARTMANN,
    "hartmann6_noisy": {**_HARTMANN, "noise": 0.1},
    "rosenbrock5log": {
        "space": box(5, 1e-3, 1e3, log=True),
        "f": _vector(rosenbrock_log),
        "best": 0.0,
        "optimum": _even(10.0, 5),
    },
    "stybtang6": {
        "space": box(6, -5, 5),
        "f": _vector(styblinski_tang),
        "best": -39.16616570377142 * 6,
        "optimum": _even(-2.903534027771177, 6),
    },
    "levy8": {
        "space": box(8, -10, 10),
        "f": _vector(levy),
        "best": 0.0,
        "optimum": _even(1.0, 8),
        "trials": 100,
    },
    "ackley10": {
        "space": box(10, -32.768, 16),
        "f": _vector(ackley),
        "best": 0.0,
        "optimum": _even(0.0, 10),
        "trials": 100,
    },
}
LATENCY: dict[str, dict[str, Any]] = {
    "hartmann6": _HARTMANN,
    "levy20": {
        "space": box(20, -10, 10),
        "f": _vector(levy),
        "best": 0.0,
        "optimum": _even(1.0, 20),
        "trials": 300,
    },
}


def _synthetic(name: str, _: int) -> Problem:
    return Problem(name=name, group="synthetic", **SYNTHETIC[name])


def _latency(name: str, _: int) -> Problem:
    return Problem(name=name, group="latency", **LATENCY[name])


# ---- shifted
def _shifted(name: str, seed: int) -> Problem:
    """Move the function by up to SHIFT of the box per axis, as far as the minimum stays inside."""
    base = name.removeprefix("shifted_")
    function: Function = TO_SHIFT[base]
    rng = np.random.RandomState(1000 * (1 + list(TO_SHIFT).index(base)) + seed)
    width = function.hi - function.lo
    place = (function.argmin - function.lo) / width
    low, high = np.maximum(-SHIFT, 0.02 - place), np.minimum(SHIFT, 0.98 - place)
    shift = (low + rng.rand(len(place)) * (high - low)) * width
    return Problem(
        name=name,
        group="shifted",
        space=box(len(place), function.lo, function.hi),
        f=_vector(function.g, shift),
        best=function.best,
        moving=True,
        optimum={f"x{j}": float(x) for j, x in enumerate(function.argmin + shift)},
    )


# ---- bent and few
def _bent(name: str, seed: int) -> Problem:
    """Draw the edge's direction, in which every column has a share, and the best place."""
    rng = np.random.RandomState(4000 + seed)
    normal = rng.choice([-1.0, 1.0], size=4) * rng.uniform(0.5, 1.0, size=4)
    normal /= np.linalg.norm(normal)
    best = rng.uniform(0.25, 0.75, size=4)
    return Problem(
        name=name,
        group="bent",
        space=box(4, 0, 1),
        f=lambda config: cliff(np.array(list(config.values()), float), normal, best),
        best=0.0,
        moving=True,
        optimum={f"x{j}": float(x) for j, x in enumerate(best)},
        trials=100,
    )


def _few(name: str, seed: int) -> Problem:
    place = np.random.RandomState(5000 + seed).uniform(size=1)
    return Problem(
        name=name,
        group="few",
        space=box(1, 0, 1),
        f=_vector(lambda x: float(np.sum(x * x)), place),
        best=0.0,
        moving=True,
        optimum={"x0": float(place[0])},
        trials=16,
    )


# ---- wide
def _wide(name: str, seed: int) -> Problem:
    """Hide the six columns of Hartmann's function among many; the best value stays the same."""
    columns = np.random.RandomState(seed).permutation(WIDE)[: len(HARTMANN6.argmin)]
    best = np.full(WIDE, 0.5)
    best[columns] = HARTMANN6.argmin
    return Problem(
        name=name,
        group="wide",
        space=box(WIDE, 0, 1),
        f=lambda config: float(HARTMANN6.g(np.array(list(config.values()), float)[columns])),
        best=HARTMANN6.best,
        moving=True,
        optimum={f"x{j}": float(x) for j, x in enumerate(best)},
    )


# ---- tables of real trainings
def _tables() -> Any:  # noqa: ANN401  a module
    return importlib.import_module("tables")


def _table(group: str) -> Callable[[str, int], Problem]:
    def make(name: str, _: int) -> Problem:
        table = _tables().load(name)
        return Problem(name=name, group=group, space=table.space, f=table.value, best=table.best)

    return make


def _table_names(group: str) -> Callable[[], list[str]]:
    def names() -> list[str]:
        if importlib.util.find_spec("tables") is None:
            return []
        listed = getattr(_tables(), group.upper())
        return [name for name in listed if (_tables().FOLDER / f"{name}.npz").exists()]

    return names


# ---- conditional
def _conditional(name: str, seed: int) -> Problem:
    moves = name == "pipeline_moved"
    floors, places = pipeline.moved(seed) if moves else (pipeline.FLOORS, pipeline.PLACES)
    return Problem(
        name=name,
        group="conditional",
        space=pipeline.SPACE,
        f=lambda config: pipeline.loss(config, floors, places),
        best=min(floors.values()),
        moving=moves,
        optimum=pipeline.optimum(floors, places),
    )


Maker = tuple[Callable[[], list[str]], Callable[[str, int], Problem]]


def _maker(group: str) -> Maker:
    makers: dict[str, Maker] = {
        "synthetic": (lambda: list(SYNTHETIC), _synthetic),
        "shifted": (lambda: [f"shifted_{n}" for n in TO_SHIFT], _shifted),
        "reference": (forests.names, forests.make),
        "tune": (_table_names("tune"), _table("tune")),
        "confirm": (_table_names("confirm"), _table("confirm")),
        "hpobench": (outside.hpobench_names, outside.hpobench),
        "mixint": (outside.mixint_names, outside.mixint),
        "conditional": (lambda: ["pipeline", "pipeline_moved"], _conditional),
        "bent": (lambda: ["cliff4"], _bent),
        "few": (lambda: ["bowl1"], _few),
        "wide": (lambda: ["hartmann6_in_50"], _wide),
        "latency": (lambda: list(LATENCY), _latency),
    }
    return makers[group]
