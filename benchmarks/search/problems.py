"""The problems: `problem(name, seed)` gives one, `names(group)` says which there are.

All are minimised. Groups:

    synthetic    7 functions with fixed optima
    shifted      9 functions whose optimum moves with the seed, by up to 0.3 of the box per axis:
                 starting in the centre earns nothing
    reference    6 forests, fitted to the log of the loss of real trainings of scikit-learn models
                 (ExtraTrees of 40 trees on 245 to 2,046 Sobol points of each space, 3-fold log-loss;
                 for diabetes RMSE / sd), exported to arrays that numpy walks: reference_tables/
    tune         tables of real trainings made by `tables.py`: design choices may look at these
    confirm      the same, and design choices may not
    hpobench     8 networks of HPOBench, 30,000 grid points each; see `make_hpobench.py`
    mixint       mixed-integer BBOB in 5 and 10 dimensions; needs the package coco-experiment
    conditional  `pipeline.py`, as it is and moved by the seed
    latency      two boxes to time suggestions on
"""

import contextlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pipeline
from functions import (
    HARTMANN6,
    TO_SHIFT,
    Function,
    ackley,
    branin,
    levy,
    rosenbrock_log,
    styblinski_tang,
)
from spaces import Config, Space, Spec, box, choice, integer, real

HERE = Path(__file__).parent
SHIFT = 0.3
GROUPS = (
    "synthetic",
    "shifted",
    "reference",
    "tune",
    "confirm",
    "hpobench",
    "mixint",
    "conditional",
    "latency",
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something to minimise.

    Attributes:
        f: the noise-free value of a config.
        best: the lowest value that is known.
        noise: standard deviation of what `observe` adds.
        moving: the landscape depends on the seed.
        optimum: where `best` is, if known.
        trials: a full budget.
    """

    name: str
    group: str
    space: Space
    f: Callable[[Config], float]
    best: float
    noise: float = 0.0
    moving: bool = False
    optimum: Config | None = field(default=None, repr=False)
    trials: int = 60

    def observe(self, config: Config, seed: int, trial: int) -> float:
        """Measure, with the noise that this trial of this seed has for every tool."""
        value = self.f(config)
        if self.noise:
            rng = np.random.RandomState((seed * 100003 + trial) % 2**32)
            value += self.noise * float(rng.randn())
        return value


def names(group: str) -> list[str]:
    """List a group's problems: those that can be made here, now."""
    return _maker(group)[0]()


def problem(name: str, seed: int = 0) -> Problem:
    """Make a problem; the seed matters to those that move."""
    for group in GROUPS:
        if name in names(group):
            return _maker(group)[1](name, seed)
    raise KeyError(f"no problem {name!r} here; see names(group)")


def cache_folder() -> Path:
    """Give the folder for what is made once and kept outside the repository."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tuner-benchmarks"


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


# ---- reference: forests
FOREST_SPACES: dict[str, Space] = {
    "svc": {
        "C": real(1e-3, 1e3, log=True),
        "gamma": real(1e-5, 10.0, log=True),
        "kernel": choice("linear", "rbf", "poly", "sigmoid"),
    },
    "rf": {
        "n_estimators": integer(5, 100),
        "max_depth": integer(1, 20),
        "max_features": real(0.05, 1.0),
        "min_samples_split": integer(2, 40),
        "criterion": choice("gini", "entropy"),
    },
    "hgb": {
        "learning_rate": real(1e-3, 1.0, log=True),
        "max_iter": integer(5, 100),
        "max_leaf_nodes": integer(2, 32),
        "l2_regularization": real(1e-6, 1e2, log=True),
        "min_samples_leaf": integer(1, 60),
    },
    "mlp": {
        "layers": integer(1, 3),
        "units": integer(4, 128, log=True),
        "alpha": real(1e-6, 1.0, log=True),
        "lr_init": real(1e-4, 1e-1, log=True),
        "batch_size": integer(8, 128, log=True),
        "activation": choice("relu", "tanh", "logistic"),
        "solver": choice("adam", "sgd", "lbfgs"),
    },
}


class Forest:
    """An exported ensemble of trees over the log of a loss."""

    def __init__(self, path: Path, space: Space) -> None:
        with np.load(path) as arrays:
            self.arrays = dict(arrays)
        self.space = space

    def features(self, config: Config) -> list[float]:
        """Give numbers scaled to their ends first, then every category one-hot."""
        numbers = [(s, config[n]) for n, s in self.space.items() if s["t"] != "cat"]
        categories = [(s, config[n]) for n, s in self.space.items() if s["t"] == "cat"]
        one_hot = [float(value == c) for s, value in categories for c in s["choices"]]
        return [_between_ends(s, value) for s, value in numbers] + one_hot

    def __call__(self, config: Config) -> float:
        """Walk all trees at once."""
        a = self.arrays
        x = np.asarray(self.features(config), np.float32)
        node = a["roots"]
        while True:
            leaf = a["left"][node] < 0
            if leaf.all():
                return float(np.exp(a["value"][node].astype(float).mean()))
            left = x[np.maximum(a["feature"][node], 0)] <= a["threshold"][node]
            node = np.where(leaf, node, np.where(left, a["left"][node], a["right"][node]))


def _between_ends(spec: Spec, value: float) -> float:
    lo, hi = spec["lo"], spec["hi"]
    if spec["log"]:
        return float(np.log(value / lo) / np.log(hi / lo))
    return (value - lo) / (hi - lo)


@cache
def _forests() -> dict[str, dict[str, float]]:
    return json.loads((HERE / "reference_tables" / "info.json").read_text(encoding="utf-8"))


@cache
def _forest(name: str) -> Forest:
    space = FOREST_SPACES[name.split("_", 1)[0]]
    return Forest(HERE / "reference_tables" / f"{name}.npz", space)


def _reference(name: str, _: int) -> Problem:
    forest = _forest(name)
    best = _forests()[name]["best"]
    return Problem(name=name, group="reference", space=forest.space, f=forest, best=best)


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


# ---- hpobench
@cache
def _hpobench() -> dict[str, Any] | None:
    path = cache_folder() / "hpobench.npz"
    if not path.exists():
        return None
    with np.load(path) as arrays:
        return dict(arrays)


def _hpobench_names() -> list[str]:
    return [f"hpobench_{n}" for n in _hpobench() or {} if not n.startswith("level_")]


def _hpobench_problem(name: str, _: int) -> Problem:
    """Look up 1 - validation accuracy, the mean over HPOBench's five seeds; a grid of levels."""
    arrays = _hpobench() or {}
    levels = {k[6:]: v.tolist() for k, v in arrays.items() if k.startswith("level_")}
    places = {k: {value: i for i, value in enumerate(v)} for k, v in levels.items()}
    table = arrays[name.removeprefix("hpobench_")]

    def f(config: Config) -> float:
        return float(table[tuple(places[k][config[k]] for k in places)])

    best = np.unravel_index(int(np.argmin(table)), table.shape)
    return Problem(
        name=name,
        group="hpobench",
        space={k: choice(*v, ordered=True) for k, v in levels.items()},
        f=f,
        best=float(table.min()),
        optimum={k: v[i] for (k, v), i in zip(levels.items(), best, strict=True)},
    )


# ---- mixed-integer BBOB
MIXINT = {
    f"mixint_f{function:02d}_d{d:02d}": (function, d)
    for d in (5, 10)
    for function in (3, 6, 8, 15, 17, 21)
}


def _mixint_names() -> list[str]:
    return list(MIXINT) if importlib.util.find_spec("cocoex") else []


@cache
def _mixint(name: str, _: int) -> Problem:
    """Take instance 1; COCO's suite says which of the leading columns are integers."""
    cocoex = importlib.import_module("cocoex")
    function, d = MIXINT[name]
    suite = cocoex.Suite(
        "bbob-mixint", "", f"function_indices:{function} dimensions:{d} instance_indices:1"
    )
    bbob = suite.get_problem(0)
    optimum = _mixint_optimum(bbob)
    ends = zip(bbob.lower_bounds.tolist(), bbob.upper_bounds.tolist(), strict=True)
    whole = bbob.number_of_integer_variables
    space = {
        f"x{j}": integer(int(lo), int(hi)) if j < whole else real(lo, hi)
        for j, (lo, hi) in enumerate(ends)
    }
    holder = (suite, bbob)  # a problem of COCO dies with its suite

    def f(config: Config) -> float:
        return float(holder[1](np.array(list(config.values()), float)))

    argmin = {n: (int if s["t"] == "int" else float)(optimum[n]) for n, s in space.items()}
    return Problem(name=name, group="mixint", space=space, f=f, best=f(argmin), optimum=argmin)


def _mixint_optimum(bbob: Any) -> Config:  # noqa: ANN401
    """Ask COCO where the minimum is: it says so only in a file, in the working folder."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        bbob._best_parameter("print")
        (file,) = Path().iterdir()
        values = [float(number) for number in file.read_text(encoding="utf-8").split()]
    return {f"x{j}": value for j, value in enumerate(values)}


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
        "reference": (lambda: list(_forests()), _reference),
        "tune": (_table_names("tune"), _table("tune")),
        "confirm": (_table_names("confirm"), _table("confirm")),
        "hpobench": (_hpobench_names, _hpobench_problem),
        "mixint": (_mixint_names, _mixint),
        "conditional": (lambda: ["pipeline", "pipeline_moved"], _conditional),
        "latency": (lambda: list(LATENCY), _latency),
    }
    return makers[group]
