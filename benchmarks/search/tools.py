"""The tools by name: `maker("optuna-gp")` gives what makes an adapter for a space and a seed.

Ours goes through the public Python API and nothing else. Options after a colon are keys of the
YAML's `search` node: `tuner:engine=botorch` or `tuner:method=sobol,seed=1`.
"""

import json
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import peers
from adapter import Asked, Tool
from spaces import Config, Space, Spec, from_unit, random_config


class Random(Tool):
    """Uniform on the unit cube: the yardstick of the scores."""

    pending_ok = True
    knows_conditions = True
    knows_order = True

    def setup(self) -> None:
        """Seed."""
        self.rng = np.random.RandomState(self.seed + 7777)

    def suggest(self) -> tuple[None, Config]:
        """Draw."""
        return None, random_config(self.native, self.rng)


class Sobol(Tool):
    """Scrambled Sobol points."""

    pending_ok = True
    knows_order = True

    def setup(self) -> None:
        """Scramble."""
        qmc = import_module("scipy.stats").qmc
        self.points = qmc.Sobol(len(self.native), scramble=True, seed=self.seed)

    def suggest(self) -> tuple[None, Config]:
        """Take the next point."""
        pairs = zip(self.native.items(), self.points.random(1)[0], strict=True)
        return None, {name: from_unit(spec, u) for (name, spec), u in pairs}


class Tuner(Tool):
    """This project's search."""

    pending_ok = True
    knows_conditions = True
    knows_order = True

    def __init__(self, *args: Any, options: dict[str, Any], **rest: Any) -> None:  # noqa: ANN401
        self.options = options
        super().__init__(*args, **rest)

    def setup(self) -> None:
        """Create a study in memory."""
        self.study = import_module("tuner").Study.create(
            parameters={name: node(spec) for name, spec in self.native.items()},
            metric={"name": "loss", "goal": "minimize"},
            search={"method": "bayes", **self.options},
            seed=self.seed,
            path=None,
        )

    def suggest(self) -> tuple[Any, dict[str, Any]]:
        """Ask."""
        trial = self.study.ask()
        return trial, dict(trial.params)

    def ask_many(self, count: int) -> list[Asked]:
        """Ask for a list."""
        return [(trial, self._read(dict(trial.params))) for trial in self.study.ask(count)]

    def observe(self, key: Any, values: Config, y: float) -> None:  # noqa: ANN401, ARG002
        """Tell."""
        self.study.tell(key, y)

    def replay(self, values: Config, y: float) -> None:
        """Add."""
        self.study.add(values, y)

    def recommend(self) -> Config | None:
        """Give the trial with the best posterior mean, by the default model whatever was searched with."""
        config, trials = self.study.config, self.study.trials
        opinions = import_module("tuner.samplers.make").posterior_of(
            import_module("tuner.samplers.spec").SearchSpec(),
            config.space,
            self.study._desk.history,
            [trial.params for trial in trials],
        )
        if not opinions:
            return None
        best = min(range(len(trials)), key=lambda i: opinions[i].mean)
        return self._read(dict(trials[best].params))


def node(spec: Spec) -> dict[str, Any]:
    """Write a specification as the YAML has it.

    Example:
        >>> node({"t": "cat", "choices": [1, 2], "ordered": True, "when": ["a", ["x", "y"]]})
        {'values': [1, 2], 'ordered': True, 'when': "a in ['x', 'y']"}
    """
    if spec["t"] == "cat":
        written: dict[str, Any] = {"values": spec["choices"], "ordered": spec["ordered"]}
    else:
        written = {"type": spec["t"], "min": spec["lo"], "max": spec["hi"], "log": spec["log"]}
    if "when" in spec:
        parent, values = spec["when"]
        written["when"] = f"{parent} in {values!r}"
    return written


def options_of(text: str) -> dict[str, Any]:
    """Read `a=1,b=word`.

    Example:
        >>> options_of("engine=botorch,polish=8,quick=true")
        {'engine': 'botorch', 'polish': 8, 'quick': True}
    """
    options: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        key, _, value = part.partition("=")
        try:
            options[key] = json.loads(value)
        except json.JSONDecodeError:
            options[key] = value
    return options


TOOLS: dict[str, type[Tool]] = {
    "random": Random,
    "sobol": Sobol,
    "optuna-gp": peers.Optuna,
    "optuna-tpe": peers.OptunaTPE,
    "ax": peers.Ax,
    "botorch": peers.BoTorch,
    "bayesopt": peers.BayesOpt,
    "skopt": peers.Skopt,
    "smac": peers.Smac,
    "hebo": peers.Hebo,
}


def maker(tool: str) -> Callable[[Space, int, int, int], Tool]:
    """Give what makes an adapter of this name."""
    name, _, options = tool.partition(":")
    return partial(Tuner, options=options_of(options)) if name == "tuner" else TOOLS[name]
