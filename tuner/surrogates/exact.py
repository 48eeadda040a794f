"""Fitted Gaussian processes: what is believed at a point, and how that changes as the point moves.

Several processes over the same rows are asked at once: they differ in their hyperparameters and in
how they see the outcomes, and each is answered from one triangular factor. Values that are
conditioned on are rows like any other, only that they carry almost no noise and that there may be
several versions of them: then a point has one variance and as many means. Numpy only.

Shapes: m processes, n rows, D features, k points, s versions, p points that are conditioned on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tuner.dataset import Floats
from tuner.surrogates.basis import Basis, Leaning
from tuner.surrogates.factors import border, inverse_factors
from tuner.surrogates.features import Features
from tuner.surrogates.fitting import Evidence
from tuner.surrogates.looks import BLOCK, Look, Rows, Scan, blocks, times
from tuner.surrogates.matern import between, facing, matern, squares

LEAST_VARIANCE = 1e-10
"""Of the output scale: rounding may leave a variance at a well-known point below zero."""

CERTAIN = 1e-6
"""Noise variance, in output scales, of values that are conditioned on."""


@dataclass(frozen=True, kw_only=True)
class ExactGPs(Rows):
    """The posteriors of one outcome given n rows, in standard units of each process.

    Attributes, besides those of `Rows`:
        share: (m,) how much each is believed; sums to 1.
        steps: (d,) typical length scale of each column.
        faces: (m, D + 2, n) the same as `matern.facing` writes them.
        noise: (m,) variance of a measurement, the median where each has its own.
        centre: (m,) prior mean.
        white: (m, n, s) whitened outcomes.
        fitted: (m, n) what is expected at the rows; None once something was conditioned on.
        basis: what older studies believe, None where there are none.
    """

    share: Floats
    steps: Floats
    faces: Floats
    noise: Floats
    centre: Floats
    white: Floats
    fitted: Floats | None
    basis: Basis | None

    @classmethod
    def of(
        cls,
        evidences: Sequence[Evidence],
        thetas: Sequence[Floats],
        heads: Sequence[Floats] | None = None,
    ) -> tuple["ExactGPs", Floats]:
        """Build the posteriors of m processes, each with its evidence of the same rows.

        Args:
            evidences: one a process.
            thetas: hyperparameters as `LogPosterior` has them.
            heads: of each `whiten` (r, r) of its first r rows, where that is known.

        Returns:
            The processes, believed alike, and the log likelihood (m,) of each.
        """
        features = Features(evidences[0].columns)
        basis, d = evidences[0].basis, features.width
        scales = np.exp([theta[:d] for theta in thetas])
        output = np.exp([theta[d] for theta in thetas])
        inverse_scale = 1.0 / scales[:, features.owner]
        A = features.of(evidences[0].X) * inverse_scale[:, None, :]
        faces = facing(A)
        m, n = A.shape[:2]
        P = np.empty((n, 0)) if basis is None else basis.of(evidences[0].X)
        loads = np.exp([theta[d + 1 : d + 1 + P.shape[1]] for theta in thetas])
        noise = np.array([_variances(e, theta) for e, theta in zip(evidences, thetas, strict=True)])
        leant = None if basis is None else (P * loads[:, None, :]) @ P.T
        whiten = inverse_factors(A, faces, output, noise, leant, heads)
        white, centre, likelihood = _solved(evidences, whiten)
        weights = whiten.swapaxes(1, 2) @ white
        gps = cls(
            features=features,
            share=np.full(m, 1.0 / m),
            steps=np.exp(np.log(scales).mean(axis=0)),
            A=A,
            faces=faces,
            inverse_scale=inverse_scale,
            output=output,
            noise=np.median(noise, axis=1),
            centre=centre,
            whiten=whiten,
            white=white,
            fitted=[e.y for e in evidences] - noise * weights[:, :, 0],
            weights=weights,
            basis=basis,
            loads=loads,
            P=P,
        )
        return gps, likelihood

    def believed(self, share: Floats, rows: Sequence[int]) -> "ExactGPs":
        """Give some of the processes, by the shares (m,) in which all are believed."""
        return replace(self, share=share).only(rows)

    def only(self, rows: Sequence[int]) -> "ExactGPs":
        """Give some of the processes, with their shares in proportion."""
        everyone = list(rows) == list(range(len(self.share)))  # nothing to copy
        index = slice(None) if everyone else np.asarray(rows)
        share = self.share[index]
        return ExactGPs(
            features=self.features,
            share=share / share.sum(),
            steps=self.steps,
            A=self.A[index],
            faces=self.faces[index],
            inverse_scale=self.inverse_scale[index],
            output=self.output[index],
            noise=self.noise[index],
            centre=self.centre[index],
            whiten=self.whiten.swapaxes(1, 2)[index].swapaxes(1, 2),
            white=self.white[index],
            fitted=None if self.fitted is None else self.fitted[index],
            weights=self.weights[index],
            basis=self.basis,
            loads=self.loads[index],
            P=self.P,
        )

    def look(self, X: Floats) -> Look | Scan:
        """Give what is believed at X (k, d)."""
        if len(X) > BLOCK:
            return Scan.of(self._look, X)
        return self._look(X)

    def _look(self, X: Floats) -> Look:
        A, bend, V, leaning = self._seen(X)
        least = LEAST_VARIANCE * self.output[:, None]
        variance = self.output[:, None] - np.einsum("mkn,mkn->mk", V, V)
        if leaning is not None:
            variance += self.loads @ (leaning.F**2).T
        mean = V @ self.white
        mean += self.centre[:, None, None]
        free = variance > least
        return Look(mean, np.maximum(variance, least), self, A, V, bend, free, leaning)

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version: at less cost than a look."""
        A = self.features.of(X) * self.inverse_scale[:, None, :]
        if self.fitted is not None and np.array_equal(A, self.A):
            return self.fitted
        found = np.empty(A.shape[:2])
        for block in blocks(len(X)):
            kernel, _ = matern(between(A[:, block], self.faces))
            found[:, block] = (kernel @ self.weights[:, :, :1])[:, :, 0]
        found *= self.output[:, None]
        if self.basis is not None:
            found += (self.weights[:, :, 0] @ self.P * self.loads) @ self.basis.of(X).T
        return found + self.centre[:, None]

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k) at X, without measurement noise, first version."""
        A, _, V, leaning = self._seen(X)
        covariance = self._prior(A, leaning, A, leaning) - V @ V.swapaxes(1, 2)
        return self.centre[:, None] + (V @ self.white[:, :, :1])[:, :, 0], covariance

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between A (a, d) and X (k, d), without measurement noise."""
        at, _, V, leaning_at = self._seen(A)
        to, _, W, leaning_to = self._seen(X)
        return self._prior(at, leaning_at, to, leaning_to) - V @ W.swapaxes(1, 2)

    def given(self, X: Floats, values: Floats) -> "ExactGPs":
        """Give these processes conditioned on noise-free values (m, p, s) at X (p, d)."""
        A, _, V, leaning = self._seen(X)
        C = self._prior(A, leaning, A, leaning) - V @ V.swapaxes(1, 2)
        m, n, p = len(C), self.A.shape[1], len(X)
        whiten = np.empty((m, n + p, n + p)).swapaxes(1, 2)
        for i in range(m):
            C[i].flat[:: p + 1] += CERTAIN * self.output[i]
            border(whiten[i], self.whiten[i], V[i], C[i])
        old = np.broadcast_to(self.white, (m, n, values.shape[2]))
        rest = values - self.centre[:, None, None] - V @ old
        white = np.concatenate([old, whiten[:, n:, n:] @ rest], axis=1)
        return ExactGPs(
            features=self.features,
            share=self.share,
            steps=self.steps,
            A=np.concatenate([self.A, A], axis=1),
            faces=np.concatenate([self.faces, facing(A)], axis=2),
            inverse_scale=self.inverse_scale,
            output=self.output,
            noise=self.noise,
            centre=self.centre,
            whiten=whiten,
            white=white,
            fitted=None,
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

    def _seen(self, X: Floats) -> tuple[Floats, Floats, Floats, Leaning | None]:
        """Give features (m, k, D), bend of the covariance with the rows (m, k, n), and it whitened."""
        A = self.features.of(X) * self.inverse_scale[:, None, :]
        kernel, bend = matern(between(A, self.faces))
        kernel *= self.output[:, None, None]
        leaning = None
        if self.basis is not None:
            leaning = self.basis.look(X)
            kernel += (leaning.F * self.loads[:, None, :]) @ self.P.T
        return A, bend, times(kernel, self.whiten, transposed=True), leaning


def _variances(evidence: Evidence, theta: Floats) -> Floats:
    """Give (n,) the variance of each measurement."""
    known = evidence.noise_var
    return np.full(len(evidence.y), math.exp(theta[-1])) if known is None else known


def _solved(evidences: Sequence[Evidence], whiten: Floats) -> tuple[Floats, Floats, Floats]:
    """Give whitened outcomes (m, n, 1) less their best constant mean (m,), and log likelihoods (m,)."""
    n = whiten.shape[1]
    white = whiten @ np.array([[e.y, np.ones(n)] for e in evidences]).swapaxes(1, 2)
    y, ones = np.moveaxis(white, 2, 0)
    centre = np.einsum("mn,mn->m", ones, y) / np.einsum("mn,mn->m", ones, ones)
    white = white[:, :, :1] - centre[:, None, None] * white[:, :, 1:]
    log_det = -2 * np.log(np.einsum("mnn->mn", whiten)).sum(axis=1)
    squared = np.einsum("mns,mns->m", white, white)
    return white, centre, -0.5 * (squared + log_det + n * math.log(2 * math.pi))
