"""This study and older ones as tasks of one Gaussian process: intrinsic and linear coregionalization.

    icm:  cov(f_s(x), f_t(x')) = B[s, t] k(x, x')
    lmc:  cov(f_s(x), f_t(x')) = sum_q B_q[s, t] k_q(x, x')        B = W W' + diag(v), v > 0

Bonilla, Chai & Williams (2007), "Multi-task Gaussian Process Prediction", and Alvarez, Rosasco &
Lawrence (2012), "Kernels for Vector-Valued Functions", section 4. Rows are in long format, each with
the number of its task: older studies were not measured at this one's points, so every task has a noise
of its own. W may have either sign: an older study that is the other way round is as good as one that
is not, which BoTorch's positive kernel cannot say.

A fit of 140 rows of four tasks costs 35 (icm) to 50 (lmc) times what the basis of `basis.py` costs on
the same studies, and nine between anchors; a whole suggestion in a small study 12 to 19 times: seconds of a core.

Called by `remembering.py`. Shapes: T tasks, this study the first; n rows, D inputs and the task.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from botorch.models.multitask import MultiTaskGP
from botorch.optim.fit import fit_gpytorch_mll_scipy
from gpytorch.kernels import AdditiveKernel, IndexKernel, Kernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from gpytorch.priors import GammaPrior, NormalPrior
from torch import Tensor

from tuner.dataset import Dataset, Floats, Source
from tuner.surrogates.basis import Basis
from tuner.surrogates.believers import processes_of
from tuner.surrogates.catalogue import STEP, features_of, matern_kernel
from tuner.surrogates.fitting import Evidence
from tuner.surrogates.guard import at_rest, foretold
from tuner.surrogates.laboratory import factor
from tuner.surrogates.memory import agreeing, basis_of, evidence_of, process
from tuner.surrogates.single_task import FittedGP, SingleTaskSurrogate
from tuner.surrogates.spec import Transform
from tuner.surrogates.task import Task
from tuner.surrogates.tensors import array

Mode = Literal["icm", "lmc"]

MOST_ROWS, LEAST_ROWS = 150, 10
"""Rows of all tasks together, and those that an older study has in any case."""

MOST_HERE = 120
"""Rows of this study, the most telling ones."""

MOST_TASKS = 3
"""Older studies beside this one: those that agree most with what was measured here."""

RANK: dict[Mode, int] = {"icm": 2, "lmc": 1}
"""Columns of W, of each kernel."""

KERNELS: dict[Mode, int] = {"icm": 1, "lmc": 2}

TRANSFORM: Transform = "half_rank"
"""How this study's metric is seen: by rank below the median, as the older ones are."""

TURNS = 75
"""Steps of a fit at most."""

LOADING, OWN = (0.0, 1.0), (2.0, 4.0)
"""Normal prior of W, and shape and rate of the Gamma prior of v: alike or opposite rather than apart."""

BEGIN = 0.7
"""Where the search for W begins, in the direction in which an older study agrees."""


@dataclass(frozen=True, kw_only=True)
class Believing:
    """What the process of all tasks believes of this study; as `believers.Believer` has it.

    The library's own predictions expand all rows for every point that is asked for by itself: twenty
    times the cost of the textbook's formula, which this is.

    Attributes:
        X: (n, D + 1) rows of all tasks.
        L: (n, n) factor of their covariance, noise included.
        weights: (n, 1) so that the mean at z is its prior mean and k(z, X) @ weights.
    """

    model: MultiTaskGP
    noise: Floats
    X: Tensor
    L: Tensor
    weights: Tensor

    @classmethod
    def of(cls, model: MultiTaskGP, noise: Floats) -> "Believing":
        """Condition a fitted model on its rows."""
        model.requires_grad_(requires_grad=False)
        (X,) = model.train_inputs  # type: ignore[misc]  # a tuple, whatever torch's stub says
        prior = model.forward(X)
        L = factor(model.likelihood(prior, X).covariance_matrix)
        weights = torch.cholesky_solve((model.train_targets - prior.mean)[:, None], L)
        return cls(model=model, noise=noise, X=X, L=L, weights=weights)

    def marginal(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean and variance (1, k) at inputs Z (k, D)."""
        mean, V = self._look(Z)
        variance = self.model.covar_module(of_task(Z, 0), diag=True) - V.square().sum(dim=0)
        return mean, variance[None]

    def joint(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean (1, k) and covariance (1, k, k) at inputs Z (k, D)."""
        mean, V = self._look(Z)
        return mean, (self.model.covar_module(of_task(Z, 0)).to_dense() - V.mT @ V)[None]

    def left_out(self, rows: int) -> tuple[Floats, Floats]:
        """Give predictions (rows,) of the first rows, each from all others: the residual, the variance."""
        precision = torch.cholesky_inverse(self.L).diagonal()[:rows]
        return array(self.weights[:rows, 0] / precision), array(1.0 / precision)

    def _look(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give the mean (1, k), and the covariance with the rows, whitened (n, k)."""
        C = self.model.covar_module(of_task(Z, 0), self.X).to_dense()
        mean = self.model.mean_module(Z)[:, 0] + (C @ self.weights)[:, 0]
        return mean[None], torch.linalg.solve_triangular(self.L, C.mT, upper=False)


class MultiTaskSurrogate:
    """The metric by one process over this study and older ones.

    Hyperparameters follow from the last anchor, as those of `single_task.py` do: suggestions in
    between only take new rows in.
    """

    def __init__(self, exact: SingleTaskSurrogate, mode: Mode) -> None:
        self.exact, self.mode = exact, mode
        self._basis: dict[object, tuple[Basis | None, tuple[Source, ...]]] = {}
        self._fitted: dict[object, dict[str, Tensor]] = {}
        self._verdict: tuple[dict[str, Tensor], bool] | None = None

    def objective(self, dataset: Dataset) -> FittedGP:
        """Fit the metric; with no older study to learn from, or no result here, as without any."""
        task = Task("objective", 0, self.exact.spec.priors, TRANSFORM)
        basis = self._believed(dataset)
        if basis is None or not task.can_learn(dataset):
            return self.exact.objective(dataset)
        early, _ = task.evidence(task.learned_from(dataset), MOST_HERE)
        nothing = dict.fromkeys(basis.names, 0.0)
        basis = agreeing(basis, early, MOST_TASKS)
        if at_rest(dataset) or self._misled(dataset, basis, early):
            return replace(self.exact.objective(dataset), memory=nothing)
        evidence, scale = task.evidence(dataset, MOST_HERE)
        model = self._model(dataset, basis, evidence)
        model.load_state_dict(self._inferred(dataset, basis, early))
        noise = _noise_here(model, evidence)
        inputs = features_of(evidence)
        believing = Believing.of(model, noise)
        correlation = correlations(model)[0, 1:]
        return FittedGP(
            processes=processes_of(believing, inputs, np.full(len(evidence.columns), STEP)),
            scales=(scale,),
            zero=float(scale.apply(np.zeros(1))[0]),
            noise_sd=float(np.sqrt(noise[0])),
            noise_known=evidence.noise_var is not None,
            memory=dict(zip(basis.names, np.abs(correlation).tolist(), strict=True)),
        )

    def _misled(self, dataset: Dataset, basis: Basis, early: Evidence) -> bool:
        """Say whether all tasks foretell the results here no better than one; once for an anchor."""
        if not self.exact.can_judge(dataset):
            return False
        state = self._inferred(dataset, basis, early)
        if self._verdict is None or self._verdict[0] is not state:
            model = self._model(dataset, basis, early)
            model.load_state_dict(state)
            together = Believing.of(model, _noise_here(model, early)).left_out(len(early.y))
            alone = process(early, self.exact.spec.priors).left_out()
            self._verdict = state, not foretold(*together) > foretold(*alone)
        return self._verdict[1]

    def related(self, dataset: Dataset) -> tuple[tuple[str, ...], Floats] | None:
        """Give the names of the older studies and the fitted correlations (T, T), this study first.

        None where there is nothing to fit.
        """
        task = Task("objective", 0, self.exact.spec.priors, TRANSFORM)
        basis = self._believed(dataset)
        if basis is None or not task.can_learn(dataset):
            return None
        early, _ = task.evidence(task.learned_from(dataset), MOST_HERE)
        basis = agreeing(basis, early, MOST_TASKS)
        model = self._model(dataset, basis, early)
        model.load_state_dict(self._inferred(dataset, basis, early))
        return basis.names, correlations(model)

    def _believed(self, dataset: Dataset) -> Basis | None:
        """Give what each older study believes by itself, worked out once."""
        sources = tuple(source for source in dataset.sources if source.mode == self.mode)
        key = tuple(map(id, sources))
        if key not in self._basis:
            found = basis_of(replace(dataset, sources=sources), self.exact.spec.priors)
            self._basis = {key: (found, sources)}
        return self._basis[key][0]

    def _inferred(self, dataset: Dataset, basis: Basis, early: Evidence) -> dict[str, Tensor]:
        """Give the most probable hyperparameters for what was known at the last anchor."""
        known = b"" if early.noise_var is None else early.noise_var.tobytes()
        key = (basis.functions, early.columns, early.X.tobytes(), early.y.tobytes(), known)
        if key not in self._fitted:
            model = self._model(dataset, basis, early)
            likelihood = ExactMarginalLogLikelihood(model.likelihood, model)
            fit_gpytorch_mll_scipy(likelihood, options={"maxiter": TURNS})
            self._fitted = {key: model.state_dict()}
        return self._fitted[key]

    def _model(self, dataset: Dataset, basis: Basis, here: Evidence) -> MultiTaskGP:
        """Put the rows of all tasks together, with hyperparameters to begin with."""
        by_name = {source.name: source for source in dataset.sources}
        most = max(LEAST_ROWS, (MOST_ROWS - len(here.y)) // len(basis.names))
        priors = self.exact.spec.priors
        older = [evidence_of(dataset, by_name[name], priors, most) for name in basis.names]
        inputs = features_of(here)
        told = [here, *older]
        Z = torch.cat(
            [of_task(torch.from_numpy(inputs.of(e.X)), number) for number, e in enumerate(told)]
        )
        y = torch.from_numpy(np.concatenate([evidence.y for evidence in told]))[:, None]
        known = None
        if here.noise_var is not None:  # where an older one's is not: the centre of its prior
            guess = np.exp(priors.noise[0])
            noises = [0 * e.y + guess if e.noise_var is None else e.noise_var for e in told]
            known = torch.from_numpy(np.concatenate(noises))[:, None]
        model = MultiTaskGP(
            Z,
            y,
            task_feature=-1,
            train_Yvar=known,
            output_tasks=[0],
            task_covar_prior=None,
            outcome_transform=None,
        )
        model.covar_module = _kernel(self.mode, Z.shape[1] - 1, _agreement(basis, here))
        return model.double()


def correlations(model: MultiTaskGP) -> Floats:
    """Give the correlations (T, T) between the tasks of a model at one point."""
    parts = [m.covar_matrix.to_dense() for m in model.modules() if isinstance(m, IndexKernel)]
    return scaled_to_one(array(torch.stack(parts).sum(dim=0)))


def scaled_to_one(covariance: Floats) -> Floats:
    """Give the correlations (m, m) of covariances (m, m)."""
    size = np.sqrt(covariance.diagonal())
    return covariance / np.outer(size, size)


def _kernel(mode: Mode, width: int, agreement: Floats) -> Kernel:
    """Give the kernel of (n, width + 1) inputs, with the tasks in the direction in which they agree."""
    parts = [coregionalized(width, agreement, RANK[mode], n) for n in range(KERNELS[mode])]
    return parts[0] if len(parts) == 1 else AdditiveKernel(*parts)


def coregionalized(width: int, agreement: Floats, rank: int, number: int = 0) -> Kernel:
    """Give a kernel of inputs (n, width + 1), the last of which is the task.

    Args:
        width: D.
        agreement: (T - 1,) of which the signs say how the other tasks go with the first.
        rank: columns of W.
        number: of the kernel; those after the first begin smaller and on shorter distances.
    """
    shrunk = 0.5**number
    over_points = matern_kernel(width)
    over_points.lengthscale = shrunk * over_points.lengthscale
    over_points.active_dims = torch.arange(width)
    tasks = len(agreement) + 1
    W = torch.zeros(tasks, min(rank, tasks))
    W[:, 0] = BEGIN * shrunk * torch.from_numpy(np.append(1.0, np.where(agreement < 0, -1.0, 1.0)))
    W[1:, 1:] = BEGIN / 2  # not 0, where its slope would be 0 too
    over_tasks = IndexKernel(num_tasks=tasks, rank=W.shape[1], active_dims=[width])
    over_tasks.register_prior("loadings", NormalPrior(*LOADING), "covar_factor")
    over_tasks.register_prior("own", GammaPrior(*OWN), "var")
    over_tasks.initialize(covar_factor=W)
    over_tasks.var = torch.full((tasks,), shrunk * (1 - BEGIN**2))
    return over_points * over_tasks


def _agreement(basis: Basis, here: Evidence) -> Floats:
    """Give (S,) how what the older studies believe goes with what was measured here."""
    P = basis.of(here.X)
    return (here.y - here.y.mean()) @ (P - P.mean(axis=0))


def _noise_here(model: MultiTaskGP, evidence: Evidence) -> Floats:
    """Give (1,) the variance of a measurement of this study."""
    if evidence.noise_var is not None:
        return np.array([np.median(evidence.noise_var)])
    return array(model.likelihood.noise).reshape(-1)[:1]


def of_task(Z: Tensor, number: int) -> Tensor:
    """Put the number of a task behind inputs (…, D)."""
    return torch.cat([Z, torch.full_like(Z[..., :1], number)], dim=-1)
