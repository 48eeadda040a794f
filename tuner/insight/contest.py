"""Where the best point may be, and how probably it is at each place.

Shapes: k candidates, d columns, v values of a category.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from tuner.dataset import Floats
from tuner.insight.ground import Ground
from tuner.space.birth import identity
from tuner.space.parameter import Bool, Choice
from tuner.space.scale import scale_of
from tuner.study import Point
from tuner.surrogates.base import Model, Surrogate
from tuner.surrogates.make import make_surrogate
from tuner.surrogates.spec import GaussianProcess

SPREAD, BEST, NEAR = 2000, 10, 60
"""Candidates all over the space, best trials, and candidates near each of them."""

STEPS = (0.03, 0.1)
"""Standard deviations of what lies near, in columns of the unit cube."""

LIKELY = 0.5
"""Probability of keeping the constraints below which a candidate cannot be the best."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contest:
    """Candidates, and the chance (k,) that each is the best, sums to 1.

    By the model of the search, which sees what is good more sharply than what is bad: its joint draws
    say of each how probably it is the best.
    """

    ground: Ground
    surrogate: Surrogate
    model: Model
    points: list[Point]
    chances: Floats

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """Take points all over the space and near the best trials."""
        region, dataset, rng = ground.region, ground.whole, ground.rng(4)
        gains = np.where(dataset.feasible, dataset.Y[:, 0], -np.inf)
        best = np.argsort(-gains, kind="stable")[:BEST]
        seen = region.encoding.encode(
            [ground.best, *region.points(region.legal(dataset.X[best])[0])]
        )
        numbers = np.array([c.kind != "category" for c in region.encoding.columns])
        near = [
            np.repeat(seen, NEAR // len(STEPS), axis=0)
            + numbers * rng.normal(scale=step, size=(NEAR // len(STEPS) * len(seen), region.width))
            for step in STEPS
        ]
        rows, legal, _ = region.legal(np.concatenate([seen, *near]))
        rows = np.unique(np.concatenate([rows[legal], region.sample(SPREAD, rng)]), axis=0)
        surrogate = make_surrogate(GaussianProcess(engine="numpy"))
        with surrogate.at_work(dataset):
            model = surrogate.objective(dataset)
        return cls(
            ground=ground,
            surrogate=surrogate,
            model=model,
            points=region.points(rows),
            chances=_chances(ground, surrogate, model, rows),
        )

    def of_values(self, parameter: Choice | Bool) -> tuple[Floats, Floats]:
        """Give the chance (v,) of the best point that the candidates of each value have, and the most.

        Only trials that were good have candidates near them, which says little of a value that was
        tried elsewhere: the best trial with the value of each in place of its own is looked at too, and
        what is more of the two counts.
        """
        name, marks = parameter.name, [identity(value) for value in parameter.values]
        shown = np.zeros(len(marks))
        for point, chance in zip(self.points, self.chances, strict=True):
            if name in point:
                shown[marks.index(identity(point[name]))] += chance
        shown /= max(shown.sum(), 1e-300)
        region = self.ground.region
        column = next(j for j, c in enumerate(region.encoding.columns) if c.name == name)
        rows = np.repeat(region.encoding.encode([self.ground.best]), len(marks), axis=0)
        rows[:, column] = scale_of(parameter).places(parameter.values)
        rows, legal, _ = region.legal(rows)
        beside = np.zeros(len(marks))
        beside[legal] = _chances(self.ground, self.surrogate, self.model, rows[legal])
        return shown, np.maximum(shown, beside)


def _chances(ground: Ground, surrogate: Surrogate, model: Model, rows: Floats) -> Floats:
    """Give the chance (k,) that each of legal rows is the best of them and keeps the constraints."""
    holding = ground.holding(rows)
    likely = holding >= min(LIKELY, float(holding.max()))
    chances = np.zeros(len(rows))
    with surrogate.at_work(ground.whole):
        chances[likely] = model.chances(rows[likely])
    chances *= holding
    found: Floats = chances / max(chances.sum(), 1e-300)
    return found
