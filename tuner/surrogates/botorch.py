"""The same processes as BoTorch models, for any device: `engine: botorch`, or a GPU that is spare.

Called by `single_task.py` in place of `exact.py` and `fitting.py`, with the same arguments and, up to
rounding, the same answers: columns become features first, so the kernel is GPyTorch's own Matern.
"""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from botorch.models.gp_regression import SingleTaskGP
from gpytorch.kernels import MaternKernel, ScaleKernel
from scipy.optimize import minimize
from torch import Tensor

from tuner.dataset import Floats
from tuner.errors import FitError
from tuner.surrogates.believers import Look
from tuner.surrogates.exact import CERTAIN, LEAST_VARIANCE
from tuner.surrogates.features import Features
from tuner.surrogates.fitting import Evidence, Fit, LogPosterior
from tuner.surrogates.laboratory import factor, laboratory
from tuner.surrogates.spec import GaussianProcess, Priors
from tuner.surrogates.tensors import Place, array, place_for


def sees_gpu() -> bool:
    """Say whether PyTorch can use a CUDA GPU here."""
    return torch.cuda.is_available()


class BotorchEngine:
    """Fits and builds on the device that the order allows for so many rows."""

    def __init__(self, spec: GaussianProcess) -> None:
        self.spec = spec

    def fit(self, evidence: Evidence, priors: Priors) -> Fit:
        """Find the most probable hyperparameters by GPyTorch's kernel and autograd."""
        posterior = TorchPosterior(evidence, priors, place_for(self.spec, len(evidence.y)))
        closed = posterior.closed
        found = minimize(
            posterior.loss,
            closed.start(),
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(closed.low, closed.high, strict=True)),
            options={"maxiter": 200, "ftol": 1e-9, "gtol": 1e-4},
        )
        if not np.isfinite(found.fun):
            raise FitError("the likelihood of the model is not a number")
        return Fit(theta=found.x, density=-float(found.fun))

    def posterior(
        self, evidences: Sequence[Evidence], thetas: Sequence[Floats]
    ) -> tuple["BotorchGPs", Floats]:
        """Build m processes over the same rows, and give the log likelihood (m,) of each."""
        return BotorchGPs.of(evidences, thetas, place_for(self.spec, len(evidences[0].y)))

    def at_work(self, rows: int) -> AbstractContextManager[None]:
        """Set threads for so many rows, and keep torch from leaving a trace; see `laboratory.py`."""
        return laboratory(rows=rows)


class TorchPosterior:
    """`fitting.LogPosterior` in torch: the same number, its gradient by autograd, on any device."""

    def __init__(self, evidence: Evidence, priors: Priors, place: Place) -> None:
        self.closed = LogPosterior(evidence, priors)
        self.place, self.noise_var = place, evidence.noise_var

        def put(values: Floats) -> Tensor:
            return torch.as_tensor(values).to(device=place.fit, dtype=place.fit_dtype)

        self._put = put
        self.Z, self.y = put(self.closed.features.of(evidence.X)), put(evidence.y)
        self.owner = torch.as_tensor(self.closed.features.owner).to(place.fit)
        self.kernel = MaternKernel(nu=2.5, ard_num_dims=self.Z.shape[1]).to(self.Z)

    def likelihood(self, theta: Tensor) -> Tensor:
        """Give the log likelihood with the best constant mean."""
        n, d = len(self.y), self.closed.features.width
        theta = theta.to(device=self.place.fit, dtype=self.place.fit_dtype)
        Z = self.Z / theta[:d].exp()[self.owner]
        noise = theta[-1].exp().expand(n) if self.noise_var is None else self._put(self.noise_var)
        return _likelihood(theta[d].exp() * matern(Z, Z) + torch.diag(noise), self.y)[0]

    def loss(self, values: Floats) -> tuple[float, Floats]:
        """Give minus the log posterior a datum and its gradient, as scipy wants them."""
        theta = torch.tensor(values, dtype=torch.float64, requires_grad=True)
        likelihood = self.likelihood(theta)
        (gradient,) = torch.autograd.grad(likelihood, theta)
        prior, slope = self.closed.prior(values)
        n = len(self.y)
        return -(float(likelihood.detach()) + prior) / n, -(array(gradient) + slope) / n


def _likelihood(K: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Give the log likelihood of y (n,) under N(c, K) with the best c, and that c."""
    L = factor(K)
    both = torch.stack([y, torch.ones_like(y)], dim=-1)
    white, ones = torch.linalg.solve_triangular(L, both, upper=False).unbind(-1)
    mean = (ones @ white) / (ones @ ones)
    rest = white - mean * ones
    log_det = 2 * L.diagonal().log().sum()
    return -0.5 * (rest @ rest + log_det + len(y) * math.log(2 * math.pi)), mean


def matern(A: Tensor, B: Tensor) -> Tensor:
    """Give the Matern-5/2 correlation (n, k) of features in length scales."""
    r2 = (A.square().sum(-1)[:, None] + B.square().sum(-1) - 2 * A @ B.mT).clamp_min(0.0)
    root = (5.0 * r2.clamp_min(1e-30)).sqrt()
    return (1.0 + root + 5.0 / 3.0 * r2) * torch.exp(-root)


@dataclass(frozen=True, kw_only=True)
class BotorchGPs:
    """A batch (m, s) of `SingleTaskGP`s over features, their hyperparameters settled.

    Attributes:
        share, steps: as in `base.Posterior`.
        scale: (m, D) length scales of features.
        output, centre: (m,) prior variances and means.
        Z: (n, D) features of the rows.
        Y: (m, n, s) outcomes; the rows that were measured have one version only.
        noises: (m, n) variances of the rows.
        noise: (m,) variance of a measurement, the median where each has its own.
    """

    features: Features
    place: Place
    share: Floats
    steps: Floats
    scale: Floats
    output: Floats
    centre: Floats
    Z: Floats
    Y: Floats
    noises: Floats
    noise: Floats

    @classmethod
    def of(
        cls, evidences: Sequence[Evidence], thetas: Sequence[Floats], place: Place
    ) -> tuple["BotorchGPs", Floats]:
        """Build the posteriors of m processes, and give the log likelihood of each."""
        features = Features(evidences[0].columns)
        d, n, m = features.width, len(evidences[0].y), len(thetas)
        scales, output = np.exp([t[:d] for t in thetas]), np.exp([t[d] for t in thetas])
        variances = [
            np.exp(t[-1]) if e.noise_var is None else e.noise_var
            for e, t in zip(evidences, thetas, strict=True)
        ]
        noises = np.array([np.broadcast_to(variance, (n,)) for variance in variances])
        Z = features.of(evidences[0].X)
        centre, likelihoods = np.empty(m), np.empty(m)
        for i, evidence in enumerate(evidences):
            A = place.tensor(Z / scales[i, features.owner])
            K = float(output[i]) * matern(A, A) + torch.diag(place.tensor(noises[i]))
            likelihood, mean = _likelihood(K, place.tensor(evidence.y))
            centre[i], likelihoods[i] = float(mean), float(likelihood)
        gps = cls(
            features=features,
            place=place,
            share=np.full(m, 1.0 / m),
            steps=np.exp(np.log(scales).mean(axis=0)),
            scale=scales[:, features.owner],
            output=output,
            centre=centre,
            Z=Z,
            Y=np.array([evidence.y for evidence in evidences])[:, :, None],
            noises=noises,
            noise=np.median(noises, axis=1),
        )
        return gps, likelihoods

    @cached_property
    def gp(self) -> SingleTaskGP:
        """The BoTorch model."""
        train_Y = self.place.tensor(self.Y.swapaxes(1, 2)[..., None])
        noises = np.broadcast_to(self.noises[:, None, :, None], train_Y.shape)
        batch = train_Y.shape[:2]
        kernel = MaternKernel(nu=2.5, ard_num_dims=self.Z.shape[1], batch_shape=batch)
        gp = SingleTaskGP(
            self.place.tensor(self.Z).expand(*batch, -1, -1),
            train_Y,
            train_Yvar=self.place.tensor(noises),
            covar_module=ScaleKernel(kernel, batch_shape=batch).double(),
            outcome_transform=None,
        ).to(self.place.home)
        scale, output, centre = map(self.place.tensor, (self.scale, self.output, self.centre))
        kernel.lengthscale = scale[:, None, None, :].expand(*batch, 1, -1)
        gp.covar_module.outputscale = output[:, None].expand(batch)
        gp.mean_module.initialize(raw_constant=centre[:, None].expand(batch))
        gp.requires_grad_(requires_grad=False)
        gp.eval()
        return gp

    def believed(self, share: Floats, rows: Sequence[int]) -> "BotorchGPs":
        """Give some of the processes, by the shares (m,) in which all are believed."""
        return replace(self, share=share).only(rows)

    def only(self, rows: Sequence[int]) -> "BotorchGPs":
        """Give some of the processes, with their shares in proportion."""
        index = np.asarray(rows)
        names = ("share", "scale", "output", "centre", "Y", "noises", "noise")
        kept = {name: getattr(self, name)[index] for name in names}
        kept["share"] = kept["share"] / kept["share"].sum()
        return replace(self, **kept)

    def look(self, X: Floats) -> Look:
        """Give what is believed at X (k, d)."""
        Z = self.place.tensor(self.features.of(X)).requires_grad_()
        posterior = self.gp.posterior(Z[:, None, None, None, :])  # k, all processes, one point
        means = posterior.mean[..., 0, 0].permute(1, 0, 2)
        least = self.place.tensor(LEAST_VARIANCE * self.output)[:, None]
        variances = torch.maximum(posterior.variance[:, :, 0, 0, 0].mT, least)
        return Look(array(means), array(variances), self.features, Z, means, variances)

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version."""
        return self.look(X).mean[:, :, 0]

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k) at X, without measurement noise, first version."""
        with torch.no_grad():
            normal = self.gp(self.place.tensor(self.features.of(X)))
            mean, covariance = normal.mean[:, 0], normal.covariance_matrix[:, 0]
        return array(mean), array(covariance)

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between A (a, d) and X (k, d), without measurement noise."""
        both = self.joint(np.concatenate([A, X]))[1]
        return both[:, : len(A), len(A) :]

    def given(self, X: Floats, values: Floats) -> "BotorchGPs":
        """Give these processes conditioned on noise-free values (m, p, s) at X (p, d)."""
        m, n, _ = self.Y.shape
        old = np.broadcast_to(self.Y, (m, n, values.shape[2]))
        certain = np.repeat((CERTAIN * self.output)[:, None], len(X), axis=1)
        return replace(
            self,
            Z=np.concatenate([self.Z, self.features.of(X)]),
            Y=np.concatenate([old, values], axis=1),
            noises=np.concatenate([self.noises, certain], axis=1),
        )
