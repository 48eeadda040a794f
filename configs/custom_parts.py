"""Parts of your own for the search, one of each kind: what they are given and what they must have.

`configs/custom_method.yaml`, `custom_surrogate.yaml` and `custom_acquisition.yaml` name them.
"""

import math

import numpy as np
import torch
from torch import Tensor

from tuner.acquisition.base import Beliefs
from tuner.space import Encoding, Space
from tuner.study import History, Suggestion
from tuner.surrogates.believers import Inputs
from tuner.surrogates.catalogue import Fitted
from tuner.surrogates.features import Features
from tuner.surrogates.fitting import Evidence


class HillClimber:
    """`search.method`: half of the time somewhere, half of the time near the best so far.

    Given the space and the study's seed. Must have `suggest(history, count, rng)`, a pure function of
    the three that gives suggestions; repeats and what breaks a `require` are sorted out for it.
    """

    def __init__(self, space: Space, seed: int, *, radius: float = 0.1) -> None:  # noqa: ARG002
        self.space, self.radius = space, radius
        self.encoding = Encoding(space)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Give up to so many suggestions."""
        X = rng.random((count, self.encoding.width))
        gains = {
            trial.id: history.metric.gain(trial.metrics.get(history.metric.name, math.nan))
            for trial in history.trials.values()
            if trial.state == "completed"
        }
        gains = {number: gain for number, gain in gains.items() if math.isfinite(gain)}
        if gains and rng.random() < 0.5:
            best = history.trials[max(gains, key=gains.get)]
            at = self.encoding.encode([self.space.trim(best.params)])
            X = self.encoding.snap(at + self.radius * rng.standard_normal(X.shape))[0]
            return [Suggestion(point=p, method="climber") for p in self.encoding.decode(X)]
        return [Suggestion(point=p, method="climber") for p in self.encoding.from_unit(X)]


class LinearModel:
    """What `waves` believes: Bayesian linear regression on fixed features.

    Means and covariances as tensors that know their gradients: `marginal` and `joint` for inputs
    (k, D), with one row a member of an ensemble, here one. `noise` (1,) is a measurement's variance.
    """

    def __init__(self, X: Tensor, y: Tensor, frequencies: Tensor, noise: float) -> None:
        self.frequencies, self.noise = frequencies, np.array([noise])
        phi = self.features(X)
        self.root = torch.linalg.cholesky(phi.mT @ phi / noise + torch.eye(phi.shape[1]))
        self.weights = torch.cholesky_solve(phi.mT @ y / noise, self.root)[:, 0]

    def features(self, Z: Tensor) -> Tensor:
        """Give cosines and sines (k, 2 w): Rahimi & Recht (2007)."""
        angles = Z @ self.frequencies
        waves = torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)
        return waves / self.frequencies.shape[1] ** 0.5

    def marginal(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean and variance (1, k)."""
        phi = self.features(Z)
        half = torch.linalg.solve_triangular(self.root, phi.mT, upper=False)
        return (phi @ self.weights)[None], half.square().sum(dim=0)[None]

    def joint(self, Z: Tensor) -> tuple[Tensor, Tensor]:
        """Give mean (1, k) and covariance (1, k, k)."""
        phi = self.features(Z)
        half = torch.linalg.solve_triangular(self.root, phi.mT, upper=False)
        return (phi @ self.weights)[None], (half.mT @ half)[None]


def waves(evidence: Evidence, *, length_scale: float = 0.3, features: int = 200) -> Fitted:
    """`search.surrogate`: given the evidence in standard units, must give a `Fitted`."""
    columns = Features(evidence.columns)
    inputs = Inputs(of=columns.of, back=columns.back)
    X, y = torch.from_numpy(inputs.of(evidence.X)), torch.from_numpy(evidence.y)[:, None]
    draw = np.random.default_rng(0).standard_normal((X.shape[1], features)) / length_scale
    believer = LinearModel(X, y, torch.from_numpy(draw), noise=1e-3)
    return Fitted(
        believer=believer, inputs=inputs, steps=np.full(len(evidence.columns), length_scale)
    )


class Optimist:
    """`search.acquisition`: what is believed of a point, and some of what is doubted.

    Given the beliefs: `objective.processes` are m models, asked at k rows X (k, d) of columns on [0, 1];
    `X`, `means` (m, n) and `feasible` are the points measured so far, `pending` those that run. Larger is
    better, in standard units. A criterion has `steps` and three methods; the search climbs `slopes`.
    """

    signed = True  # may be below 0; without this it is taken for a logarithm

    def __init__(self, beliefs: Beliefs, *, doubt: float = 2.0) -> None:
        self.processes, self.doubt = beliefs.objective.processes, doubt
        if len(
            beliefs.pending
        ):  # as if they brought what is expected, so that nobody asks them again
            expected = self.processes.means(beliefs.pending)[:, :, None]
            self.processes = self.processes.given(beliefs.pending, expected)
        self.steps = self.processes.steps  # (d,) how far a column goes before something changes

    def values(self, X: np.ndarray) -> np.ndarray:
        """Give (k,) at X (k, d)."""
        look = self.processes.look(X)  # mean (m, k, 1), variance (m, k)
        return self.processes.share @ (look.mean[:, :, 0] + self.doubt * np.sqrt(look.variance))

    def glance(self, X: np.ndarray) -> np.ndarray:
        """Give (k,) roughly: asked for many points at once, to choose which to look at."""
        return self.values(X)

    def slopes(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give (k,) values and (k, d) gradients; `back` leads slopes by mean and variance there."""
        look = self.processes.look(X)
        share = self.processes.share[:, None]
        sd = np.sqrt(look.variance)
        by_mean = np.broadcast_to(share[:, :, None], look.mean.shape)
        by_variance = share * self.doubt / (2 * sd)
        values = (share * (look.mean[:, :, 0] + self.doubt * sd)).sum(axis=0)
        return values, look.back(by_mean, by_variance)
