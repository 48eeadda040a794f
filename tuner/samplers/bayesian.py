"""Dataset, surrogate, acquisition, optimum, suggestion: the search that learns."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from tuner.acquisition.base import Beliefs
from tuner.acquisition.branches import LITTLE, Branches, at_turn, candidates
from tuner.acquisition.make import make_utility
from tuner.acquisition.optimize import Optimum, choose, maximise
from tuner.acquisition.region import Region, Tried
from tuner.acquisition.spec import ELSEWHERE, Order
from tuner.custom import Custom
from tuner.dataset import Bools, Dataset, Floats, Translator
from tuner.errors import FitError, SpaceExhaustedError
from tuner.samplers.base import Opinion
from tuner.samplers.believed import Belief
from tuner.samplers.prior import Prior
from tuner.samplers.spec import SearchSpec
from tuner.space import Space
from tuner.study import History, Metric, Point, Suggestion
from tuner.study.faith import faith
from tuner.surrogates.base import Model
from tuner.surrogates.make import make_surrogate
from tuner.surrogates.spec import CatalogueModel, GaussianProcess, SparseProcess, SurrogateSpec

SPREAD = 256
"""Rows all over the space, for criteria that ask what a point teaches about others."""

ANCHORS = 4
"""Observed points near which a part of the candidates lies."""


class BayesianSampler:
    """Suggests what Gaussian processes of everything so far say is most useful to know.

    A pure function of history and rng: what is kept from one request to the next are memos of pure
    functions. Raises FitError when there is too little to learn from or no matrix can be factored;
    the ladder in `sequence.py` answers that.
    """

    def __init__(
        self,
        spec: SearchSpec,
        space: Space,
        *,
        device_taken: bool,
        beliefs: Mapping[str, Belief] | None = None,
    ) -> None:
        self.spec = spec
        self.space = space
        self._region = Region(space)
        self._branches = Branches(self._region)
        self._prior = Prior(space, beliefs or {})
        self._translator = Translator(space)
        exact = GaussianProcess(engine=spec.engine, device=spec.device, spare_gpu=not device_taken)
        self._surrogate = make_surrogate(_model_of(spec, exact))

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give up to `count` points, each chosen with the ones before it pending."""
        since = time.perf_counter()
        dataset = self._translator.dataset(history)
        tried = Tried(dataset.tried)
        found: list[Suggestion] = []
        with self._surrogate.at_work(dataset):
            objective = self._surrogate.objective(dataset)
            beliefs = self._beliefs(dataset, objective, seed=int(rng.integers(2**31)))
            beliefs = replace(
                beliefs, prior=self._prior.of(history), faith=faith(len(history.trials))
            )
            while len(found) < count:
                try:
                    optimum = self._optimum(beliefs, tried, rng)
                except SpaceExhaustedError:
                    if not found:
                        raise
                    break
                branch = None
                if at_turn(len(history.trials) + len(found)):
                    branch = self._elsewhere(dataset, beliefs, tried, rng, instead_of=optimum)
                optimum = branch or optimum
                row = optimum.x[None]
                tried.add(optimum.x)
                beliefs = replace(beliefs, pending=np.concatenate([beliefs.pending, row]))
                mean, sd = _in_units(objective, history.metric, row, measured=True)[0]
                now = time.perf_counter()
                found.append(
                    Suggestion(
                        point=self._region.points(row)[0],
                        method="branch" if branch else "bayes",
                        mean=mean if math.isfinite(mean) else None,
                        sd=sd if math.isfinite(sd) else None,
                        acquisition=optimum.value,
                        seconds=now - since,
                        memory=objective.memory,
                    )
                )
                since = now
        return found

    def posterior(self, history: History, points: Sequence[Point]) -> list[Opinion]:
        """Say what is believed of points ever suggested, from what was measured here alone.

        Raises FitError where no model can be fitted or a point is nothing in this space.
        """
        dataset = replace(self._translator.dataset(history), sources=())
        here = [self.space.usable(point) for point in points]
        known = [point for point, _ in here if point is not None]
        if len(known) < len(here):
            why = next(reason for point, reason in here if point is None)
            raise FitError(f"a point is none of this space any more: {why}")
        X = self._translator.encoding.encode(known)
        with self._surrogate.at_work(dataset):
            model = self._surrogate.objective(dataset)
            believed = _in_units(model, history.metric, X)
            chances = model.chances(X).tolist()
        pairs = zip(believed, chances, strict=True)
        return [Opinion(mean, sd, chance) for (mean, sd), chance in pairs]

    def warm_up(self) -> None:
        """Fit one tiny model, so that the first suggestion does not wait for what loads late."""
        rng = np.random.default_rng(0)
        X = self._region.sample(4, rng)
        if len(X) < 2:  # noqa: PLR2004  nothing to warm up with
            return
        dataset = Dataset(
            columns=self._translator.encoding.columns,
            outcomes=("warm up",),
            X=X,
            Y=np.arange(len(X), dtype=np.float64)[:, None],
            noise_sd=None,
            failed=np.zeros(len(X), dtype=np.bool_),
            ids=tuple(range(len(X))),
            settled=len(X),
            pending=X[:0],
            tried=X[:0],
        )
        with self._surrogate.at_work(dataset):
            objective = self._surrogate.objective(dataset)
            self._optimum(self._beliefs(dataset, objective, seed=0), Tried(X[:0]), rng)

    def _beliefs(self, dataset: Dataset, objective: Model, *, seed: int) -> Beliefs:
        surrogate = self._surrogate
        measured = dataset.measured
        return Beliefs(
            objective=objective,
            constraints=tuple(surrogate.constraints(dataset)),
            survival=surrogate.survival(dataset),
            X=dataset.X[measured],
            means=objective.processes.means(dataset.X[measured]),
            feasible=dataset.feasible[measured],
            pending=dataset.pending,
            spread=self._spread(seed),
            seed=seed,
        )

    def _spread(self, seed: int) -> Floats:
        """Give legal rows all over the space to criteria that ask for them."""
        rng = np.random.default_rng(seed)
        order = self.spec.acquisition
        count = SPREAD if isinstance(order, Custom) or order in ELSEWHERE else 0
        return self._region.sample(count, rng) if count else np.empty((0, self._region.width))

    def _optimum(self, beliefs: Beliefs, tried: Tried, rng: np.random.Generator) -> Optimum:
        utility = make_utility(self.spec.acquisition, beliefs)
        return maximise(utility, self._region, tried, rng, anchors=_best(beliefs))

    def _little_left(self, beliefs: Beliefs, optimum: Optimum) -> bool:
        """Say whether next to nothing is left to gain, whatever may fail and a measurement may teach."""
        if self.spec.acquisition != "auto" or beliefs.prior or not self._branches.columns:
            return False
        if self._region.everything is not None or not beliefs.feasible.any():
            return False
        order: Order = "q_log_nei" if beliefs.noisy else "auto"
        gain = make_utility(order, replace(beliefs, constraints=(), survival=None))
        return float(gain.values(optimum.x[None])[0]) < LITTLE

    def _elsewhere(
        self,
        dataset: Dataset,
        beliefs: Beliefs,
        tried: Tried,
        rng: np.random.Generator,
        *,
        instead_of: Optimum,
    ) -> Optimum | None:
        """Find what is most useful in the branch that was tried least; None while there is more to gain."""
        if not self._little_left(beliefs, instead_of):
            return None
        best = _best(_among(beliefs, beliefs.feasible))[0]
        X = np.concatenate([dataset.X, beliefs.pending])
        good = np.ones(len(X), dtype=np.bool_)
        good[: len(dataset.X)] = dataset.measured & dataset.feasible
        for branch in self._branches.least_tried(X, good, best, rng):
            own = _among(beliefs, branch.holds(beliefs.X))
            utility = make_utility("auto", own if own.feasible.any() else beliefs)
            anchors = np.concatenate([best[None], _best(own)])
            optimum = choose(utility, candidates(branch, anchors, rng), tried)
            if optimum is not None:  # else all of it was tried, or `require` forbids it
                return optimum
        return None


def _model_of(spec: SearchSpec, exact: GaussianProcess) -> SurrogateSpec:
    """Order the model that was asked for by name."""
    match spec.surrogate:
        case "auto" | "gp":
            return exact
        case "saas":
            return SparseProcess(exact=exact)
        case kind:
            return CatalogueModel(kind=kind, exact=exact)


def _among(beliefs: Beliefs, rows: Bools) -> Beliefs:
    """Give the beliefs as if only some of the rows had been measured."""
    return replace(
        beliefs,
        X=beliefs.X[rows],
        means=beliefs.means[:, rows],
        feasible=beliefs.feasible[rows],
    )


def _best(beliefs: Beliefs) -> Floats:
    """Give the rows that are believed to be best, the best first."""
    mean = beliefs.objective.processes.share @ beliefs.means
    return beliefs.X[np.argsort(-mean, kind="stable")[:ANCHORS]]


def _in_units(
    model: Model, metric: Metric, X: Floats, *, measured: bool = False
) -> list[tuple[float, float]]:
    gains, sds = model.predict(X, measured=measured)
    return [(metric.raw(float(m)), float(s)) for m, s in zip(gains, sds, strict=True)]
