"""From a study to what can be said of it: the room's door to the model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tuner.dataset import Floats
from tuner.errors import FitError
from tuner.insight.along import contour_of, slices_of, varying
from tuner.insight.base import (
    Calibration,
    Contour,
    Finding,
    Importance,
    Narrowed,
    Pair,
    Race,
    Slice,
    Why,
)
from tuner.insight.calibrated import calibration_of
from tuner.insight.doubts import disbelieved
from tuner.insight.ground import Ground, ground_of
from tuner.insight.health import disk, of_history, of_model
from tuner.insight.importance import Sampled, importance_of, order_of, pairs_of, sampled_of
from tuner.insight.narrow import narrowed_of
from tuner.insight.race import race_of
from tuner.insight.why import what_of, why_of
from tuner.space import Space
from tuner.study import History, Point, Trial
from tuner.surrogates.make import at_work

LEVELS = 41
"""Values of a parameter that a line goes through."""


@dataclass(frozen=True, eq=False)
class Understood:
    """A study with a model of its trials, fitted once; every answer follows from the two and a seed."""

    ground: Ground

    @property
    def best(self) -> Point:
        """Give the point of the best trial."""
        return self.ground.best

    def predict(self, points: Sequence[Point]) -> tuple[Floats, Floats]:
        """Give mean and sd (k,) of the metric at points, in its units, without measurement noise.

        Raises:
            FitError: a point is nothing in this space.
        """
        mean, sd = self.ground.believed(self.ground.rows(points))
        with np.errstate(over="ignore"):
            return self.ground.raw(mean), self.ground.form.scale.slope(mean) * sd

    @cached_property
    def _sampled(self) -> Sampled:
        with at_work():
            return sampled_of(self.ground)

    @cached_property
    def _importance(self) -> Importance:
        with at_work():
            return importance_of(self.ground, self._sampled)

    def importance(self) -> Importance:
        """Give which parameters matter."""
        return self._importance

    @cached_property
    def _pairs(self) -> tuple[Pair, ...]:
        with at_work():
            return pairs_of(self.ground, self._sampled, self._importance)

    def pairs(self) -> tuple[Pair, ...]:
        """Give the strongest interactions, the strongest first, of parameters alive together at times."""
        return self._pairs

    @cached_property
    def _order(self) -> tuple[str, ...]:
        with at_work():
            return order_of(self.ground)

    def order(self) -> tuple[str, ...]:
        """Give the parameters, the most important first: what is shown is laid out by it."""
        return self._order

    def varying(self) -> tuple[str, ...]:
        """Give the parameters that `slices` through the best point has."""
        return varying(self.ground, self.best, LEVELS)

    @cached_property
    def _calibration(self) -> Calibration:
        with at_work():
            return calibration_of(self.ground)

    def calibration(self) -> Calibration:
        """Give how well each trial is foretold from all others."""
        return self._calibration

    @cached_property
    def _slices(self) -> tuple[Slice, ...]:
        return slices_of(self.ground, self.best, LEVELS)

    def slices(self, at: Point | None = None, levels: int = LEVELS) -> tuple[Slice, ...]:
        """Give what is expected along every parameter that is alive at a point; None for the best."""
        if at is None and levels == LEVELS:
            return self._slices
        return slices_of(self.ground, self._at(at), levels)

    def contour(self, a: str, b: str, at: Point | None = None) -> Contour:
        """Give what is expected over two numbers, the others as at a point; None for the best.

        Raises:
            UsageError: one of them is no number, or not alive there.
        """
        return contour_of(self.ground, a, b, self._at(at))

    @cached_property
    def _race(self) -> Race:
        with at_work():
            return race_of(self.ground)

    def against_sobol(self) -> Race:
        """Give what Sobol points would have had."""
        return self._race

    @cached_property
    def _narrowed(self) -> Narrowed:
        with at_work():
            return narrowed_of(self.ground)

    def narrowed(self) -> Narrowed:
        """Give the part of the space that the next study can do with."""
        return self._narrowed

    def _at(self, at: Point | None) -> Point:
        if at is None:
            return self.best
        point, why = self.ground.space.usable(at)
        if point is None:
            raise FitError(f"the point is none of this space: {why}")
        return point


def what(history: History, space: Space, trial: int) -> str:
    """Say what the point of a trial is that no usual suggestion made, such as the best of an older study."""
    return what_of(history, space, history.trials[trial])


def why(history: History, space: Space, trial: int, understood: Understood | None = None) -> Why:
    """Say why a trial was proposed and how it turned out.

    Args:
        history: of the study.
        space: what may be tried.
        trial: its id.
        understood: the study's model, whose length scales distances are in; None to fit one, and to
            do with ranges where none can be fitted.

    Raises:
        UsageError: there is no such trial.
    """
    try:
        ground = understood.ground if understood else ground_of(history, space, 0)
    except FitError:
        ground = None
    return why_of(history, space, trial, ground)


def health(
    history: History,
    space: Space,
    understood: Understood | None,
    *,
    free: int | None = None,
    taken: int | None = None,
    see: Callable[[Trial], str] = Trial.seen_by,
    study: str = "",
) -> tuple[Finding, ...]:
    """Say how a study is, and what to do; without a model what the ledger alone shows.

    Args:
        history: of the study.
        space: what may be tried.
        understood: its model, None where none can be fitted.
        free: bytes on the study's disk, None for not asked.
        taken: bytes in the folders of its trials.
        see: gives the command that shows what became of a trial.
        study: as commands name it, empty for the only one.
    """
    found: list[Finding] = []
    importance = None
    if understood is not None:
        importance = understood.importance()
        found += disbelieved(understood.ground, see, study)
        found += of_model(
            understood.ground, understood.calibration(), understood.against_sobol(), importance
        )
    found += of_history(history, space, importance, see)
    if free is not None:
        found.append(disk(free, taken or 0))
    return tuple(found)


def understand(history: History, space: Space, *, seed: int = 0) -> Understood:
    """Fit a model to the trials of a study; older studies that it knows are left out.

    Raises:
        FitError: with why there is nothing to understand yet.
    """
    return Understood(ground_of(history, space, seed))
