"""The tables of real trainings that the search is measured on."""

import importlib
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

SEARCH = Path(__file__).parents[2] / "benchmarks" / "search"


def by_name(module):
    """Import a benchmark as it imports its neighbours: by its name, from its own folder."""
    sys.path.insert(0, str(SEARCH))
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(str(SEARCH))


tables = by_name("tables")
EVERY = pytest.mark.parametrize("name", tables.TUNE + tables.CONFIRM)


def nth(table, row):
    return next(islice(table.grid(), int(row), None))


def test_what_is_tuned_on_and_what_confirms_share_no_data_and_are_all_there_is():
    tune, confirm = (
        {name.split("_")[1] for name in part} for part in (tables.TUNE, tables.CONFIRM)
    )

    assert not tune & confirm
    assert min(len(tune), len(confirm)) >= 3
    assert {path.stem for path in tables.FOLDER.glob("*")} == {*tables.TUNE, *tables.CONFIRM}


def test_all_of_it_is_small():
    sizes = [path.stat().st_size for path in tables.FOLDER.glob("*")]

    assert max(sizes) < 150_000
    assert sum(sizes) < 3_000_000


@EVERY
def test_a_table_is_large_and_its_best_is_a_training(name):
    table = tables.load(name)

    final = table.values[:, -1]
    steps, curve = table.curve(nth(table, final.argmin()))

    assert len(table) >= 2000
    assert np.isfinite(table.values).all()
    assert curve == table.values[final.argmin()].tolist()
    assert curve[-1] == table.value(nth(table, final.argmin())) == table.best == final.min()
    assert steps == table.steps == sorted(steps)


@EVERY
def test_every_node_gives_back_what_was_measured(name):
    table = tables.load(name)

    for row in np.random.default_rng(0).integers(len(table), size=20):
        assert table.curve(nth(table, row))[1] == table.values[row].tolist()


@EVERY
def test_between_nodes_a_value_is_between_those_of_the_corners(name):
    table, rng = tables.load(name), np.random.default_rng(1)

    for _ in range(20):
        config = tables.draw(table.space, rng)
        corners = [table.value(corner) for corner in corners_of(table, config)]
        value = table.value(config)
        assert value >= table.best
        assert value == pytest.approx(np.clip(value, min(corners), max(corners)), rel=1e-12)


def corners_of(table, config):
    """Give the nodes around a configuration."""
    found = [config]
    for name, number in config.items():
        if name in table.nodes:
            left, _ = tables.place(table.nodes[name], number, log=table.space[name]["log"])
            around = table.nodes[name][left : left + 2]
            found = [{**corner, name: node} for corner in found for node in around]
    return found


@EVERY
def test_only_what_is_alive_is_taken_and_all_of_it(name):
    table, rng = tables.load(name), np.random.default_rng(2)

    config = tables.draw(table.space, rng)
    while len(config) == len(table.space):
        config = tables.draw(table.space, rng)
    dead = next(n for n in table.space if n not in config)

    with pytest.raises(ValueError, match=dead):
        table.value({**config, dead: table.space[dead].get("lo", 0)})
    with pytest.raises(ValueError, match=next(iter(config))):
        table.value(dict(list(config.items())[1:]))


def test_numbers_outside_the_range_and_broken_integers_are_refused():
    table = tables.load("svm_digits")
    config = {"C": 1.0, "kernel": "poly", "gamma": 0.1, "degree": 3, "coef0": 1.0}
    config["scale"] = "standard"

    assert table.value(config) >= table.best
    for wrong in ({"C": 1e5}, {"gamma": 0.0}, {"degree": 2.5}, {"kernel": "cubic"}):
        with pytest.raises(ValueError, match=next(iter(wrong)) + "|no such categories"):
            table.value({**config, **wrong})


def test_half_way_on_a_log_scale_is_half_way():
    table = tables.load("svm_digits")
    low, high = table.nodes["C"][4:6]
    config = {"kernel": "linear", "scale": "minmax"}

    middle = table.value({**config, "C": (low * high) ** 0.5})

    ends = [table.value({**config, "C": end}) for end in (low, high)]
    assert middle == pytest.approx(sum(ends) / 2)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # scikit-learn's and torch's, of whatever version is there
@pytest.mark.parametrize("name", ["knn_digits", "svm_cancer", "forest_digits"])
def test_the_numbers_are_of_trainings_that_can_be_repeated(name):
    pytest.importorskip("sklearn")
    make_tables = by_name("make_tables")
    table, (family, data) = tables.load(name), name.split("_")
    rows = [int(table.values[:, -1].argmin()), len(table) // 3]

    again = make_tables.train(
        family, make_tables.load_data(data), [nth(table, row) for row in rows]
    )

    assert again == pytest.approx(table.values[rows], rel=1e-3)
