"""The exact Gaussian process: a BoTorch `SingleTaskGP` over mixed columns, one an outcome."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from tuner.dataset import Dataset, Floats
from tuner.errors import FitError
from tuner.surrogates.exact import ExactGP, assembled
from tuner.surrogates.fitting import Evidence, fit
from tuner.surrogates.scales import LabelScale, ObjectiveScale, Scale, SlackScale
from tuner.surrogates.spec import GaussianProcess
from tuner.surrogates.tensors import Place, array, place_for

Indices = npt.NDArray[np.intp]

FEWEST = 2
"""Finite values (or failures) below which there is nothing to learn from."""

MOST = 1500
"""Rows an exact model is fitted to: the cube of it is what a fit costs, some ten seconds here."""

KNOWN_SHARE = 0.5
"""Known standard errors are used when at least this share of the rows has one."""

LEAST_VARIANCE, MOST_VARIANCE = 1e-6, 1e4
"""Known noise is kept between these, in standard units, for the sake of the Cholesky factor."""

LABEL_NOISE = 0.05
"""Least noise variance of 0/1 labels: one failure does not damn its neighbourhood for ever."""


@dataclass(frozen=True, kw_only=True)
class FittedGP:
    """One outcome's model with its scale. Fields as in `base.Model`."""

    gp: ExactGP
    scale: Scale
    place: Place
    zero: float
    noise_sd: float
    noise_known: bool

    def predict(self, X: Floats) -> tuple[Floats, Floats]:
        """Give mean and sd at X in raw units; nan where a double cannot hold them."""
        with torch.no_grad():
            posterior = self.gp.posterior(self.place.tensor(X).unsqueeze(-2))  # one by one
            mean, sd = (array(t.flatten()) for t in (posterior.mean, posterior.variance.sqrt()))
        raw, raw_sd = self.scale.undo(mean), sd * self.scale.slope(mean)
        bad = ~(np.isfinite(raw) & np.isfinite(raw_sd))
        raw[bad] = raw_sd[bad] = np.nan
        return raw, raw_sd


class SingleTaskSurrogate:
    """Exact GPs with a Matern product kernel; see `kernels.py` and `scales.py` for the choices."""

    def __init__(self, spec: GaussianProcess) -> None:
        self.spec = spec

    def objective(self, dataset: Dataset) -> FittedGP:
        """Fit the metric; failed trials enter at the floor of what was observed.

        A failed trial is no number and is never given one by a person's choice: to the model it is
        as bad as the worst that was seen, on the bent scale, so that a divergence of 1e30 next door
        does not make the floor a chasm. The ledger and the ranking never see that value.
        """
        measured = dataset.measured
        if measured.sum() < FEWEST:
            raise FitError(
                f"{int(measured.sum())} of {len(dataset.ids)} ended trials have a finite metric; "
                f"a model needs {FEWEST}"
            )
        scale = ObjectiveScale.of(dataset.Y[measured, 0])
        standard = np.full(len(measured), np.nan)
        standard[measured] = scale.apply(dataset.Y[measured, 0])
        standard[dataset.failed] = standard[measured].min()
        return self._measured(dataset, 0, scale, standard)

    def constraints(self, dataset: Dataset) -> list[FittedGP]:
        """Fit the slack of every constraint, from the trials that measured it."""
        models = []
        for column in range(1, dataset.Y.shape[1]):
            rows = np.isfinite(dataset.Y[:, column])
            if rows.sum() < FEWEST:
                raise FitError(
                    f"{dataset.outcomes[column]}: measured in {int(rows.sum())} of "
                    f"{len(dataset.ids)} ended trials; a model needs {FEWEST}"
                )
            scale = SlackScale.of(dataset.Y[rows, column])
            standard = np.full(len(rows), np.nan)
            standard[rows] = scale.apply(dataset.Y[rows, column])
            models.append(self._measured(dataset, column, scale, standard))
        return models

    def survival(self, dataset: Dataset) -> FittedGP | None:
        """Fit labels, +1 for a number and -1 for a failure, once two trials have failed."""
        if dataset.failed.sum() < FEWEST:
            return None
        labels = np.where(dataset.failed, -1.0, 1.0)
        return self._model(dataset, LabelScale(), labels, noise_floor=LABEL_NOISE)

    def _measured(self, dataset: Dataset, column: int, scale: Scale, standard: Floats) -> FittedGP:
        known = _known_variances(dataset, column, scale, standard)
        return self._model(dataset, scale, standard, known=known)

    def _model(
        self,
        dataset: Dataset,
        scale: Scale,
        standard: Floats,
        *,
        known: Floats | None = None,
        noise_floor: float = 1e-4,
    ) -> FittedGP:
        """Fit one GP to the finite entries of `standard` (n,)."""
        place = place_for(self.spec, len(dataset.ids))  # one place for all models of a dataset
        rows = _most_telling(standard)
        evidence = Evidence(
            columns=dataset.columns,
            X=place.tensor(dataset.X[rows]),
            y=place.tensor(standard[rows]),
            noise_var=None if known is None else place.tensor(known[rows]),
            noise_floor=noise_floor,
        )
        found = fit(evidence, place)
        noise_var = found.noise_var
        if noise_var is None and evidence.noise_var is not None:
            noise_var = float(evidence.noise_var.median())
        return FittedGP(
            gp=assembled(evidence, found),
            scale=scale,
            place=place,
            zero=float(scale.apply(np.zeros(1))[0]),
            noise_sd=float(np.sqrt(noise_var or 0.0)),
            noise_known=known is not None,
        )


def _most_telling(standard: Floats) -> Indices:
    """Give the rows that a model is fitted to: all finite ones, or MOST of them.

    Of more than that the better half is what the search needs, and the rest is thinned evenly in
    the order of the trials, so that what is known to be bad stays known.
    """
    rows = np.flatnonzero(np.isfinite(standard))
    if len(rows) <= MOST:
        return rows
    order = rows[np.argsort(-standard[rows], kind="stable")]
    rest = np.sort(order[MOST // 2 :])
    thinned = rest[np.linspace(0, len(rest) - 1, MOST - MOST // 2).astype(np.intp)]
    return np.sort(np.concatenate([order[: MOST // 2], thinned]))


def _known_variances(
    dataset: Dataset, column: int, scale: Scale, standard: Floats
) -> Floats | None:
    """Give known noise variances (n,) in standard units, or None if too few rows have one.

    Rows without one (a forgotten error, a failed trial) get the median of the others.
    """
    if dataset.noise_sd is None:
        return None
    errors, used = dataset.noise_sd[:, column], np.isfinite(standard)
    if np.isfinite(errors[used]).mean() < KNOWN_SHARE:
        return None
    errors = np.where(np.isfinite(errors), errors, np.nanmedian(errors[used]))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        variances = np.square(errors / scale.slope(standard))
    known: Floats = np.clip(np.nan_to_num(variances), LEAST_VARIANCE, MOST_VARIANCE)
    return known
