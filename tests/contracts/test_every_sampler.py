"""The promises of `samplers/base.py`, for every method that can be asked for, on every kind of space.

A new member of `SearchSpec.method` is picked up by itself.
"""

import builtins
import random
import typing

import numpy as np
import pytest

from tuner.errors import SpaceExhaustedError
from tuner.samplers.make import make_sampler
from tuner.samplers.spec import Method, SearchSpec
from tuner.space import Bool, Choice, Derived, Fixed, Float, Int, Space
from tuner.study import Finished, History, Opened, Record, Started, Suggested

METHODS = typing.get_args(Method)
CONFIG = {"metric": {"name": "loss", "goal": "minimize"}}

SGD = "opt == 'sgd'"
SPACES = {
    "continuous": Space(
        (
            Float(name="x", min=-1, max=3),
            Float(name="lr", min=1e-5, max=1e-1, log=True),
        )
    ),
    "mixed": Space(
        (
            Float(name="lr", min=1e-5, max=1e-1, log=True, default=1e-3),
            Int(name="layers", min=2, max=12, step=2, default=4),
            Int(name="width", min=8, max=512, log=True, default=64),
            Choice(name="batch", values=(32, 64, 128), ordered=True, default=64),
            Choice(name="opt", values=("sgd", "adamw", None), default="sgd"),
            Float(name="drop", min=0, max=0.5, step=0.1, default=0.1),
            Bool(name="amp", default=False),
            Fixed(name="epochs", value=30),
            Derived(name="warmup", derive="max(1, epochs // 10)"),
        )
    ),
    "nested": Space(
        (
            Choice(name="opt", values=("sgd", "adamw")),
            Float(name="momentum", min=0.5, max=0.99, when=SGD),
            Bool(name="nesterov", when="momentum > 0.7"),
            Int(name="after", min=1, max=9, when="nesterov"),
            Float(name="beta", min=0.9, max=0.999, when="opt == 'adamw'"),
        )
    ),
    "or_zero": Space(
        (
            Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
            Int(name="patience", min=3, max=9, or_zero=True),
            Float(name="x", min=0, max=1),
        )
    ),
    "require": Space(
        (
            Int(name="width", min=64, max=1024, log=True),
            Int(name="layers", min=2, max=12),
            Float(name="x", min=0, max=1),
        ),
        ("width * layers <= 1024", "x > 0.2 or layers == 2"),
    ),
    "six": Space((Choice(name="c", values=(1, True, "1")), Bool(name="b"))),
    "hundred": Space((Choice(name="c", values=tuple(f"v{i}" for i in range(100))),)),
}
EACH = [(method, name) for method in METHODS for name in SPACES]
pytestmark = pytest.mark.parametrize(("method", "name"), EACH)


class Study:
    """A history that grows: points are suggested and then finish, fail, run on or wait, in turn."""

    def __init__(self, space, seed=0):
        self.space = space
        self.seed = seed
        self.history = History()
        self.write(Opened(study="s", config=CONFIG, config_hash="h"))

    def write(self, fact):
        number = self.history.last + 1
        self.history.apply(Record(number=number, at="", elapsed_s=0.0, worker="w", fact=fact))

    def take(self, suggestions):
        for suggestion in suggestions:
            trial = self.history.next_id
            point = self.space.complete(suggestion.point)
            self.write(Suggested(trial=trial, point=point, method=suggestion.method))
            if trial % 6 == 0:
                continue
            self.write(Started(trial=trial, attempt=1))
            if trial % 6 == 1:
                self.write(Finished(trial=trial, attempt=1, state="failed", failure="crash"))
            elif trial % 6 != 2:
                loss = float(trial * 37 % 11)
                done = {"state": "completed", "metrics": {"loss": loss}}
                self.write(Finished(trial=trial, attempt=1, **done))

    def ask(self, sampler, count):
        rng = np.random.default_rng([self.seed, self.history.next_id])
        return sampler.suggest(self.history, count, rng)


def sampler_of(method, space, seed=0):
    search = SearchSpec(method=method, levels=3) if method == "grid" else SearchSpec(method=method)
    return make_sampler(search, space, seed=seed, devices_taken=True)


def grown(method, name, counts, seed=0):
    """Make a study of so many suggestions at a time; give it and everything that was suggested."""
    study, sampler, made = Study(SPACES[name], seed), sampler_of(method, SPACES[name], seed), []
    for count in counts:
        try:
            batch = study.ask(sampler, count)
        except SpaceExhaustedError:
            break
        made += batch
        study.take(batch)
    return study, made


def plain(suggestions):
    """Everything of suggestions but the time they took."""
    return [(s.point, s.method, s.reason, s.mean, s.sd, s.acquisition) for s in suggestions]


def test_1_the_same_history_and_generator_give_the_same_answer_again_and_to_a_new_sampler(
    method, name
):
    study, _ = grown(method, name, [5])
    used, fresh = sampler_of(method, SPACES[name]), sampler_of(method, SPACES[name])
    Study(SPACES[name]).ask(used, 2)

    answers = [plain(study.ask(sampler, 1)) for sampler in (used, used, fresh)]

    assert answers[0] == answers[1] == answers[2]


def test_2_every_suggestion_lies_in_the_space_and_keeps_every_require(method, name):
    space = SPACES[name]
    _, made = grown(method, name, [4, 3, 1])

    assert made
    for suggestion in made:
        assert space.point(suggestion.point) == suggestion.point
        assert space.violations(suggestion.point) == []
        types = [type(value) for value in suggestion.point.values()]
        assert types == [type(value) for value in space.point(suggestion.point).values()]


def test_3_as_many_suggestions_as_were_asked_for_unless_there_are_no_more(method, name):
    study, sampler = Study(SPACES[name]), sampler_of(method, SPACES[name])

    for count in (1, 4, 2):
        left = 6 - len(study.history.trials) if name == "six" else count
        if not left:
            with pytest.raises(SpaceExhaustedError):
                study.ask(sampler, count)
            return
        batch = study.ask(sampler, count)
        assert len(batch) == min(count, left)
        study.take(batch)


def test_4_no_point_comes_twice_whatever_became_of_it(method, name):
    space = SPACES[name]
    _, made = grown(method, name, [3, 1, 4, 1])

    keys = [space.key(suggestion.point) for suggestion in made]

    assert len(keys) == len(set(keys))
    assert len(keys) == (6 if name == "six" else 9)


def chance():
    """Show the state of every global generator."""
    return random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002  that is the one


def test_5_no_file_is_opened_and_no_global_chance_is_used(method, name, monkeypatch):
    study, _ = grown(method, name, [5])
    sampler = sampler_of(method, SPACES[name])
    study.ask(sampler, 1)  # libraries are loaded now
    before = chance()

    def refuse(*args, **kwargs):
        raise AssertionError(f"a sampler opened {args[0]}")

    monkeypatch.setattr(builtins, "open", refuse)
    study.ask(sampler, 1)

    assert chance() == before
