"""Where a search with little left to gain looks besides: at the branch that was tried least.

A process of all trials knows best what was tried most. Once one branch of a space is known well, a
single unlucky trial of another one speaks for all of that branch: what is left to gain by polishing
the best trial is next to nothing, and still more than what is expected elsewhere. From then on every
other suggestion goes to the branch with the fewest trials, and asks what would be an improvement on
what that branch has shown so far: so it becomes good by itself before it is compared. A branch that had
its share of trials, by the number of its parameters, and one where nothing works are left alone.

A branch is a value of a category that decides about other parameters, as that of a model family does.
"""

from operator import itemgetter

import numpy as np

from tuner.acquisition.optimize import near
from tuner.acquisition.region import Branch, Region
from tuner.dataset import Bools, Floats

LITTLE = -4.0
"""Logarithm of an expected improvement, in sds of all outcomes, that is hardly worth a trial: 2 %."""

TURN = (5**0.5 - 1) / 2
"""Suggestions take turns by multiples of the golden ratio: half of those in any row of them."""

SPREAD = 256
"""Rows all over a branch that are looked at."""

BARREN = 3
"""Trials without one feasible result from which a branch is left alone."""

KNOWN = 5
"""Trials a live column from which a branch is known well enough to be compared: it is left alone."""


def at_turn(asked: int) -> bool:
    """Say whether the suggestion after so many may look elsewhere: every other one, in no step with others."""
    return asked * TURN % 1 < 0.5  # noqa: PLR2004  half of them


class Branches:
    """The branches of a region.

    Attributes:
        columns: the categories whose values they are.
    """

    def __init__(self, region: Region) -> None:
        self._of = {
            i: [Branch(region, i, code) for code in range(column.levels or 1)]
            for i, column in enumerate(region.encoding.columns)
            if column.kind == "category" and column.parameter in region.space.gates
        }
        self.columns = list(self._of)

    def least_tried(
        self, X: Floats, good: Bools, best: Floats, rng: np.random.Generator
    ) -> list[Branch]:
        """Give the branches besides that of the best row, those with the fewest trials first.

        Where the category itself is dead a row is of no branch.

        Args:
            X: (n, d) what was tried, pending ones included.
            good: (n,) which of it may yet have or has a feasible result.
            best: (d,) the best row.
            rng: chooses the category where there are several.
        """
        if not self.columns:
            return []
        column = self.columns[int(rng.integers(len(self.columns)))]
        counts: list[tuple[int, Branch]] = []
        for branch in self._of[column]:
            inside = branch.holds(X)
            trials = int(inside.sum())
            barren = trials >= BARREN and not good[inside].any()
            known = trials >= KNOWN * branch.legal(X[inside])[2].sum(axis=1).max(initial=1)
            if not (barren or known or branch.holds(best[None])[0]):
                counts.append((trials, branch))
        return [branch for _, branch in sorted(counts, key=itemgetter(0))]


def candidates(branch: Branch, anchors: Floats, rng: np.random.Generator) -> Floats:
    """Give legal rows of a branch that are worth a look: all over it, and near the anchors (a, d).

    No climb is made: of little known ground all that is far out looks useful, and climbs end in corners.
    """
    spread = branch.sample(SPREAD, rng)
    return np.concatenate([spread, near(branch, anchors, spread, rng)])
