"""YAML text becomes values with places."""

import pytest
import yaml

from tuner.config import reader
from tuner.config.reader import read_yaml
from tuner.config.tree import Place

TEXT = """\
a: &one
  b: [1, {c: text}]
  # a comment
  'd e': "quoted"
f: *one
g: |
  two
  lines
"""


@pytest.fixture(params=["the fast parser", "the portable parser"])
def parser(request, monkeypatch):
    if request.param == "the portable parser":
        monkeypatch.setattr(reader, "LOADER", yaml.SafeLoader)


def where(tree, *path, key=False):
    place = tree.place(path, key=key)
    return place.line, place.column


@pytest.mark.usefixtures("parser")
def test_values_and_keys_know_where_they_stand():
    tree, faults = read_yaml(TEXT, "x.yaml")

    inside = {"b": [1, {"c": "text"}], "d e": "quoted"}
    assert faults == []
    assert tree.root == {"a": inside, "f": inside, "g": "two\nlines\n"}
    assert where(tree, "a", "b", 1, "c") == (2, 14)
    assert where(tree, "a", "b", 1, "c", key=True) == (2, 11)
    assert where(tree, "a", "d e") == (4, 10)
    assert where(tree, "a", "d e", key=True) == (4, 3)
    assert where(tree, "g") == (6, 4)


@pytest.mark.usefixtures("parser")
def test_what_came_through_an_alias_stands_where_it_was_written():
    tree, _ = read_yaml(TEXT, "x.yaml")

    assert where(tree, "f", "b", 0) == (2, 7)
    assert where(tree, "f", key=True) == (5, 1)


def test_a_path_that_is_not_there_lies_where_its_nearest_parent_lies():
    tree, _ = read_yaml(TEXT, "x.yaml")

    assert where(tree, "a", "b", 1, "missing", "deeper") == (2, 10)
    assert tree.place(("nothing",)) == Place("x.yaml", 1, 1)


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a: 1\nb: [1, 2\n", 3, 1, "a [ is not closed"),
        ("a: 'open\n", 2, 1, "is not YAML"),
        ("a:\n\tb: 1\n", 2, 1, "a tab cannot indent, use spaces"),
        ("a: b: c\n", 1, 5, "put text that contains ': ' in quotes"),
        ("a: 1\n b: 2\n", 2, 3, "is not YAML"),
        ("a: *b\n", 1, 4, "alias"),
        ("a: 1\n---\nb: 2\n", 2, 1, "a second document starts here"),
        ("- <<: 5\n", 1, 7, "only a mapping can be merged"),
    ],
)
def test_a_text_that_is_no_yaml_is_refused_where_it_stops_being_so(text, line, column, said):
    tree, (fault,) = read_yaml(text, "x.yaml")

    assert tree.root is reader.BROKEN
    assert (fault.place.line, fault.place.column) == (line, column)
    assert said in fault.message


@pytest.mark.usefixtures("parser")
def test_several_mistakes_of_one_text_are_all_found():
    _, faults = read_yaml("a: no\nb: !tag x\na: 010\nc: 1:30\n", "x.yaml")

    assert [(fault.place.line, fault.path) for fault in faults] == [
        (3, ("a",)),
        (1, ("a",)),
        (2, ("b",)),
        (4, ("c",)),
    ]


def test_a_mistake_behind_an_anchor_is_said_once():
    _, faults = read_yaml("a: &x [no]\nb: *x\nc: *x\n", "x.yaml")

    assert [fault.path for fault in faults] == [("a", 0)]


def test_merged_keys_give_way_to_written_ones_and_later_sources_to_earlier():
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], z: 3}\n"

    assert read_yaml(text, "x.yaml")[0].root["c"] == {"x": 1, "y": 1, "z": 3}
