"""Train small networks on digits and write down two metrics of each: what `multi_task.py` reads.

    python benchmarks/make_metric_pair.py

Every point (learning rate, weight decay) is trained REPEATS times, on other rows and from other
weights: what differs between repeats is noise, and whether the noises of loss and error go together
can be read off. A minute of one core; needs scikit-learn.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

OUT = Path(__file__).parent / "results" / "metric_pair.json"
POINTS, REPEATS, TRAIN, TEST = 64, 4, 300, 500


def trained(place: np.ndarray, seed: int) -> tuple[float, float]:
    """Give validation log-loss and error of one training at a place of the unit square."""
    X, y = load_digits(return_X_y=True)
    rows = np.random.default_rng(seed).permutation(len(y))
    train, test = rows[:TRAIN], rows[TRAIN : TRAIN + TEST]
    model = MLPClassifier(
        hidden_layer_sizes=(24,),
        learning_rate_init=10 ** (-3.5 + 2.5 * place[0]),
        alpha=10 ** (-4 + 5 * place[1]),
        max_iter=12,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that twelve rounds are few
        model.fit(X[train] / 16, y[train])
    chances = model.predict_proba(X[test] / 16).clip(1e-5, 1)
    chances /= chances.sum(axis=1, keepdims=True)
    return log_loss(y[test], chances), float(np.mean(chances.argmax(axis=1) != y[test]))


def main() -> None:
    """Train all and write."""
    places = np.random.default_rng(0).random((POINTS, 2))
    runs = [
        [trained(place, REPEATS * i + j) for j in range(REPEATS)] for i, place in enumerate(places)
    ]
    rounded = {"metrics": ["log_loss", "error"], "X": places.round(6).tolist()}
    rounded["Y"] = np.array(runs).round(6).tolist()
    OUT.write_text(json.dumps(rounded) + "\n")
    Y = np.array(runs)
    rest = (np.log(Y[:, :, :]) - np.log(Y).mean(axis=1, keepdims=True)).reshape(-1, 2)
    print("noise correlation of the logarithms over repeats", np.corrcoef(rest.T)[0, 1].round(3))


if __name__ == "__main__":
    main()
