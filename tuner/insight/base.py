"""What can be known of a study from a model of it: plain values, no figure and no file.

Values of a metric are in its own units, sign included; n trials, k parameters, q levels. Intervals
hold 95 %.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tuner.dataset import Floats
from tuner.study import Point

Level = float | int | str | bool | None
"""A value of a parameter; None where the parameter is not alive."""

Standing = Literal["good", "note", "warning"]
"""How bad a finding is."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number and the interval it lies in."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Weight:
    """How much one parameter matters.

    Attributes:
        first: the share of the metric's variance over the space that it explains alone (Sobol).
        total: with all its interactions.
    """

    name: str
    first: Estimate
    total: Estimate


@dataclass(frozen=True, kw_only=True)
class Pair:
    """How much of the variance two parameters explain together, beyond each alone."""

    names: tuple[str, str]
    share: Estimate


@dataclass(frozen=True, kw_only=True)
class Importance:
    """Which parameters matter.

    Attributes:
        weights: the parameters that vary, the most important first, by `total`.
        doubts: why the figures may not be trusted, a sentence each; none where the model is good.
    """

    weights: tuple[Weight, ...]
    doubts: tuple[str, ...] = ()

    @property
    def tells(self) -> bool:
        """Say whether some parameter surely matters more than another: their intervals lie apart."""
        totals = [weight.total for weight in self.weights]
        return max(one.low for one in totals) > min(one.high for one in totals)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How well a model foretells each trial from all others: leave one out, n completed trials.

    Attributes:
        ids: (n,) trials.
        observed, mean, sd: (n,) what was measured, and what was foretold, noise included.
        z: (n,) in standard deviations, in the units that the model is normal in.
        r2: 1 - squared error / variance of what was observed, in those units.
        inside: the share of trials inside the 95 % interval.
    """

    ids: tuple[int, ...]
    observed: Floats
    mean: Floats
    sd: Floats
    z: Floats
    r2: float
    inside: float

    @property
    def spread(self) -> float:
        """Standard deviation of z: 1 when the model knows what it does not know."""
        return float((self.z**2).mean() ** 0.5) if len(self.z) else float("nan")


@dataclass(frozen=True, kw_only=True)
class Slice:
    """What is expected along one parameter, all others as in `at`; q levels.

    Attributes:
        levels: (q,) numbers in order, or categories.
        mean, low, high: (q,).
    """

    name: str
    at: Point
    levels: tuple[Level, ...]
    log: bool
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, kw_only=True)
class Contour:
    """What is expected over two numbers, all others as in `at`.

    Attributes:
        x, y: names; `xs` (a,) and `ys` (b,) their values.
        mean, sd: (b, a).
    """

    x: str
    y: str
    at: Point
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    log_x: bool
    log_y: bool
    mean: Floats
    sd: Floats


@dataclass(frozen=True, kw_only=True)
class Race:
    """The best value so far, and what Sobol points would have had by the model; t trials.

    Attributes:
        ours: (t,) best measured value after each completed trial.
        sobol, low, high: (t,) median and interval over draws of the model and of the sequence.
        chance: the probability that this study's best is better than Sobol's after t trials; nan where no
            trial has a value that counts, and where there is a doubt.
        doubt: why nothing can be told: the model does not foretell the trials that it has; else empty.
    """

    ours: Floats
    sobol: Floats
    low: Floats
    high: Floats
    chance: float
    doubt: str = ""


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """A part of the space that the next study can do with.

    Attributes:
        parameters: YAML nodes by name, of all parameters, narrowed or not.
        changed: names of those that are narrower, or fixed, each with a few words of why.
        kept: the share of the space's volume that is left; of discrete parameters that of the values.
        best_kept: the probability that the best point lies inside, by the model.
        exhausted: how many points the space has, where each of them was measured; else 0.
    """

    parameters: Mapping[str, object]
    changed: Mapping[str, str]
    kept: float
    best_kept: float
    exhausted: int = 0


@dataclass(frozen=True, kw_only=True)
class Near:
    """A trial that had ended when another was proposed; distance in length scales of the model."""

    trial: int
    distance: float
    value: float | None


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why a trial was proposed, and how it turned out.

    Attributes:
        mean, sd, acquisition: as the suggestion had them; None where no model proposed it.
        reason: why a fallback was used, None for the first choice.
        seen: ended trials that were known then.
        memory: how much each older study weighed in what was foretold, by its name.
        near: the nearest trials that had ended, the nearest first.
        best: the best value then, in its units; None at the start.
        observed: what was measured; None where there is no result.
        z: how far that is from what was foretold, in its standard deviations.
        rank: how many points were better, of all completed by now: those that keep the constraints
            before all others.
        broken: the constraints that a run of its point breaks, as `ms <= 20`.
        what: in words what the point is, where it is more than one of the method's; empty else.
    """

    trial: int
    method: str
    mean: float | None
    sd: float | None
    acquisition: float | None
    reason: str | None
    seen: int
    memory: Mapping[str, float]
    near: tuple[Near, ...]
    best: float | None
    observed: float | None
    z: float | None
    rank: int | None
    broken: tuple[str, ...] = ()
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about the health of a study, and what to do.

    Attributes:
        about: model, results, foretold, noise, bounds, parameters, slots, failures or disk.
        level: good, note or warning.
        text: what is so, in a sentence with its figures.
        todo: what to do; empty where nothing needs doing.
    """

    about: Literal[
        "model", "results", "foretold", "noise", "bounds", "parameters", "slots", "failures", "disk"
    ]
    level: Standing
    text: str
    todo: str = ""
