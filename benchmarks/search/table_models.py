"""The model families of the tables that come from scikit-learn or are a few lines of numpy.

A family says which space it has on a data set, and trains one configuration; what it returns is the
validation metric at each step of the training. `table_network.py` has the family that trains many
configurations at a time.
"""

import functools
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler
from sklearn.svm import SVC, SVR
from table_data import Data, load_data

Config = dict[str, Any]

WORST_LOG_LOSS = float(-np.log(1e-5))
WORST_ERROR = 10.0
TREES = [1, 2, 3, 5, 8, 12, 17, 24]
ROUNDS = [2, 4, 7, 10, 15, 20, 27, 36, 48]
FEW_ROUNDS = [
    1,
    2,
    3,
    5,
    7,
    10,
    14,
    18,
    24,
]  # a round is one tree a class, where there are more than two
ITERATIONS = 5000  # where libsvm stops at the latest; costs nothing where it converges

SCALERS = {
    "standard": StandardScaler,
    "minmax": MinMaxScaler,
    "rank": functools.partial(QuantileTransformer, n_quantiles=100),
}


# ---- how a space is written: every number with its nodes
def real(low: float, high: float, count: int, *, log: bool = True, **more: object) -> Config:
    """Describe a float with evenly spaced nodes."""
    spaced = np.geomspace if log else np.linspace
    nodes = [float(f"{x:.6g}") for x in spaced(low, high, count)]
    return {"t": "float", "lo": nodes[0], "hi": nodes[-1], "log": log, "nodes": nodes, **more}


def whole(*nodes: int, log: bool = True, **more: object) -> Config:
    """Describe an integer by its nodes."""
    return {"t": "int", "lo": nodes[0], "hi": nodes[-1], "log": log, "nodes": [*nodes], **more}


def choice(*values: object, ordered: bool = False, **more: object) -> Config:
    """Describe a category."""
    return {"t": "cat", "choices": [*values], "ordered": ordered, **more}


def switch() -> Config:
    """Describe what is off or on."""
    return choice(*[False, True])


# ---- the metric
def metric(data: Data, predicted: np.ndarray) -> float:
    """Measure probabilities, or standardised predictions, on the validation rows; (n, m)."""
    if data.classify:
        right = (predicted * data.Y_valid).sum(1)
        return float(-np.log(np.clip(np.nan_to_num(right, nan=0.0), 1e-5, 1.0)).mean())
    error = np.sqrt(np.mean((predicted - data.Y_valid) ** 2)) / data.Y_valid.std()
    return float(min(np.nan_to_num(error, nan=WORST_ERROR), WORST_ERROR))


@functools.lru_cache(maxsize=64)
def scaled(name: str, scale: str, components: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Give training and validation columns on one scale, and perhaps only their main directions."""
    data = load_data(name)
    scaler = SCALERS[scale]().fit(data.X)
    X, X_valid = scaler.transform(data.X), scaler.transform(data.X_valid)
    if components is None:
        return X, X_valid
    pca = PCA(components, whiten=False, random_state=0).fit(X)
    return pca.transform(X), pca.transform(X_valid)


# ---- support vectors
def svm_space(data: Data) -> Config:
    """A kernel that decides what else there is; regression has the width of the tube."""
    curved = ["rbf", "poly", "sigmoid"]
    space = {
        "C": real(1e-3, 1e4, 12 if data.classify else 10),
        "kernel": choice("linear", *curved),
        "gamma": real(1e-5, 10.0, 11 if data.classify else 10, when=["kernel", curved]),
        "degree": whole(2, 3, 4, log=False, when=["kernel", ["poly"]]),
        "coef0": real(0.0, 2.0, 3, log=False, when=["kernel", ["poly"]]),
        "scale": choice("standard", "minmax"),
    }
    if not data.classify:
        space["epsilon"] = real(0.01, 1.0, 3)
    return space


def train_svm(data: Data, config: Config) -> list[float]:
    """Fit; a classifier's margins become probabilities on a quarter of the rows kept for that."""
    X, X_valid = scaled(data.name, config["scale"])
    options = {k: v for k, v in config.items() if k != "scale"} | {"max_iter": ITERATIONS}
    if not data.classify:
        return [metric(data, SVR(**options).fit(X, data.y).predict(X_valid)[:, None])]
    kept = len(X) // 4
    model = SVC(**options, decision_function_shape="ovo").fit(X[kept:], data.y[kept:])
    margins = class_margins(model.decision_function(np.vstack([X[:kept], X_valid])))
    return [metric(data, calibrated(margins[:kept], data.Y[:kept], margins[kept:]))]


def class_margins(pairs: np.ndarray) -> np.ndarray:
    """Add up, for each class, its margins against every other: (n, pairs) to (n, classes)."""
    if pairs.ndim == 1:
        return np.column_stack([-pairs, pairs])
    classes = round((1 + np.sqrt(1 + 8 * pairs.shape[1])) / 2)
    first, second = np.triu_indices(classes, 1)
    signs = np.zeros((pairs.shape[1], classes))
    signs[np.arange(len(first)), first], signs[np.arange(len(first)), second] = 1.0, -1.0
    return pairs @ signs


def calibrated(margins: np.ndarray, Y: np.ndarray, margins_valid: np.ndarray) -> np.ndarray:
    """Fit one slope and an intercept a class by maximum likelihood, as Platt does for two."""
    unit = max(float(margins.std()), 1e-9)
    S, S_valid = margins / unit, margins_valid / unit

    def loss(v: np.ndarray) -> tuple[float, np.ndarray]:
        P = softmax(v[0] * S + v[1:])
        G = (P - Y) / len(Y)
        value = -np.log((P * Y).sum(1) + 1e-12).mean() + 1e-3 * (v @ v)
        return value, np.append((G * S).sum(), G.sum(0)) + 2e-3 * v

    start = np.append(1.0, np.zeros(Y.shape[1]))
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 50}).x
    return softmax(best[0] * S_valid + best[1:])


def softmax(Z: np.ndarray) -> np.ndarray:
    """Turn rows of scores into probabilities."""
    E = np.exp(Z - Z.max(1, keepdims=True))
    return E / E.sum(1, keepdims=True)


# ---- forests
def forest_space(data: Data) -> Config:
    """Two kinds of trees; how many rows a tree sees only where rows are drawn at all."""
    space = {
        "kind": choice("random", "extra"),
        "max_features": real(0.04, 1.0, 6),
        "min_samples_leaf": whole(1, 2, 5, 12, 32) if data.classify else whole(1, 2, 4, 8, 16, 32),
        "max_depth": whole(2, 4, 8, 16) if data.classify else whole(2, 3, 5, 7, 11, 16),
        "bootstrap": switch(),
        "max_samples": real(0.1, 1.0, 4, log=False, when=["bootstrap", [True]]),
    }
    if data.classify:
        space["criterion"] = choice("gini", "entropy")
    return space


FORESTS = {
    ("random", True): RandomForestClassifier,
    ("extra", True): ExtraTreesClassifier,
    ("random", False): RandomForestRegressor,
    ("extra", False): ExtraTreesRegressor,
}


def train_forest(data: Data, config: Config) -> list[float]:
    """Grow all trees, then measure the mean of the first so many."""
    options = {k: v for k, v in config.items() if k != "kind"}
    grow = FORESTS[config["kind"], data.classify]
    model = grow(TREES[-1], random_state=0, **options).fit(data.X, data.y)
    X_valid = data.X_valid.astype(np.float32)
    votes = np.stack([tree.tree_.predict(X_valid) for tree in model.estimators_])
    means = np.cumsum(votes.reshape(len(votes), len(X_valid), -1), 0)
    return [metric(data, means[count - 1] / count) for count in TREES]


# ---- boosting
def boosting_space(_: Data) -> Config:
    """Trees that end by their leaves, or by their depth; learning rates up to absurd ones."""
    return {
        "learning_rate": real(0.01, 2.0, 8),
        "growth": choice("leaves", "depth"),
        "max_leaf_nodes": whole(2, 4, 10, 31, when=["growth", ["leaves"]]),
        "max_depth": whole(1, 2, 4, 8, when=["growth", ["depth"]]),
        "min_samples_leaf": whole(1, 8, 64),
        "l2_regularization": real(1e-3, 100.0, 4),
        "max_features": real(0.1, 1.0, 3, log=False),
    }


def rounds(data: Data) -> list[int]:
    """After how many rounds of boosting the metric is taken."""
    return FEW_ROUNDS if data.Y.shape[1] > 2 else ROUNDS


def train_boosting(data: Data, config: Config) -> list[float]:
    """Boost once, and look at the predictions on the way."""
    steps = rounds(data)
    options = {k: v for k, v in config.items() if k != "growth"}
    options.setdefault("max_leaf_nodes", None)
    kind = HistGradientBoostingClassifier if data.classify else HistGradientBoostingRegressor
    model = kind(
        max_iter=steps[-1], max_bins=32, early_stopping=False, random_state=0, **options
    ).fit(data.X, data.y)
    stages = model.staged_predict_proba if data.classify else model.staged_predict
    found = list(stages(data.X_valid))
    found += [found[-1]] * (steps[-1] - len(found))  # boosting ends when nothing can be split
    return [metric(data, found[step - 1].reshape(len(data.X_valid), -1)) for step in steps]


# ---- neighbours
def knn_space(data: Data) -> Config:
    """How far, by which distance and between what."""
    d = data.X.shape[1]
    nodes = sorted({round(k) for k in np.geomspace(2, min(32, d - 1), 4)})
    return {
        "k": whole(1, 2, 4, 8, 15, 28, 53, 100, 190 if len(data.X) > 300 else 140),
        "weights": choice("uniform", "distance"),
        "power": real(0.5, 32.0, 4, when=["weights", ["distance"]]),
        "metric": choice("minkowski", "cosine"),
        "p": real(1.0, 4.0, 3, when=["metric", ["minkowski"]]),
        "scale": choice(*SCALERS),
        "pca": switch(),
        "components": whole(*nodes, when=["pca", [True]]),
        "smoothing": real(1e-4, 10.0, 4),
    }


@functools.lru_cache(maxsize=64)
def neighbours(
    name: str, scale: str, components: int | None, distance: str, p: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Give, for each validation row, all training rows by distance, and these distances."""
    X, X_valid = scaled(name, scale, components)
    options = {} if p is None else {"p": p}
    D = np.nan_to_num(cdist(X_valid, X, distance, **options), nan=1.0)
    order = np.argsort(D, axis=1, kind="stable")
    return order, np.take_along_axis(D, order, 1)


def train_knn(data: Data, config: Config) -> list[float]:
    """Average over the neighbours, with `smoothing` more votes for the mean of the training set."""
    order, D = neighbours(
        data.name, config["scale"], config.get("components"), config["metric"], config.get("p")
    )
    k, alpha = config["k"], config["smoothing"]
    near = np.maximum(D[:, :k], 1e-9)
    weights = (near[:, :1] / near) ** config.get("power", 0.0)
    votes = np.einsum("nk,nkm->nm", weights, data.Y[order[:, :k]])
    prior = data.Y.mean(0)
    return [metric(data, (votes + alpha * prior) / (weights.sum(1, keepdims=True) + alpha))]
