"""Where a person, or an older study, believes the best point to be: a density over the columns.

A number is believed to lie around a place with the standard deviation of its confidence, on the
parameter's scale, within its range; a category to be a value with some mass, the rest spread evenly.
A part of every belief, DOUBT, says nothing: so a wrong one costs a search a few trials and not its result.

Shapes: k points, d columns, c places that are believed in, one as much as the other.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from tuner.acquisition.base import Density
from tuner.dataset import Bools, Floats
from tuner.samplers.believed import Belief, Confidence
from tuner.samplers.seeds import best_points
from tuner.space import Encoding, Space
from tuner.study import History

SDS: Mapping[Confidence, float] = {"low": 0.4, "medium": 0.2, "high": 0.1}
"""Of the range of a number."""

MASSES: Mapping[Confidence, float] = {"low": 0.3, "medium": 0.5, "high": 0.7}
"""Of a category: what the believed value has beyond its even share, of all that there is."""

DOUBT = 0.05
"""Share of every belief that is spread evenly, so that a search leaves a wrong one; a test has it so."""

PLACES = 3
"""Best points of an older study that the best one here is believed to lie near."""

ROOT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True, eq=False, kw_only=True)
class Places:
    """A mixture of products: the log of one density a column, summed; 0 of what nothing is said about.

    Attributes:
        encoding: says which columns count.
        at: (c, d) places or codes; nan of a column that nothing is said about.
        confidence: how surely.
    """

    encoding: Encoding
    at: Floats
    confidence: Sequence[Confidence]

    def log(self, X: Floats) -> tuple[Floats, Floats]:
        """Give log densities (k,) at X (k, d), and slopes (k, d), 0 of categories."""
        live = self.encoding.snap(X)[1]
        total = np.zeros((len(self.at), len(X)))
        by_column = np.zeros((*total.shape, X.shape[1]))
        for j, column in enumerate(self.encoding.columns):
            said = ~np.isnan(self.at[:, j])
            if not said.any():
                continue
            at = np.where(said, self.at[:, j], 0.0)[:, None]
            if column.kind == "category":
                log = _of_category(X[:, j], at, column.levels or 1, self.confidence[j])
                slope = np.zeros_like(log)
            else:
                log, slope = _of_number(X[:, j], at, SDS[self.confidence[j]])
            counts: Bools = said[:, None] & live[:, j]
            total += np.where(counts, log, 0.0)
            by_column[:, :, j] = np.where(counts, slope, 0.0)
        top = total.max(axis=0)
        parts = np.exp(total - top)
        whole = parts.sum(axis=0)
        slopes = np.einsum("ck,ckj->kj", parts / whole, by_column)
        return top + np.log(whole / len(self.at)), slopes


def _of_number(x: Floats, at: Floats, sd: float) -> tuple[Floats, Floats]:
    """Give the log (c, k) of a normal density within [0, 1] for places x (k,), and its slopes."""
    z = (x - at) / sd
    inside = ndtr((1.0 - at) / sd) - ndtr(-at / sd)
    bell = (1.0 - DOUBT) * np.exp(-0.5 * z * z) / (sd * ROOT_2PI * inside)
    whole = bell + DOUBT
    return np.log(whole), -bell / whole * z / sd


def _of_category(x: Floats, at: Floats, levels: int, sure: Confidence) -> Floats:
    """Give the log (c, k) of the mass of codes x (k,), in even shares."""
    mass = (1.0 - DOUBT) * MASSES[sure]
    found: Floats = np.log(1.0 - mass + np.where(np.rint(x) == at, mass * levels, 0.0))
    return found


@dataclass(frozen=True, eq=False)
class Both:
    """Beliefs of different origin, each as strong as if it were the only one."""

    parts: Sequence[Density]

    def log(self, X: Floats) -> tuple[Floats, Floats]:
        """Give log densities (k,) at X (k, d), and slopes (k, d)."""
        values, slopes = zip(*(part.log(X) for part in self.parts), strict=True)
        return np.sum(values, axis=0), np.sum(slopes, axis=0)


class Prior:
    """All beliefs of a study: of its configuration, and of older studies with the mode prior."""

    def __init__(self, space: Space, beliefs: Mapping[str, Belief]) -> None:
        self._space, self._encoding = space, Encoding(space)
        self._own = [self._believed(beliefs)] if beliefs else []

    def of(self, history: History) -> Density | None:
        """Give the density that a history's search follows; None for none."""
        points = [
            point
            for memory in history.memories.values()
            if memory.mode == "prior"
            for point in best_points(self._space, memory, PLACES)
        ]
        parts: list[Density] = [*self._own]
        if points:
            parts.append(
                Places(
                    encoding=self._encoding,
                    at=self._encoding.snap(self._encoding.encode(points))[0],
                    confidence=["medium"] * self._encoding.width,
                )
            )
        return Both(parts) if parts else None

    def _believed(self, beliefs: Mapping[str, Belief]) -> Places:
        """Tell beliefs column by column; a number of a parameter that may be zero is believed not to be."""
        values = {**self._space.middles(), **{name: b.at for name, b in beliefs.items()}}
        row = self._encoding.encode([values])[0]
        said = np.full(len(row), np.nan)
        sure: list[Confidence] = ["medium"] * len(row)
        for j, column in enumerate(self._encoding.columns):
            belief = beliefs.get(column.parameter)
            gated = column.name == column.parameter and belief is not None and belief.at == 0
            shut = gated and any(c.name == f"{column.parameter}=0" for c in self._encoding.columns)
            if belief is not None and not shut:
                said[j], sure[j] = row[j], belief.confidence
        return Places(encoding=self._encoding, at=said[None], confidence=sure)
