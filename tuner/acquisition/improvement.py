"""Expected improvement and its logarithm in closed form, with the slopes that lead uphill.

Ament et al. (2023), "Unexpected Improvements to Expected Improvement for Bayesian Optimization": the
logarithm is computed without ever forming the improvement, so there is a slope to follow even where
the improvement itself is 1e-300. A test holds both to BoTorch's.
"""

import math

import numpy as np
from scipy.special import erfcx, log_ndtr

from tuner.dataset import Floats

LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)
ROOT_HALF_PI = math.sqrt(math.pi / 2)
FAR, SURE = -1e5, 30.0
"""Where the three forms of the logarithm meet, in standard deviations above the incumbent."""


def log_gain(u: Floats) -> tuple[Floats, Floats]:
    """Give log(phi(u) + u Phi(u)) and its slope, for u = (mean - incumbent) / sd of any shape."""
    v = np.clip(u, FAR, SURE)
    mills = ROOT_HALF_PI * erfcx(v * -math.sqrt(0.5))  # Phi / phi
    rest = 1.0 + v * mills
    value, slope = np.log(rest) - 0.5 * v * v - LOG_ROOT_2PI, mills / rest
    far, sure = u < FAR, u > SURE
    if (far | sure).any():
        size = np.maximum(np.abs(u), SURE)
        value = np.where(far, -0.5 * u * u - 2.0 * np.log(size) - LOG_ROOT_2PI, value)
        value = np.where(sure, np.log(size), value)
        slope = np.where(far, size, np.where(sure, 1.0 / size, slope))
    return value, slope


def log_chance(t: Floats) -> tuple[Floats, Floats]:
    """Give log Phi(t) and its slope."""
    value = log_ndtr(t)
    return value, np.exp(-0.5 * t * t - LOG_ROOT_2PI - value)


def log_mean_exp(values: Floats) -> tuple[Floats, Floats]:
    """Give log(mean(exp(values))) over the last axis, and the share of each entry in it."""
    top = values.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    shares = np.exp(values - top)
    total = shares.sum(axis=-1, keepdims=True)
    shares /= total
    return np.log(total[..., 0] / values.shape[-1]) + top[..., 0], shares
