"""The best points of older studies come first: which ones, how many, and when no more of them."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tuner.samplers.make import make_sampler
from tuner.samplers.seeds import METHOD, Seeds
from tuner.samplers.spec import SearchSpec
from tuner.space import Choice, Encoding, Float, Int, Space
from tuner.study import Finished, History, Opened, Record, Remembered, Suggested

SPACE = Space(
    (
        Float(name="x", min=0, max=1),
        Int(name="n", min=1, max=5),
        Choice(name="opt", values=("sgd", "adamw")),
    )
)
LINE = Space((Float(name="x", min=0, max=1),))


class Study:
    """A history in memory that learns, and the sampler of its search."""

    def __init__(self, *memories, space=SPACE, require=(), **search):
        self.space = Space(space.parameters, require)
        self.history = History()
        config = {"metric": {"name": "loss", "goal": "minimize"}}
        self.tell(Opened(study="s", config=config, config_hash=""), *memories)
        order = SearchSpec(**search)
        self.sampler = make_sampler(order, self.space, seed=3, devices_taken=True)

    def tell(self, *facts):
        for fact in facts:
            number = self.history.last + 1
            self.history.apply(Record(number, "", float(number), "w", fact))

    def next(self, loss=None, state="completed"):
        """Ask for one suggestion, and tell what came of it."""
        number = self.history.next_id
        rng = np.random.default_rng([3, number])
        (made,) = self.sampler.suggest(self.history.snapshot(), 1, rng)
        self.tell(Suggested(trial=number, point=made.point, method=made.method))
        if loss is not None or state != "completed":
            metrics = {} if loss is None else {"loss": float(loss)}
            self.tell(Finished(trial=number, attempt=1, state=state, metrics=metrics))
        return made

    def several(self, count, loss):
        return [self.next(loss(number)) for number in range(count)]


def memory(gain, *, space=SPACE, count=30, name="old", mode="auto", seed=1, **asked):
    """An older study of random points."""
    U = np.random.default_rng(seed).random((count, Encoding(space).width))
    points = tuple(Encoding(space).from_unit(U))
    return Remembered(
        memory=name,
        mode=mode,
        asked={"ledger": name, **asked},
        points=points,
        gains=tuple(float(gain(point)) for point in points),
    )


def near(place):
    return lambda point: -abs(point["x"] - place)


def seeds(made):
    return [dict(s.point) for s in made if s.method == METHOD]


def better(_number):
    return 0.0  # nothing disappoints


def test_the_first_suggestions_are_among_the_best_old_points_and_none_comes_twice():
    old = memory(near(0.7))
    study = Study(old)

    made = study.several(9, better)

    first = seeds(made)
    best = sorted(range(30), key=lambda i: -old.gains[i])[:5]
    assert made[0].method == METHOD
    assert all(point in [dict(old.points[i]) for i in best] for point in first)
    assert len({str(dict(s.point)) for s in made}) == 9
    assert [s.method for s in made[len(first) + 1 :]].count(METHOD) == 0


@pytest.mark.parametrize("count", [1, 3, 6])
def test_as_many_come_as_were_asked_for(count):
    assert len(seeds(Study(memory(near(0.7), seeds=count)).several(9, better))) == count


def test_none_comes_where_none_was_asked_for():
    made = Study(memory(near(0.7), seeds=0)).several(7, better)

    assert seeds(made) == []
    assert made[0].method == "sobol"


@pytest.mark.parametrize(
    ("mode", "asked", "there"),
    [
        ("auto", {}, True),
        ("enqueue", {}, False),  # these wait in line before anything is suggested
        ("basis", {}, False),
        ("basis", {"seeds": 2}, True),
        ("enqueue", {"seeds": 0}, False),
    ],
)
def test_a_mode_decides_where_nobody_says_how_many(mode, asked, there):
    made = Study(memory(near(0.7), mode=mode, **asked)).several(4, better)

    assert bool(seeds(made)) is there


@pytest.mark.parametrize(("studies", "there"), [(1, 2), (3, 2), (4, 3), (7, 4)])
def test_many_older_studies_have_more_seeds_than_few(studies, there):
    older = [memory(near(0.1 + 0.1 * k), name=f"old {k}", seed=k) for k in range(studies)]

    assert len(seeds(Study(*older).several(there + 3, better))) == there


@pytest.mark.parametrize("asked", ["many", None, -3, 1.5, [2], True])
def test_whatever_a_ledger_says_of_seeds_the_search_goes_on(asked):
    made = Study(memory(near(0.7), seeds=asked)).several(4, better)

    assert len(made) == 4


def test_old_points_outside_of_the_space_come_to_its_edge_or_not_at_all():
    old = Remembered(
        memory="old",
        points=({"x": 5.0, "n": 99, "opt": "sgd"}, {"x": 0.5, "n": 2, "opt": "lion"}),
        gains=(2.0, 1.0),
    )
    made = Study(old).several(4, better)

    assert seeds(made) == [{"x": 1.0, "n": 5, "opt": "sgd"}]


def test_no_seed_breaks_a_condition_and_those_that_keep_it_are_not_fewer_for_it():
    study = Study(memory(near(0.7), seeds=3, count=60), require=("x < 0.7",))

    first = seeds(study.several(6, better))

    assert first
    assert all(point["x"] < 0.7 for point in first)
    assert Study(memory(near(0.7)), require=("x > 0.9",)).next().method != METHOD


def test_failed_and_endless_results_are_no_best_points():
    old = memory(lambda point: math.nan if point["x"] < 0.5 else near(0.5)(point))
    endless = Remembered(memory="odd", points=old.points, gains=(math.inf,) * len(old.points))

    first = seeds(Study(old, endless).several(5, better))

    assert first
    assert all(point["x"] >= 0.5 for point in first)
    nothing = Remembered(memory="f", points=old.points, gains=(math.nan,) * len(old.points))
    assert seeds(Study(nothing).several(4, better)) == []


@pytest.mark.parametrize("ending", ["bad", "failed"])
def test_no_further_seed_is_tried_after_one_that_disappoints(ending):
    study = Study(memory(near(0.7), seeds=6))
    for x in (0.1, 0.2, 0.3):
        number = study.history.next_id
        point = {"x": x, "n": 1, "opt": "sgd"}
        study.tell(Suggested(trial=number, point=point, method="enqueued"))
        study.tell(Finished(trial=number, attempt=1, state="completed", metrics={"loss": x}))

    first = study.next(0.0)
    second = study.next(9.0) if ending == "bad" else study.next(state="failed")
    rest = study.several(4, better)

    assert (first.method, second.method) == (METHOD, METHOD)
    assert seeds(rest) == []


def test_two_studies_of_different_optima_are_served_by_one_seed_each():
    low = memory(near(0.1), space=LINE, name="low", seeds=2)
    high = memory(near(0.9), space=LINE, name="high", seed=2, seeds=2)

    first = seeds(Study(low, high, space=LINE).several(3, better))

    assert sorted(round(point["x"], 1) for point in first) == [0.1, 0.9]


def test_the_model_comes_once_the_seeds_are_tried_and_two_results_are_there():
    made = Study(memory(near(0.7))).several(8, better)

    assert [s.method for s in made] == [METHOD, "sobol", METHOD, *["bayes"] * 5]
    assert all(s.reason is None for s in made)


def test_what_a_person_put_first_takes_no_turn_of_a_seed():
    study = Study(memory(near(0.7)))
    for x in (0.1, 0.2, 0.3):
        number = study.history.next_id
        point = {"x": x, "n": 1, "opt": "sgd"}
        study.tell(Suggested(trial=number, point=point, method="enqueued"))
        study.tell(Finished(trial=number, attempt=1, state="completed", metrics={"loss": x}))

    assert [s.method for s in study.several(3, better)] == [METHOD, METHOD, "bayes"]


@pytest.mark.parametrize("failure", ["infra", "lost"])
def test_a_failure_of_the_machine_is_no_disappointment(failure):
    study = Study(memory(near(0.7)))
    first = study.next()
    study.tell(Finished(trial=1, attempt=1, state="failed", failure=failure))

    assert first.method == METHOD
    assert [s.method for s in study.several(2, better)] == ["sobol", METHOD]


def test_what_the_model_finds_later_does_not_make_seeds_a_disappointment():
    made = Study(memory(near(0.7))).several(9, lambda number: -float(number > 3) * number)

    assert [s.method for s in made[3:]] == ["bayes"] * 6


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_no_point_comes_twice_among_several_at_once(count):
    centre = SPACE.centre()
    old = memory(near(0.7))
    old = replace(old, points=(centre, *old.points), gains=(1.0, *old.gains))

    made = Study(old).sampler.suggest(Study(old).history, count, np.random.default_rng(0))

    assert len({SPACE.key(s.point) for s in made}) == len(made) == count


def test_what_a_person_says_of_initial_points_counts():
    methods = [s.method for s in Study(memory(near(0.7)), initial=6).several(8, better)]

    assert METHOD in methods[:6]
    assert "bayes" not in methods[:6]
    assert methods[6:] == ["bayes"] * 2


def test_seeds_are_not_chosen_again_while_memories_are_the_same_and_are_when_one_comes():
    asked = []

    def serving(history, rows, count):
        asked.append(len(history.memories))
        return list(range(min(count, len(rows))))

    study = Study(memory(near(0.7)))
    first = Seeds(study.space, study.sampler, serving)
    for _ in range(3):
        assert first.initial(study.history, 5) == 1  # not before they are tried
    assert asked == [1]

    study.tell(memory(near(0.2), name="other", mode="enqueue"))  # is served as well
    assert first.initial(study.history, 5) == 1
    assert asked == [1, 2]


def test_where_nobody_can_say_who_is_served_best_points_still_come():
    def fails(history, rows, count):
        raise FloatingPointError

    study = Study(memory(near(0.7)))
    sampler = Seeds(study.space, study.sampler, fails)

    (made,) = sampler.suggest(study.history, 1, np.random.default_rng(0))

    assert made.method == METHOD
    assert abs(made.point["x"] - 0.7) < 0.3


def test_several_at_once_are_seeds_first_and_then_others():
    study = Study(memory(near(0.7)))
    made = study.sampler.suggest(study.history, 5, np.random.default_rng(0))

    methods = [s.method for s in made]
    assert methods[0] == METHOD
    assert methods == sorted(methods, key=lambda m: m != METHOD)
    assert len({str(dict(s.point)) for s in made}) == 5
