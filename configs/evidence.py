"""Train a small network on scikit-learn's diabetes data, and say how probable it makes the data.

A Laplace approximation (laplace-torch, the extra `tuner[laplace]`) around the trained weights gives the
log marginal likelihood, the evidence: how well network, prior and noise explain the training rows, with
the price of their freedom taken off (MacKay 1992, "A Practical Bayesian Framework for Backpropagation
Networks"; Immer et al. 2021, "Scalable Marginal Likelihood Estimation for Model Selection in Deep
Learning"). It is measured on the training rows, so that none need be held out; with --validation some
are, and the likelihood of those is said too.

An ordinary training script: nothing in it knows of `tuner`. It writes one JSON object. The test rows
are looked at once, at the end, and never steer the search: on them, what the network says by itself
("plug_in": its output and the noise) and what Laplace's approximation adds to its doubt ("laplace").
"""

import argparse
import json
import math
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import torch
from sklearn.datasets import load_diabetes
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

TEST = 142  # of 442 patients
STEPS = 200  # of L-BFGS, at most
LEVELS = torch.arange(1, 20, dtype=torch.double) / 20


class Patients(NamedTuple):
    """Rows of ten measurements, and how far the disease went a year later.

    Attributes:
        X: (n, 10), standardised.
        y: (n, 1), in standard units.
    """

    X: Tensor
    y: Tensor


def read_arguments() -> argparse.Namespace:
    """Read the hyperparameters from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--width", type=int, default=8, help="hidden units")
    parser.add_argument("--weight_decay", type=float, default=0.01, help="of the training")
    parser.add_argument("--prior_precision", type=float, default=1.0, help="of a weight")
    parser.add_argument("--noise", type=float, default=0.7, help="sd of an outcome, standard units")
    parser.add_argument("--validation", type=int, default=0, help="rows that are not trained on")
    parser.add_argument("--split", type=int, default=0, help="which patients are the test set")
    parser.add_argument("--seed", type=int, default=0, help="of the weights")
    parser.add_argument("--out", type=Path, default=Path(), help="folder of result.json")
    return parser.parse_args()


def load_library() -> ModuleType:
    """Import laplace-torch, or say in one line what to do."""
    try:
        return import_module("laplace")
    except ModuleNotFoundError as missing:
        sys.exit(f"laplace-torch cannot be imported ({missing}): pip install 'tuner[laplace]'")
    except (ImportError, OSError, RuntimeError) as broken:
        sys.exit(
            f"laplace-torch cannot be imported ({broken}): if that is torchvision, it was built for "
            "another torch, and nothing here needs it: pip uninstall torchvision"
        )


def read_patients(split: int, validation: int) -> tuple[Patients, Patients, Patients]:
    """Give the rows to train on, to validate on (perhaps none) and to test on.

    The units are those of all rows but the test's, so that a likelihood means the same whatever
    is held out.
    """
    data = load_diabetes()
    X, y = torch.tensor(data.data), torch.tensor(data.target)[:, None]
    order = torch.randperm(len(y), generator=torch.Generator().manual_seed(split))
    test, known = order[:TEST], order[TEST:]
    X, y = ((part - part[known].mean(0)) / part[known].std(0) for part in (X, y))
    parts = known[validation:], known[:validation], test
    first, second, third = (Patients(X[rows], y[rows]) for rows in parts)
    return first, second, third


def train(rows: Patients, width: int, weight_decay: float) -> nn.Sequential:
    """Minimise half the mean squared error and half `weight_decay` times the squared weights.

    With weight_decay = prior_precision * noise^2 / n these are the most probable weights; what else
    was asked for is judged where the training ended.
    """
    network = nn.Sequential(nn.Linear(rows.X.shape[1], width), nn.Tanh(), nn.Linear(width, 1))
    network.double()
    optimizer = torch.optim.LBFGS(
        network.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe"
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        squares = torch.stack([weight.square().sum() for weight in network.parameters()])
        total = 0.5 * ((network(rows.X) - rows.y).square().mean() + weight_decay * squares.sum())
        total.backward()
        return total

    optimizer.step(loss)
    return network


def approximate(
    library: ModuleType, network: nn.Module, rows: Patients, prior_precision: float, noise: float
) -> Any:  # noqa: ANN401  the library's own class
    """Fit a Gaussian to the posterior of all weights, with the full Gauss-Newton curvature."""
    fitted = library.Laplace(
        network,
        "regression",
        subset_of_weights="all",
        hessian_structure="full",
        sigma_noise=noise,
        prior_precision=prior_precision,
    )
    fitted.fit(DataLoader(TensorDataset(rows.X, rows.y), batch_size=len(rows.y)))
    return fitted


def negative_log_likelihood(mean: Tensor, variance: Tensor, y: Tensor) -> float:
    """Give the mean over rows of -log of the Gaussian density at the outcomes."""
    losses = 0.5 * ((2 * math.pi * variance).log() + (y - mean).square() / variance)
    return losses.mean().item()


def coverage_error(mean: Tensor, variance: Tensor, y: Tensor) -> float:
    """Compare how often central intervals hold the outcome with how often they should.

    The mean over the levels 5 %, 10 %, ... 95 % of the distance between level and share: the
    reliability of Kuleshov, Fenner & Ermon (2018), "Accurate Uncertainties for Deep Learning Using
    Calibrated Regression", in absolute distances. 0 is perfect.
    """
    reached = torch.erf((y - mean).abs() / (2 * variance).sqrt())  # by the interval that ends at y
    shares = torch.stack([(reached <= level).double().mean() for level in LEVELS])
    return (shares - LEVELS).abs().mean().item()


@torch.no_grad()
def judged(name: str, mean: Tensor, variance: Tensor, y: Tensor) -> dict[str, float]:
    """Give both measures of a prediction, by name."""
    return {
        f"test_nll_{name}": negative_log_likelihood(mean, variance, y),
        f"test_coverage_error_{name}": coverage_error(mean, variance, y),
    }


def measure(library: ModuleType, args: argparse.Namespace) -> dict[str, float]:
    """Train, approximate, and give every figure by name."""
    torch.set_num_threads(1)  # several trials share the machine
    torch.manual_seed(args.seed)
    rows, held_out, test = read_patients(args.split, args.validation)
    network = train(rows, args.width, args.weight_decay)
    fitted = approximate(library, network, rows, args.prior_precision, args.noise)
    noise_variance = torch.tensor(args.noise**2).double()

    def predicted(X: Tensor) -> tuple[Tensor, Tensor]:
        mean, variance = fitted(X)
        return mean.detach(), variance[:, :, 0].detach() + noise_variance

    mean, variance = predicted(test.X)
    figures = {
        "train_rows": len(rows.y),
        "log_marginal_likelihood": fitted.log_marginal_likelihood().item(),
        "test_rmse": (mean - test.y).square().mean().sqrt().item(),
        **judged("plug_in", mean, noise_variance.expand_as(mean), test.y),
        **judged("laplace", mean, variance, test.y),
    }
    if args.validation:
        figures["val_nll"] = negative_log_likelihood(*predicted(held_out.X), held_out.y)
    return figures


def main() -> None:
    """Write what was measured."""
    args = read_arguments()
    library = load_library()
    text = json.dumps(measure(library, args))
    (args.out / "result.json").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
