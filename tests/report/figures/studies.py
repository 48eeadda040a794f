"""Small studies of every shape, hostile ones among them, and a model's account of them made by hand."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from tuner.config import read_config
from tuner.errors import FitError
from tuner.insight.base import (
    Calibration,
    Contour,
    Estimate,
    Importance,
    Pair,
    Race,
    Slice,
    Weight,
)
from tuner.report.figures import Subject
from tuner.study import (
    Finished,
    History,
    Opened,
    Record,
    Remembered,
    Reported,
    Started,
    Suggested,
)
from tuner.surrogates.make import Relations

HTML = "<img src=x onerror=alert(1)>&lt;b&gt;"
CONTROL = "red\x1b[31m\x1b]0;title\x07\u202eend"
MATHS = r"$\frac{1}{0}$ _x^2 \$"
LONG = "long " * 200
HOSTILE = (HTML, CONTROL, MATHS, LONG)
HALF = "half of a character: \ud800"

START = datetime(2026, 1, 31, 9, tzinfo=UTC)
NUMBERS = {
    "lr": {"type": "float", "min": 1e-5, "max": 0.1, "log": True},
    "layers": {"type": "int", "min": 1, "max": 4},
}
MIXED = NUMBERS | {
    "optimizer": {"values": ["sgd", "adamw"]},
    "momentum": {"type": "float", "min": 0.5, "max": 0.99, "when": "optimizer == 'sgd'"},
    "nesterov": {"type": "bool"},
    "decay": {"type": "float", "min": 1e-6, "max": 1e-2, "log": True, "or_zero": True},
}


def replay(facts):
    """Fold facts, five seconds apart."""
    return History.replay(
        Record(
            number=number,
            at=(START + timedelta(seconds=5 * number)).isoformat(),
            elapsed_s=5.0 * number,
            worker="box/boot/1/2",
            fact=fact,
        )
        for number, fact in enumerate(facts, 1)
    )


def config(parameters, metric="loss", **more):
    node = {"name": "loss" if metric is None else metric, "goal": "minimize"}
    runner = {"type": "command", "command": "true"}
    return {"name": "s", "metric": node, "parameters": parameters, "runner": runner} | more


def point_of(number, parameters):
    point = {
        "lr": 10.0 ** -(1 + number % 5),
        "layers": 1 + number % 4,
        "optimizer": ["sgd", "adamw"][number % 2],
        "nesterov": number % 3 == 0,
        "decay": 0.0 if number % 4 == 0 else 1e-4,
    }
    if number % 2 == 0:
        point["momentum"] = 0.6 + 0.03 * (number % 10)
    return {name: value for name, value in point.items() if name in parameters}


def trial(number, point, *, end="completed", value=None, reports=0, modelled=False, **more):
    """Give the facts of one trial; `more` goes to its end."""
    value = 0.3 + 0.1 * abs(math.log10(point["lr"]) + 3) if value is None else value
    mean, sd = (value + 0.01, 0.05) if modelled else (None, None)
    method = "bayes" if modelled else "sobol"
    yield Suggested(trial=number, point=point, method=method, mean=mean, sd=sd)
    yield Started(trial=number, attempt=1, host="box", pid=7, devices=(str(number % 2),))
    for step in range(reports):
        shown = {"loss": value + 1.0 / (step + 1)}
        yield Reported(trial=number, attempt=1, step=float(step), metrics=shown)
    if end is None:
        return
    metrics = {} if end == "failed" else {"loss": value, "ms": 5.0 * number}
    yield Finished(trial=number, attempt=1, state=end, metrics=metrics, wall_s=4.0, **more)


def plain(count, parameters, **more):
    yield Opened(study="s", config=config(parameters, **more), config_hash="c")
    for number in range(1, count + 1):
        yield from trial(number, point_of(number, parameters), modelled=number > 5)


def all_failed():
    yield Opened(study="s", config=config(MIXED), config_hash="c")
    for number in range(1, 7):
        kind = ("oom", "crash", "diverged")[number % 3]
        more = {"failure": kind, "exit_code": 1, "message": "out of memory"}
        yield from trial(number, point_of(number, MIXED), end="failed", **more)


def some_failed():
    yield Opened(study="s", config=config(MIXED), config_hash="c")
    for number in range(1, 21):
        point = point_of(number, MIXED)
        if point["lr"] > 0.05:
            yield from trial(number, point, end="failed", failure="oom", message="no memory")
        else:
            yield from trial(number, point, reports=3, end=("stopped", "completed")[number % 2])
    yield from trial(21, point_of(21, MIXED), end=None)


def hostile():
    """Names, categories, messages and a metric that want to be markup, and huge numbers."""
    parameters = {
        "lr": NUMBERS["lr"],
        "x": {"values": list(HOSTILE)},
        "_y": {"type": "float", "min": 0, "max": 1},
    }
    yield Opened(study=HTML, config=config(parameters), config_hash="c")
    values = [0.5, 1e308, -1e308, 0.4, math.inf, 0.3, -0.2, 1e-300]
    for number, value in enumerate(values, 1):
        point = {"lr": 10.0**-number if number < 6 else 0.01, "x": HOSTILE[number % 4], "_y": 0.5}
        yield from trial(number, point, value=value, reports=2)
    for number, words in enumerate(HOSTILE, len(values) + 1):
        point = {"lr": 0.01, "x": words, "_y": 0.1}
        yield from trial(number, point, end="failed", failure="crash", message=words + HALF)
    for words in HOSTILE:
        gains = tuple(-0.1 * place for place in range(4))
        points = tuple({"lr": 10.0**-place} for place in range(1, 5))
        yield Remembered(memory=words, source=words, points=points, gains=gains)
    weights = dict.fromkeys(HOSTILE, 0.25)
    number = len(values) + len(HOSTILE) + 1
    yield Suggested(
        trial=number, point={"lr": 0.02, "x": LONG, "_y": 1.0}, method="bayes", memory=weights
    )


def outside():
    """Values that the space of today does not have."""
    yield Opened(study="s", config=config(MIXED), config_hash="c")
    odd = [
        {"lr": 5.0, "layers": 99, "optimizer": "gone", "nesterov": 1, "decay": -1.0},
        {"lr": "fast", "layers": True, "optimizer": None, "nesterov": "yes", "decay": 0.0},
        {},
    ]
    for number, point in enumerate(odd, 1):
        yield from trial(number, point, value=0.1 * number)


HISTORIES = {
    "empty": lambda: plain(0, MIXED),
    "one": lambda: plain(1, MIXED),
    "two": lambda: plain(2, NUMBERS),
    "twenty": lambda: plain(20, NUMBERS),
    "conditional": lambda: plain(12, MIXED),
    "constraints": lambda: plain(
        12, MIXED, constraints=[{"metric": "ms", "op": "<=", "bound": 30.0}]
    ),
    "infeasible": lambda: plain(5, MIXED, constraints=[{"metric": "ms", "op": "<=", "bound": 0.0}]),
    "one parameter": lambda: plain(6, {"lr": NUMBERS["lr"]}),
    "all failed": all_failed,
    "some failed": some_failed,
    "hostile": hostile,
    "outside": outside,
}


@dataclass
class ByHand:
    """What a model would say of a study, without one: the same interface with made-up figures."""

    history: History
    space: object

    @property
    def trials(self):
        found = [
            t for t in self.history.completed if math.isfinite(t.metrics.get("loss", math.nan))
        ]
        if not found:
            raise FitError("no trial has completed: there is nothing to understand yet")
        return found

    def importance(self):
        assert self.trials
        names = [parameter.name for parameter in self.space.searched]
        share = {name: 0.6 / (place + 1) for place, name in enumerate(names)}

        def near(value):
            return Estimate(value=value, low=value / 2, high=value * 1.5)

        weights = [Weight(name=n, first=near(s / 2), total=near(s)) for n, s in share.items()]
        return Importance(weights=tuple(weights), doubts=("r2 is 0.1: " + HTML,))

    def pairs(self):
        first, *others = [parameter.name for parameter in self.space.searched]
        return tuple(
            Pair(names=(first, other), share=Estimate(value=v, low=v / 2, high=v * 1.5))
            for other, v in ((other, 0.1 / place) for place, other in enumerate(others, 1))
        )

    def order(self):
        return tuple(weight.name for weight in self.importance().weights)

    def varying(self):
        return tuple(one.name for one in self.slices())

    def slices(self, at=None):
        found = []
        for parameter in self.space.searched:
            log = bool(getattr(parameter, "log", False))
            levels = getattr(parameter, "values", None)
            if levels is None:
                low, high = parameter.min, parameter.max
                grid = np.geomspace(low, high, 9) if log else np.linspace(low, high, 9)
                levels = tuple(map(float, grid))
            mean = np.linspace(0.2, 0.6, len(levels))
            found.append(
                Slice(
                    name=parameter.name,
                    at=self.trials[0].params,
                    levels=tuple(levels),
                    log=log,
                    mean=mean,
                    low=mean - 0.3,
                    high=mean + 0.3,
                )
            )
        return tuple(found)

    def contour(self, a, b, at=None):
        by_name = {one.name: one for one in self.slices()}
        xs, ys = by_name[a].levels, by_name[b].levels
        mean = np.add.outer(np.linspace(0, 1, len(ys)), np.linspace(0, 1, len(xs)))
        return Contour(
            x=a,
            y=b,
            at={},
            xs=xs,
            ys=ys,
            log_x=by_name[a].log,
            log_y=by_name[b].log,
            mean=mean,
            sd=mean * 0 + 0.1,
        )

    def calibration(self):
        observed = np.array([t.metrics["loss"] for t in self.trials])
        sd = np.full(len(observed), 0.1)
        z = np.linspace(-1, 1, len(observed))
        ids = tuple(t.id for t in self.trials)
        return Calibration(
            ids=ids, observed=observed, mean=observed * 1.01, sd=sd, z=z, r2=0.9, inside=1.0
        )

    def against_sobol(self):
        ours = np.minimum.accumulate([t.metrics["loss"] for t in self.trials])
        return Race(ours=ours, sobol=ours + 0.1, low=ours - 0.1, high=ours + 0.3, chance=0.8)


def subject_of(facts):
    history = replay(facts)
    space = read_config(history.config).space
    names = ("this study", *history.memories)
    corner = np.eye(len(names))

    def relate():
        return Relations(names=names, correlation=corner, of="beliefs") if len(names) > 1 else None

    return Subject(history, space, lambda: ByHand(history, space), relate)
