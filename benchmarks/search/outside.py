"""Problems that come from other people's packages: `hpobench` and `mixint`.

Both groups are empty where what they need is absent: the file that `make_hpobench.py` makes, and the
package coco-experiment.
"""

import contextlib
import importlib.util
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from environments import cache_folder
from landscape import Problem
from spaces import Config, choice, integer, real


@cache
def _arrays() -> dict[str, Any] | None:
    path = cache_folder() / "hpobench.npz"
    if not path.exists():
        return None
    with np.load(path) as arrays:
        return dict(arrays)


def hpobench_names() -> list[str]:
    """List the data sets, if the file was made."""
    return [f"hpobench_{n}" for n in _arrays() or {} if not n.startswith("level_")]


def hpobench(name: str, _: int) -> Problem:
    """Look up 1 - validation accuracy, the mean over HPOBench's five seeds; a grid of levels."""
    arrays = _arrays() or {}
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


MIXINT = {
    f"mixint_f{function:02d}_d{d:02d}": (function, d)
    for d in (5, 10)
    for function in (3, 6, 8, 15, 17, 21)
}


def mixint_names() -> list[str]:
    """List the functions, if COCO is here."""
    return list(MIXINT) if importlib.util.find_spec("cocoex") else []


@cache
def mixint(name: str, _: int) -> Problem:
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
