"""Whole functions drawn from what is believed.

Called by `make.py`. Numpy only. Shapes: m processes, n rows, d columns, D features, k points, s draws
of each process, F frequencies.
"""

from dataclasses import dataclass

import numpy as np

from tuner.dataset import Floats
from tuner.surrogates.closed import ClosedForm
from tuner.surrogates.features import Features
from tuner.surrogates.matern import between, facing, matern

FREQUENCIES = 128
"""Of a drawn prior function; it errs by one over the root of them, and only where little is known."""

FREEDOM = 5
"""Twice the smoothness: degrees of freedom of the kernel's spectral density, a multivariate t."""

BLOCK = 128
"""Points at a time: what is worked out of them stays in a processor's cache."""

GRID = 257
"""Places of a main effect that is drawn; straight lines in between."""


@dataclass(frozen=True, kw_only=True)
class Functions:
    """Functions drawn from the posteriors of m processes, s of each, in standard units.

    f(x) = c + g(x) + k(x, X) K^-1 (y - c - g(X) - e): a draw g of the prior, moved to fit the rows as
    Wilson et al. (2020), "Efficiently Sampling Functions from Gaussian Process Posteriors" (equation
    6) move it; g is a sum of waves, Rahimi & Recht (2007), "Random Features for Large-Scale Kernel
    Machines". What the columns do by themselves is worked out on a grid, once.

    Attributes:
        form: what is believed.
        waves: (m, D, F) frequencies of what is left together, `phases` (m, F) and `loads` (m, F, s).
        weights: (m, n, s) of the rows.
        tables: (m, g, s) of each column the main effect, at codes or on a grid of the unit interval.
    """

    form: ClosedForm
    waves: Floats
    phases: Floats
    loads: Floats
    weights: Floats
    tables: tuple[Floats, ...]

    @classmethod
    def of(cls, form: ClosedForm, count: int, rng: np.random.Generator) -> "Functions":
        """Draw `count` functions of each process."""
        features = Features(form.evidence.columns)
        Z = features.of(form.evidence.X)
        waves, phases, loads, weights, tables = [], [], [], [], []
        for i, sizes in enumerate(form.sizes):
            frequencies = _frequencies(Z.shape[1], rng) / sizes.scale[features.owner][:, None]
            together = _loads(sizes.rest, count, rng)
            shift = _phases(rng)
            prior = _waved(Z, frequencies, shift, together)
            alone = []
            for j in range(features.width):
                mine = np.flatnonzero(features.owner == j)
                own = _frequencies(len(mine), rng) / sizes.reach[j]
                wave = (own, _phases(rng), _loads(float(sizes.main[j]), count, rng))
                prior += _waved(Z[:, mine], *wave)
                alone.append(wave)
            errors = rng.standard_normal(prior.shape) * np.sqrt(form.noise[i])[:, None]
            whiten = form.whiten[i]
            weight = form.weights[i][:, None] - whiten.T @ (whiten @ (prior + errors))
            tables.append(
                tuple(
                    _table(form, features, Z, i, j, weight) + _waved(_places(features, j), *wave)
                    for j, wave in enumerate(alone)
                )
            )
            waves.append(frequencies)
            phases.append(shift)
            loads.append(together)
            weights.append(weight)
        return cls(
            form=form,
            waves=np.array(waves),
            phases=np.array(phases),
            loads=np.array(loads),
            weights=np.array(weights),
            tables=tuple(np.array(column) for column in zip(*tables, strict=True)),
        )

    def at(self, X: Floats) -> Floats:
        """Give (m, k, s) at legal rows X (k, d)."""
        form = self.form
        features = Features(form.evidence.columns)
        rows = features.of(form.evidence.X)
        scales = [sizes.scale[features.owner] for sizes in form.sizes]
        faces = [facing(rows / scale) for scale in scales]
        found = np.empty((len(scales), len(X), self.loads.shape[2]))
        found[:] = form.centre[:, None, None]
        for start in range(0, len(X), BLOCK):
            block = slice(start, start + BLOCK)
            Z = features.of(X[block])
            for i, sizes in enumerate(form.sizes):
                kernel = matern(between(Z / scales[i], faces[i]))[0]
                found[i, block] += kernel @ (sizes.rest * self.weights[i])
                found[i, block] += _waved(Z, self.waves[i], self.phases[i], self.loads[i])
            for j, table in enumerate(self.tables):
                found[:, block] += _read(table, X[block, j], category=bool(features.category[j]))
        return found


def _frequencies(width: int, rng: np.random.Generator) -> Floats:
    """Draw (width, F) from the spectral density of the kernel of unit length scales."""
    stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, FREQUENCIES))
    found: Floats = rng.standard_normal((width, FREQUENCIES)) * stretch
    return found


def _loads(size: float, count: int, rng: np.random.Generator) -> Floats:
    found: Floats = rng.standard_normal((FREQUENCIES, count)) * np.sqrt(2.0 * size / FREQUENCIES)
    return found


def _phases(rng: np.random.Generator) -> Floats:
    return rng.uniform(0.0, 2.0 * np.pi, FREQUENCIES)


def _waved(Z: Floats, waves: Floats, phases: Floats, loads: Floats) -> Floats:
    """Give (k, s) sums of waves at features Z (k, D), to six digits: cosines of all digits take long."""
    angles = Z @ waves
    angles += phases
    short = angles.astype(np.float32)
    found: Floats = (np.cos(short, out=short) @ loads.astype(np.float32)).astype(np.float64)
    return found


def _places(features: Features, j: int) -> Floats:
    """Give the features (g, D_j) of the places of a column's table."""
    if features.category[j]:
        return np.eye(int((features.owner == j).sum())) * np.sqrt(0.5)
    return np.linspace(0.0, 1.0, GRID)[:, None]


def _table(
    form: ClosedForm, features: Features, Z: Floats, i: int, j: int, weight: Floats
) -> Floats:
    """Give (g, s) what the rows say of a column's main effect."""
    sizes = form.sizes[i]
    mine = Z[:, features.owner == j]
    faces = facing(mine / sizes.reach[j])
    kernel, _ = matern(between(_places(features, j) / sizes.reach[j], faces))
    found: Floats = sizes.main[j] * (kernel @ weight)
    return found


def _read(table: Floats, places: Floats, *, category: bool) -> Floats:
    """Give (m, k, s) at places (k,) of a table (m, g, s)."""
    last = table.shape[1] - 1
    if category:
        return table[:, np.clip(np.rint(places), 0, last).astype(np.intp)]
    spot = np.clip(places, 0.0, 1.0) * last
    left = np.minimum(spot.astype(np.intp), last - 1)
    part = (spot - left)[:, None]
    found: Floats = table[:, left] * (1.0 - part) + table[:, left + 1] * part
    return found
