import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.report.screen import Line, aligned, folded, in_colour, render, screen_width, width_of

words = st.text(st.characters(categories=["L", "N", "P", "Zs", "So"]), max_size=30)


class Tty(io.StringIO):
    def isatty(self):
        return True


@given(st.lists(words, max_size=4), st.integers(0, 40))
def test_a_line_is_cut_to_its_width_whatever_it_is_made_of(parts, width):
    line = Line()
    for part in parts:
        line.add(part, "bold")
    cut = line.cut(width)
    assert cut.width <= width
    if line.width <= width:
        assert cut.plain == line.plain


@given(words, st.integers(2, 20))
def test_a_folded_text_fits_and_loses_nothing_but_spaces(text, width):
    lines = folded(text, width)
    assert all(width_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_columns_stand_under_their_names():
    table = {
        ">n": [Line("1"), Line("22")],
        "<name": [Line("精度"), Line("b")],
        ">x": [Line("5")] * 2,
    }
    assert [line.plain for line in aligned(table, 80)] == [
        " n  name  x",
        " 1  精度  5",
        "22  b     5",
    ]


@pytest.mark.parametrize(
    ("out", "environ", "welcome"),
    [
        (Tty(), {"TERM": "xterm"}, True),
        (Tty(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Tty(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_colours_go_where_they_are_welcome(monkeypatch, out, environ, welcome):
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert in_colour(out) is welcome


def test_colour_is_nothing_but_codes_around_the_text():
    line = Line("a", "bold green").add("b")
    assert render([line], colour=True) == "\x1b[1;32ma\x1b[0mb\n"
    assert render([line], colour=False) == "ab\n"


@pytest.mark.parametrize(("columns", "width"), [("80", 80), ("1000", 250), (None, 120)])
def test_a_pipe_gets_a_width_too(monkeypatch, columns, width):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    assert screen_width(io.StringIO()) == width
