"""A space told from what was tried."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.config import read_config
from tuner.interop import OldStudy, OldTrial, declared
from tuner.interop.infer import node_of


def study(*points, parameters=None, states=()):
    trials = [OldTrial(label=str(n), point=point, metrics={}) for n, point in enumerate(points)]
    for number, state in states:
        trials[number] = OldTrial(label="x", point=points[number], metrics={}, state=state)
    return OldStudy(
        name="s",
        source="s",
        kind="csv",
        metric="loss",
        goal=None,
        parameters=parameters or {},
        trials=tuple(trials),
    )


def test_numbers_texts_and_truths_become_nodes():
    nodes, notes = declared(
        study(
            {"lr": 0.001, "layers": 2, "opt": "sgd", "amp": True, "seed": 3, "mixed": None},
            {"lr": 0.5, "layers": 5, "opt": "adamw", "amp": False, "seed": 3, "mixed": 0.5},
        )
    )

    assert nodes == {
        "lr": {"type": "float", "min": 0.001, "max": 0.5, "log": True},
        "layers": {"type": "int", "min": 2, "max": 5},
        "opt": {"values": ["sgd", "adamw"]},
        "amp": {"type": "bool"},
        "seed": {"value": 3},
        "mixed": {"values": [None, 0.5]},
    }
    assert notes[0] == "lr: {type: float, min: 0.001, max: 0.5, log: true}, told from its values"
    assert len(notes) == 6


def test_what_is_declared_stays_and_is_not_mentioned():
    node = {"type": "float", "min": 0, "max": 9}

    assert declared(study({"lr": 0.5}, {"lr": 0.1}, parameters={"lr": node})) == ({"lr": node}, [])


def test_a_text_that_is_never_the_same_is_no_choice():
    nodes, notes = declared(study(*({"name": f"run-{n}", "x": n} for n in range(30))))

    assert list(nodes) == ["x"]
    assert notes[0] == "name: a text that differs from trial to trial is left out"


def told(name, *texts):
    points = [{"x": n} | ({} if text is None else {name: text}) for n, text in enumerate(texts)]
    return name in declared(study(*points))[0]


def test_few_trials_have_labels_too_where_none_is_shared_and_none_is_missing():
    assert not told("run", "a", "b", "c", "d")
    assert told("run", "a", "b", "c")
    assert told("run", "a", "b", "c", "d", "a")
    assert told("run", "a", "b", "c", "d", None)
    assert told("run", "a", "b", "c", "d", 5)


@pytest.mark.parametrize("name", ["optimizer", "model", "hidden", "model_name", "runner", "keys"])
def test_what_is_not_called_like_a_label_is_searched_though_each_trial_has_its_own(name):
    assert told(name, "a", "b", "c", "d", "e", "f")


@pytest.mark.parametrize("name", ["Run", "run_id", "trial name", "uuid", "Name", "wandb.id"])
def test_labels_have_usual_names(name):
    assert not told(name, "a", "b", "c", "d", "e", "f")


@pytest.mark.parametrize(
    ("points", "when"),
    [
        ([{"opt": "sgd", "m": 0.9}, {"opt": "sgd", "m": 0.5}, {"opt": "adamw"}], "opt == 'sgd'"),
        ([{"o": "a", "m": 1}, {"o": "b", "m": 2}, {"o": "c"}], "o in ['a', 'b']"),
        ([{"on": True, "m": 1}, {"on": True, "m": 2}, {"on": False}], "on == true"),
        ([{"o": None, "m": 1}, {"o": None, "m": 2}, {"o": "b"}], "o == null"),
        ([{"o": "a", "m": 1}, {"o": "a"}, {"o": "b", "m": 2}], None),
        ([{"o": "it's", "m": 1}, {"o": "it's", "m": 2}, {"o": "b"}], None),
        ([{"x": 0.5, "m": 1}, {"x": 0.7, "m": 2}, {"x": 0.1}], None),
    ],
    ids=range(7),
)
def test_where_a_parameter_is_there_is_told_by_another(points, when):
    nodes, _ = declared(study(*points))

    assert nodes["m"].get("when") == when


def test_conditions_may_stand_behind_each_other():
    nodes, _ = declared(
        study(
            {"net": "cnn", "pool": "max", "size": 2},
            {"net": "cnn", "pool": "max", "size": 3},
            {"net": "cnn", "pool": "none"},
            {"net": "mlp"},
        )
    )

    assert nodes["pool"]["when"] == "net == 'cnn'"
    assert nodes["size"]["when"] == "pool == 'max'"


def test_failed_trials_may_lack_anything():
    nodes, _ = declared(
        study({"o": "a", "m": 1}, {"o": "b", "m": 2}, {"o": "c"}, states=[(2, "failed")])
    )

    assert "when" not in nodes["m"]


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="\0"), max_size=5),
)


@given(st.lists(st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_every_number_lies_in_the_range_that_it_gave(values):
    node = node_of(values)

    if "min" in node:
        assert all(node["min"] <= value <= node["max"] for value in values)
    else:
        assert set(node.get("values", [node.get("value")])) >= set(values)


@given(st.lists(VALUES, min_size=1, max_size=8))
def test_whatever_the_values_the_space_is_one(values):
    space = read_config({"metric": "loss", "parameters": {"x": dict(node_of(values))}}).space

    assert all(space.usable({"x": value})[0] is not None for value in values)


@pytest.mark.parametrize("name", ["Lauf", "Bemerkung"])
def test_a_text_that_each_of_many_trials_has_for_itself_is_a_label_whatever_it_is_called(name):
    assert not told(name, *(f"A{n}" for n in range(8)))
    assert told(name, *(f"A{n}" for n in range(7)))
    assert told(name, *(f"A{n}" for n in range(8)), "A0")
    assert told("sizes", *(f"[{n}, 64]" for n in range(8)))
