"""Every row that leaves the region is a point of the space."""

import numpy as np
import pytest

from tuner.acquisition.region import ENUMERABLE, Region, Tried
from tuner.space import Bool, Choice, Float, Int, Space

SPACE = Space(
    (
        Float(name="lr", min=1e-4, max=1.0, log=True),
        Int(name="layers", min=1, max=6),
        Int(name="width", min=16, max=1024, log=True),
        Choice(name="optimizer", values=("sgd", "adam", "lion")),
        Float(name="momentum", min=0.0, max=1.0, when="optimizer == 'sgd'"),
        Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
    ),
    require=("width * layers <= 1024",),
)


def keeps_require(region, X):
    return all(not region.space.violations(point) for point in region.points(X))


def test_samples_are_legal_rows_spread_over_the_space():
    region = Region(SPACE)

    X = region.sample(64, np.random.default_rng(0))

    assert X.shape == (64, 7)
    assert keeps_require(region, X)
    assert (region.legal(X)[0] == X).all()
    assert len({point["optimizer"] for point in region.points(X)}) == 3
    assert np.ptp(X[:, 0]) > 0.8


def test_samples_are_a_function_of_the_generator():
    region = Region(SPACE)

    first, second = (region.sample(16, np.random.default_rng(5)) for _ in range(2))

    assert (first == second).all()


def test_a_require_that_leaves_little_gives_fewer_samples_and_none_gives_none():
    x = Float(name="x", min=0.0, max=1.0)

    few = Region(Space((x,), require=("x >= 0.995",))).sample(64, np.random.default_rng(0))
    none = Region(Space((x,), require=("x * x < 0",))).sample(64, np.random.default_rng(0))

    assert 0 < len(few) < 64
    assert none.shape == (0, 1)


def test_any_row_is_made_legal_and_told_whether_it_keeps_require():
    region = Region(SPACE)
    wild = np.random.default_rng(1).uniform(-0.2, 1.2, size=(50, 7))

    X, kept, alive = region.legal(wild)

    assert (region.legal(X)[0] == X).all()
    assert kept.tolist() == [not SPACE.violations(point) for point in region.points(X)]
    sgd = X[:, 3] == 0
    assert (alive[:, 4] == sgd).all()


def test_dead_columns_rest_and_rows_are_what_their_points_say():
    region = Region(SPACE)
    wild = np.random.default_rng(2).uniform(-0.2, 2.2, size=(80, 7))

    legal, _, alive = region.legal(wild)
    for X in (legal, region.sample(80, np.random.default_rng(3))):
        without = X[X[:, 3] != 0]
        assert len(without) > 10
        assert len(np.unique(without[:, 4])) == 1
        assert len(np.unique(X[X[:, 5] == 1, 6])) == 1
        assert region.encoding.encode(region.points(X)) == pytest.approx(X, abs=1e-9)
    assert (alive == region.encoding.alive(region.points(legal))).all()


def test_fine_steps_are_smooth_and_coarse_ones_and_categories_are_not():
    region = Region(SPACE)

    smooth = dict(
        zip([column.name for column in region.encoding.columns], region.smooth, strict=True)
    )

    assert smooth == {
        "lr": True,
        "layers": False,
        "width": True,
        "optimizer": False,
        "momentum": True,
        "decay=0": False,
        "decay": True,
    }


def test_neighbours_keep_require():
    region = Region(SPACE)
    x = region.encoding.encode(
        [{"lr": 0.1, "layers": 1, "width": 1024, "optimizer": "adam", "decay": 0.0}]
    )[0]

    near = region.neighbours(x)

    assert len(near) > 3
    assert keeps_require(region, near)
    assert all(point["layers"] == 1 for point in region.points(near))


def test_a_small_finite_space_is_enumerated_and_others_are_not():
    small = Space(
        (
            Choice(name="kind", values=("a", "b", "c")),
            Int(name="depth", min=1, max=4, when="kind == 'a'"),
            Bool(name="flag"),
        ),
        require=("depth <= 3",),
    )
    large = Space(tuple(Int(name=f"n{j}", min=0, max=99) for j in range(9)))

    everything = Region(small).everything

    assert everything is not None
    assert len(np.unique(everything, axis=0)) == len(everything) == (3 + 1 + 1) * 2
    assert Region(large).everything is None
    assert Region(SPACE).everything is None
    assert ENUMERABLE < 99**9


def test_tried_rows_are_told_apart_to_nine_digits():
    tried = Tried(np.array([[0.5, 1.0]]))
    tried.add(np.array([0.25, 0.0]))
    X = np.array([[0.5 + 1e-12, 1.0], [0.25, -0.0], [0.5, 0.0], [0.5, 0.0]])

    assert tried.fresh(X).tolist() == [False, False, True, False]


def test_what_is_untried_may_be_named_twice_and_what_is_fresh_may_not():
    tried = Tried(np.array([[0.5]]))
    X = np.array([[0.1], [0.5], [0.1]])

    assert tried.untried(X).tolist() == [True, False, True]
    assert tried.fresh(X).tolist() == [True, False, False]


def test_a_space_without_anything_to_search_has_no_columns():
    assert Region(Space(())).width == 0
