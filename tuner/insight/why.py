"""Why a trial was proposed, by what the ledger says, and how it turned out."""

import math

import numpy as np

from tuner.dataset import Bools, Floats
from tuner.errors import UsageError
from tuner.insight.base import Near, Why
from tuner.insight.ground import Ground
from tuner.space import Space
from tuner.space.encoding import Encoding
from tuner.study import History, Point, Remembered, Trial
from tuner.study.limits import broken
from tuner.study.ranking import origin, ranked, runs

NEAREST = 5
"""Trials that are named."""

CONTENDERS = 10
"""Best points of an older study that a trial is looked for among."""


def why_of(history: History, space: Space, number: int, ground: Ground | None) -> Why:
    """Say why a trial was proposed; distances are in length scales of a model where there is one.

    Raises:
        UsageError: there is no such trial.
    """
    trial = history.trials.get(number)
    if trial is None:
        raise UsageError(f"there is no trial {number}", hint="`tuner trials` lists them")
    told = trial.suggestion
    observed = None if trial.open else _value(history, trial)
    before = _ended_before(history, trial)
    z = None
    if observed is not None and told.mean is not None and told.sd:
        z = (observed - told.mean) / told.sd
    return Why(
        trial=number,
        method=told.method,
        mean=told.mean,
        sd=told.sd,
        acquisition=told.acquisition,
        reason=told.reason,
        seen=told.seen,
        memory=dict(told.memory),
        near=_near(history, space, trial, before, ground),
        best=_best_of(history, before),
        observed=observed,
        z=z if z is not None and math.isfinite(z) else None,
        rank=None if observed is None else _rank(history, trial, observed),
        broken=_broken(history, trial),
        what=what_of(history, space, trial),
    )


def what_of(history: History, space: Space, trial: Trial) -> str:
    """Say what the point of a trial is that no usual suggestion made: of the defaults, an older study, a branch."""
    point = space.usable(trial.params)[0]
    if trial.method == "sobol" and point is not None:
        first = next(t for t in history.trials.values() if t.method == "sobol")
        default = space.default_point()
        same = default is not None and space.key(point) == space.key(default)
        return "the point of the defaults" if same and first is trial else ""
    if trial.method == "branch":
        return "little was left to gain, so it went to the branch that was tried least"
    if trial.method != "memory":
        return ""
    if point is not None:
        for name, memory in history.memories.items():
            for place, known in enumerate(_best_points(space, memory)):
                if _alike(space, known, point):
                    return f"{'a best point' if place else 'the best point'} of {name}"
    return "a best point of older studies"


def _best_points(space: Space, memory: Remembered) -> list[Point]:
    """Give what the best points of an older study are here, the best first."""
    done = [place for place, gain in enumerate(memory.gains) if math.isfinite(gain)]
    done.sort(key=lambda place: -memory.gains[place])
    found = (space.recalled(memory.points[place])[0] for place in done[:CONTENDERS])
    return [point for point in found if point is not None]


def _alike(space: Space, known: Point, point: Point) -> bool:
    """Say whether the nearest point that may be tried is this one."""
    encoding = Encoding(space)
    near, here = (encoding.snap(encoding.encode([one]))[0] for one in (known, point))
    return bool(np.allclose(near, here))


def _value(history: History, trial: Trial) -> float | None:
    value = trial.metrics.get(history.metric.name, math.nan)
    return value if math.isfinite(value) else None


def _ended_before(history: History, trial: Trial) -> list[Trial]:
    """Give the trials that had ended when one was suggested: as many as its sampler had seen."""
    order = {number: place for place, number in enumerate(history.endings)}
    ended = [t for t in history.trials.values() if t.id in order and t.id != trial.id]
    ended.sort(key=lambda t: order[t.id])
    return ended[: trial.suggestion.seen]


def _best_of(history: History, trials: list[Trial]) -> float | None:
    """Give the best value that had been measured; repeats that came later say nothing yet."""
    ids = {trial.id for trial in trials}
    values = [
        value
        for trial in history.completed
        if trial.id in ids
        and (value := _value(history, trial)) is not None
        and all(c.holds(trial.metrics) for c in history.constraints)
    ]
    return max(values, key=history.metric.gain) if values else None


def _rank(history: History, trial: Trial, observed: float) -> int:
    """Count the points that stand before a trial's: those that keep the constraints, then by gain."""
    gain = history.metric.gain
    places = {row.origin: (not row.feasible, -gain(row.value)) for row in ranked(history)}
    missing = bool(broken(trial, history.constraints))
    mine = places.get(origin(history, trial), (missing, -gain(observed)))
    return sum(place < mine for place in places.values())


def _broken(history: History, trial: Trial) -> tuple[str, ...]:
    """Name the constraints that a trial breaks, or another run of its point."""
    missing = [
        each for t in (trial, *runs(history, trial)) for each in broken(t, history.constraints)
    ]
    return tuple(str(each) for each in dict.fromkeys(missing))


def _near(
    history: History, space: Space, trial: Trial, before: list[Trial], ground: Ground | None
) -> tuple[Near, ...]:
    """Give the nearest trials that had ended; those that are nothing in this space are left out."""
    encoding = Encoding(space)
    points = [space.usable(one.params)[0] for one in (trial, *before)]
    here = points[0]
    known = [(t, p) for t, p in zip(before, points[1:], strict=True) if p is not None]
    if here is None or not known:
        return ()
    X = encoding.encode([here, *(point for _, point in known)])
    category = np.array([column.kind == "category" for column in encoding.columns])
    steps = np.ones(encoding.width) if ground is None else ground.form.steps
    distances = _distances(X, category, steps)
    order = np.argsort(distances, kind="stable")[:NEAREST]
    return tuple(
        Near(
            trial=known[i][0].id,
            distance=float(distances[i]),
            value=_value(history, known[i][0]),
        )
        for i in order
    )


def _distances(X: Floats, category: Bools, steps: Floats) -> Floats:
    """Give the distances (n,) of all further rows from the first."""
    apart = np.abs(X[1:] - X[0])
    apart[:, category] = np.rint(X[1:, category]) != np.rint(X[0, category])
    found: Floats = np.sqrt(np.square(apart / steps).sum(axis=1))
    return found
