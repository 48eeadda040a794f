"""A study's own process for whoever wants to understand it: more questions than a search has.

The metric is seen as it is, not as ranks or bent, so that everything said is about the metric itself.
Several processes over the same rows differ in their hyperparameters (`effects.py`). Called by `make.py`.
Shapes: n rows, m processes, k points, d columns.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import lapack

from tuner.dataset import Bools, Dataset, Floats
from tuner.surrogates.allowed import WidePosterior, about, walked
from tuner.surrogates.effects import (
    EffectsPosterior,
    Sizes,
    apart,
    covariance,
    inert,
    settle,
)
from tuner.surrogates.engine import NumpyEngine
from tuner.surrogates.fitting import Evidence
from tuner.surrogates.looks import blocks
from tuner.surrogates.scales import Scale
from tuner.surrogates.spec import Priors
from tuner.surrogates.task import Task

MOST_FITTED = 200
"""Rows that hyperparameters are fitted to."""

DRAWS, FEWER, MANY = 6, 4, 200
"""Hyperparameters that are drawn, and how many where there are many rows."""

WALKED, MOST_WALKED = 12, 100
"""Hyperparameters that are drawn for the whole space, and rows that they are drawn for."""

LEAST_VARIANCE = 1e-10
"""Of the prior variance: rounding may leave a variance at a well-known point below zero."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedForm:
    """What is believed of the metric's gains, and what it was learned from.

    Attributes:
        dataset: the rows, all with a result.
        scale: from raw gains to standard units.
        evidence: the rows in standard units.
        sizes: hyperparameters of the m processes.
        share: (m,) how much each is believed; sums to 1.
        noise: (m, n) variance of each measurement.
        whiten: (m, n, n) inverse of the Cholesky factor of the rows' covariance.
        centre: (m,) prior means.
        weights: (m, n) so that the mean at x is centre + k(x, rows) @ weights.
        inert: (d,) the probability that a column does nothing.
        noise_known: the errors were told, not estimated.
    """

    dataset: Dataset
    scale: Scale
    evidence: Evidence
    sizes: tuple[Sizes, ...]
    share: Floats
    noise: Floats
    whiten: Floats
    centre: Floats
    weights: Floats
    inert: Floats
    noise_known: bool

    @property
    def category(self) -> Bools:
        """Say which columns hold codes, (d,)."""
        return np.array([c.kind == "category" for c in self.evidence.columns], dtype=np.bool_)

    @property
    def steps(self) -> Floats:
        """Give (d,) how far a column goes before the processes forget, from the curvature of k."""
        bends = [
            (one.main / one.reach**2 + one.rest / one.scale**2) / one.total for one in self.sizes
        ]
        found: Floats = np.maximum(self.share @ np.array(bends), 1e-12) ** -0.5
        return found

    def cross(self, X: Floats) -> Floats:
        """Give covariances (m, k, n) of X (k, d) with the rows."""
        found = np.empty((len(self.sizes), len(X), len(self.evidence.y)))
        for block in blocks(len(X)):
            D = apart(X[block], self.evidence.X, self.category)
            for i, sizes in enumerate(self.sizes):
                found[i, block] = covariance(D, sizes)
        return found

    def look(self, X: Floats) -> tuple[Floats, Floats]:
        """Give means and variances (m, k) at X (k, d), in standard units, without noise."""
        K = self.cross(X)
        mean = self.centre[:, None] + np.einsum("mkn,mn->mk", K, self.weights)
        total = np.array([one.total for one in self.sizes])[:, None]
        V = K @ self.whiten.swapaxes(1, 2)
        variance = total - np.einsum("mkn,mkn->mk", V, V)
        return mean, np.maximum(variance, LEAST_VARIANCE * total)

    def left_out(self) -> tuple[Floats, Floats]:
        """Give what each process foretells of a row from all others: means and variances (m, n).

        Noise included; Rasmussen & Williams (2006), section 5.4.2, equation 5.12, with the mean and
        the hyperparameters of all rows.
        """
        precision = np.einsum("mij,mij->mj", self.whiten, self.whiten)
        return self.evidence.y - self.weights / precision, 1.0 / precision

    def mixed(self, means: Floats, variances: Floats) -> tuple[Floats, Floats]:
        """Give mean and variance (k,) of all processes together."""
        mean = self.share @ means
        return mean, self.share @ (variances + (means - mean) ** 2)


def closed_form(dataset: Dataset) -> ClosedForm:
    """Fit the metric of a dataset that has no older studies to it.

    Raises:
        FitError: there is too little to learn from.
    """
    task = Task("objective", 0, Priors(), "plain")
    evidence, scale = task.evidence(dataset, len(dataset.ids))
    with NumpyEngine().at_work(len(evidence.y)):
        fitted, _ = task.evidence(dataset, MOST_FITTED)
        few = EffectsPosterior(fitted)
        optimum = settle(few)
        rng = np.random.default_rng(len(evidence.y))
        count = DRAWS if len(evidence.y) <= MANY else FEWER
        thetas, share = about(few, optimum, count, rng)
        whole = few if len(fitted.y) == len(evidence.y) else EffectsPosterior(evidence)
        return _conditioned(
            whole,
            thetas,
            share,
            dataset=dataset,
            scale=scale,
            inert=inert(few, optimum),
        )


def wide_form(dataset: Dataset, worth: float, weights: Floats) -> ClosedForm:
    """Believe of the whole space what the results allow, and no more.

    Args:
        dataset: that has no older studies to it.
        worth: for how much of a result each speaks of the whole space, in (0, 1].
        weights: (n,) of the rows, under which they are spread over the whole space; sum to 1.

    Raises:
        FitError: there is too little to learn from.
    """
    task = Task("objective", 0, Priors(), "plain")
    evidence, scale = task.evidence(dataset, len(dataset.ids))
    with NumpyEngine().at_work(len(evidence.y)):
        few = WidePosterior(_spread_out(evidence, MOST_WALKED), worth)
        optimum = settle(few)
        thetas = walked(few, optimum, WALKED, np.random.default_rng(len(evidence.y)))
        form = _conditioned(
            EffectsPosterior(evidence),
            thetas,
            np.full(WALKED, 1.0 / WALKED),
            dataset=dataset,
            scale=scale,
            inert=inert(few, optimum),
        )
        return _stretched(form, weights)


def _stretched(form: ClosedForm, weights: Floats) -> ClosedForm:
    """Make processes as unsure as they turn out to be of rows that are left out, never surer.

    The variance that cross-validation gives a process: Bachoc (2013), "Cross Validation and Maximum
    Likelihood Estimations of Hyper-Parameters of Gaussian Processes with Model Misspecification", with
    rows weighed by Sugiyama, Krauledat & Mueller (2007), "Covariate Shift Adaptation by Importance
    Weighted Cross Validation": a row that is alone where few are counts for all of that place.
    """
    means, variances = form.left_out()
    wrong = np.square(form.evidence.y - means) / variances
    times = np.maximum(1.0, wrong @ weights)
    return replace(
        form,
        sizes=tuple(
            replace(sizes, main=sizes.main * by, rest=sizes.rest * by)
            for sizes, by in zip(form.sizes, times.tolist(), strict=True)
        ),
        noise=form.noise * times[:, None],
        whiten=form.whiten / np.sqrt(times)[:, None, None],
        weights=form.weights / times[:, None],
    )


def _spread_out(evidence: Evidence, most: int) -> Evidence:
    """Keep at most so many rows, evenly in the order of the trials."""
    n = len(evidence.y)
    if n <= most:
        return evidence
    rows = np.linspace(0, n - 1, most).astype(np.intp)
    known = evidence.noise_var
    return replace(
        evidence,
        X=evidence.X[rows],
        y=evidence.y[rows],
        noise_var=None if known is None else known[rows],
    )


def _conditioned(
    posterior: EffectsPosterior,
    thetas: Floats,
    share: Floats,
    *,
    dataset: Dataset,
    scale: Scale,
    inert: Floats,
) -> ClosedForm:
    """Condition the processes on all rows."""
    evidence = posterior.evidence
    n, m = len(evidence.y), len(thetas)
    whiten = np.array([lapack.dtrtri(posterior.root(theta), lower=1)[0] for theta in thetas])
    white = whiten @ np.array([evidence.y, np.ones(n)]).T
    y, ones = np.moveaxis(white, 2, 0)
    centre = np.einsum("mn,mn->m", ones, y) / np.einsum("mn,mn->m", ones, ones)
    rest = y - centre[:, None] * ones
    noise = [np.broadcast_to(posterior.noise(theta), n) for theta in thetas]
    return ClosedForm(
        dataset=dataset,
        scale=scale,
        evidence=evidence,
        sizes=tuple(Sizes.of(theta, posterior.d) for theta in thetas),
        share=share,
        noise=np.array(noise).reshape(m, n),
        whiten=whiten,
        centre=centre,
        weights=np.einsum("mij,mi->mj", whiten, rest),
        inert=inert,
        noise_known=evidence.noise_var is not None,
    )


@contextmanager
def at_work() -> Iterator[None]:
    """Work on one thread; numerical failures leave as FitError."""
    with NumpyEngine().at_work(0):
        yield
