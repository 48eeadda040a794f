"""A heat map in the terminal and in files."""

import io
import math
import re

from tuner.report.heat import heat_map, picture, print_map

NAMES = ["here", "a [red]study", "a very long name of a study, longer than anybody would want " * 2]
MATRIX = [[1.0, -0.8, math.nan], [-0.8, 1.0, 0.2], [math.nan, 0.2, 1.0]]


def drawn(*, colour):
    out = io.StringIO()
    print_map(heat_map(NAMES, MATRIX, "how alike"), out, 60, colour=colour)
    return out.getvalue()


def test_without_colours_the_figures_are_there():
    said = drawn(colour=False)

    assert "\x1b" not in said
    assert said.splitlines()[0].strip() == "how alike"
    assert re.search(r"1 here +\+1\.00 +-0\.80 +-$", said, re.MULTILINE)
    assert "2 a [red]study" in said
    assert max(map(len, said.splitlines())) <= 60


def test_a_cell_has_the_colour_of_its_sign():
    document = picture([heat_map(NAMES, MATRIX, "how alike")], "html", "maps")

    negative, positive = (
        re.search(rf"background-color: #(..)..(..)\"> *{re.escape(figures)}", document)
        for figures in ("-0.80", "+1.00")
    )
    red, blue = (int(part, 16) for part in negative.groups())
    assert blue > red
    red, blue = (int(part, 16) for part in positive.groups())
    assert red > blue


def test_the_same_maps_give_the_same_picture_that_asks_no_other_place():
    maps = [heat_map(NAMES, MATRIX, "how alike")]

    first, second = (picture(maps, "svg", "maps") for _ in range(2))

    assert first == second
    assert re.findall(r"url\((?!#)|href", first) == []
