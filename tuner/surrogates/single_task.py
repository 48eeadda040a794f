"""The exact Gaussian process: a BoTorch `SingleTaskGP` over mixed columns, one an outcome."""

from dataclasses import dataclass

import numpy as np
import torch

from tuner.dataset import Bools, Dataset, Floats
from tuner.errors import FitError
from tuner.surrogates.exact import ExactGP, assembled
from tuner.surrogates.fitting import Evidence, fit
from tuner.surrogates.scales import LabelScale, ObjectiveScale, Scale, SlackScale
from tuner.surrogates.spec import GaussianProcess
from tuner.surrogates.tensors import Place, array, place_for

FEWEST = 2
"""Finite values (or failures) below which there is nothing to learn from."""

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
            posterior = self.gp.posterior(self.place.tensor(X))
            mean, sd = array(posterior.mean[:, 0]), array(posterior.variance[:, 0].sqrt())
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
        rows = measured | dataset.failed
        standard = np.full(len(rows), np.nan)
        standard[measured] = scale.apply(dataset.Y[measured, 0])
        standard[dataset.failed] = standard[measured].min()
        return self._fitted(dataset, 0, rows, scale, standard)

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
            models.append(self._fitted(dataset, column, rows, scale, standard))
        return models

    def survival(self, dataset: Dataset) -> FittedGP | None:
        """Fit labels, +1 for a number and -1 for a failure, once two trials have failed."""
        if dataset.failed.sum() < FEWEST:
            return None
        place = place_for(self.spec, len(dataset.ids))
        evidence = Evidence(
            columns=dataset.columns,
            X=place.tensor(dataset.X),
            y=place.tensor(np.where(dataset.failed, -1.0, 1.0)),
            noise_floor=LABEL_NOISE,
        )
        return _model(evidence, LabelScale(), place)

    def _fitted(
        self, dataset: Dataset, column: int, rows: Bools, scale: Scale, standard: Floats
    ) -> FittedGP:
        place = place_for(self.spec, int(rows.sum()))
        known = _known_variances(dataset, column, rows, scale, standard)
        evidence = Evidence(
            columns=dataset.columns,
            X=place.tensor(dataset.X[rows]),
            y=place.tensor(standard[rows]),
            noise_var=None if known is None else place.tensor(known),
        )
        return _model(evidence, scale, place)


def _known_variances(
    dataset: Dataset, column: int, rows: Bools, scale: Scale, standard: Floats
) -> Floats | None:
    """Give known noise variances in standard units, or None if too few rows have one.

    Rows without one (a forgotten error, a failed trial) get the median of the others.
    """
    if dataset.noise_sd is None:
        return None
    errors = dataset.noise_sd[rows, column]
    if np.isfinite(errors).mean() < KNOWN_SHARE:
        return None
    errors = np.where(np.isfinite(errors), errors, np.nanmedian(errors))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        variances = np.square(errors / scale.slope(standard[rows]))
    known: Floats = np.clip(np.nan_to_num(variances), LEAST_VARIANCE, MOST_VARIANCE)
    return known


def _model(evidence: Evidence, scale: Scale, place: Place) -> FittedGP:
    found = fit(evidence, place)
    noise_var = found.noise_var
    if noise_var is None and evidence.noise_var is not None:
        noise_var = float(evidence.noise_var.median())
    zero = scale.apply(np.zeros(1))
    return FittedGP(
        gp=assembled(evidence, found),
        scale=scale,
        place=place,
        zero=float(zero[0]),
        noise_sd=float(np.sqrt(noise_var or 0.0)),
        noise_known=evidence.noise_var is not None,
    )
