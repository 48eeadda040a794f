"""Search problems made of real trainings: whole grids of models, straight lines in between.

Each file in `tables/` holds what `make_tables.py` measured: one model family on one data set, the
validation metric at every node of a grid of hyperparameters. Here a file becomes a problem that any
tuner can search: floats and integers are interpolated between the nodes, one parameter after the
other (multilinear), on their own scale; categories are looked up. So a smallest value always is a
node, a training that happened, and nothing is invented in between but straight lines.

The metric is minimised: log-loss (probabilities clipped at 1e-5), or for regression the root mean
squared error over the standard deviation of the validation targets, at most 10. A training that
diverged counts as the worst value its metric can have (11.51 or 10), never as nan.

Needs numpy and the standard library only.
"""

import functools
import json
import math
from bisect import bisect_right
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent / "tables"
FAMILIES = ("svm", "forest", "boosting", "network", "knn")

# Fixed before anything was tuned, and by data set: a tuner that was adjusted to one model on some
# data has seen something of every other model on that data.
TUNE_DATA = ("digits", "diamonds", "chile")
CONFIRM_DATA = ("fashion", "computers", "weather", "cancer")

TUNE = tuple(f"{family}_{data}" for data in TUNE_DATA for family in FAMILIES)
CONFIRM = tuple(f"{family}_{data}" for data in CONFIRM_DATA for family in FAMILIES)

Space = dict[str, dict[str, Any]]  # name -> what it may be; parents come before their children
Config = dict[str, Any]  # name -> value, of the parameters that are alive

SLACK = 1e-9  # how far outside, relative to the range, rounding may have carried a number


def alive(parameter: dict[str, Any], config: Config) -> bool:
    """Say whether a parameter exists, given the categories chosen so far."""
    if "when" not in parameter:
        return True
    parent, values = parameter["when"]
    return parent in config and config[parent] in values


def branches(space: Space) -> list[Config]:
    """List every way to choose the categories; those that are dead are left out.

    Example:
        >>> kind = {"t": "cat", "choices": ["a", "b"], "ordered": False}
        >>> flag = {"t": "cat", "choices": [False, True], "ordered": False, "when": ["kind", ["b"]]}
        >>> branches({"kind": kind, "flag": flag})
        [{'kind': 'a'}, {'kind': 'b', 'flag': False}, {'kind': 'b', 'flag': True}]
    """
    found: list[Config] = [{}]
    for name, parameter in space.items():
        if parameter["t"] == "cat":
            found = [
                {**config, **choice}
                for config in found
                for choice in (
                    [{name: value} for value in parameter["choices"]]
                    if alive(parameter, config)
                    else [{}]
                )
            ]
    return found


def numbers(space: Space, branch: Config) -> list[str]:
    """Name the floats and integers that are alive in a branch, in the order of the space."""
    return [name for name, p in space.items() if p["t"] != "cat" and alive(p, branch)]


def grid(space: Space, nodes: dict[str, list[float]]) -> Iterator[Config]:
    """Go through all nodes, in the order in which a table stores them."""
    for branch in branches(space):
        names = numbers(space, branch)
        for values in product(*(nodes[name] for name in names)):
            yield {**branch, **dict(zip(names, values, strict=True))}


def draw(space: Space, rng: np.random.Generator) -> Config:
    """Draw one configuration at random, uniformly on each parameter's scale."""
    config: Config = {}
    for name, p in space.items():
        if not alive(p, config):
            continue
        if p["t"] == "cat":
            config[name] = p["choices"][rng.integers(len(p["choices"]))]
            continue
        half = 0.5 if p["t"] == "int" else 0.0
        ends = p["lo"] - half, p["hi"] + half
        low, high = (math.log(end) for end in ends) if p["log"] else ends
        number = rng.uniform(low, high)
        number = min(max(math.exp(number) if p["log"] else number, p["lo"]), p["hi"])
        config[name] = round(number) if p["t"] == "int" else number
    return config


def place(nodes: list[float], number: float, *, log: bool) -> tuple[int, float]:
    """Find the node to the left of a number, and how far the number is on the way to the next.

    Example:
        >>> place([1.0, 10.0, 100.0], 10.0, log=True)
        (1, 0.0)
    """
    left = min(max(bisect_right(nodes, number) - 1, 0), len(nodes) - 2)
    low, high = nodes[left], nodes[left + 1]
    if number <= low or number >= high:
        return left, float(number >= high)
    if log:
        low, high, number = math.log(low), math.log(high), math.log(number)
    return left, min(max((number - low) / (high - low), 0.0), 1.0)


class Table:
    """One search problem.

    Attributes:
        name: Family and data set, such as "svm_digits".
        space: What may be chosen, as {name: {"t": "float" | "int", "lo", "hi", "log"} or
            {"t": "cat", "choices", "ordered"}}, some with "when": [parent, [values]].
        nodes: Where the trainings are, for each float and integer.
        best: The smallest final value of all trainings; nothing in the problem is below it.
        steps: Where on the way of a training its metric was taken; the last is the final value.
        about: How it was made: data, rows, metric, unit of the steps, seconds.
    """

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        with np.load(path, allow_pickle=False) as file:
            self.about: dict[str, Any] = json.loads(str(file["about"]))
            self.steps: list[float] = file["steps"].tolist()
            self.values = file["values"].astype(np.float64)  # (nodes, steps)
        self.space: Space = self.about.pop("space")
        self.nodes: dict[str, list[float]] = self.about.pop("nodes")
        self.best = float(self.values[:, -1].min())
        self._blocks = self._cut()

    def __len__(self) -> int:
        return len(self.values)

    def grid(self) -> Iterator[Config]:
        """Go through all trainings, in the order of `values`."""
        return grid(self.space, self.nodes)

    def value(self, config: Config) -> float:
        """Give the final metric, to be minimised; `config` has the parameters that are alive."""
        return float(self._row(config)[-1])

    def curve(self, config: Config) -> tuple[list[float], list[float]]:
        """Give the steps and the metric at each; one step where a family has no curve."""
        return list(self.steps), self._row(config).tolist()

    def _cut(self) -> dict[tuple[Any, ...], tuple[list[str], np.ndarray]]:
        """Cut the values into one block a branch, an axis for each number and one for the steps."""
        blocks, since = {}, 0
        for branch in branches(self.space):
            names = numbers(self.space, branch)
            shape = [len(self.nodes[name]) for name in names]
            until = since + math.prod(shape)
            rows = self.values[since:until].reshape(*shape, len(self.steps))
            blocks[tuple(branch.items())] = names, rows
            since = until
        if since != len(self.values):
            raise ValueError(f"{self.name}: {len(self.values)} rows for a grid of {since}")
        return blocks

    def _row(self, config: Config) -> np.ndarray:
        """Interpolate along one number after the other, until only the steps are left."""
        branch = tuple((n, config.get(n)) for n, p in self.space.items() if self._chosen(p, config))
        if branch not in self._blocks:
            raise ValueError(f"{self.name}: no such categories: {dict(branch)}")
        names, block = self._blocks[branch]
        expected = {*dict(branch), *names}
        if config.keys() != expected:
            raise ValueError(f"{self.name}: expected {sorted(expected)}, got {sorted(config)}")
        for name in names:
            left, part = self._place(name, config[name])
            block = block[left + int(part)] if part in (0.0, 1.0) else between(block, left, part)
        return block

    @staticmethod
    def _chosen(parameter: dict[str, Any], config: Config) -> bool:
        return parameter["t"] == "cat" and alive(parameter, config)

    def _place(self, name: str, number: float) -> tuple[int, float]:
        """Place a number among its nodes, or refuse it."""
        p = self.space[name]
        slack = SLACK * (p["hi"] - p["lo"]) if p["t"] == "float" else 0.0
        if not p["lo"] - slack <= number <= p["hi"] + slack:
            raise ValueError(f"{self.name}: {name} must be in {p['lo']} … {p['hi']}, got {number}")
        if p["t"] == "int" and number != int(number):
            raise ValueError(f"{self.name}: {name} must be whole, got {number}")
        return place(self.nodes[name], number, log=p["log"])


def between(block: np.ndarray, left: int, part: float) -> np.ndarray:
    """Go the part of the way from one slice to the next, and never beyond either."""
    low, high = block[left], block[left + 1]
    return np.clip(low + part * (high - low), np.minimum(low, high), np.maximum(low, high))


@functools.cache
def load(name: str) -> Table:
    """Read a problem of `TUNE` or `CONFIRM`, once a process."""
    return Table(FOLDER / f"{name}.npz")
