"""Dataset, surrogate, acquisition, optimum, suggestion: the search that learns. The door to torch.

Torch takes seconds to import, so nothing of it is imported before the first suggestion; `warm_up`
does it ahead of time, in the background, while the first jobs run.
"""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tuner.acquisition.base import Beliefs
from tuner.dataset import Dataset, Floats, dataset_of
from tuner.errors import FitError, SpaceExhaustedError
from tuner.samplers.spec import SearchSpec
from tuner.space import Space
from tuner.space.encoding import Encoding
from tuner.study import History, Metric, Point, Suggestion
from tuner.surrogates.base import Model
from tuner.surrogates.spec import GaussianProcess

if TYPE_CHECKING:
    from tuner.acquisition.optimize import Optimum
    from tuner.acquisition.region import Region, Tried

ANCHORS = 4
"""Observed points near which a part of the candidates lies."""


class BayesianSampler:
    """Suggests what a Gaussian process of everything so far says is most useful to know.

    A pure function of history and rng: models are fitted anew, nothing is remembered. Raises
    FitError when there is too little to learn from or no matrix can be factored; the ladder in
    `sequence.py` answers that.
    """

    def __init__(self, spec: SearchSpec, space: Space, *, device_taken: bool) -> None:
        self.spec = spec
        self.space = space
        self.order = GaussianProcess(device=spec.device, spare_gpu=not device_taken)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give up to `count` points, each chosen with the ones before it pending."""
        from tuner.acquisition.region import Region, Tried
        from tuner.surrogates.make import laboratory, make_surrogate

        since = time.perf_counter()
        dataset = dataset_of(history, self.space)
        region, tried = Region(self.space), Tried(dataset.tried)
        found: list[Suggestion] = []
        with laboratory(rows=len(dataset.ids)):
            objective = make_surrogate(self.order).objective(dataset)
            beliefs = self._beliefs(dataset, objective, seed=int(rng.integers(2**31)))
            while len(found) < count:
                try:
                    optimum = self._optimum(beliefs, region, tried, rng)
                except SpaceExhaustedError:
                    if not found:
                        raise
                    break
                tried.add(optimum.x)
                row = optimum.x[None]
                beliefs = replace(beliefs, pending=np.concatenate([beliefs.pending, row]))
                mean, sd = _in_units(objective, history.metric, row)[0]
                now = time.perf_counter()
                found.append(
                    Suggestion(
                        point=region.points(row)[0],
                        method="bayes",
                        mean=mean if math.isfinite(mean) else None,
                        sd=sd if math.isfinite(sd) else None,
                        acquisition=optimum.value,
                        seconds=now - since,
                    )
                )
                since = now
        return found

    def posterior(self, history: History, points: Sequence[Point]) -> list[tuple[float, float]]:
        """Give (mean, sd) of the metric, without measurement noise, at points ever suggested.

        Raises FitError where no model can be fitted or a point is nothing in this space.
        """
        from tuner.surrogates.make import laboratory, make_surrogate

        dataset = dataset_of(history, self.space)
        here = [self.space.usable(point) for point in points]
        known = [point for point, _ in here if point is not None]
        if len(known) < len(here):
            why = next(reason for point, reason in here if point is None)
            raise FitError(f"a point is none of this space any more: {why}")
        X = Encoding(self.space).encode(known)
        with laboratory(rows=len(dataset.ids)):
            model = make_surrogate(self.order).objective(dataset)
            return _in_units(model, history.metric, X)

    def warm_up(self) -> None:
        """Import torch and fit one tiny model, so that the first suggestion does not wait for it."""
        from tuner.acquisition.region import Region, Tried
        from tuner.surrogates.make import laboratory, make_surrogate

        region, rng = Region(self.space), np.random.default_rng(0)
        X = region.sample(4, rng)
        if len(X) < 2:  # noqa: PLR2004  nothing to warm up with
            return
        dataset = Dataset(
            columns=region.encoding.columns,
            outcomes=("warm up",),
            X=X,
            Y=np.arange(len(X), dtype=np.float64)[:, None],
            noise_sd=None,
            failed=np.zeros(len(X), dtype=np.bool_),
            ids=tuple(range(len(X))),
            pending=X[:0],
            tried=X[:0],
        )
        with laboratory(rows=len(X)):
            objective = make_surrogate(self.order).objective(dataset)
            beliefs = self._beliefs(dataset, objective, seed=0)
            self._optimum(beliefs, region, Tried(X[:0]), rng)

    def _beliefs(self, dataset: Dataset, objective: Model, *, seed: int) -> Beliefs:
        from tuner.surrogates.make import make_surrogate

        surrogate = make_surrogate(self.order)
        measured = dataset.measured
        return Beliefs(
            objective=objective,
            constraints=tuple(surrogate.constraints(dataset)),
            survival=surrogate.survival(dataset),
            X=dataset.X[measured],
            feasible=dataset.feasible[measured],
            pending=dataset.pending,
            seed=seed,
        )

    def _optimum(
        self, beliefs: Beliefs, region: "Region", tried: "Tried", rng: np.random.Generator
    ) -> "Optimum":
        from tuner.acquisition.make import make_utility
        from tuner.acquisition.optimize import maximise

        utility = make_utility(self.spec.acquisition, beliefs)
        use = utility.values(beliefs.X)
        anchors = beliefs.X[np.argsort(-use, kind="stable")[:ANCHORS]]
        return maximise(utility, region, tried, rng, anchors=anchors)


def _in_units(model: Model, metric: Metric, X: Floats) -> list[tuple[float, float]]:
    gains, sds = model.predict(X)
    return [(metric.raw(float(m)), float(s)) for m, s in zip(gains, sds, strict=True)]
