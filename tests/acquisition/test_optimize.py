"""The optimum of a region is found as what it is, not rounded to it."""

from dataclasses import dataclass

import numpy as np
import pytest

from tuner.acquisition.make import make_utility
from tuner.acquisition.optimize import maximise, near
from tuner.acquisition.region import Region, Tried
from tuner.dataset import Floats
from tuner.errors import FitError, SpaceExhaustedError
from tuner.space import Bool, Choice, Float, Int, Space

NOTHING = np.empty((0, 0))


@dataclass
class Hill:
    """Minus a squared distance to `top`, with weights; categories pay one for a mismatch."""

    top: Floats
    weight: Floats
    category: Floats
    rows: int = 0

    @property
    def steps(self):
        return np.full(len(self.top), 0.5)

    def glance(self, X):
        return self.values(X)

    def values(self, X):
        self.rows += len(X)
        numbers = self.weight * (X - self.top) ** 2 * ~self.category
        return -(numbers + (self.category & (self.top != X))).sum(axis=1)

    def slopes(self, X):
        return self.values(X), -2 * self.weight * (X - self.top) * ~self.category


class Bare:
    """What a criterion has besides `values` and `slopes`."""

    steps = np.full(40, 0.5)

    def glance(self, X):
        return self.values(X)


def hill(region, top, weight=1.0):
    category = np.array([column.kind == "category" for column in region.encoding.columns])
    return Hill(np.asarray(top, dtype=float), np.broadcast_to(weight, category.shape), category)


def found(region, utility, *, tried=None, seed=0, anchors=None):
    optimum = maximise(
        utility,
        region,
        tried or Tried(np.empty((0, region.width))),
        np.random.default_rng(seed),
        anchors=np.empty((0, region.width)) if anchors is None else anchors,
    )
    assert optimum.value == pytest.approx(utility.values(optimum.x[None])[0])
    return region.points(optimum.x[None])[0]


def test_the_top_of_a_continuous_hill_is_reached():
    region = Region(Space(tuple(Float(name=f"x{j}", min=0.0, max=1.0) for j in range(6))))
    top = np.array([0.1, 0.93, 0.4, 1.0, 0.0, 0.77])

    point = found(region, hill(region, top, weight=np.array([1, 100, 1, 1, 10, 1])))

    assert [point[f"x{j}"] for j in range(6)] == pytest.approx(top, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_a_mixed_space_is_solved_as_exhaustive_search_solves_it(seed):
    space = Space(
        (
            Int(name="a", min=0, max=30),
            Choice(name="b", values=(8, 16, 32, 64, 128), ordered=True),
            Choice(name="c", values=tuple("pqrstuv")),
            Bool(name="d"),
        )
    )
    region = Region(space)
    rng = np.random.default_rng(seed)
    table = rng.normal(size=7)
    lattice = space.lattice()
    everything = region.encoding.encode([lattice.point(k) for k in range(lattice.size)])

    class Rugged(Bare):
        def values(self, X):
            bumps = np.sin(9 * X[:, 0] + table[X[:, 2].astype(int)])
            return bumps + 2 * table[X[:, 2].astype(int)] - (X[:, 1] - 0.5) ** 2 * X[:, 3]

        def slopes(self, X):
            up, down = X.copy(), X.copy()
            up[:, 0] += 1e-6
            down[:, 0] -= 1e-6
            slope = np.zeros_like(X)
            slope[:, 0] = (self.values(up) - self.values(down)) / 2e-6
            return self.values(X), slope

    point = found(region, Rugged(), seed=seed)

    best = Rugged().values(everything).max()
    assert Rugged().values(region.encoding.encode([point]))[0] == pytest.approx(best)


def test_small_finite_spaces_give_their_points_in_order_of_use_and_then_end():
    region = Region(Space((Choice(name="c", values=tuple("abc")), Int(name="n", min=0, max=2))))
    utility, tried, order = hill(region, [1.0, 0.5]), Tried(np.empty((0, 2))), []

    for _ in range(9):
        point = found(region, utility, tried=tried)
        row = region.encoding.encode([point])
        tried.add(row[0])
        order.append(float(utility.values(row)[0]))

    assert order == sorted(order, reverse=True)
    assert len(order) == 9
    with pytest.raises(SpaceExhaustedError, match="all 9 points"):
        found(region, utility, tried=tried)


def test_a_hundred_values_of_a_category_are_looked_through():
    values = tuple(f"v{k}" for k in range(100))
    region = Region(Space((Choice(name="c", values=values), Float(name="x", min=0.0, max=1.0))))

    point = found(region, hill(region, [73.0, 0.31]))

    assert point["c"] == "v73"
    assert point["x"] == pytest.approx(0.31, abs=0.02)


def test_of_very_many_moves_the_promising_ones_are_looked_at_closely():
    values = tuple(f"v{k}" for k in range(100))
    region = Region(Space(tuple(Choice(name=f"c{j}", values=values) for j in range(4))))

    class Rough(Hill):
        glances: int = 0

        def glance(self, X):
            self.glances += len(X)
            return self.values(X) + 0.1 * np.sin(X.sum(axis=1))

    top = np.array([73.0, 5.0, 99.0, 41.0])
    utility = Rough(top, np.ones(4), np.ones(4, dtype=np.bool_))
    point = found(region, utility)

    assert list(point.values()) == ["v73", "v5", "v99", "v41"]
    assert utility.glances > 8 * 99 * 4
    assert utility.rows - utility.glances < 0.2 * utility.glances


@pytest.mark.parametrize("seed", range(3))
def test_a_require_that_little_of_the_space_keeps_is_searched_near_what_is_known(seed):
    space = Space(
        tuple(Float(name=name, min=0.0, max=1.0) for name in "abc"),
        require=("a + b + c >= 1", "a + b + c <= 1.01"),
    )
    region, rng = Region(space), np.random.default_rng(seed)
    anchor = np.array([[0.255, 0.25, 0.5]])
    nothing = np.empty((0, 3))

    moved = near(region, anchor, nothing, rng)

    assert len(moved) > 10
    assert all(not space.violations(p) for p in region.points(moved))


def test_a_finely_stepped_number_is_climbed_and_lands_on_its_step():
    region = Region(Space((Int(name="n", min=1, max=100_000), Int(name="m", min=1, max=10**6))))
    top = region.encoding.encode([{"n": 77_777, "m": 123_456}])[0]

    point = found(region, hill(region, top, weight=100.0))

    assert point["n"] == pytest.approx(77_777, abs=20)
    assert point["m"] == pytest.approx(123_456, abs=200)


def test_require_is_kept_and_the_best_lies_at_its_border():
    region = Region(
        Space(
            (Float(name="x", min=0.0, max=1.0), Float(name="y", min=0.0, max=1.0)),
            require=("x + y <= 1",),
        )
    )

    point = found(region, hill(region, [0.9, 0.8]))

    assert 0.97 < point["x"] + point["y"] <= 1.0


def test_a_branch_of_conditionals_is_entered_for_its_better_end():
    region = Region(
        Space(
            (
                Choice(name="kind", values=("a", "b")),
                *(
                    Float(name=f"{kind}{j}", min=0.0, max=1.0, when=f"kind == '{kind}'")
                    for kind in "ab"
                    for j in range(5)
                ),
            )
        )
    )
    top = np.array([1.0, *[0.5] * 5, *[0.2, 0.9, 0.4, 0.7, 0.1]])

    point = found(region, hill(region, top, weight=3.0))

    assert point["kind"] == "b"
    assert [point[f"b{j}"] for j in range(5)] == pytest.approx(top[6:], abs=1e-2)
    assert "a0" not in point


def test_dead_columns_never_leave_their_rest():
    region = Region(
        Space(
            (
                Bool(name="on"),
                Float(name="x", min=0.0, max=1.0, when="on"),
                Float(name="y", min=0.0, max=1.0),
            )
        )
    )
    seen = []

    class Watch(Hill):
        def slopes(self, X):
            seen.append(X.copy())
            return super().slopes(X)

    category = np.array([True, False, False])
    found(region, Watch(np.array([0.0, 0.9, 0.2]), np.ones(3), category))

    X = np.concatenate(seen)
    assert (X[X[:, 0] == 0, 1] == 0.5).all()


def test_what_was_tried_is_not_given_again_and_the_next_best_is():
    region = Region(Space((Choice(name="c", values=("a", "b")), Int(name="n", min=0, max=900))))
    utility = hill(region, [1.0, 450.5 / 901], weight=1e6)
    tried, given = Tried(np.empty((0, 2))), []

    for seed in range(12):
        point = found(region, utility, tried=tried, seed=seed)
        tried.add(region.encoding.encode([point])[0])
        given.append((point["c"], point["n"]))

    assert len(set(given)) == 12
    assert all(abs(n - 450) <= 6 for _, n in given)


WHOLE = Space(
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


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("order", ["log_ei", "q_log_nei"])
def test_of_a_real_criterion_it_finds_more_than_very_many_points_by_chance(
    make_beliefs, order, seed
):
    region = Region(WHOLE)
    rng = np.random.default_rng(seed)
    X = region.sample(30, rng)
    y = -np.abs(X[:, 0] - 0.4) - (X[:, 2] - X[:, 6]) ** 2 + 0.3 * (X[:, 3] == 1) * X[:, 1]
    scales = [[0.5, 0.4, 0.8], [0.5] * 3]
    lengths = [np.resize(scale, region.width) for scale in scales]
    beliefs = make_beliefs(
        X,
        (y - y.mean()) / y.std(),
        columns=region.encoding.columns,
        length_scale=lengths,
        pending=region.sample(2, rng),
        seed=seed,
    )
    utility, tried = make_utility(order, beliefs), Tried(X)

    optimum = maximise(utility, region, tried, rng, anchors=X[y.argsort()[-4:]])

    by_chance = utility.values(region.sample(5000, np.random.default_rng(99)))
    assert optimum.value >= by_chance.max() - 0.02
    [point] = region.points(optimum.x[None])
    assert WHOLE.point(point) == point
    assert WHOLE.violations(point) == []
    assert tried.untried(optimum.x[None]).all()


def test_length_scales_that_differ_a_thousandfold_do_not_hinder_the_climb():
    region = Region(Space(tuple(Float(name=f"x{j}", min=0.0, max=1.0) for j in range(3))))
    top = np.array([0.31, 0.62, 0.47])

    class Narrow(Hill):
        steps = np.array([2.0, 0.02, 0.3])

    utility = Narrow(top, 1.0 / np.square(Narrow.steps), np.zeros(3, dtype=bool))

    point = found(region, utility)

    assert [point[f"x{j}"] for j in range(3)] == pytest.approx(top, abs=0.02)
    assert utility.values(region.encoding.encode([point]))[0] > -0.01


def test_candidates_that_a_glance_finds_hopeless_are_hardly_looked_at():
    region = Region(Space(tuple(Float(name=f"x{j}", min=0.0, max=1.0) for j in range(3))))
    looked_at, glanced_at = [], []

    class Dear(Hill):
        def glance(self, X):
            glanced_at.append(len(X))
            return -((X - self.top) ** 2).sum(axis=1)

        def values(self, X):
            looked_at.append(len(X))
            return super().values(X)

    maximise(
        Dear(np.array([0.2, 0.3, 0.9]), np.ones(3), np.zeros(3, dtype=bool)),
        region,
        Tried(np.empty((0, 3))),
        np.random.default_rng(0),
        anchors=np.full((1, 3), 0.5),
    )

    assert sum(glanced_at) > 600
    assert looked_at[0] < 150


def test_a_glance_that_is_no_number_hides_nothing():
    region = Region(Space((Float(name="x", min=0.0, max=1.0),)))

    class Blind(Hill):
        def glance(self, X):
            return np.full(len(X), np.nan)

    point = found(region, Blind(np.array([0.9]), np.ones(1), np.array([False])))

    assert point["x"] == pytest.approx(0.9, abs=0.05)


def test_the_same_generator_gives_the_same_optimum():
    region = Region(
        Space((Float(name="x", min=0.0, max=1.0), Choice(name="c", values=tuple("ab"))))
    )

    first, second = (found(region, hill(region, [0.3, 1.0]), seed=4) for _ in range(2))

    assert first == second


def test_anchors_are_where_part_of_the_candidates_lies():
    region = Region(Space(tuple(Float(name=f"x{j}", min=0.0, max=1.0) for j in range(20))))
    top = np.full(20, 0.37)

    class Needle(Bare):
        """Worth something only within a hair of the anchor, where no gradient leads."""

        def values(self, X):
            return -np.minimum(np.abs(X - top).max(axis=1), 0.2)

        def slopes(self, X):
            return self.values(X), np.zeros_like(X)

    optimum = maximise(
        Needle(),
        region,
        Tried(np.empty((0, 20))),
        np.random.default_rng(0),
        anchors=top[None],
    )

    assert optimum.value > -0.05


def test_numbers_that_are_no_numbers_are_never_the_best():
    region = Region(Space((Float(name="x", min=0.0, max=1.0),)))

    class Broken(Hill):
        def values(self, X):
            return np.where(X[:, 0] > 0.5, np.nan, super().values(X))

    point = found(region, Broken(np.array([0.9]), np.ones(1), np.array([False])))

    assert point["x"] <= 0.5


def test_a_space_without_parameters_is_exhausted():
    with pytest.raises(SpaceExhaustedError):
        found(Region(Space(())), None)


def test_no_legal_candidate_is_a_fit_error():
    region = Region(Space((Float(name="x", min=0.0, max=1.0),), require=("x * x < 0",)))

    with pytest.raises(FitError, match="no untried point"):
        found(region, hill(region, [0.3]))
