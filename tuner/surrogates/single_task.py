"""From a dataset to exact Gaussian processes over mixed columns, one an outcome."""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from hashlib import blake2b

import numpy as np

from tuner.dataset import Dataset, Floats, Source
from tuner.errors import FitError
from tuner.surrogates.base import Posterior, scarce
from tuner.surrogates.basis import Basis, Ground
from tuner.surrogates.engine import Engine, NumpyEngine
from tuner.surrogates.exact import ExactGPs
from tuner.surrogates.fitting import Evidence, LogPosterior
from tuner.surrogates.guard import JUDGED, foretold
from tuner.surrogates.memory import agreeing, basis_of
from tuner.surrogates.sampling import Draws, draw, draws_for
from tuner.surrogates.scales import Scale
from tuner.surrogates.spec import GaussianProcess
from tuner.surrogates.task import FEWEST, Task

MOST_FITTED = 300
"""Rows that hyperparameters are fitted to; a dozen numbers are settled by so many."""


NOTHING = Ground()

LEAST_SHARE = 0.01
"""Of the most believed process: one believed less is not asked."""

CONTENDERS, DRAWN = 200, 1000
"""Points that may be the best of many, and joint draws that decide."""

REMEMBERED = 64
"""Fits of anchors that are kept."""


@dataclass(frozen=True, kw_only=True)
class FittedGP:
    """One outcome's model. Fields as in `base.Model`, with the scale of every process."""

    processes: Posterior
    scales: tuple[Scale, ...]
    zero: float
    noise_sd: float
    noise_known: bool
    memory: Mapping[str, float] = field(default_factory=dict)

    def predict(self, X: Floats, *, measured: bool = False) -> tuple[Floats, Floats]:
        """Give mean and sd at X in raw units, of all processes together; nan beyond doubles."""
        look = self.processes.look(X)
        noise = self.processes.noise[:, None] if measured else 0.0
        means, sds = look.mean[:, :, 0], np.sqrt(look.variance + noise)
        with np.errstate(over="ignore", invalid="ignore"):
            raw = np.array([s.undo(mean) for s, mean in zip(self.scales, means, strict=True)])
            slope = [s.slope(mean) for s, mean in zip(self.scales, means, strict=True)]
            share = self.processes.share
            mean = share @ raw
            spread = np.hypot(sds * np.array(slope), raw - mean)
            size = np.maximum(spread.max(axis=0), np.finfo(np.float64).tiny)
            sd = size * np.sqrt(share @ np.square(spread / size))
        bad = ~(np.isfinite(mean) & np.isfinite(sd))
        mean[bad] = sd[bad] = np.nan
        return mean, sd

    def chances(self, X: Floats) -> Floats:
        """Give (k,) the probability that each of X is the best of them, by joint draws.

        Points of which there is no hope among the CONTENDERS best have probability 0.
        """
        found = np.zeros(len(X))
        share = self.processes.share
        rows = np.argsort(-(share @ self.processes.means(X)), kind="stable")[:CONTENDERS]
        means, covariances = self.processes.joint(X[rows])
        normal = np.random.default_rng(0).standard_normal((len(rows), DRAWN))
        for weight, mean, covariance in zip(share, means, covariances, strict=True):
            sizes, axes = np.linalg.eigh(covariance)
            draws = mean[:, None] + axes @ (np.sqrt(np.maximum(sizes, 0.0))[:, None] * normal)
            wins = np.bincount(draws.argmax(axis=0), minlength=len(rows))
            found[rows] += weight * wins / DRAWN
        return found


class SingleTaskSurrogate:
    """Exact GPs with a Matern product kernel; see `spec.py` and `scales.py` for the choices.

    Hyperparameters follow from an earlier state of the same study: what was known when the last full
    number of trials had ended (`anchor`). Those of the objective are drawn from their posterior then,
    and the draws weighed by what came since; others start a fit there. That state follows from the
    dataset, so a memo of it saves time and changes nothing.
    """

    def __init__(self, spec: GaussianProcess, engine: Callable[[int], Engine]) -> None:
        self.spec = spec
        self._first = Task("objective", 0, spec.priors, spec.transforms[0])
        self._engine = engine
        self._memo: OrderedDict[tuple[object, ...], Inferred] = OrderedDict()
        self._bases: dict[object, tuple[Basis | None, list[Source]]] = {}
        self._judged: tuple[list[Inferred], int] = ([], 0)

    def at_work(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Set threads for a dataset, and put them back."""
        rows = len(dataset.ids)
        return self._engine(rows).at_work(rows)

    def objective(self, dataset: Dataset, ground: Ground | None = None) -> FittedGP:
        """Fit the metric, as each transform sees it; failed trials enter at the floor of what was seen.

        A failed trial is no number and is never given one by a person's choice: to the model it is
        as bad as the worst that was seen, on the bent scale, so that a divergence of 1e30 next door
        does not make the floor a chasm. The ledger and the ranking never see that value.

        Args:
            dataset: what is known.
            ground: what the processes stand on, in standard units; None for what its older studies of
                the mode basis make. A trend is fitted without, and left out of the processes.
        """
        measured = int(dataset.measured.sum())
        if measured < FEWEST:
            raise FitError(f"{scarce(dataset, 'metric')}; a model needs {FEWEST}")
        tasks = [Task("objective", 0, self.spec.priors, how) for how in self.spec.transforms]
        draws, turn = draws_for(measured, self.spec.draws), self.spec.turn
        greedy = turn > 0 and (len(dataset.ids) + len(dataset.pending)) % turn == 0
        if ground is None:
            ground = Ground(basis=self._leaning(dataset))
        return self._model(dataset, tasks, draws, greedy=greedy, ground=ground)

    def constraints(self, dataset: Dataset) -> list[FittedGP]:
        """Fit the slack of every constraint, from the trials that measured it."""
        for column in range(1, dataset.Y.shape[1]):
            rows = int(np.isfinite(dataset.Y[:, column]).sum())
            if rows < FEWEST:
                raise FitError(
                    f"{dataset.outcomes[column]}: measured in {rows} of "
                    f"{len(dataset.ids)} ended trials; a model needs {FEWEST}"
                )
        columns = range(1, dataset.Y.shape[1])
        return [self._model(dataset, [Task("slack", c, self.spec.priors)], 0) for c in columns]

    def survival(self, dataset: Dataset) -> FittedGP | None:
        """Fit labels, +1 for a number and -1 for a failure, once two trials have failed."""
        if dataset.failed.sum() < FEWEST:
            return None
        return self._model(dataset, [Task("survival", 0, self.spec.priors)], 0)

    def _leaning(self, dataset: Dataset) -> Basis | None:
        """Give what the older studies of the mode basis make to lean on; None for none."""
        sources = [source for source in dataset.sources if source.mode == "basis"]
        if not sources:
            return None
        key = tuple((id(source), source.name) for source in sources)
        if key not in self._bases:
            leant_on = replace(dataset, sources=tuple(sources))
            self._bases = {key: (basis_of(leant_on, self.spec.priors), sources)}
            self._memo.clear()  # it knows functions by where they lie
        basis, _ = self._bases[key]
        return None if basis is None else self.agreeing(dataset, basis)

    def agreeing(self, dataset: Dataset, basis: Basis) -> Basis:
        """Give the functions of a basis that agree most with what was known at the last anchor."""
        return agreeing(basis, self._learned_from(dataset, NOTHING))

    def telling_most(self, dataset: Dataset, grounds: Sequence[Ground]) -> Ground | None:
        """Give the ground that foretells the results here best; None where a process of its own does.

        The first of them, on trust, before enough was measured to compare.
        """
        if not self.can_judge(dataset):
            return grounds[0]
        rivals = (NOTHING, *grounds)
        judged = [self._inferred(dataset, self._first, 0, each) for each in rivals]
        if list(map(id, judged)) != list(map(id, self._judged[0])):  # once for an anchor
            told = [foretold(*self.settled(dataset, each)[1].left_out()) for each in rivals]
            self._judged = (judged, int(np.argmax(np.nan_to_num(told, nan=-np.inf))))
        best = self._judged[1]
        return grounds[best - 1] if best else None

    def can_judge(self, dataset: Dataset) -> bool:
        """Say whether enough was measured at the last anchor to compare."""
        return int(self._first.learned_from(dataset).measured.sum()) >= JUDGED

    def settled(self, dataset: Dataset, ground: Ground) -> tuple[Evidence, ExactGPs]:
        """Give what was known of the metric at the last anchor, and its most probable process."""
        evidence = self._learned_from(dataset, ground)
        theta = self._inferred(dataset, self._first, 0, ground).optimum.thetas[0]
        return evidence, ExactGPs.of([evidence], [theta])[0]

    def _learned_from(self, dataset: Dataset, ground: Ground) -> Evidence:
        early = self._first.learned_from(dataset)
        return _on(ground, self._first.evidence(early, MOST_FITTED)[0])

    def _model(
        self,
        dataset: Dataset,
        tasks: Sequence[Task],
        draws: int,
        *,
        greedy: bool = False,
        ground: Ground = NOTHING,
    ) -> FittedGP:
        """Build the processes of the tasks, so many draws of each, or their optima alone."""
        engine = self._engine(len(dataset.ids)) if ground.basis is None else NumpyEngine()
        evidences, thetas, scales, priors, earlier = [], [], [], [], []
        for task in tasks:
            evidence, scale = task.evidence(dataset, len(dataset.ids))
            evidence = _on(ground, evidence)
            inferred = self._inferred(dataset, task, draws, ground)
            found = inferred.drawn if draws and not greedy else inferred.optimum
            prior = LogPosterior(evidence, self.spec.priors).prior
            priors += [prior(theta)[0] for theta in found.thetas]
            earlier += list(found.densities)
            thetas += list(found.thetas)
            evidences += [evidence] * len(found.thetas)
            scales += [scale] * len(found.thetas)
        processes, likelihoods = engine.posterior(evidences, thetas)
        share = _shares(likelihoods + np.array(priors) - np.array(earlier), len(tasks))
        kept = np.flatnonzero(share > LEAST_SHARE * share.max()).tolist()
        noises = [_noise_var(evidences[i], thetas[i]) for i in kept]
        believed = processes.believed(share, kept)
        return FittedGP(
            processes=believed,
            scales=tuple(scales[i] for i in kept),
            zero=float(scales[0].apply(np.zeros(1))[0]),
            noise_sd=math.sqrt(float(np.average(noises, weights=share[kept]))),
            noise_known=evidences[0].noise_var is not None,
            memory=_weights(believed) if isinstance(believed, ExactGPs) else {},
        )

    def _inferred(self, dataset: Dataset, task: Task, draws: int, ground: Ground) -> "Inferred":
        """Give the hyperparameters of the last anchor."""
        early = task.learned_from(dataset)
        stamp = blake2b(early.X.tobytes() + early.Y.tobytes() + early.failed.tobytes())
        if early.noise_sd is not None:
            stamp.update(early.noise_sd.tobytes())
        key = (task, draws, dataset.columns, stamp.digest(), ground.key)
        if key not in self._memo:
            alone = self._memo.get((key[0], 0, *key[2:]))  # its optimum is the same with draws
            optimum = None if alone is None else alone.optimum
            self._memo[key] = self._infer(early, task, draws, ground, optimum)
            while len(self._memo) > REMEMBERED:
                self._memo.popitem(last=False)
        return self._memo[key]

    def _infer(
        self, dataset: Dataset, task: Task, draws: int, ground: Ground, optimum: Draws | None
    ) -> "Inferred":
        evidence = _on(ground, task.evidence(dataset, MOST_FITTED)[0])
        if optimum is None:
            engine = self._engine(len(evidence.y)) if ground.basis is None else NumpyEngine()
            theta = engine.fit(evidence, task.priors).theta
            optimum = Draws(thetas=theta[None], densities=np.zeros(1))
        if not draws:
            return Inferred(optimum=optimum, drawn=optimum)
        rng = np.random.default_rng(len(evidence.y))
        drawn = draw(LogPosterior(evidence, task.priors), optimum.thetas[0], draws, rng)
        return Inferred(optimum=optimum, drawn=drawn)


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """Hyperparameters of one task: the most probable ones, and draws of what else may be."""

    optimum: Draws
    drawn: Draws


def _on(ground: Ground, evidence: Evidence) -> Evidence:
    """Give what is left over of some evidence, and what may be leaned on."""
    return replace(evidence, y=evidence.y - ground.under(evidence.X), basis=ground.basis)


def _weights(gps: ExactGPs) -> dict[str, float]:
    """Give the part of what varies over the space that each older study is believed to account for."""
    names = () if gps.basis is None else gps.basis.names
    total = gps.loads.sum(axis=1) + gps.output
    parts = gps.share @ (gps.loads / total[:, None])
    return dict(zip(names, parts.tolist(), strict=True))


def _shares(news: Floats, tasks: int) -> Floats:
    """Weigh draws (m,) by what came since they were made, in nats; every task has the same share."""
    news = news.reshape(tasks, -1)
    news = np.exp(news - news.max(axis=1, keepdims=True))
    return (news / news.sum(axis=1, keepdims=True)).reshape(-1) / tasks


def _noise_var(evidence: Evidence, theta: Floats) -> float:
    if evidence.noise_var is None:
        return math.exp(theta[-1])
    return float(np.median(evidence.noise_var))
