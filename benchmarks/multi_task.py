"""Two outcomes as one process against two processes: mean squared error, and the sign of the noise.

    python benchmarks/multi_task.py --seeds 12

`tuner/surrogates/multi_output.py` (intrinsic coregionalization, noise of rank 1) against one exact
process an outcome, same kernel, same priors, same optimiser. Pairs: sine and cosine of GPyTorch's
multitask tutorial, sine and a sine moved by an eighth, noises correlated by ±0.9; and log-loss and
error of small networks (`make_metric_pair.py`), on logarithms. Errors are those of the noise-free
truth (of the mean of four trainings, at points held out), over its variance, averaged over outcomes.
`complete`: every row has both. `missing`: the second is known in the first FEW rows only, and the
error is the second's. The sign of the noise correlation can be told from complete rows alone.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from botorch.models.gp_regression import SingleTaskGP
from botorch.optim.fit import fit_gpytorch_mll_scipy
from gpytorch.kernels import ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior
from studies import save

from tuner.surrogates.catalogue import PRIORS, matern_kernel
from tuner.surrogates.laboratory import laboratory
from tuner.surrogates.multi_output import TURNS, fit_outcomes

Floats = npt.NDArray[np.float64]
PAIR = Path(__file__).parent / "results" / "metric_pair.json"
ROWS, FEW, NOISE = 30, 8, 0.2
DRAWS = 10_000


class Case:
    """Rows to learn from, rows to be told, and the sign of the noise correlation."""

    def __init__(self, X: Floats, Y: Floats, places: Floats, truth: Floats, sign: float) -> None:
        self.X, self.Y, self.places, self.truth, self.sign = X, Y, places, truth, sign


def sines(shift: float, correlation: float) -> Callable[[int], Case]:
    """Make a sine and a moved one, a period each, with correlated noise."""

    def both(X: Floats) -> Floats:
        return np.sin(2 * np.pi * (X + np.array([0.0, shift])))

    def make(seed: int) -> Case:
        rng = np.random.default_rng(seed)
        X, places = rng.random((ROWS, 1)), np.linspace(0, 1, 101)[:, None]
        covariance = NOISE**2 * np.array([[1, correlation], [correlation, 1]])
        noise = rng.multivariate_normal([0, 0], covariance, size=ROWS)
        return Case(X, both(X) + noise, places, both(places), np.sign(correlation))

    return make


def trainings(seed: int) -> Case:
    """Take some real trainings, one run of each, and hold the others out with all their runs."""
    told = json.loads(PAIR.read_text())
    X, runs = np.array(told["X"]), np.log(np.array(told["Y"]))
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(X))
    one = runs[np.arange(len(X)), rng.integers(runs.shape[1], size=len(X))]
    rest = (runs - runs.mean(axis=1, keepdims=True)).reshape(-1, 2)
    here, held = rows[:ROWS], rows[ROWS:]
    sign = np.sign((rest[:, 0] * rest[:, 1]).sum())
    return Case(X[here], one[here], X[held], runs.mean(axis=1)[held], sign)


CASES: dict[str, Callable[[int], Case]] = {
    "sine and cosine, noise +0.9": sines(0.25, 0.9),
    "sine and moved sine, noise -0.9": sines(0.125, -0.9),
    "log-loss and error of networks": trainings,
}


def alone(X: Floats, y: Floats, places: Floats) -> Floats:
    """Predict one outcome by a process of its own."""
    centre, sd = y.mean(), y.std()
    kernel = ScaleKernel(
        matern_kernel(X.shape[1]), outputscale_prior=GammaPrior(*PRIORS.output_scale)
    ).double()
    target = torch.from_numpy((y - centre) / sd)[:, None]
    model = SingleTaskGP(torch.from_numpy(X), target, covar_module=kernel, outcome_transform=None)
    likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
    fit_gpytorch_mll_scipy(likelihood, options={"maxiter": TURNS})
    with torch.no_grad():
        mean = model.eval()(torch.from_numpy(places)).mean.numpy()
    return mean * sd + centre


def measure(case: Case) -> dict[str, float]:
    """Give the errors of both ways, with all rows and with few of the second, and whether the sign is right."""
    size = np.square(case.truth - case.truth.mean(axis=0)).mean(axis=0)

    def error(told: Floats) -> Floats:
        return np.square(told - case.truth).mean(axis=0) / size

    few = case.Y.copy()
    few[FEW:, 1] = np.nan
    with laboratory(rows=ROWS):
        joined = fit_outcomes(case.X, case.Y)
        single = [alone(case.X, y, case.places) for y in case.Y.T]
        second = alone(case.X[:FEW], case.Y[:FEW, 1], case.places)
        lacking = fit_outcomes(case.X, few).predict(case.places)[0]
        together = joined.predict(case.places)[0]
    assert joined.noise is not None
    return {
        "complete_joined": float(error(together).mean()),
        "complete_alone": float(error(np.column_stack(single)).mean()),
        "missing_joined": float(error(lacking)[1]),
        "missing_alone": float(error(np.column_stack([single[0], second]))[1]),
        "noise_correlation": float(joined.noise[0, 1]),
        "sign_right": float(np.sign(joined.noise[0, 1]) == case.sign),
    }


def summary(runs: list[dict[str, float]]) -> dict[str, float | list[float]]:
    """Average over seeds; the difference of errors with a paired bootstrap interval of 95 %."""
    told: dict[str, float | list[float]] = {
        key: round(float(np.mean([run[key] for run in runs])), 4) for key in runs[0]
    }
    rng = np.random.default_rng(0)
    for form in ("complete", "missing"):
        gap = np.array([run[f"{form}_joined"] - run[f"{form}_alone"] for run in runs])
        means = gap[rng.integers(len(gap), size=(DRAWS, len(gap)))].mean(axis=1)
        interval = [gap.mean(), *np.percentile(means, [2.5, 97.5])]
        told[f"{form}_difference"] = [round(float(number), 4) for number in interval]
        told[f"{form}_wins"] = round(float((gap < 0).mean()), 3)
    return told


def main() -> None:
    """Run every case, print and save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=12)
    seeds = range(parser.parse_args().seeds)
    found = {}
    for name, make in CASES.items():
        found[name] = summary([measure(make(seed)) for seed in seeds])
        print(name, json.dumps(found[name]), flush=True)
    save("multi_task", {"seeds": len(seeds), "rows": ROWS, "few": FEW, "cases": found})


if __name__ == "__main__":
    main()
