"""What one model is to learn of a dataset: which rows, in which units, with which noise."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from tuner.dataset import Dataset, Floats
from tuner.surrogates.apart import apart
from tuner.surrogates.fitting import Evidence
from tuner.surrogates.scales import LabelScale, Scale, SlackScale, believable, objective_scale
from tuner.surrogates.spec import Priors, Transform

Indices = npt.NDArray[np.intp]

FEWEST = 2
"""Finite values (or failures) below which there is nothing to learn from."""

LEAST_NOISE = 1e-4
"""Least noise variance of a metric: keeps the matrix well conditioned."""

KNOWN_SHARE = 0.5
"""Known standard errors are used when at least this share of the rows has one."""

LEAST_VARIANCE, MOST_VARIANCE = 1e-6, 1e4
"""Known noise is kept between these, in standard units, for the sake of the Cholesky factor."""

LABEL_NOISE = 0.05
"""Least noise variance of 0/1 labels: one failure does not damn its neighbourhood for ever."""


@dataclass(frozen=True)
class Task:
    """What a model is to learn of a dataset.

    Attributes:
        what: the objective, the slack of a constraint, or who survives.
        column: of Y.
    """

    what: Literal["objective", "slack", "survival"]
    column: int
    priors: Priors
    transform: Transform = "plain"

    def can_learn(self, dataset: Dataset) -> bool:
        """Say whether enough is known."""
        if self.what == "survival":
            return int(dataset.failed.sum()) >= FEWEST
        return int(np.isfinite(dataset.Y[:, self.column]).sum()) >= FEWEST

    def learned_from(self, dataset: Dataset) -> Dataset:
        """Give what hyperparameters follow from: the last anchor, or everything where that is nothing."""
        return dataset.early if self.can_learn(dataset.early) else dataset

    def evidence(self, dataset: Dataset, most: int) -> tuple[Evidence, Scale]:
        """Give at most so many rows in standard units, and the way back."""
        scale, standard = self._standard(dataset)
        rows = _most_telling(standard, most)
        known = None
        if self._knows_noise(self.learned_from(dataset)):
            known = _known_variances(dataset, self.column, scale, standard)
        evidence = Evidence(
            columns=dataset.columns,
            X=dataset.X[rows],
            y=standard[rows],
            noise_var=None if known is None else known[rows],
            noise_floor=LABEL_NOISE if self.what == "survival" else LEAST_NOISE,
            settled=int((rows < dataset.settled).sum()),
        )
        return evidence, scale

    def _knows_noise(self, dataset: Dataset) -> bool:
        """Say whether enough rows have a standard error; later rows do not change it before an anchor.

        Hyperparameters hold a noise or they do not: who is told by them must be of the same mind.
        """
        if self.what == "survival" or dataset.noise_sd is None:
            return False
        used = np.isfinite(dataset.Y[:, self.column])
        known = np.isfinite(dataset.noise_sd[used, self.column])
        return bool(known.any() and known.mean() >= KNOWN_SHARE)

    def _standard(self, dataset: Dataset) -> tuple[Scale, Floats]:
        """Give (n,) values in standard units, nan for rows that teach nothing."""
        if self.what == "survival":
            return LabelScale(), np.where(dataset.failed, -1.0, 1.0)
        raw = dataset.Y[:, self.column]
        rows = np.isfinite(raw)
        standard = np.full(len(rows), np.nan)
        if self.what == "slack":
            slack = SlackScale.of(raw[rows])
            standard[rows] = slack.apply(raw[rows])
            return slack, standard
        gains, usual = _usual(dataset, self.column)  # the same for every transform
        scale = objective_scale(gains[usual], self.transform)
        standard[rows] = scale.apply(gains)
        standard[dataset.failed] = standard[rows].min()
        return scale, standard


@lru_cache(maxsize=2)
def _usual(dataset: Dataset, column: int) -> tuple[Floats, Indices]:
    """Give the finite gains, and which of them say what is usual."""
    raw = dataset.Y[:, column]
    rows = np.isfinite(raw)
    gains = believable(raw[rows])
    return gains, apart(dataset.X[rows], dataset.columns, gains)


def _most_telling(standard: Floats, most: int) -> Indices:
    """Give the rows that a model is fitted to: all finite ones, or `most` of them.

    Of more than that the better half is what the search needs, and the rest is thinned evenly in
    the order of the trials, so that what is known to be bad stays known.
    """
    rows = np.flatnonzero(np.isfinite(standard))
    if len(rows) <= most:
        return rows
    order = rows[np.argsort(-standard[rows], kind="stable")]
    rest = np.sort(order[most // 2 :])
    thinned = rest[np.linspace(0, len(rest) - 1, most - most // 2).astype(np.intp)]
    return np.sort(np.concatenate([order[: most // 2], thinned]))


def _known_variances(
    dataset: Dataset, column: int, scale: Scale, standard: Floats
) -> Floats | None:
    """Give known noise variances (n,) in standard units, or None if nothing is known.

    Rows without one (a forgotten error, a failed trial) get the median of the others.
    """
    if dataset.noise_sd is None:
        return None
    errors, used = dataset.noise_sd[:, column], np.isfinite(standard)
    errors = np.where(np.isfinite(errors), errors, np.nanmedian(errors[used]))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        variances = np.square(errors / scale.slope(standard))
    known: Floats = np.clip(np.nan_to_num(variances), LEAST_VARIANCE, MOST_VARIANCE)
    return known
