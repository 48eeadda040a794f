"""The neural network of the tables: a perceptron, trained by minibatches, many at a time.

All configurations of one shape, batch size and activation are trained together: their weights are
stacked, (n, in, out) for n networks, and each has its own solver, learning rate, momentum and
decay. They start from the same weights and see the same batches, as runs with one seed do. Nothing
keeps a large learning rate from diverging.
"""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from table_data import SEED, Data
from table_models import Config, choice, metric, real, scaled, whole
from torch import Tensor
from torch.nn import functional

EPOCHS = [1, 2, 3, 5, 8, 12, 18, 27, 40]
BETAS = 0.9, 0.999  # Adam's usual ones
SHAPE = "width", "layers", "batch", "activation", "solver"

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"relu": torch.relu, "tanh": torch.tanh}


def network_space(_: Data) -> Config:
    """What a network is usually tuned by; momentum is there for plain gradients only."""
    return {
        "lr": real(1e-4, 3.0, 8),
        "solver": choice("adam", "sgd"),
        "momentum": real(0.0, 0.95, 3, log=False, when=["solver", ["sgd"]]),
        "width": whole(8, 23, 64),
        "layers": whole(1, 2, 3, log=False),
        "batch": choice(16, 50, 200, ordered=True),
        "activation": choice("relu", "tanh"),
        "decay": real(1e-4, 1.0, 2),
    }


def train_networks(data: Data, configs: list[Config]) -> np.ndarray:
    """Train any number of configurations; give (n, checkpoints)."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    groups: dict[tuple[Any, ...], list[int]] = {}
    for k, config in enumerate(configs):
        groups.setdefault(tuple(config[name] for name in SHAPE), []).append(k)
    values = np.empty((len(configs), len(EPOCHS)))
    for members in groups.values():
        values[members] = train_group(data, [configs[k] for k in members])
    return values


def train_group(data: Data, configs: list[Config]) -> np.ndarray:
    """Train configurations that agree in all of `SHAPE`."""
    first = configs[0]
    X, X_valid = (torch.tensor(part, dtype=torch.float32) for part in scaled(data.name, "standard"))
    target = torch.tensor(data.y, dtype=torch.long if data.classify else torch.float32)
    act = ACTIVATIONS[first["activation"]]
    inner = [first["width"]] * first["layers"]
    weights = start(len(configs), [X.shape[1], *inner, data.Y.shape[1]])
    update = (Adam if first["solver"] == "adam" else Momentum)(weights, configs)
    rows = np.random.default_rng(SEED)
    values = []
    for epoch in range(1, EPOCHS[-1] + 1):
        for some in batches(rows.permutation(len(X)), first["batch"]):
            loss = losses(forward(weights, X[some], act), target[some], classify=data.classify)
            update(torch.autograd.grad(loss.sum(), weights))
        if epoch in EPOCHS:
            with torch.no_grad():
                values.append(measure(data, forward(weights, X_valid, act)))
    return np.stack(values, 1)


def start(count: int, sizes: list[int]) -> list[Tensor]:
    """Draw weights once and give them to all; matrices (n, in, out), then offsets (n, 1, out)."""
    draw = torch.Generator().manual_seed(SEED)
    weights = []
    for wide, narrow in pairwise(sizes):
        matrix = torch.randn(wide, narrow, generator=draw) * math.sqrt(1.5 / wide)
        weights += [matrix.repeat(count, 1, 1), torch.zeros(count, 1, narrow)]
    return [w.requires_grad_() for w in weights]


def batches(order: np.ndarray, size: int) -> Iterator[Tensor]:
    """Cut one pass over the rows into batches."""
    for since in range(0, len(order), size):
        yield torch.from_numpy(order[since : since + size])


def forward(weights: list[Tensor], X: Tensor, act: Callable[[Tensor], Tensor]) -> Tensor:
    """Give the outputs of all networks for the same rows: (n, rows, m)."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    Z = X.expand(len(weights[0]), *X.shape)
    for matrix, offset in layers[:-1]:
        Z = act(torch.baddbmm(offset, Z, matrix))
    return torch.baddbmm(layers[-1][1], Z, layers[-1][0])


def losses(outputs: Tensor, target: Tensor, *, classify: bool) -> Tensor:
    """Give each network its own mean loss: (n,)."""
    targets = target.expand(len(outputs), -1)
    if classify:
        return functional.cross_entropy(outputs.mT, targets, reduction="none").mean(1)
    return 0.5 * (outputs[..., 0] - targets).square().mean(1)


def measure(data: Data, outputs: Tensor) -> list[float]:
    """Measure each network on the validation rows."""
    predicted = (torch.softmax(outputs, -1) if data.classify else outputs).double().numpy()
    return [metric(data, one) for one in predicted]


class Adam:
    """Kingma & Ba (2015), with the decay kept apart from the gradient."""

    def __init__(self, weights: list[Tensor], configs: list[Config]) -> None:
        self.weights = weights
        self.lr, self.decay = each(configs, "lr"), each(configs, "decay")
        self.means = [torch.zeros_like(w) for w in weights]
        self.squares = [torch.zeros_like(w) for w in weights]
        self.step = 0

    @torch.no_grad()
    def __call__(self, gradients: tuple[Tensor, ...]) -> None:
        """Move all weights once."""
        self.step += 1
        rate = self.lr * (math.sqrt(1 - BETAS[1] ** self.step) / (1 - BETAS[0] ** self.step))
        keep = 1 - self.lr * self.decay
        for w, g, mean, square in zip(
            self.weights, gradients, self.means, self.squares, strict=True
        ):
            mean.lerp_(g, 1 - BETAS[0])
            square.mul_(BETAS[1]).addcmul_(g, g, value=1 - BETAS[1])
            w.mul_(keep).sub_(rate * mean / (square.sqrt() + 1e-8))


class Momentum:
    """Plain gradients with momentum, and the decay kept apart."""

    def __init__(self, weights: list[Tensor], configs: list[Config]) -> None:
        self.weights = weights
        self.lr, self.decay, self.momentum = (
            each(configs, name) for name in ("lr", "decay", "momentum")
        )
        self.speeds = [torch.zeros_like(w) for w in weights]

    @torch.no_grad()
    def __call__(self, gradients: tuple[Tensor, ...]) -> None:
        """Move all weights once."""
        keep = 1 - self.lr * self.decay
        for w, g, speed in zip(self.weights, gradients, self.speeds, strict=True):
            speed.mul_(self.momentum).add_(g)
            w.mul_(keep).sub_(self.lr * speed)


def each(configs: list[Config], name: str) -> Tensor:
    """Stack one number of all configurations: (n, 1, 1)."""
    return torch.tensor([config[name] for config in configs], dtype=torch.float32)[:, None, None]
