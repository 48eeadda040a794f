"""Finite spaces are counted exactly and numbered without being made."""

import itertools

import pytest

from tuner.space import Bool, Choice, Derived, Fixed, Float, Int, Space

OPT = Choice(name="opt", values=("sgd", "adamw", "lion"))
NESTED = Space(
    (
        OPT,
        Float(name="mom", min=0, max=0.9, step=0.1, when="opt == 'sgd'"),
        Bool(name="nest", when="mom > 0.2"),
        Int(name="k", min=1, max=4, when="nest"),
        Int(name="z", min=1, max=3),
    )
)


def all_points(lattice):
    return [lattice.point(number) for number in range(lattice.size)]


def test_a_product_of_values_is_the_size():
    assert Space((OPT, Bool(name="b"), Int(name="n", min=1, max=5, step=2))).size() == 18
    assert Space((Int(name="n", min=2, max=3, or_zero=True),)).size() == 3
    assert Space((Fixed(name="x", value=1),)).size() == 1


def test_conditions_are_taken_into_account():
    sgd = 3 + 7 * (1 + 4)  # mom up to 0.2; mom above it, with nest off or on

    assert NESTED.size() == (2 + sgd) * 3


def test_a_continuum_or_too_many_points_have_no_size():
    assert Space((OPT, Float(name="x", min=0, max=1))).size() is None
    assert Space(tuple(Int(name=f"n{i}", min=1, max=100) for i in range(4))).size() is None
    assert Space(tuple(Int(name=f"n{i}", min=1, max=100) for i in range(3))).size() == 10**6


def test_every_number_gives_another_legal_point():
    points = all_points(NESTED.lattice())

    assert len({NESTED.key(point) for point in points}) == len(points) == NESTED.size()
    assert all(NESTED.point(point) == point for point in points)


def test_conditions_through_derived_and_fixed_values_count_too():
    space = Space(
        (
            Fixed(name="base", value=2),
            Int(name="n", min=1, max=4),
            Derived(name="twice", derive="n * base"),
            Bool(name="b", when="twice > 4"),
        )
    )

    assert space.size() == 2 + 2 * 2


def test_require_is_kept_only_where_that_is_asked_for():
    space = Space((Int(name="a", min=1, max=9), Int(name="b", min=1, max=9)), ("a * b == 12",))

    kept = space.lattice(required=True)

    assert space.size() == 81
    assert sorted(p["a"] for p in all_points(kept)) == [2, 3, 4, 6]


def test_a_require_about_the_dead_takes_nothing_away():
    space = Space((OPT, Int(name="m", min=1, max=5, when="opt == 'sgd'")), ("m > 3",))

    assert space.lattice(required=True).size == 2 + 2


def test_a_require_that_nothing_keeps_leaves_nothing():
    space = Space((Int(name="a", min=1, max=9),), ("a > 10",))

    assert space.lattice(required=True).size == 0


def test_levels_make_a_grid_of_a_continuum_ends_included():
    space = Space(
        (Float(name="x", min=1e-4, max=1, log=True), Float(name="d", min=1, max=2, or_zero=True))
    )

    points = all_points(space.lattice(levels=3))

    assert {p["x"] for p in points} == {1e-4, 1e-2, 1.0}
    assert {p["d"] for p in points} == {0.0, 1.0, 1.5, 2.0}
    assert len(points) == 12


def test_a_lattice_of_any_size_is_there_at_once():
    lattice = Space(tuple(Int(name=f"n{i}", min=0, max=999) for i in range(30))).lattice()

    assert lattice.size == 1000**30
    assert set(lattice.point(lattice.size - 1).values()) == {999}


def test_conditions_with_too_many_branches_are_left_uncounted():
    gates = [Int(name=f"n{i}", min=0, max=99) for i in range(3)]
    child = Bool(name="b", when="n0 + n1 + n2 > 3")

    assert Space((*gates, child)).lattice() is None
    assert Space((*gates, child)).size() is None


@pytest.mark.parametrize("required", [False, True])
def test_counting_agrees_with_trying_everything(required):
    space = Space(
        (
            Int(name="a", min=0, max=3),
            Int(name="b", min=0, max=3, when="a > 1"),
            Choice(name="c", values=("x", "y"), when="b != 2"),
            Int(name="d", min=5, max=7, or_zero=True),
        ),
        ("a + b < 5", "d != 6 or a == 0"),
    )
    values = [range(4), range(4), ("x", "y"), (0, 5, 6, 7)]
    raw = (dict(zip("abcd", v, strict=True)) for v in itertools.product(*values))
    points = {space.key(p): space.trim(p) for p in raw}
    wanted = {k for k, p in points.items() if not (required and space.violations(p))}

    lattice = space.lattice(required=required)

    assert {space.key(p) for p in all_points(lattice)} == wanted
    assert lattice.size == len(wanted)
