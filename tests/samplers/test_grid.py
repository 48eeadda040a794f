"""The full grid, each point once, its beginning spread over the whole of it."""

import time

import numpy as np
import pytest

from tuner.errors import SpaceExhaustedError, UsageError
from tuner.samplers.grid import GridSampler
from tuner.space import Bool, Choice, Float, Int, Space

RNG = np.random.default_rng(0)


def points_of(sampler, history, count):
    return [suggestion.point for suggestion in sampler.suggest(history, count, RNG)]


def test_every_point_of_the_grid_comes_once_and_then_no_more(growing):
    space = Space((Int(name="n", min=1, max=4), Float(name="x", min=0, max=1), Bool(name="b")))
    sampler = GridSampler(space, levels=3)

    made = []
    for _ in range(5):
        made += growing.take(sampler.suggest(growing.history, 5, RNG))

    with pytest.raises(SpaceExhaustedError, match="every point of the grid has been tried"):
        sampler.suggest(growing.history, 5, RNG)
    assert {(s.point["n"], s.point["x"], s.point["b"]) for s in made} == {
        (n, x, b) for n in (1, 2, 3, 4) for x in (0.0, 0.5, 1.0) for b in (True, False)
    }
    assert len(made) == 24
    assert {s.method for s in made} == {"grid"}


@pytest.mark.parametrize("levels", [5, 7, 9])
def test_the_first_points_already_show_every_level_of_every_parameter(growing, levels):
    space = Space(tuple(Float(name=name, min=0, max=1) for name in "xyz"))

    points = points_of(GridSampler(space, levels), growing.history, 3 * levels)

    for name in "xyz":
        assert len({point[name] for point in points}) == levels


def test_a_grid_of_any_size_starts_at_once(growing):
    space = Space(tuple(Int(name=f"n{i}", min=0, max=10**6) for i in range(60)))
    started = time.process_time()

    points = points_of(GridSampler(space, levels=5), growing.history, 3)

    assert len(points) == 3
    assert time.process_time() - started < 2


def test_a_conditional_child_is_gridded_only_where_it_is_live(growing):
    space = Space(
        (
            Choice(name="opt", values=("sgd", "adamw", "lion")),
            Float(name="momentum", min=0, max=0.9, when="opt == 'sgd'"),
        )
    )

    points = points_of(GridSampler(space, levels=4), growing.history, 99)

    assert sorted(point["opt"] for point in points) == ["adamw", "lion", *["sgd"] * 4]
    assert sum("momentum" in point for point in points) == 4


def test_points_that_break_a_require_are_left_out(growing):
    space = Space((Int(name="a", min=1, max=9), Int(name="b", min=1, max=9)), ("a < b",))

    points = points_of(GridSampler(space, levels=5), growing.history, 99)

    assert len(points) == 36
    assert all(point["a"] < point["b"] for point in points)


def test_the_few_points_of_a_tight_require_are_found_in_a_huge_grid(growing):
    names = ("p", "q")
    gates = [Int(name=n, min=1, max=120) for n in names]
    rest = [Int(name=f"n{i}", min=0, max=999) for i in range(3)]
    space = Space((*gates, *rest), ("p * q == 12019",))

    points = points_of(GridSampler(space, levels=5), growing.history, 4)

    assert {(p["p"], p["q"]) for p in points} <= {(101, 119), (119, 101)}
    assert len({space.key(point) for point in points}) == 4


def test_points_that_were_tried_otherwise_are_passed_over(growing):
    space = Space((Int(name="n", min=1, max=6),))
    growing.put({"n": 3})
    growing.put({"n": 5}, method="added")
    sampler = GridSampler(space, levels=5)

    found = [growing.take(sampler.suggest(growing.history, 1, RNG))[0].point["n"] for _ in range(4)]

    assert sorted(found) == [1, 2, 4, 6]
    with pytest.raises(SpaceExhaustedError):
        sampler.suggest(growing.history, 1, RNG)


def test_points_before_the_place_are_found_when_the_history_is_of_another_grid(growing):
    for n in range(101, 104):
        growing.put({"n": n}, method="grid")
    sampler = GridSampler(Space((Int(name="n", min=1, max=4),)), levels=5)

    assert sorted(p["n"] for p in points_of(sampler, growing.history, 9)) == [1, 2, 3, 4]


def test_a_require_that_nothing_keeps_exhausts_the_grid(growing):
    space = Space((Int(name="n", min=1, max=6),), ("n > 6",))

    with pytest.raises(SpaceExhaustedError):
        GridSampler(space, levels=5).suggest(growing.history, 1, RNG)


def test_conditions_with_too_many_branches_are_refused_with_advice():
    gates = [Int(name=f"n{i}", min=0, max=99) for i in range(3)]
    space = Space((*gates, Bool(name="b", when="n0 + n1 + n2 > 3")))

    with pytest.raises(UsageError, match="too many branches") as caught:
        GridSampler(space, levels=5)

    assert "method: sobol" in caught.value.hint
