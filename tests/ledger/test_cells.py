import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.ledger.cells import FORMULA, cell, list_cell, read_cell, read_list, read_row, row_line

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=30)
)


@given(VALUES)
def test_a_value_survives_the_trip_to_a_cell_and_back(value):
    read = read_cell(cell(value))

    assert read == value
    assert type(read) is type(value)


@given(
    st.sampled_from(["", "'", '"', "=", "+", "-", "@", "\t", "\0", "nan", "1", "true"]), st.text()
)
def test_text_that_looks_like_something_else_survives_too(head, rest):
    assert read_cell(cell(head + rest)) == head + rest


@given(st.text())
def test_no_text_becomes_a_formula_or_more_than_one_line(text):
    written = cell(text)

    assert not written.startswith(FORMULA)
    assert len(written.splitlines()) == 1


def test_nan_survives():
    assert math.isnan(read_cell(cell(math.nan)))


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("3", 3),
        ("+3", 3),
        (".5", 0.5),
        ("1.", 1.0),
        ("1E3", 1000.0),
        ("1e-3", 0.001),
        ("adam", "adam"),
    ],
)
def test_what_a_person_types_is_read_as_meant(typed, value):
    read = read_cell(typed)

    assert read == value
    assert type(read) is type(value)


def test_a_number_of_ten_thousand_digits_is_text():
    assert read_cell("9" * 10_000) == "9" * 10_000


@given(st.lists(VALUES.map(cell), min_size=1, max_size=6))
def test_cells_survive_the_trip_to_a_line_and_back(cells):
    assert read_row(row_line(cells)) == cells


@given(st.lists(VALUES.map(cell), min_size=2, max_size=6))
def test_other_readers_of_csv_see_the_same_cells(cells):
    line = row_line(cells).encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")

    assert next(csv.reader(io.StringIO(line, newline=""))) == cells


@given(st.lists(st.text(min_size=1, max_size=10), min_size=1, max_size=4))
def test_a_list_survives_the_trip_to_a_cell_and_back(texts):
    assert read_list(list_cell(texts)) == texts


@pytest.mark.parametrize("line", ['a,b"c', '"a', '"a"b,c'])
def test_quotes_that_do_not_match_are_refused(line):
    with pytest.raises(ValueError, match="quotes do not match"):
        read_row(line)


@pytest.mark.parametrize(
    ("value", "text"),
    [(np.float64(0.5), "0.5"), (np.int64(3), "3"), (np.bool_(True), "true"), (np.str_("1"), "'1")],
)
def test_a_scalar_of_numpy_is_written_as_what_it_stands_for(value, text):
    assert cell(value) == text
