"""Tasks with older studies beside them: `tasks(family)` lists them, `task(family, name, seed)` makes one.

    related     a function whose optimum, scale and offset move a little from study to study: 3 older
    hpobench    a network on one data set of HPOBench, the other 7 data sets older
    tables      a model family on one data set of our tables, its other data sets older
    grown       6 parameters in the older studies, 8 now
    negated     `related` with the older results turned over
    shuffled    `related` with the older results dealt out at random
    stranger    `related` with the results of another function at the older points

An older study is 40 trials of this project's search on the older task, from nothing.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
from environments import cache_folder
from functions import TO_SHIFT, Function
from problems import names, problem
from spaces import Config, Space, box
from tools import node

FAMILIES = ("related", "hpobench", "tables", "grown", "negated", "shuffled", "stranger")
MISLEADING = ("negated", "shuffled", "stranger")
OLDER, OLDER_TRIALS = 3, 40
FAR, NEAR = (
    0.3,
    0.05,
)  # of the box: the optimum of all studies moves with the seed, of each by itself
KNOWN = 6  # parameters of the older studies of a grown space
GROWN = {
    f"{name[:-1]}8": Function(
        g=TO_SHIFT[name].g, lo=TO_SHIFT[name].lo, hi=TO_SHIFT[name].hi, argmin=np.full(8, at)
    )
    for name, at in (("ackley5", 0.0), ("levy6", 1.0), ("griewank6", 0.0), ("powell8", 0.0))
}
SIDES = ("tune", "confirm")

Row = tuple[Config, float]


@dataclass(frozen=True, kw_only=True)
class Task:
    """Something to minimise, and older studies of something like it.

    Attributes:
        older: the trials of each older study, by its name.
        spaces: what each of them searched.
    """

    space: Space
    f: Callable[[Config], float]
    best: float
    older: dict[str, list[Row]]
    spaces: dict[str, Space]


def tasks(family: str) -> list[str]:
    """List the tasks of a family."""
    if family == "hpobench":
        return names("hpobench")
    if family == "tables":
        return [name for side in SIDES for name in names(side)]
    return list(GROWN if family == "grown" else TO_SHIFT)


def task(family: str, name: str, seed: int) -> Task:
    """Make a task, with the older studies of this seed."""
    match family:
        case "hpobench":
            return _real(name, [other for other in names("hpobench") if other != name], seed)
        case "tables":
            model = name.split("_", maxsplit=1)[0]
            alike = [o for side in SIDES for o in names(side) if o.startswith(f"{model}_")]
            return _real(name, [other for other in alike if other != name], seed)
        case "related" | "grown":
            return _moved(name, seed, grown=family == "grown")
        case _:
            sound = _moved(name, seed)
            twist = _TWISTS[family]
            rng = np.random.default_rng(seed)
            older = {of: twist(rows, rng) for of, rows in sound.older.items()}
            return replace(sound, older=older)


def _real(name: str, others: list[str], seed: int) -> Task:
    here = problem(name)
    older = {
        other: _searched(f"{other}-{seed}", problem(other).space, problem(other).f, seed)
        for other in others
    }
    spaces = {other: problem(other).space for other in others}
    return Task(space=here.space, f=here.f, best=here.best, older=older, spaces=spaces)


def _moved(name: str, seed: int, *, grown: bool = False) -> Task:
    """Move the optimum, and of older studies the scale and the offset as well.

    A grown space has two parameters more than the older studies, of which the function asks little.
    """
    function = GROWN[name] if grown else TO_SHIFT[name]
    d = len(function.argmin)
    known = KNOWN if grown else d
    width = function.hi - function.lo
    space = box(d, function.lo, function.hi)

    far = FAR * width * np.random.default_rng([seed, len(name)]).uniform(-1, 1, d)

    def made(number: int) -> tuple[Callable[[Config], float], np.ndarray]:
        rng = np.random.default_rng([seed, len(name), number + 1])
        shift = far + NEAR * width * rng.uniform(-1, 1, d)
        place = (function.argmin - function.lo) / width
        shift = np.clip(shift, (0.02 - place) * width, (0.98 - place) * width)
        scale, offset = (np.exp(rng.normal()), rng.normal()) if number else (1.0, 0.0)
        middle = function.argmin + shift

        def f(config: Config) -> float:
            x = np.array([config.get(f"x{j}", middle[j]) for j in range(d)], dtype=float)
            return float(scale * function.g(x - shift) + offset)

        return f, middle

    older = {}
    their = {key: spec for key, spec in space.items() if int(key[1:]) < known}
    for number in range(1, OLDER + 1):
        f, _ = made(number)
        older[f"{name}-{number}"] = _searched(
            f"{name}-{known}-{number}-{seed}-{NEAR}", their, f, 100 * number + seed
        )
    spaces = dict.fromkeys(older, their)
    return Task(space=space, f=made(0)[0], best=function.best, older=older, spaces=spaces)


def _searched(key: str, space: Space, f: Callable[[Config], float], seed: int) -> list[Row]:
    """Search an older task from nothing; what was found is kept in the cache folder."""
    file = cache_folder() / "older" / f"{key}.json"
    if file.exists():
        return [(config, value) for config, value in json.loads(file.read_text())]
    if find_spec("tuner") is None:
        raise SystemExit(
            f"{file} is not there: run `auto` on the same tasks first, it is made then"
        )
    study = import_module("tuner").Study.create(
        parameters={name: node(spec) for name, spec in space.items()},
        metric={"name": "loss", "goal": "minimize"},
        seed=seed,
    )
    rows: list[Row] = []
    for _ in range(OLDER_TRIALS):
        trial = study.ask()
        value = f(dict(trial.params))
        study.tell(trial, value)
        rows.append((dict(trial.params), value))
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(rows))
    fresh.replace(file)
    return rows


def _negated(rows: list[Row], _: np.random.Generator) -> list[Row]:
    return [(config, -value) for config, value in rows]


def _shuffled(rows: list[Row], rng: np.random.Generator) -> list[Row]:
    order = rng.permutation(len(rows))
    return [(config, rows[i][1]) for (config, _), i in zip(rows, order, strict=True)]


def _strange(rows: list[Row], rng: np.random.Generator) -> list[Row]:
    """Give the values of a random smooth function: a sum of waves."""
    X = np.array([[float(v) for v in config.values()] for config, _ in rows])
    low, high = X.min(axis=0), X.max(axis=0)
    X = (X - low) / np.where(high > low, high - low, 1.0)
    waves = rng.normal(0, 4, (20, X.shape[1]))
    values = np.cos(X @ waves.T + rng.uniform(0, 2 * np.pi, 20)) @ rng.normal(size=20)
    return [(config, float(value)) for (config, _), value in zip(rows, values, strict=True)]


_TWISTS: dict[str, Callable[[list[Row], np.random.Generator], list[Row]]] = {
    "negated": _negated,
    "shuffled": _shuffled,
    "stranger": _strange,
}


@cache
def yardstick(family: str, name: str, seed: int, trials: int) -> np.ndarray:
    """Give the median best value (trials,) of 50 random searches."""
    here = task("related" if family in MISLEADING else family, name, seed)
    draw: Any = import_module("spaces").random_config
    runs = []
    for k in range(50):
        rng = np.random.RandomState(k)
        values = [here.f(draw(here.space, rng)) for _ in range(trials)]
        runs.append(np.minimum.accumulate(values))
    return np.median(runs, axis=0)
