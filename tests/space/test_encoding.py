"""Points become rows and come back unchanged, whatever the space."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuner.space import Bool, Choice, Derived, Encoding, Fixed, Float, Int, Space

NET = Space(
    (
        Float(name="lr", min=1e-5, max=0.1, log=True),
        Int(name="layers", min=2, max=12, step=2, default=4),
        Choice(name="batch", values=(32, 64, 128, 256), ordered=True),
        Choice(name="opt", values=("sgd", "adamw", "lion")),
        Float(name="momentum", min=0.5, max=0.9, default=0.8, when="opt == 'sgd'"),
        Int(name="warm", min=1, max=4, when="momentum > 0.7"),
        Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
        Bool(name="amp"),
        Fixed(name="epochs", value=3),
    )
)
SGD = {
    "lr": 1e-3, "layers": 2, "batch": 256, "opt": "sgd", "momentum": 0.9, "warm": 1,
    "decay": 1e-4, "amp": True,
}  # fmt: skip
ADAM = {"lr": 1e-5, "layers": 12, "batch": 32, "opt": "adamw", "decay": 0.0, "amp": False}


def test_columns_say_what_they_are():
    columns = Encoding(NET).columns

    assert [(c.name, c.parameter, c.kind, c.levels) for c in columns] == [
        ("lr", "lr", "real", None),
        ("layers", "layers", "integer", 6),
        ("batch", "batch", "ordinal", 4),
        ("opt", "opt", "category", 3),
        ("momentum", "momentum", "real", None),
        ("warm", "warm", "integer", 4),
        ("decay=0", "decay", "category", 2),
        ("decay", "decay", "real", None),
        ("amp", "amp", "category", 2),
    ]


def test_rows_hold_places_cell_centres_codes_and_resting_places():
    X = Encoding(NET).encode([SGD, ADAM])

    sgd = [0.5, 0.5 / 6, 3.5 / 4, 0, 1, 0.5 / 4, 0, 0.5, 1]
    adam = [0, 5.5 / 6, 0.5 / 4, 1, 0.75, 2.5 / 4, 1, 0.5, 0]
    np.testing.assert_allclose(X, [sgd, adam])


def test_the_mask_says_which_columns_hold_a_value():
    live = Encoding(NET).alive([SGD, ADAM])

    assert live.astype(int).tolist() == [[1] * 9, [1, 1, 1, 1, 0, 0, 1, 0, 1]]


def test_numbers_out_of_bounds_lie_outside_of_the_unit_interval():
    space = Space((Float(name="x", min=0, max=2), Int(name="n", min=1, max=4)))
    logs = Space(
        (Float(name="x", min=1e-2, max=1, log=True), Int(name="n", min=1, max=8, log=True))
    )

    assert Encoding(space).encode([{"x": 3.0, "n": 9}]).tolist() == [[1.5, 8.5 / 4]]
    outside = Encoding(logs).encode([{"x": 100.0, "n": 100}, {"x": 0.0, "n": -3}])
    assert outside[0, 0] == pytest.approx(2)
    assert outside[0, 1] > 1
    assert outside[1].tolist() == [-1, -1]


def test_a_number_between_the_steps_lies_between_their_places():
    space = Space((Int(name="n", min=2, max=8, step=2),))

    assert Encoding(space).encode([{"n": 3}]).item() == pytest.approx((0.5 + 0.5) / 4)


def test_any_row_becomes_a_legal_point():
    wild = np.random.default_rng(0).normal(0.5, 2, size=(200, 9))
    edge = np.array([[-1e300] * 9, [1e300] * 9, [0.0] * 9, [1.0] * 9])

    for point in Encoding(NET).decode(np.vstack([wild, edge])):
        assert NET.point(point) == point


def test_values_are_tidy():
    units = np.random.default_rng(1).random((200, 9))

    texts = [repr(p["lr"]) for p in Encoding(NET).from_unit(units)]

    assert max(len(text.split("e")[0].lstrip("0.").replace(".", "")) for text in texts) <= 10


def test_bounds_and_defaults_are_given_to_the_last_digit():
    third = 1 / 3
    space = Space((Float(name="x", min=third, max=2 * third + 1e-12, default=0.5 + 1e-12),))
    encoding = Encoding(space)

    for value in (third, 2 * third + 1e-12, 0.5 + 1e-12):
        assert encoding.decode(encoding.encode([{"x": value}])) == [{"x": value}]


def test_uniform_numbers_give_every_value_its_share():
    units = np.random.default_rng(2).random((4000, 9))

    points = Encoding(NET).from_unit(units)

    share = [sum(p["opt"] == o for p in points) / 4000 for o in ("sgd", "adamw", "lion")]
    assert share == pytest.approx([1 / 3] * 3, abs=0.04)
    layers = [sum(p["layers"] == n for p in points) / 4000 for n in (2, 4, 6, 8, 10, 12)]
    assert layers == pytest.approx([1 / 6] * 6, abs=0.03)
    assert sum(p["decay"] == 0 for p in points) / 4000 == pytest.approx(0.5, abs=0.04)
    assert sum(p["lr"] < 1e-3 for p in points) / 4000 == pytest.approx(0.5, abs=0.04)


def test_the_ends_of_a_logarithmic_integer_are_not_rare():
    encoding = Encoding(Space((Int(name="n", min=1, max=4, log=True),)))

    values = [p["n"] for p in encoding.from_unit(np.linspace(0, 1, 900, endpoint=False)[:, None])]

    width = math.log(9)  # of 0.5 to 4.5
    expected = [math.log((n + 0.5) / (n - 0.5)) / width for n in (1, 2, 3, 4)]
    assert [values.count(n) / 900 for n in (1, 2, 3, 4)] == pytest.approx(expected, abs=0.01)


def test_neighbours_are_one_step_away_in_one_live_discrete_column():
    encoding = Encoding(NET)
    [row] = encoding.encode([{**ADAM, "layers": 4}])

    points = encoding.decode(encoding.neighbours(row))

    changes = [
        {k: v for k, v in p.items() if k in ADAM and v != {**ADAM, "layers": 4}[k]} for p in points
    ]
    assert all(len(change) == 1 for change in changes)
    assert [c["layers"] for c in changes if "layers" in c] == [2, 6, 8]
    assert [c["batch"] for c in changes if "batch" in c] == [64, 128]
    assert [c["opt"] for c in changes if "opt" in c] == ["sgd", "lion"]
    assert [c["amp"] for c in changes if "amp" in c] == [True]
    assert [c["decay"] for c in changes if "decay" in c] == [1e-4]


def test_a_move_that_wakes_children_puts_them_at_rest_and_one_that_kills_them_too():
    encoding = Encoding(NET)
    rows = encoding.encode([ADAM, SGD])

    woken = [p for p in encoding.decode(encoding.neighbours(rows[0])) if p["opt"] == "sgd"]
    killed = [x for x in encoding.neighbours(rows[1]) if x[3] == 1]

    assert [(p["momentum"], p["warm"]) for p in woken] == [(0.8, 3)]
    assert [x[4:6].tolist() for x in killed] == [rows[0, 4:6].tolist()]


def test_a_space_without_discrete_columns_has_no_neighbours():
    encoding = Encoding(Space((Float(name="x", min=0, max=1),)))

    assert encoding.neighbours(np.array([0.3])).shape == (0, 1)


def test_a_space_that_searches_nothing_has_no_columns_and_one_point():
    encoding = Encoding(Space((Fixed(name="x", value=1),)))

    assert encoding.encode([{}, {}]).shape == (2, 0)
    assert encoding.decode(np.empty((2, 0))) == [{}, {}]


def test_a_value_that_is_none_of_a_choices_is_no_row():
    with pytest.raises(ValueError, match="opt: 'gone' is no value of it"):
        Encoding(NET).encode([{**ADAM, "opt": "gone"}])


# -- any space ------------------------------------------------------------------------------------

DECIMALS = st.floats(-1e6, 1e6).map(lambda x: float(f"{x:.6g}"))
SCALARS = st.one_of(st.integers(-9, 9), st.booleans(), st.none(), DECIMALS, st.text(max_size=3))


@st.composite
def floats(draw, name):
    if draw(st.booleans()):
        low = float(f"{10 ** draw(st.floats(-300, 250)):.6g}")
        high = float(f"{low * 10 ** draw(st.floats(0.01, 40)):.6g}")
        return Float(name=name, min=low, max=high, log=True, or_zero=draw(st.booleans()))
    low = draw(DECIMALS)
    width = 10.0 ** draw(st.integers(-4, 6))
    high = low + width * draw(st.integers(1, 9))
    fine = width / 10 > 1e-8 * max(abs(low), abs(high))
    step = draw(st.sampled_from([None, width / 8, width / 10])) if fine else None
    outside = low > 0 or high < 0
    return Float(name=name, min=low, max=high, step=step, or_zero=outside and draw(st.booleans()))


@st.composite
def ints(draw, name):
    log = draw(st.booleans())
    low = draw(st.integers(1, 10**6) if log else st.integers(-(10**6), 10**6))
    high = low + draw(st.integers(1, 10 ** draw(st.integers(0, 11))))
    step = 1 if log else draw(st.integers(1, min(7, high - low)))
    outside = low > 0 or high < 0
    zero = outside and draw(st.booleans())
    return Int(name=name, min=low, max=high, log=log, step=step, or_zero=zero)


@st.composite
def choices(draw, name):
    values = draw(
        st.lists(SCALARS, min_size=1, max_size=6, unique_by=lambda v: (type(v).__name__, v))
    )
    return Choice(name=name, values=tuple(values), ordered=draw(st.booleans()))


@st.composite
def spaces(draw):
    """Make parameters of every kind; some live only where an earlier one is above or below a value."""
    parameters = []
    for name in "abcdef"[: draw(st.integers(1, 6))]:
        kind = draw(st.sampled_from([floats, ints, choices, lambda n: st.just(Bool(name=n))]))
        parameter = draw(kind(name))
        gates = [p for p in parameters if isinstance(p, Float | Int | Bool)]
        if gates and draw(st.booleans()):
            gate = draw(st.sampled_from(gates))
            test = gate.name if isinstance(gate, Bool) else f"{gate.name} > {gate.min!r}"
            parameter = type(parameter)(**{**vars_of(parameter), "when": test})
        parameters.append(parameter)
    if draw(st.booleans()):
        parameters.append(Derived(name="z", derive="1"))
    return Space(tuple(parameters))


def vars_of(parameter):
    return {name: getattr(parameter, name) for name in parameter.__dataclass_fields__}


def points_of(space, seed, count=12):
    encoding = Encoding(space)
    units = np.random.default_rng(seed).random((count, encoding.width))
    units[0], units[1] = 0.0, np.nextafter(1, 0)
    return encoding.from_unit(units)


FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(spaces(), st.integers(0, 99))
def test_a_point_survives_the_trip_to_a_row_and_back(space, seed):
    points, encoding = points_of(space, seed), Encoding(space)

    returned = encoding.decode(encoding.encode(points))

    assert returned == points
    assert [list(map(type, p.values())) for p in returned] == [
        list(map(type, p.values())) for p in points
    ]


@FEW
@given(spaces(), st.integers(0, 99))
def test_every_sample_lies_in_the_space(space, seed):
    for point in points_of(space, seed):
        assert space.point(point) == point
        assert space.violations(point) == []
        assert space.usable(point) == (point, "as it is")


@FEW
@given(spaces(), st.integers(0, 99))
def test_the_complete_point_has_exactly_the_live_names(space, seed):
    for point in points_of(space, seed):
        assert space.complete(point).keys() == space.alive(point)
        assert space.trim(space.complete(point)) == point


@FEW
@given(spaces(), st.integers(0, 99))
def test_keys_tell_points_apart_as_their_values_do(space, seed):
    points = points_of(space, seed)
    typed = [str([(k, type(v), v) for k, v in p.items()]) for p in points]

    keys = [space.key(p) for p in points]

    for i in range(len(points)):
        for j in range(i):
            assert (keys[i] == keys[j]) == (typed[i] == typed[j])


@FEW
@given(spaces(), st.integers(0, 99))
def test_rows_rest_exactly_where_the_mask_says_dead(space, seed):
    encoding = Encoding(space)
    points = points_of(space, seed)
    X, live = encoding.encode(points), encoding.alive(points)

    for i in range(len(points)):
        for j, column in enumerate(encoding.columns):
            gated = column.name + "=0" in {c.name for c in encoding.columns}
            value = points[i].get(column.parameter)
            assert live[i, j] == (column.parameter in points[i] and not (gated and value == 0))
        assert (X[i][~live[i]] == encoding._rest[~live[i]]).all()


@FEW
@given(spaces(), st.integers(0, 99))
def test_neighbours_are_rows_of_legal_points_and_not_the_row_itself(space, seed):
    encoding = Encoding(space)
    point = points_of(space, seed)[2]
    [row] = encoding.encode([point])

    near = encoding.neighbours(row)
    found = encoding.decode(near)

    assert all(space.key(p) != space.key(point) for p in found)
    assert encoding.encode(found) == pytest.approx(near, abs=1e-9)


def grain(space):
    """How far the ten digits that a value keeps may be from it on its column."""
    reals = [p for p in space.searched if isinstance(p, Float) and p.step is None]
    digits = [1e-9 / min(1.0, math.log(p.max / p.min)) for p in reals if p.log]
    rounding = [1e-15 * max(abs(p.min), abs(p.max)) / (p.max - p.min) for p in reals if not p.log]
    return max([1e-9, *digits, *rounding])


@FEW
@given(spaces(), st.integers(0, 99))
def test_the_quick_way_to_legal_rows_ends_where_the_one_by_points_does(space, seed):
    encoding = Encoding(space)
    wild = np.random.default_rng(seed).uniform(-0.3, 1.3, (15, encoding.width))
    sizes = [column.levels or 1 for column in encoding.columns if column.kind == "category"]
    wild[:, [column.kind == "category" for column in encoding.columns]] *= sizes

    rows, live = encoding.snap(wild)
    points = encoding.decode(wild)

    assert rows == pytest.approx(encoding.encode(points), abs=grain(space))
    assert (live == encoding.alive(points)).all()
    again, still = encoding.snap(rows)
    assert again == pytest.approx(rows, abs=1e-12)
    assert (still == live).all()


@FEW
@given(spaces(), st.integers(0, 99))
def test_rows_spread_by_uniform_numbers_are_those_of_the_points_they_stand_for(space, seed):
    encoding = Encoding(space)
    units = np.random.default_rng(seed).random((15, encoding.width))
    units[0], units[1] = 0.0, np.nextafter(1, 0)

    rows = encoding.spread(units)

    assert rows == pytest.approx(encoding.encode(encoding.from_unit(units)), abs=grain(space))


def test_snapping_writes_to_nothing_that_it_was_given():
    wild = np.full((1, 9), 0.77)

    Encoding(NET).snap(wild)
    Encoding(NET).spread(wild)

    assert (wild == 0.77).all()


def test_a_column_knows_whose_value_alone_decides_about_it():
    space = Space(
        (
            Choice(name="opt", values=("sgd", "adam", "lion")),
            Float(name="momentum", min=0, max=1, when="opt in ['sgd', 'lion']"),
            Int(name="n", min=0, max=3),
            Float(name="x", min=0, max=1, when="10 / n > 4"),
            Float(name="y", min=1e-3, max=1, or_zero=True, when="n > 1"),
            Float(name="z", min=0, max=1, when="n > 1 and opt == 'sgd'"),
        )
    )
    lives = {column.name: column.lives for column in Encoding(space).columns}

    assert lives["opt"] is lives["n"] is lives["z"] is None
    assert lives["momentum"] == ("opt", (0.0, 2.0))
    places = {
        value: Encoding(space).encode([{"opt": "adam", "n": value}])[0, 2] for value in range(4)
    }
    assert lives["x"] == ("n", (places[1], places[2]))  # a division by zero brings nothing to life
    assert lives["y=0"] == ("n", (places[2], places[3]))
    assert lives["y"] == ("y=0", (0.0,))
