"""The job of the two studies of evidence: its data, its figures, and what it says without a library."""

import argparse
import math
import os
import subprocess
import sys
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch
from torch.func import functional_call, jacrev, vmap
from torch.utils.data import DataLoader, TensorDataset

from tuner.config import load_config

ROOT = Path(__file__).parents[2]
SETTING = {"width": 3, "weight_decay": 0.02, "prior_precision": 4.0, "noise": 0.7, "seed": 5}


def loaded(path):
    """Import a script by its place: its folder is no package."""
    spec = spec_from_file_location(f"{path.stem}_job", path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


job = loaded(ROOT / "configs" / "evidence.py")
needs_laplace = pytest.mark.skipif(
    find_spec("laplace") is None, reason=".ci/laplace.txt says how to install it"
)


def asked(**others):
    return argparse.Namespace(**{**SETTING, "validation": 0, "split": 1, **others})


def test_the_two_studies_differ_in_their_metric_and_in_what_is_held_out():
    ours, usual = (
        load_config(ROOT / "configs" / f"{name}.yaml")
        for name in ("evidence", "evidence_validation")
    )

    assert (ours.metric.name, ours.metric.goal) == ("log_marginal_likelihood", "maximize")
    assert (usual.metric.name, usual.metric.goal) == ("val_nll", "minimize")
    assert ours.runner == usual.runner
    assert ours.stop == usual.stop
    ours, usual = (
        {name: node for name, node in config.plain["parameters"].items() if name != "validation"}
        for config in (ours, usual)
    )
    assert ours == usual


def test_what_is_held_out_comes_from_the_rows_to_train_on_and_never_from_the_test():
    (train, none, test), (fewer, held_out, same) = (
        job.read_patients(split=3, validation=count) for count in (0, 100)
    )

    assert [len(rows.y) for rows in (train, none, test)] == [300, 0, 142]
    assert [len(rows.y) for rows in (fewer, held_out)] == [200, 100]
    assert torch.equal(test.X, same.X)
    assert torch.equal(torch.cat([held_out.y, fewer.y]), train.y)
    assert train.X.mean(0).abs().max() < 1e-12
    assert train.y.std() == pytest.approx(1.0)
    assert not torch.equal(test.y, job.read_patients(split=4, validation=0)[2].y)


def test_training_ends_where_the_loss_is_flat():
    rows, _, _ = job.read_patients(split=1, validation=0)
    torch.manual_seed(5)

    network = job.train(rows, width=3, weight_decay=0.02)

    errors = (network(rows.X) - rows.y).square().mean()
    squares = sum(weight.square().sum() for weight in network.parameters())
    slopes = torch.autograd.grad(0.5 * (errors + 0.02 * squares), list(network.parameters()))
    assert max(slope.abs().max() for slope in slopes) < 1e-3
    assert errors < 0.6


def by_hand(network, rows, prior_precision, noise):
    """Give the evidence of the linearised network: of n outcomes under one Gaussian."""
    weights = {name: weight.detach() for name, weight in network.named_parameters()}

    def output(at, x):
        return functional_call(network, at, (x[None],))[0, 0]

    slopes = vmap(jacrev(output), (None, 0))(weights, rows.X)
    J = torch.cat([slopes[name].flatten(1) for name in weights], dim=1)
    rest = (rows.y - network(rows.X)).detach()[:, 0]
    K = J @ J.mT / prior_precision + noise**2 * torch.eye(len(rest), dtype=torch.double)
    squares = sum(weight.square().sum() for weight in weights.values())
    return (
        -0.5 * rest.square().sum() / noise**2
        - 0.5 * prior_precision * squares
        - 0.5 * torch.logdet(K)
        - 0.5 * len(rest) * math.log(2 * math.pi)
    ).item()


@needs_laplace
@pytest.mark.filterwarnings("ignore")
def test_the_metric_is_the_evidence_of_the_library_and_of_the_formula():
    library = job.load_library()
    rows, _, _ = job.read_patients(split=1, validation=0)
    torch.manual_seed(SETTING["seed"])
    network = job.train(rows, SETTING["width"], SETTING["weight_decay"])
    theirs = library.FullLaplace(network, "regression", sigma_noise=0.7, prior_precision=4.0)
    theirs.fit(DataLoader(TensorDataset(rows.X, rows.y), batch_size=50))

    found = job.measure(library, asked())["log_marginal_likelihood"]

    assert found == pytest.approx(theirs.log_marginal_likelihood().item(), rel=1e-6)
    assert found == pytest.approx(by_hand(network, rows, 4.0, 0.7), rel=1e-6)


@needs_laplace
@pytest.mark.filterwarnings("ignore")
def test_a_sharp_prior_leaves_nothing_of_the_doubt_that_laplace_adds():
    library = job.load_library()

    sharp = job.measure(library, asked(prior_precision=1e9))
    wide = job.measure(library, asked(prior_precision=1e-2, validation=100))

    assert "val_nll" not in sharp
    assert sharp["test_nll_laplace"] == pytest.approx(sharp["test_nll_plug_in"], abs=1e-4)
    assert abs(wide["test_nll_laplace"] - wide["test_nll_plug_in"]) > 1e-3
    assert math.isfinite(wide["val_nll"])


def test_the_likelihood_is_that_of_a_gaussian():
    mean, variance, y = torch.randn(3, 20, 1, generator=torch.Generator().manual_seed(0)).double()
    variance = variance.exp()
    expected = -torch.distributions.Normal(mean, variance.sqrt()).log_prob(y).mean().item()

    assert job.negative_log_likelihood(mean, variance, y) == pytest.approx(expected)


@pytest.mark.parametrize(("sd", "expected"), [(1.0, 0.0), (1e-9, 0.5), (1e9, 0.5)])
def test_coverage_is_right_where_the_spread_is_and_wrong_by_half_at_both_ends(sd, expected):
    levels = (torch.arange(2000, dtype=torch.double) + 0.5) / 2000
    outcomes = math.sqrt(2) * torch.erfinv(2 * levels - 1)  # the quantiles of a standard normal
    zero = torch.zeros_like(outcomes)

    error = job.coverage_error(zero, torch.full_like(zero, sd**2), outcomes)

    assert error == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize(
    ("stand_in", "advice"),
    [
        ("import a_module_that_is_nowhere", "pip install 'tuner[laplace]'"),
        ("raise RuntimeError('operator torchvision::nms does not exist')", "uninstall torchvision"),
    ],
)
def test_a_library_that_cannot_be_imported_ends_the_job_with_one_line(tmp_path, stand_in, advice):
    (tmp_path / "laplace.py").write_text(stand_in + "\n", encoding="utf-8")

    said = subprocess.run(
        [sys.executable, "configs/evidence.py", "--out", tmp_path],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 1
    assert said.stderr.count("\n") == 1
    assert "laplace-torch cannot be imported" in said.stderr
    assert advice in said.stderr
    assert not (tmp_path / "result.json").exists()
