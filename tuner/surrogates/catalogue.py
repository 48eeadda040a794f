"""Models of BoTorch's catalogue behind our protocol; see `spec.py` for which there are.

The objective is modelled by the library's own class on the scales of ours; constraints and survival
stay with the exact processes of `single_task.py`, which is also what a too small history is given to.
"""

import math
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from botorch.exceptions.errors import ModelFittingError
from botorch.exceptions.warnings import OptimizationWarning
from botorch.fit import fit_gpytorch_mll
from botorch.models.gp_regression import SingleTaskGP
from botorch.models.gp_regression_mixed import MixedSingleTaskGP
from botorch.models.gpytorch import GPyTorchModel
from botorch.models.hierarchical.conditional_kernel_gp import HierarchicalConditionalKernelGP
from botorch.models.robust_relevance_pursuit_model import RobustRelevancePursuitSingleTaskGP
from botorch.models.utils.gpytorch_modules import get_gaussian_likelihood_with_lognormal_prior
from botorch.optim.core import OptimizationResult
from botorch.optim.fit import fit_gpytorch_mll_scipy
from gpytorch.kernels import Kernel, MaternKernel, ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood, MarginalLogLikelihood
from gpytorch.priors import GammaPrior, LogNormalPrior
from linear_operator.utils.errors import NotPSDError
from torch import Tensor

from tuner.custom import Custom, check_fits, found
from tuner.dataset import Dataset, Floats
from tuner.errors import UsageError
from tuner.surrogates.base import Model
from tuner.surrogates.believers import Believer, Inputs, processes_of
from tuner.surrogates.deep_kernel import LEARNT, DeepKernel
from tuner.surrogates.features import Features
from tuner.surrogates.fitting import Evidence
from tuner.surrogates.laboratory import laboratory
from tuner.surrogates.laplace import fit_network
from tuner.surrogates.single_task import FittedGP, SingleTaskSurrogate
from tuner.surrogates.spec import CatalogueModel, Kind, Priors
from tuner.surrogates.task import Task
from tuner.surrogates.tensors import array
from tuner.surrogates.tree import Tree

PRIORS = Priors()

CORRUPTED = (0.0, 0.05, 0.1, 0.2, 0.3)
"""Shares of the rows that may be corrupted, between which the evidence decides."""

FEWEST = 4
"""Finite results below which every model but the exact one knows less than its prior."""

TURNS = 200
"""Steps of a fit at most."""

STEP = 0.3
"""Typical length scale where a model has none to tell."""


class GPBeliever:
    """A BoTorch model, or an ensemble of some, once fitted."""

    def __init__(self, model: GPyTorchModel) -> None:
        model.requires_grad_(requires_grad=False)
        self.model = model.eval()
        self.members = tuple(model.batch_shape)
        covar = model.likelihood.noise_covar
        noise = getattr(covar, "base_noise", covar).noise  # of a robust one the usual rows'
        self.noise: Floats = array(noise.reshape(*self.members, -1).median(dim=-1).values).reshape(
            -1
        )

    def marginal(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean and variance (M, k) at inputs Z (k, D)."""
        normal = self.model(Z[:, None, None, :] if self.members else Z[:, None, :])
        shape = (len(Z), -1)
        return normal.mean.reshape(shape).mT, normal.variance.reshape(shape).mT

    def joint(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean (M, k) and covariance (M, k, k) at inputs Z (k, D)."""
        normal = self.model(Z.expand(*self.members, *Z.shape))
        k = len(Z)
        return normal.mean.reshape(-1, k), normal.covariance_matrix.reshape(-1, k, k)


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A believer, what it is to be given, and how far a column goes before something changes."""

    believer: Believer
    inputs: Inputs
    steps: Floats


def _tensors(evidence: Evidence, inputs: Inputs) -> tuple[Tensor, Tensor, Tensor | None]:
    known = evidence.noise_var
    return (
        torch.from_numpy(inputs.of(evidence.X)),
        torch.from_numpy(evidence.y)[:, None],
        None if known is None else torch.from_numpy(known)[:, None],
    )


def _fitted(model: GPyTorchModel, **how: Any) -> GPBeliever:  # noqa: ANN401  the library's own words
    """Fit by maximum a posteriori, once: a retry from random hyperparameters costs five times that."""
    likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
    how = how or {"max_attempts": 1}
    fit_gpytorch_mll(likelihood, optimizer_kwargs={"options": {"maxiter": TURNS}}, **how)
    return GPBeliever(model)


def _settle(
    mll: MarginalLogLikelihood,
    **how: Any,  # noqa: ANN401  the library's own words
) -> OptimizationResult:
    """Climb once and stay where a line search ended; a retry is from random hyperparameters.

    For the relevance pursuit, which fits one level of sparsity after another and hands no
    `max_attempts` on: with the retries it would be five fits for each.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizationWarning)
        try:
            return fit_gpytorch_mll_scipy(mll, **how)
        except NotPSDError as error:
            raise ModelFittingError(str(error)) from error


def features_of(evidence: Evidence) -> Inputs:
    """Give what turns rows of columns into features, as the exact processes have them."""
    features = Features(evidence.columns)
    return Inputs(of=lambda X: np.ascontiguousarray(features.of(X)), back=features.back)


def _columns(evidence: Evidence) -> Inputs:
    category = np.array([column.kind == "category" for column in evidence.columns])
    return Inputs(
        of=lambda X: np.where(category, np.rint(X), X),
        back=lambda slopes: np.where(category, 0.0, slopes),
    )


def _uniform(evidence: Evidence) -> Floats:
    return np.full(len(evidence.columns), STEP)


def matern_kernel(inputs: int) -> MaternKernel:
    """Give the kernel of `single_task.py` with its prior of length scales, from their mode."""
    prior = LogNormalPrior(PRIORS.centre, PRIORS.width)
    kernel = MaternKernel(nu=2.5, ard_num_dims=inputs, lengthscale_prior=prior)
    kernel.lengthscale = math.exp(PRIORS.centre - PRIORS.width**2)
    return kernel


def _scaled(kernel: Kernel) -> ScaleKernel:
    """Give a kernel an output scale, with the prior of `single_task.py`."""
    return ScaleKernel(kernel, outputscale_prior=GammaPrior(*PRIORS.output_scale)).double()


def saas_nuts(evidence: Evidence) -> Fitted:
    """Few columns matter: all hyperparameters drawn, as Eriksson & Jankowiak (2021) have it."""
    from tuner.surrogates.nuts import drawn

    inputs = features_of(evidence)
    believer = GPBeliever(drawn(*_tensors(evidence, inputs)))
    return Fitted(believer=believer, inputs=inputs, steps=_uniform(evidence))


def mixed(evidence: Evidence) -> Fitted:
    """Categories have kernels of their own, added to and multiplied with that of numbers.

    Without a category it is what the library makes of numbers: BoTorch's default model.
    """
    inputs = _columns(evidence)
    X, y, known = _tensors(evidence, inputs)
    categories = [j for j, column in enumerate(evidence.columns) if column.kind == "category"]
    model = (
        MixedSingleTaskGP(X, y, categories, known, outcome_transform=None)
        if categories
        else SingleTaskGP(X, y, known, outcome_transform=None)
    )
    return Fitted(believer=_fitted(model), inputs=inputs, steps=_uniform(evidence))


def robust(evidence: Evidence) -> Fitted:
    """Some measurements are corrupted, nobody knows which: Ament et al. (2024), relevance pursuit."""
    inputs = features_of(evidence)
    X, y, known = _tensors(evidence, inputs)
    model = RobustRelevancePursuitSingleTaskGP(
        X,
        y,
        known,
        likelihood=None if known is not None else get_gaussian_likelihood_with_lognormal_prior(),
        covar_module=_scaled(matern_kernel(X.shape[1])),
        outcome_transform=None,
        prior_mean_of_support=0.1 * len(y),
    )
    believer = _fitted(model, fractions_of_outliers=list(CORRUPTED), optimizer=_settle)
    return Fitted(believer=believer, inputs=inputs, steps=_uniform(evidence))


def deep(evidence: Evidence) -> Fitted:
    """A network under the process, both fitted at once: Wilson et al. (2016), deep kernel learning."""
    inputs = features_of(evidence)
    X, y, known = _tensors(evidence, inputs)
    kernel = _scaled(DeepKernel(X.shape[1], matern_kernel(X.shape[1] + LEARNT)))
    model = SingleTaskGP(X, y, known, covar_module=kernel, outcome_transform=None)
    return Fitted(believer=_fitted(model), inputs=inputs, steps=_uniform(evidence))


def laplace(evidence: Evidence) -> Fitted:
    """A Bayesian neural network by Laplace's approximation."""
    inputs = features_of(evidence)
    believer = fit_network(*_tensors(evidence, inputs))
    return Fitted(believer=believer, inputs=inputs, steps=_uniform(evidence))


def hierarchical(evidence: Evidence) -> Fitted:
    """Every branch of a conditional space has a kernel of its own, added where both points live in it."""
    tree = Tree(evidence.columns)
    inputs = Inputs(of=tree.of, back=tree.back)
    X, y, known = _tensors(evidence, inputs)
    model = HierarchicalConditionalKernelGP(
        X,
        y,
        tree.branches,
        eval_hierarchical_features=False,
        train_Yvar=known,
        outcome_transform=None,
    )
    return Fitted(believer=_fitted(model), inputs=inputs, steps=_uniform(evidence))


BUILDERS: dict[Kind, Callable[[Evidence], Fitted]] = {
    "saas_nuts": saas_nuts,
    "mixed": mixed,
    "hierarchical": hierarchical,
    "robust": robust,
    "deep_kernel": deep,
    "laplace": laplace,
}


def _built(kind: Kind | Custom, evidence: Evidence) -> Fitted:
    """Fit what is asked for by name, or a model of the user's."""
    if not isinstance(kind, Custom):
        return BUILDERS[kind](evidence)
    whose = f"search.surrogate: {kind.target}"
    fitted = found(kind, "search.surrogate:", given=1)(evidence, **kind.options)
    if not isinstance(fitted, Fitted):
        raise UsageError(
            f"{whose} gave a {type(fitted).__name__}, not a {Fitted.__module__}.Fitted"
        )
    check_fits(fitted.believer, Believer, f"the believer of {whose}")
    return fitted


class CatalogueSurrogate:
    """One of the library's models for the objective, exact processes for the rest."""

    def __init__(self, spec: CatalogueModel, exact: SingleTaskSurrogate) -> None:
        self.spec, self.exact = spec, exact

    def at_work(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Set threads for a dataset, and keep torch from leaving a trace; see `laboratory.py`."""
        return laboratory(rows=len(dataset.ids))

    def objective(self, dataset: Dataset) -> Model:
        """Fit the metric; failed trials enter at the floor of what was observed."""
        if dataset.measured.sum() < FEWEST:
            return self.exact.objective(replace(dataset, sources=()))
        task = Task("objective", 0, self.exact.spec.priors, self.spec.transform)
        evidence, scale = task.evidence(dataset, self.spec.most)
        torch.manual_seed(0)  # `laboratory` puts the state back
        fitted = _built(self.spec.kind, evidence)
        processes = processes_of(fitted.believer, fitted.inputs, fitted.steps)
        return FittedGP(
            processes=processes,
            scales=(scale,) * len(processes.rows),
            zero=float(scale.apply(np.zeros(1))[0]),
            noise_sd=float(np.sqrt(processes.noise.mean())),
            noise_known=evidence.noise_var is not None,
        )

    def constraints(self, dataset: Dataset) -> list[FittedGP]:
        """Fit the slack of every constraint, by exact processes."""
        return self.exact.constraints(dataset)

    def survival(self, dataset: Dataset) -> FittedGP | None:
        """Fit who fails, by exact processes."""
        return self.exact.survival(dataset)
