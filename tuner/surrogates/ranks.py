"""How much each older study's process, and this study's own, deserves to be believed: by ranks.

Feurer, Letham & Bakshy (2018), "Scalable Meta-Learning for Bayesian Optimization using Ranking-Weighted
Gaussian Process Ensembles": what counts of another study is whether it puts the trials of this one in
the right order. Weights are the shares of bootstrap draws of the trials in which a model misranks
the fewest pairs; this study's own model is judged leaving one out.

Called by `remembering.py`. Shapes: n trials here, J models, B draws.
"""

from collections.abc import Sequence

import numpy as np

from tuner.dataset import Bools, Floats
from tuner.surrogates.exact import ExactGPs

Pairs = Floats | Bools
"""(n, n) how far each pair of trials is put the wrong way."""

DRAWS = 1000
"""Bootstrap draws of the trials."""

CAREFUL = 0.95
"""A model that is usually worse than this share of the draws of this study's own is not asked."""


def misranked(mean: Floats, y: Floats) -> Bools:
    """Say which pairs (n, n) of trials with outcomes y (n,) a model with means (n,) puts the wrong way."""
    return _disagree(mean[:, None] < mean[None, :], y)


def misranked_left_out(gps: ExactGPs, X: Floats, y: Floats) -> Floats:
    """Give the share (n, n) of some processes that put a pair the wrong way, the first of it left out.

    What is expected at both places then follows from the same factor as everything: without trial j the
    weights of the others are a_i - Q_ij a_j / Q_jj, Q the inverse covariance (Rasmussen & Williams 2006,
    section 5.4.2).
    """
    Q = gps.whiten.swapaxes(1, 2) @ gps.whiten
    a, noise = gps.weights[:, :, 0], gps.noise[:, None]
    drop = a / np.einsum("mjj->mj", Q)
    mean = gps.means(X)
    here = mean + noise * a - drop
    others = mean[:, None, :] + noise[:, :, None] * Q * drop[:, :, None]
    wrong = _disagree(here[:, :, None] < others, y)
    wrong &= ~np.eye(len(y), dtype=np.bool_)
    share: Floats = np.einsum("m,mij->ij", gps.share, wrong.astype(np.float64))
    return share


def _disagree(below: Bools, y: Floats) -> Bools:
    return below ^ (y[:, None] < y[None, :])


def weights_of(wrong: Sequence[Pairs], seed: int) -> Floats:
    """Give weights (J,) that sum to 1 for models that misrank pairs (n, n); this study's own is last.

    A model that in half of the draws misranks more than this study's own does in nearly all of them gets
    no weight: many models that know nothing would win some draws by chance, and dilute those that do.
    Models that are equally good share a draw.

    Example:
        >>> right, wrong = np.zeros((6, 6)), 1 - np.eye(6)
        >>> weights_of([right, wrong, wrong], 0).round(2).tolist()
        [1.0, 0.0, 0.0]
    """
    n = len(wrong[0])
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n, np.full(n, 1.0 / n), size=DRAWS).astype(np.float64)
    losses = np.array([np.einsum("bi,ij,bj->b", times, one, times, optimize=True) for one in wrong])
    careful = np.median(losses, axis=1) > np.quantile(losses[-1], CAREFUL)
    losses[careful] = np.inf
    best = losses <= losses.min(axis=0) + 1e-9
    shares: Floats = (best / best.sum(axis=0)).mean(axis=1)
    return shares
