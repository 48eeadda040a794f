"""A made-up but realistic pipeline: 14 parameters, 8 of them conditional, one of them twice.

Every model family has its own floor, its own bowl and, where it trains by gradients, a learning
rate beyond which it diverges. Each term of the loss is zero at a known place, so that the optimum is
known exactly. With a seed the families' floors change places and the bowls move.
"""

import math
from typing import Any

import numpy as np
from spaces import Config, Space, choice, integer, real, when

SPACE: Space = {
    "model": choice("linear", "svm", "boosting", "network"),
    "scaler": choice("none", "standard", "quantile"),
    "features": real(0.1, 1.0),
    "clip": real(1, 10, log=True),
    "weight": real(0.1, 10, log=True),
    "augment": integer(0, 5),
    "C": when("model", "linear", "svm", spec=real(1e-4, 1e4, log=True)),
    "kernel": when("model", "svm", spec=choice("rbf", "poly")),
    "gamma": when("model", "svm", spec=real(1e-5, 10, log=True)),
    "degree": when("kernel", "poly", spec=integer(2, 5)),
    "trees": when("model", "boosting", spec=integer(20, 2000, log=True)),
    "depth": when("model", "boosting", spec=integer(1, 12)),
    "learning_rate": when("model", "boosting", "network", spec=real(1e-5, 1, log=True)),
    "width": when("model", "network", spec=choice(32, 64, 128, 256, 512, 1024, ordered=True)),
}
FLOORS = {"linear": 0.32, "svm": 0.20, "boosting": 0.15, "network": 0.12}
PLACES: dict[str, Any] = {
    "scaler": "standard",
    "features": 0.7,
    "clip": 3.5,
    "weight": 1.6,
    "augment": 2,
    "C": {"linear": 0.05, "svm": 12.0},
    "gamma": {"rbf": 0.02, "poly": 0.15},
    "degree": 3,
    "trees": 400,
    "depth": 5,
    "learning_rate": {"boosting": 0.05, "network": 0.002},
    "width": 256,
}
SCALER_COST = {"linear": 0.06, "svm": 0.25, "boosting": 0.004, "network": 0.35}
WORST = 10.0  # what a diverged training reports


def moved(seed: int) -> tuple[dict[str, float], dict[str, Any]]:
    """Draw another pipeline: the floors are dealt anew, the bowls move by up to a decade or so."""
    rng = np.random.RandomState(9000 + seed)
    floors = dict(zip(FLOORS, rng.permutation(list(FLOORS.values())).tolist(), strict=True))
    places = dict(PLACES)
    places["scaler"] = str(rng.choice(["standard", "quantile"]))
    places["features"] = float(rng.uniform(0.3, 0.9))
    places["clip"], places["weight"] = (
        float(10 ** rng.uniform(*e)) for e in ((0.2, 0.8), (-0.5, 0.5))
    )
    places["augment"], places["degree"] = int(rng.randint(1, 5)), int(rng.randint(2, 5))
    places["trees"], places["depth"] = int(rng.randint(150, 1000)), int(rng.randint(3, 10))
    places["width"] = int(rng.choice([64, 128, 256, 512]))
    for name in ("C", "gamma", "learning_rate"):
        places[name] = {k: float(v * 10 ** rng.uniform(-0.8, 0.8)) for k, v in PLACES[name].items()}
    return floors, places


def loss(c: Config, floors: dict[str, float] = FLOORS, places: dict[str, Any] = PLACES) -> float:
    """Give the validation loss of one configuration."""
    family = c["model"]
    total = floors[family] + _preparation(c, places)
    match family:
        case "linear":
            total += 0.02 * _decades(c["C"], places["C"]["linear"]) ** 2
        case "svm":
            total += _svm(c, places)
        case "boosting":
            total += _boosting(c, places)
        case _:
            total += _network(c, places)
    return min(total, WORST)


def optimum(floors: dict[str, float] = FLOORS, places: dict[str, Any] = PLACES) -> Config:
    """Give the best configuration: every term but the lowest floor vanishes."""
    family = min(floors, key=floors.__getitem__)
    best: Config = {"model": family}
    for name, spec in SPACE.items():
        parent, values = spec.get("when", (None, ()))
        if name == "kernel":
            best |= {"kernel": "rbf"} if family == "svm" else {}
        elif name != "model" and (parent is None or best.get(parent) in values):
            place = places[name]
            key = best.get("kernel") if name == "gamma" else family
            best[name] = place[key] if isinstance(place, dict) else place
    return best


def _decades(value: float, place: float) -> float:
    return math.log10(value / place)


def _preparation(c: Config, places: dict[str, Any]) -> float:
    """Charge for what all families share; how much the scaler matters is the family's."""
    wrong = {"none": 1.0, "standard": 0.3, "quantile": 0.3}[c["scaler"]]
    cost = 0.0 if c["scaler"] == places["scaler"] else SCALER_COST[c["model"]] * wrong
    cost += 0.15 * (c["features"] - places["features"]) ** 2
    cost += 0.04 * _decades(c["clip"], places["clip"]) ** 2
    cost += 0.08 * _decades(c["weight"], places["weight"]) ** 2
    return cost + 0.006 * abs(c["augment"] - places["augment"])


def _svm(c: Config, places: dict[str, Any]) -> float:
    """Charge along the valley C · gamma, and for a polynomial of the wrong degree."""
    width = _decades(c["gamma"], places["gamma"][c["kernel"]])
    valley = _decades(c["C"], places["C"]["svm"]) + 0.8 * width
    cost = 0.25 * (1 - math.exp(-0.5 * width**2)) + 0.03 * valley**2
    if c["kernel"] == "poly":
        cost += 0.05 + 0.03 * abs(c["degree"] - places["degree"])
    return cost


def _boosting(c: Config, places: dict[str, Any]) -> float:
    """Charge for steps times trees being off: too little underfits slowly, too much overfits."""
    trees = _decades(c["trees"], places["trees"])
    total = _decades(c["learning_rate"], places["learning_rate"]["boosting"]) + trees
    cost = 0.012 * (c["depth"] - places["depth"]) ** 2 / (1 + 0.1 * c["depth"])
    return cost + (0.10 if total < 0 else 0.25) * total**2 + 0.03 * trees**2


def _network(c: Config, places: dict[str, Any]) -> float:
    """Charge for the learning rate, which falls with the width; six times of it diverges."""
    octaves = math.log2(c["width"] / places["width"])
    off = _decades(c["learning_rate"], places["learning_rate"]["network"]) + 0.15 * octaves
    cost = 0.5 * (1 - math.exp(-0.6 * off**2)) + 0.012 * octaves**2
    return cost if off < 0.8 else cost + 10 ** min(3 * (off - 0.8), 2)
