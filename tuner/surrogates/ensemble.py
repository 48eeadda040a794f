"""A weighted sum of independent processes: older studies' and this one's.

    f = sum_j w_j g_j:   mean = sum_j w_j mean_j,   covariance = sum_j w_j^2 covariance_j

Called by `remembering.py`; how the weights come about is in `ranks.py`. An older study is one process, this
one is m of them, and each of the m is a sum with all the older ones. What is taken for granted is a
value of the sum: it is conditioned on as such, and what it says of any part is never asked.

Shapes: J parts, m processes, k points, p points taken for granted, s versions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.linalg import lapack

from tuner.dataset import Floats
from tuner.surrogates import base
from tuner.surrogates.exact import CERTAIN, LEAST_VARIANCE, ExactGPs
from tuner.surrogates.fitting import factor


@dataclass(frozen=True)
class Look:
    """What is believed at k points; fields as in `base.Look`.

    Attributes:
        parts: what each part believes; `links` what each would if it were told the unit vectors of
            what is taken for granted, from which covariances with that follow.
        cross: (m, k, p) covariances with what is taken for granted, `whole` (m, p, p) its inverse, `rest`
            (m, p, s) how far it is from what was expected.
    """

    mean: Floats
    variance: Floats
    weights: Floats
    parts: Sequence[base.Look]
    links: Sequence[base.Look]
    cross: Floats
    whole: Floats
    rest: Floats
    free: Floats

    def back(self, by_mean: Floats, by_variance: Floats) -> Floats:
        """Give slopes (k, d) for slopes by the means (m, k, s) and the variances (m, k)."""
        by_variance = by_variance * self.free
        total = by_mean.sum(axis=2, keepdims=True)
        slopes = np.zeros(())
        for weight, look in zip(self.weights, self.parts, strict=True):
            m = len(look.mean)
            slopes = slopes + look.back(
                _folded(weight * total, m), _folded(weight**2 * by_variance, m)
            )
        if not self.links:
            return slopes
        by_cross = by_mean @ self.rest.swapaxes(1, 2) @ self.whole
        by_cross -= 2.0 * by_variance[:, :, None] * (self.cross @ self.whole)
        for weight, look in zip(self.weights, self.links, strict=True):
            m = len(look.mean)
            by_units = _folded(weight**2 * by_cross, m)
            by_expected = -by_units.sum(axis=2, keepdims=True)
            nothing = np.zeros(by_units.shape[:2])
            slopes = slopes + look.back(np.concatenate([by_expected, by_units], axis=2), nothing)
        return slopes


def _folded(values: Floats, m: int) -> Floats:
    """Sum over processes what is said of a part that they share."""
    return values if len(values) == m else values.sum(axis=0, keepdims=True)


@dataclass(frozen=True, eq=False, kw_only=True)
class Ensemble:
    """Processes as `base.Posterior` has them.

    Attributes:
        parts: older studies, one process each, and last this one with all of its processes.
        weights: (J,).
        granted: (p, d) points whose values are taken for granted, `values` (m, p, s).
    """

    parts: tuple[ExactGPs, ...]
    weights: Floats
    granted: Floats
    values: Floats = field(repr=False)

    @classmethod
    def of(cls, parts: Sequence[ExactGPs], weights: Floats, columns: int) -> "Ensemble":
        """Give the sum of parts, nothing taken for granted."""
        m = len(parts[-1].share)
        nothing = np.empty((0, columns))
        return cls(parts=tuple(parts), weights=weights, granted=nothing, values=np.empty((m, 0, 1)))

    @property
    def share(self) -> Floats:
        """Give (m,) how much each is believed."""
        return self.parts[-1].share

    @property
    def steps(self) -> Floats:
        """Give (d,) the shortest of the length scales."""
        shortest: Floats = np.min([part.steps for part in self.parts], axis=0)
        return shortest

    @property
    def noise(self) -> Floats:
        """Give (m,) the variance of a measurement."""
        return self.parts[-1].noise

    def believed(self, share: Floats, rows: Sequence[int]) -> "Ensemble":
        """Give some of the processes, by the shares (m,) in which all are believed."""
        return self._with(self.parts[-1].believed(share, rows), rows)

    def only(self, rows: Sequence[int]) -> "Ensemble":
        """Give some of the processes, with their shares in proportion."""
        return self._with(self.parts[-1].only(rows), rows)

    def _with(self, here: ExactGPs, rows: Sequence[int]) -> "Ensemble":
        return replace(
            self, parts=(*self.parts[:-1], here), values=self.values[np.asarray(rows, np.intp)]
        )

    def look(self, X: Floats) -> Look:
        """Give what is believed at X (k, d)."""
        looks = [part.look(X) for part in self.parts]
        mean = self._sum([look.mean for look in looks], 1)
        variance = self._sum([look.variance for look in looks], 2)
        cross, whole, rest = self.values[:, :0], self.values[:, :0], self.values
        links: list[base.Look] = []
        least = LEAST_VARIANCE * self._prior_variance
        if len(self.granted):
            linked, whole, rest = self._conditioned
            links = [part.look(X) for part in linked]
            cross = self._sum([link.mean[:, :, 1:] - link.mean[:, :, :1] for link in links], 2)
            told = cross @ whole
            mean = mean + told @ rest
            variance = variance - np.einsum("mkp,mkp->mk", told, cross)
        free = (variance > least).astype(np.float64)
        variance = np.maximum(variance, least)
        return Look(mean, variance, self.weights, looks, links, cross, whole, rest, free)

    def means(self, X: Floats) -> Floats:
        """Give (m, k) what is expected at X (k, d), first version."""
        if len(self.granted):
            return self.look(X).mean[:, :, 0]
        return self._sum([part.means(X) for part in self.parts], 1)

    def joint(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean (m, k) and covariance (m, k, k) at X, without measurement noise, first version."""
        return self.means(X), self.cross(X, X)

    def cross(self, A: Floats, X: Floats) -> Floats:
        """Give covariances (m, a, k) between A (a, d) and X (k, d), without measurement noise."""
        found = self._free_cross(A, X)
        if not len(self.granted):
            return found
        _, whole, _ = self._conditioned
        to_x = self._free_cross(self.granted, X)
        return found - self._free_cross(A, self.granted) @ whole @ to_x

    def given(self, X: Floats, values: Floats) -> "Ensemble":
        """Give these processes conditioned on noise-free values (m, p, s) at X (p, d)."""
        old = np.broadcast_to(self.values, (*self.values.shape[:2], values.shape[2]))
        return replace(
            self,
            granted=np.concatenate([self.granted, X]),
            values=np.concatenate([old, values], axis=1),
        )

    @cached_property
    def _conditioned(self) -> tuple[tuple[ExactGPs, ...], Floats, Floats]:
        """Give parts that are told unit vectors, the inverse covariance of what is granted, and its rest.

        The first version of a part is told what it expects; version 1 + i that and its own covariances
        with the i-th granted point, so that it comes to differ from the first by just those everywhere.
        """
        P = self.granted
        linked, expected = [], []
        for part in self.parts:
            mean, C = part.joint(P)
            C = C + CERTAIN * part.output[:, None, None] * np.eye(len(P))
            units = np.concatenate([np.zeros((len(C), len(P), 1)), C], axis=2)
            linked.append(part.given(P, mean[:, :, None] + units))
            expected.append(mean)
        C = self._free_cross(P, P)
        size = CERTAIN * self._prior_variance
        whole = np.empty_like(C)
        for i in range(len(C)):
            C[i].flat[:: len(P) + 1] += size[i]
            root = lapack.dtrtri(factor(C[i]), lower=1)[0]
            whole[i] = root.T @ root
        return tuple(linked), whole, self.values - self._sum(expected, 1)[:, :, None]

    @cached_property
    def _prior_variance(self) -> Floats:
        """Give (m, 1) what is unknown where nothing was measured, loads left aside."""
        return self._sum([part.output[:, None] for part in self.parts], 2)

    def _free_cross(self, A: Floats, X: Floats) -> Floats:
        return self._sum([part.cross(A, X) for part in self.parts], 2)

    def _sum(self, values: Sequence[Floats], power: int) -> Floats:
        """Add up what the parts say, by a power of their weights; the last one has all processes."""
        total = values[-1] * self.weights[-1] ** power
        for value, weight in zip(values[:-1], self.weights[:-1], strict=True):
            total = total + value * weight**power
        return total
