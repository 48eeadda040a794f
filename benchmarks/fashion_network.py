"""The training that `fashion_mnist.py` tunes: two hidden layers on a small Fashion-MNIST, by hand.

numpy and the standard library only, since it runs in every tool's environment, and because plain BLAS
calls are here as quick as torch's fused Adam on one core. `tests/benchmarks/test_fashion_mnist.py`
holds its gradients and its steps against torch.
"""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.uint8]

INSTALLED = Path("/usr/share/datasets/fashion-mnist")  # by Debian's dataset-fashion-mnist
TRAINING, VALIDATION, EPOCHS = 6_000, 1_000, 20
PIXELS, CLASSES = 28 * 28, 10
SPLIT_SEED = 20_170_825  # of the draw of images; the day Fashion-MNIST was published
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's, as Kingma & Ba (2015) and torch have them
BLOCK = 32_768  # numbers that Adam takes at a time, so that all it reads stays in the cache
VANISHED = 1e-30  # below it a moment is as good as 0; subnormal numbers would slow every step down


@dataclass(frozen=True, kw_only=True)
class Images:
    """The three parts. Rows are standardised by the training part's mean and deviation.

    Attributes:
        X, x_val, x_test: (n, 784).
        y, y_val, y_test: (n,), 0 … 9.
    """

    X: Array
    y: Labels
    x_val: Array
    y_val: Labels
    x_test: Array
    y_test: Labels


def read_idx(path: Path) -> Labels:
    """Read one gzipped IDX file of bytes: a magic number, the sizes, the bytes."""
    raw = gzip.decompress(path.read_bytes())
    sizes = np.frombuffer(raw, dtype=">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, dtype=np.uint8, offset=4 + 4 * raw[3]).reshape(sizes.tolist())


def load(folder: Path = INSTALLED) -> Images:
    """Draw the training and the validation images from the 60,000; all 10,000 test images stay."""
    pixels, labels, test_pixels, test_labels = (
        read_idx(folder / f"{part}-{what}-ubyte.gz")
        for part in ("train", "t10k")
        for what in ("images-idx3", "labels-idx1")
    )
    # RandomState, here and below: its stream of numbers is the same in every version of numpy.
    drawn = np.random.RandomState(SPLIT_SEED).permutation(len(labels))[: TRAINING + VALIDATION]
    train, val = drawn[:TRAINING], drawn[TRAINING:]
    mean, deviation = pixels[train].mean(), pixels[train].std()

    def rows(images: Labels) -> Array:
        return ((images.reshape(-1, PIXELS) - mean) / deviation).astype(np.float32)

    return Images(
        X=rows(pixels[train]),
        y=labels[train],
        x_val=rows(pixels[val]),
        y_val=labels[val],
        x_test=rows(test_pixels),
        y_test=test_labels,
    )


class Network:
    """784, ReLU, ReLU, 10, with its cross-entropy and its Adam.

    Weights and biases are views of one vector, and so are their gradients: Adam is one sweep.

    Attributes:
        parameters: W1, b1, W2, b2, W3, b3, in this order; x W + b.
        gradients: of the mean cross-entropy of the last batch, likewise.
    """

    def __init__(self, hidden1: int, hidden2: int, rng: np.random.RandomState) -> None:
        sizes = (PIXELS, hidden1, hidden2, CLASSES)
        shapes = []
        for inputs, outputs in pairwise(sizes):
            shapes += [(inputs, outputs), (outputs,)]
        count = sum(int(np.prod(shape)) for shape in shapes)
        self.flat, self.slope, self.first, self.second = np.zeros((4, count), np.float32)
        self.parameters, self.gradients = _views(self.flat, shapes), _views(self.slope, shapes)
        self.scratch = np.empty(BLOCK, np.float32)
        self.steps = 0
        for j, inputs in enumerate(sizes[:-1]):
            for part in self.parameters[2 * j : 2 * j + 2]:  # as torch's nn.Linear starts
                part[:] = rng.uniform(-(inputs**-0.5), inputs**-0.5, part.shape)

    def hidden(self, x: Array) -> tuple[Array, Array]:
        """Give both hidden layers."""
        W1, b1, W2, b2, _, _ = self.parameters
        first = _relu(x @ W1, b1)
        return first, _relu(first @ W2, b2)

    def logits(self, hidden: Array) -> Array:
        """Give the outputs."""
        return hidden @ self.parameters[4] + self.parameters[5]

    def differentiate(self, x: Array, y: Labels) -> None:
        """Set `gradients`."""
        _, _, W2, _, W3, _ = self.parameters
        gW1, gb1, gW2, gb2, gW3, gb3 = self.gradients
        first, second = self.hidden(x)
        d = self.logits(second)
        d -= d.max(1, keepdims=True)
        np.exp(d, out=d)
        d /= d.sum(1, keepdims=True)
        d[np.arange(len(y)), y] -= 1
        d /= np.float32(len(y))
        np.matmul(second.T, d, out=gW3)
        np.sum(d, 0, out=gb3)
        d = d @ W3.T
        d *= second > 0
        np.matmul(first.T, d, out=gW2)
        np.sum(d, 0, out=gb2)
        d = d @ W2.T
        d *= first > 0
        np.matmul(x.T, d, out=gW1)
        np.sum(d, 0, out=gb1)

    def step(self, learning_rate: float) -> None:
        """Take one step of Adam along `gradients`.

        `first` and `second` are Adam's m / (1 - beta1) and v / (1 - beta2), which saves two sweeps; what
        is left of these factors, and the correction of the bias, goes into two plain numbers.
        """
        self.steps += 1
        a = (1 - BETA1) / (1 - BETA1**self.steps)
        b = ((1 - BETA2) / (1 - BETA2**self.steps)) ** 0.5
        rate, epsilon = np.float32(learning_rate * a / b), np.float32(EPSILON / b)
        beta1, beta2 = np.float32(BETA1), np.float32(BETA2)
        for start in range(0, len(self.flat), BLOCK):
            part = slice(start, start + BLOCK)
            p, g, m, v = self.flat[part], self.slope[part], self.first[part], self.second[part]
            t = self.scratch[: len(p)]
            m *= beta1
            m += g
            np.multiply(g, g, out=t)
            v *= beta2
            v += t
            np.sqrt(v, out=t)
            t += epsilon
            np.divide(m, t, out=t)
            t *= rate
            p -= t

    def forget_what_vanished(self) -> None:
        """Set to zero the moments that halve on and on towards the subnormal numbers."""
        for moments in (self.first, self.second):
            moments[np.abs(moments) < VANISHED] = 0

    def accuracy(self, x: Array, y: Labels) -> float:
        """Give the share of images that are named rightly."""
        right = sum(
            int(np.sum(self.logits(self.hidden(x[part])[1]).argmax(1) == y[part]))
            for part in _batches(len(y), 1_000)
        )
        return right / len(y)


def train(
    X: Array,
    y: Labels,
    *,
    lr: float,
    batch_size: int,
    hidden1: int,
    hidden2: int,
    seed: int,
    epochs: int = EPOCHS,
) -> Network:
    """Train; the weights and the order of the images come from `seed`."""
    rng = np.random.RandomState(seed)
    network = Network(hidden1, hidden2, rng)
    with np.errstate(under="ignore"):
        for _ in range(epochs):
            order = rng.permutation(len(y))
            shuffled, labels = X[order], y[order]
            for part in _batches(len(y), batch_size):
                network.differentiate(shuffled[part], labels[part])
                network.step(lr)
            network.forget_what_vanished()
    return network


def fingerprint(images: Images) -> str:
    """Name what an epoch gives here, to the last bit: the same wherever trainings are the same."""
    part = slice(0, 1_000)
    network = train(
        images.X[part],
        images.y[part],
        lr=3e-3,
        batch_size=96,
        hidden1=200,
        hidden2=72,
        seed=0,
        epochs=1,
    )
    return hashlib.sha256(network.flat.tobytes()).hexdigest()[:8]


def _relu(z: Array, bias: Array) -> Array:
    z += bias
    return np.maximum(z, np.float32(0), out=z)


def _batches(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, count, size))


def _views(flat: Array, shapes: list[tuple[int, ...]]) -> list[Array]:
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    return [
        flat[end - np.prod(shape) : end].reshape(shape)
        for end, shape in zip(ends, shapes, strict=True)
    ]
