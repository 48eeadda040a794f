"""Which branch of a space is looked at besides, and by which rows."""

import numpy as np
import pytest

from tuner.acquisition.branches import BARREN, KNOWN, Branches, at_turn, candidates
from tuner.acquisition.region import Branch, Region
from tuner.space import Choice, Float, Int, Space

NESTED = Space(
    (
        Choice(name="model", values=("linear", "svm", "network")),
        Choice(name="scaler", values=("none", "standard")),
        Float(name="C", min=1e-3, max=1e3, log=True, when="model in ['linear', 'svm']"),
        Choice(name="kernel", values=("rbf", "poly"), when="model == 'svm'"),
        Int(name="degree", min=2, max=5, when="kernel == 'poly'"),
        Float(name="rate", min=1e-5, max=1.0, log=True, when="model == 'network'"),
    ),
    require=("not (model == 'network' and scaler == 'none')",),
)
NUMBERS = Space((Float(name="x", min=0.0, max=1.0), Int(name="n", min=1, max=4)))
PLAIN = Space((Float(name="x", min=0.0, max=1.0), Choice(name="kind", values=("a", "b", "c"))))
KERNELS = Space(
    (
        Choice(name="model", values=("svm", "tree")),
        Choice(name="kernel", values=("rbf", "poly"), when="model == 'svm'"),
        Float(name="x", min=0.0, max=1.0),
        Float(name="degree", min=0.0, max=1.0, when="kernel == 'poly'"),
    )
)
GATED = Space((*PLAIN.searched, Float(name="y", min=0.0, max=1.0, when="kind == 'a'")))


def column(space, name):
    return [c.name for c in Region(space).encoding.columns].index(name)


@pytest.mark.parametrize(
    ("name", "code", "value"),
    [
        ("model", 2.0, "network"),
        ("model", 1.0, "svm"),
        ("kernel", 0.0, "rbf"),
        ("kernel", 1.0, "poly"),
    ],
)
def test_all_rows_that_a_branch_gives_are_legal_and_of_it(name, code, value):
    branch = Branch(Region(NESTED), column(NESTED, name), code)
    rng = np.random.default_rng(0)
    anchors = Region(NESTED).sample(3, rng)

    X = candidates(branch, anchors, rng)

    points = branch.points(X)
    assert len(X) > 100
    assert {point.get(name) for point in points} == {value}
    assert not any(NESTED.violations(point) for point in points)
    assert (branch.legal(X)[0] == X).all()


def test_what_only_a_branch_has_is_spread_over_its_range():
    branch = Branch(Region(NESTED), column(NESTED, "model"), 2.0)

    X = branch.sample(64, np.random.default_rng(0))

    assert np.ptp(X[:, column(NESTED, "rate")]) > 0.9


def test_a_branch_is_a_value_of_a_category_that_decides_about_others():
    decide = [column(NESTED, "model"), column(NESTED, "kernel")]

    assert Branches(Region(NESTED)).columns == decide
    assert Branches(Region(PLAIN)).columns == []
    assert Branches(Region(NUMBERS)).columns == []


def rows(*codes):
    return np.array([[0.1 * i, float(code), 0.5] for i, code in enumerate(codes)])


def least(X, good=None, best=None):
    good = np.ones(len(X), dtype=np.bool_) if good is None else np.array(good)
    best = X[0] if best is None else best
    found = Branches(Region(GATED)).least_tried(X, good, best, np.random.default_rng(0))
    return [branch.code for branch in found]


def test_the_branch_with_fewest_trials_is_the_first_and_that_of_the_best_is_none():
    assert least(rows(0, 0, 1, 2, 2)) == [1.0, 2.0]
    assert least(rows(0, 1, 1, 2, 1)) == [2.0, 1.0]
    assert least(rows(0, 0, 0, 1)) == [2.0, 1.0]
    assert least(rows(1, 0, 0, 2, 2, 2)) == [0.0, 2.0]


def test_rows_in_which_a_category_is_dead_are_of_no_branch_of_it():
    tree = {"model": "tree", "x": 0.5}
    rbf = {"model": "svm", "kernel": "rbf", "x": 0.5}
    poly = rbf | {"kernel": "poly", "degree": 0.5}
    X = Region(KERNELS).encoding.encode([tree, tree, tree, rbf, poly, poly])
    good = np.array([True, True, True, False, True, True])

    def told(best):
        branches = Branches(Region(KERNELS))
        branches.columns = [column(KERNELS, "kernel")]
        return [b.code for b in branches.least_tried(X, good, best, np.random.default_rng(0))]

    assert told(X[0]) == [0.0, 1.0]
    assert told(X[3]) == [1.0]
    assert told(X[4]) == [0.0]


def test_a_branch_without_one_feasible_result_is_left_alone_after_some():
    X = rows(*[0] * 5, *[1] * BARREN, *[2] * (BARREN + 1))
    failed, worked = [False] * BARREN, [True] * (BARREN + 1)

    assert least(X, [*[True] * 5, *failed, *worked]) == [2.0]
    assert least(X, [*[True] * 5, *failed, *failed, False]) == []
    assert least(X[:7], [True] * 5 + [False] * 2) == [2.0, 1.0]


def test_a_branch_that_had_its_share_of_trials_by_its_columns_is_left_alone():
    some, enough = [1] * (2 * KNOWN - 1), [1] * (2 * KNOWN)  # x and kind are alive where kind is b

    assert least(rows(2, *some)) == [0.0, 1.0]
    assert least(rows(2, *enough)) == [0.0]
    assert least(rows(2, *[0] * (2 * KNOWN))) == [1.0, 0.0]  # y is alive too where kind is a


def test_half_of_any_row_of_suggestions_are_at_turn():
    turns = [at_turn(asked) for asked in range(200)]

    assert all(3 <= sum(turns[i : i + 8]) <= 5 for i in range(192))
    assert 20 <= sum(turns[::2][:50]) <= 30
