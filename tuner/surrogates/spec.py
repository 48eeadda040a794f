"""What can be ordered: which model, with which beliefs, and where it is computed."""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from tuner.custom import Custom

Device = Literal["auto", "cpu", "cuda", "mps"]
Engine = Literal["auto", "numpy", "botorch"]
Transform = Literal["plain", "winsor", "bent", "half_rank"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Priors:
    """What is believed of hyperparameters before anything was measured.

    Attributes:
        centre, width: of the log-normal prior of length scales of numbers; the centre of the
            density in l grows by `growth` times log(d).
        category: the same of categories; one mismatch is one length scale, give or take.
        output_scale: shape and rate of a Gamma prior; empty for a variance fixed at 1.
        noise: centre and width of the log-normal prior of the noise variance (BoTorch's).
        shortest, longest: bounds of length scales.
        load: centre and width of the normal prior of the logarithm of an older study's load.
    """

    centre: float = math.log(0.4) + 0.75**2
    width: float = 0.75
    growth: float = 0.0
    category: tuple[float, float] = (0.0, 1.0)
    output_scale: tuple[float, ...] = (2.0, 1.0)
    noise: tuple[float, float] = (-4.0, 1.0)
    shortest: float = 0.025
    longest: float = 20.0
    load: tuple[float, float] = (math.log(0.5), 1.5)

    def length_scales(self, category: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """Give centre and width (d,) for columns that are categories (d,) or not."""
        centre = self.centre + self.growth * math.log(len(category))
        return (
            np.where(category, self.category[0], centre),
            np.where(category, self.category[1], self.width),
        )


@dataclass(frozen=True, kw_only=True)
class GaussianProcess:
    """Exact Gaussian processes, one an outcome; of the objective one for each way to see it.

    Measured on 37 problems that the choices were made on (`benchmarks/search/ablation.py`): the most
    probable hyperparameters alone are quick on smooth functions and get stuck on real trainings, an
    average over draws is the other way round, and taking turns keeps most of both.

    Attributes:
        transforms: how the objective is seen; the acquisition is averaged over them.
        draws: of hyperparameters for each, with few trials; 0 for the most probable ones alone.
        turn: every so many suggestions the most probable ones alone are asked; 0 for never.
        priors: of all hyperparameters.
        engine: auto is numpy, and BoTorch where `device` says so.
        device: auto uses a CUDA GPU only when `spare_gpu` says that no job wants it and there are
            at least `gpu_from` rows: below that launching kernels costs more than they save.
        spare_gpu: no training slot is lost when the model takes a GPU.
        gpu_from: an estimate; where a core's factorisation takes as long as its launches on a GPU.
    """

    transforms: tuple[Transform, ...] = ("half_rank", "bent")
    draws: int = 4
    turn: int = 2
    priors: Priors = field(default_factory=Priors)
    engine: Engine = "auto"
    device: Device = "auto"
    spare_gpu: bool = False
    gpu_from: int = 1000


Kind = Literal["saas_nuts", "mixed", "hierarchical", "deep_kernel", "laplace", "robust"]


@dataclass(frozen=True, kw_only=True)
class CatalogueModel:
    """Another model of the objective; constraints and failures stay with exact processes.

    Attributes:
        kind: a part of the user's, or saas_nuts for many columns of which few matter, mixed with
            kernels of their own for categories, hierarchical with a kernel for every branch of a
            conditional space, deep_kernel and laplace for many trials of a bent landscape, robust for
            corrupted ones.
        exact: the processes of everything else.
        transform: how the objective is seen.
        most: rows that it is fitted to, the most telling ones.
    """

    kind: Kind | Custom
    transform: Transform = "bent"
    exact: GaussianProcess = field(default_factory=GaussianProcess)
    most: int = 300


@dataclass(frozen=True, kw_only=True)
class SparseProcess:
    """Exact processes of the objective of which few columns matter, one for every tau.

    Attributes:
        exact: the processes of everything else, and the priors of output scale and noise.
        transform: how the objective is seen.
        taus: how sparse each is: the larger, the sparser, by the density of BoTorch's class, in which
            tau / l^2 is half-Cauchy; in the paper the smaller is the sparser. Spread over the
            half-Cauchy(0.1) that they are drawn from.
        most: rows that they are fitted to, the most telling ones.
        fewest: finite results below which the exact process searches better: with four instead of 20
            the search of `benchmarks/search/catalogue.py wide` was behind it at trial 20 (12 seeds).
    """

    exact: GaussianProcess = field(default_factory=GaussianProcess)
    transform: Transform = "bent"
    taus: tuple[float, ...] = (0.01, 0.05, 0.1, 0.3)
    most: int = 300
    fewest: int = 20


SurrogateSpec = GaussianProcess | CatalogueModel | SparseProcess
