"""The sparse process: BoTorch's density, right slopes, an optimum as good as theirs."""

import numpy as np
import pytest
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models.map_saas import EnsembleMapSaasSingleTaskGP
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior

from tuner.surrogates.make import make_surrogate
from tuner.surrogates.sparse import SparsePosterior, fit_sparse
from tuner.surrogates.spec import Priors, SparseProcess

PRIORS = Priors()
TAU = 0.05
KNOWN = np.linspace(0.01, 0.2, 40)
each_noise = pytest.mark.parametrize("known", [None, KNOWN], ids=["estimated noise", "known noise"])


def botorchs(evidence):
    """The library's ensemble of one tau, with our prior of the output scale."""
    known = evidence.noise_var
    model = EnsembleMapSaasSingleTaskGP(
        torch.from_numpy(evidence.X),
        torch.from_numpy(evidence.y)[:, None],
        None if known is None else torch.from_numpy(known)[:, None],
        num_taus=1,
        taus=torch.full((1,), TAU, dtype=torch.float64),
        outcome_transform=None,
    )
    model.covar_module.register_prior("prior", GammaPrior(*PRIORS.output_scale), "outputscale")
    return model, ExactMarginalLogLikelihood(model.likelihood, model)


def settled(model, posterior, theta):
    """Give theirs our hyperparameters, our mean included."""
    d = posterior.features.width
    model.covar_module.base_kernel.lengthscale = torch.from_numpy(np.exp(theta[:d]))
    model.covar_module.outputscale = float(np.exp(theta[d]))
    if posterior.evidence.noise_var is None:
        model.likelihood.noise = float(np.exp(theta[-1]))
    mean = posterior.likelihood(theta)[2]
    model.mean_module.initialize(constant=mean)
    return mean


def value_of(mll):
    model = mll.model.train()
    return 40 * float(mll(model(*model.train_inputs), model.train_targets).detach())


@each_noise
def test_the_density_is_that_of_botorchs_ensemble_up_to_a_constant(make_evidence, known):
    evidence = make_evidence(noise_var=known)
    posterior = SparsePosterior(evidence, PRIORS, TAU)
    model, mll = botorchs(evidence)
    rng, differences = np.random.default_rng(1), []
    for _ in range(4):
        theta = posterior.start() + 0.5 * rng.standard_normal(len(posterior.low))
        mean = settled(model, posterior, theta)
        theirs = value_of(mll) + 0.5 * mean**2  # they have a prior of the mean
        differences.append(posterior.value(theta) - theirs)

    assert differences == pytest.approx([differences[0]] * 4, abs=1e-4)


@each_noise
def test_slopes_are_those_of_finite_differences(make_evidence, known):
    posterior = SparsePosterior(make_evidence(noise_var=known), PRIORS, TAU)
    theta = posterior.start() + 0.3 * np.random.default_rng(0).standard_normal(len(posterior.low))

    _, slope, _ = posterior.evaluate(theta)

    for j in range(len(theta)):
        step = 1e-5 * np.eye(len(theta))[j]
        numeric = (posterior.value(theta + step) - posterior.value(theta - step)) / 2e-5
        assert slope[j] == pytest.approx(numeric, rel=1e-5, abs=1e-5)


def test_a_fit_is_as_probable_as_the_librarys(make_evidence):
    evidence = make_evidence(columns=8)
    posterior = SparsePosterior(evidence, PRIORS, TAU)
    model, mll = botorchs(evidence)

    ours = settled(model, posterior, fit_sparse(evidence, PRIORS, TAU))
    found = value_of(mll) + 0.5 * ours**2
    again, theirs = botorchs(evidence)
    fit_gpytorch_mll(theirs)
    best = value_of(theirs) + 0.5 * float(again.mean_module.constant.detach()) ** 2

    assert found > best - 0.1


def test_the_columns_that_matter_are_found_among_many(make_dataset):
    rng = np.random.default_rng(3)
    X = rng.random((60, 40))
    made = make_surrogate(SparseProcess())

    processes = made.objective(make_dataset(X, np.sin(6 * X[:, 5]) + 2 * X[:, 17])).processes

    relevance = processes.share @ processes.inverse_scale**2
    assert set(np.argsort(-relevance)[:2]) == {5, 17}
    assert relevance[[5, 17]].min() > 10 * np.median(relevance)


def test_with_few_results_it_is_the_exact_process(make_dataset):
    X = np.random.default_rng(0).random((20, 4))
    sparse, exact = make_surrogate(SparseProcess()), make_surrogate(SparseProcess().exact)

    few, enough = (make_dataset(X[:n], X[:n, 0]) for n in (19, 20))

    theirs = exact.objective(few).predict(X)
    assert (sparse.objective(few).predict(X)[0] == theirs[0]).all()
    assert len(sparse.objective(enough).processes.share) == len(SparseProcess().taus)


def test_a_larger_tau_is_sparser(make_evidence):
    evidence = make_evidence(columns=8)
    d = evidence.X.shape[1]

    slopes = [
        SparsePosterior(evidence, PRIORS, tau).prior(np.zeros(d + 2))[1][:d] for tau in (0.1, 0.3)
    ]

    assert (slopes[1] > slopes[0]).all()  # of the log density in log length scales
    assert (slopes[0] > 0).all()
