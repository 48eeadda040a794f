"""The group `reference`: six forests that stand in for real trainings of scikit-learn models.

How the files in `reference_tables/` were made: 245 to 2,046 points of a scrambled Sobol sequence over
each space below were trained and judged by 3-fold cross-validation (log-loss, probabilities clipped
at 1e-5; for diabetes root mean squared error over the standard deviation); 40 extremely randomised
trees were fitted to the log of that value and exported to the arrays that numpy walks here.
`info.json` has, for each, the number of points, R2 in 5-fold cross-validation and the lowest value that
60,000 random points and a local search from the best of them found.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
from landscape import Problem
from spaces import Config, Space, Spec, choice, integer, real

FOLDER = Path(__file__).parent / "reference_tables"
SPACES: dict[str, Space] = {
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


def names() -> list[str]:
    """List the forests."""
    return list(_forests())


@cache
def _forests() -> dict[str, dict[str, float]]:
    return json.loads((FOLDER / "info.json").read_text(encoding="utf-8"))


@cache
def _forest(name: str) -> Forest:
    space = SPACES[name.split("_", 1)[0]]
    return Forest(FOLDER / f"{name}.npz", space)


def make(name: str, _: int) -> Problem:
    """Read a forest, once a process."""
    forest = _forest(name)
    best = _forests()[name]["best"]
    return Problem(name=name, group="reference", space=forest.space, f=forest, best=best)
