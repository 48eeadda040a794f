"""Fitted Gaussian processes: what is believed at a point, and how that changes as the point moves.

Several processes over the same rows are asked at once: they differ in their hyperparameters and in
how they see the outcomes, and each is answered from one triangular factor. Values that are
conditioned on are rows like any other, only that they carry almost no noise and that there may be
several versions of them: then a point has one variance and as many means. Numpy only.

Shapes: m processes, n rows, D features, k points, s versions, p points that are conditioned on.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from tuner.dataset import Floats
from tuner.surrogates.basis import Basis
from tuner.surrogates.features import Features
from tuner.surrogates.fitting import Evidence, factor
from tuner.surrogates.matern import SLOPE, matern, squares

LEAST_VARIANCE = 1e-10
"""Of the output scale: rounding may leave a variance at a well-known point below zero."""

CERTAIN = 1e-6
"""Noise variance, in output scales, of values that are conditioned on."""


@dataclass(frozen=True)
class Look:
    """What is believed at k points.

    Attributes:
        mean: (m, k, s).
        variance: (m, k), without measurement noise.
    """

    mean: Floats
    variance: Floats
    gps: "ExactGPs"
    A: Floats
    V: Floats
    bend: Floats
    free: npt.NDArray[np.bool_]
    leaning: "Leaning | None"

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give (k, d) slopes of a quantity along the columns, from its slopes by mean and variance.

        Args:
            by_mean: (m, k, s).
            by_variance: (m, k).
        """
        gps = self.gps
        weights = by_mean @ gps.weights.swapaxes(1, 2)
        by_variance = np.where(self.free, by_variance, 0.0)
        weights -= 2.0 * ((by_variance[:, :, None] * self.V) @ gps.whiten)
        leaning = 0.0 if self.leaning is None else self.leaning.back(gps, weights, by_variance)
        weights *= self.bend
        slopes = weights.sum(axis=2)[:, :, None] * self.A - weights @ gps.A
        scaled = slopes * (2.0 * SLOPE * gps.output[:, None] * gps.inverse_scale)[:, None, :]
        return gps.features.back(scaled.sum(axis=0)) + leaning


@dataclass(frozen=True)
class Leaning:
    """What older studies believe at k points: F (k, S), and the way back from slopes by it."""

    F: Floats
    to_columns: Callable[[Floats], Floats]

    def back(self, gps: "ExactGPs", by_kernel: Floats, by_variance: Floats) -> Floats:
        """Give slopes (k, d) from those by the covariances with the rows (m, k, n) and the variances."""
        by_basis = by_kernel @ gps.P * gps.loads[:, None, :]
        by_basis += 2.0 * by_variance[:, :, None] * self.F * gps.loads[:, None, :]
        return self.to_columns(by_basis.sum(axis=0))


@dataclass(frozen=True, kw_only=True)
class ExactGPs:
    """The posteriors of one outcome given n rows, in standard units of each process.

    Attributes:
        share: (m,) how much each is believed; sums to 1.
        steps: (d,) typical length scale of each column.
        A: (m, n, D) features of the rows in length scales.
        inverse_scale: (m, D).
        output: (m,) prior variance.
        noise: (m,) variance of a measurement, the median where each has its own.
        centre: (m,) prior mean.
        whiten: (m, n, n) inverse of the Cholesky factor of the rows' covariance.
        white: (m, n, s) whitened outcomes.
        weights: (m, n, s) so that the mean at x is k(x, rows) @ weights.
        basis: what older studies believe, None where there are none.
        loads: (m, S) prior variance of the weight of each.
        P: (n, S) what they believe at the rows.
    """

    features: Features
    share: Floats
    steps: Floats
    A: Floats
    inverse_scale: Floats
    output: Floats
    noise: Floats
    centre: Floats
    whiten: Floats
    white: Floats
    weights: Floats
    basis: Basis | None
    loads: Floats
    P: Floats

    @classmethod
    def of(
        cls, evidences: Sequence[Evidence], thetas: Sequence[Floats]
    ) -> tuple["ExactGPs", Floats]:
        """Build the posteriors of m processes, each with its evidence of the same rows.

        Returns:
            The processes, believed alike, and the log likelihood (m,) of each.
        """
        features = Features(evidences[0].columns)
        d = features.width
        scales = np.exp([theta[:d] for theta in thetas])
        output = np.exp([theta[d] for theta in thetas])
        inverse_scale = 1.0 / scales[:, features.owner]
        A = features.of(evidences[0].X) * inverse_scale[:, None, :]
        K, _ = matern(squares(A, A))
        K *= output[:, None, None]
        m, n = K.shape[:2]
        basis = evidences[0].basis
        P = np.empty((n, 0)) if basis is None else basis.of(evidences[0].X)
        loads = np.exp([theta[d + 1 : d + 1 + P.shape[1]] for theta in thetas])
        if basis is not None:
            K += (P * loads[:, None, :]) @ P.T
        whiten, noise = np.empty_like(K), np.empty(m)
        for i, (evidence, theta) in enumerate(zip(evidences, thetas, strict=True)):
            variance = math.exp(theta[-1]) if evidence.noise_var is None else evidence.noise_var
            noise[i] = np.median(variance)
            K[i].flat[:: n + 1] = output[i] + P**2 @ loads[i] + variance
            whiten[i] = lapack.dtrtri(factor(K[i]), lower=1, overwrite_c=1)[0]
        both = np.array([[evidence.y, np.ones(n)] for evidence in evidences])
        white = whiten @ both.swapaxes(1, 2)
        ones = white[:, :, 1]
        centre = np.einsum("mn,mn->m", ones, white[:, :, 0]) / np.einsum("mn,mn->m", ones, ones)
        white = white[:, :, :1] - centre[:, None, None] * white[:, :, 1:]
        gps = cls(
            features=features,
            share=np.full(m, 1.0 / m),
            steps=np.exp(np.log(scales).mean(axis=0)),
            A=A,
            inverse_scale=inverse_scale,
            output=output,
            noise=noise,
            centre=centre,
            whiten=whiten,
            white=white,
            weights=whiten.swapaxes(1, 2) @ white,
            basis=basis,
            loads=loads,
            P=P,
        )
        return gps, _likelihood(whiten, white)

    def believed(self, share: Floats, rows: Sequence[int]) -> "ExactGPs":
        """Give some of the processes, by the shares (m,) in which all are believed."""
        return replace(self, share=share).only(rows)

    def only(self, rows: Sequence[int]) -> "ExactGPs":
        """Give some of the processes, with their shares in proportion."""
        index = np.asarray(rows)
        share = self.share[index]
        return ExactGPs(
            features=self.features,
            share=share / share.sum(),
            steps=self.steps,
            A=self.A[index],
            inverse_scale=self.inverse_scale[index],
            output=self.output[index],
            noise=self.noise[index],
            centre=self.centre[index],
            whiten=self.whiten[index],
            white=self.white[index],
            weights=self.weights[index],
            basis=self.basis,
            loads=self.loads[index],
            P=self.P,
        )

    def look(self, X: Floats) -> Look:
        """Give what is believed at X (k, d)."""
        A, kernel, bend, V, leaning = self._seen(X)
        least = LEAST_VARIANCE * self.output[:, None]
        variance = self.output[:, None] - np.einsum("mkn,mkn->mk", V, V)
        if leaning is not None:
            variance += self.loads @ (leaning.F**2).T
        mean = kernel @ self.weights
        mean += self.centre[:, None, None]
        free = variance > least
        return Look(mean, np.maximum(variance, least), self, A, V, bend, free, leaning)

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version: at less cost than a look."""
        A = self.features.of(X) * self.inverse_scale[:, None, :]
        kernel, _ = matern(squares(A, self.A))
        found: Floats = (kernel @ self.weights[:, :, :1])[:, :, 0]
        found *= self.output[:, None]
        if self.basis is not None:
            found += (self.weights[:, :, 0] @ self.P * self.loads) @ self.basis.of(X).T
        return found + self.centre[:, None]

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k) at X, without measurement noise, first version."""
        A, _, _, V, leaning = self._seen(X)
        covariance = self._prior(A, leaning, A, leaning) - V @ V.swapaxes(1, 2)
        return self.centre[:, None] + (V @ self.white[:, :, :1])[:, :, 0], covariance

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between A (a, d) and X (k, d), without measurement noise."""
        at, _, _, V, leaning_at = self._seen(A)
        to, _, _, W, leaning_to = self._seen(X)
        return self._prior(at, leaning_at, to, leaning_to) - V @ W.swapaxes(1, 2)

    def given(self, X: Floats, values: Floats) -> "ExactGPs":
        """Give these processes conditioned on noise-free values (m, p, s) at X (p, d)."""
        A, _, _, V, leaning = self._seen(X)
        C = self._prior(A, leaning, A, leaning) - V @ V.swapaxes(1, 2)
        m, n, p = len(C), self.A.shape[1], len(X)
        whiten = np.zeros((m, n + p, n + p))
        whiten[:, :n, :n] = self.whiten
        for i in range(m):
            C[i].flat[:: p + 1] += CERTAIN * self.output[i]
            whiten[i, n:, n:] = lapack.dtrtri(factor(C[i]), lower=1, overwrite_c=1)[0]
        corner = whiten[:, n:, n:]
        whiten[:, n:, :n] = -corner @ (V @ self.whiten)
        old = np.broadcast_to(self.white, (m, n, values.shape[2]))
        rest = values - self.centre[:, None, None] - V @ old
        white = np.concatenate([old, corner @ rest], axis=1)
        return ExactGPs(
            features=self.features,
            share=self.share,
            steps=self.steps,
            A=np.concatenate([self.A, A], axis=1),
            inverse_scale=self.inverse_scale,
            output=self.output,
            noise=self.noise,
            centre=self.centre,
            whiten=whiten,
            white=white,
            weights=whiten.swapaxes(1, 2) @ white,
            basis=self.basis,
            loads=self.loads,
            P=self.P if leaning is None else np.concatenate([self.P, leaning.F]),
        )

    def left_out(self) -> tuple[Floats, Floats]:
        """Give predictions of each row from all the others: mean and variance (m, n), with noise.

        Of the residual from the constant mean; Rasmussen & Williams (2006), equation 5.12.
        """
        precision = np.einsum("mij,mij->mj", self.whiten, self.whiten)
        return self.weights[:, :, 0] / precision, 1.0 / precision

    def _prior(self, A: Floats, of_a: Leaning | None, B: Floats, of_b: Leaning | None) -> Floats:
        """Give covariances (m, a, b) before anything was measured."""
        found: Floats = matern(squares(A, B))[0] * self.output[:, None, None]
        if of_a is not None and of_b is not None:
            found += (of_a.F * self.loads[:, None, :]) @ of_b.F.T
        return found

    def _seen(self, X: Floats) -> tuple[Floats, Floats, Floats, Floats, Leaning | None]:
        """Give features (m, k, D), covariance with the rows (m, k, n), its bend, and it whitened."""
        A = self.features.of(X) * self.inverse_scale[:, None, :]
        kernel, bend = matern(squares(A, self.A))
        kernel *= self.output[:, None, None]
        leaning = None
        if self.basis is not None:
            leaning = Leaning(*self.basis.look(X))
            kernel += (leaning.F * self.loads[:, None, :]) @ self.P.T
        return A, kernel, bend, kernel @ self.whiten.swapaxes(1, 2), leaning


def _likelihood(whiten: Floats, white: Floats) -> Floats:
    """Give the log likelihood (m,) of outcomes as they were whitened."""
    log_det = -2 * np.log(np.einsum("mnn->mn", whiten)).sum(axis=1)
    squared = np.einsum("mns,mns->m", white, white)
    found: Floats = -0.5 * (squared + log_det + white.shape[1] * math.log(2 * math.pi))
    return found
