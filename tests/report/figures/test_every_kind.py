"""Every kind of figure of every small study: it is drawn in all ways, or it is said why not."""

import json
import re
import warnings
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.image import imread

from tests.report.figures.studies import HISTORIES
from tuner.report.figures import KINDS, Chart, Nothing, draw
from tuner.report.figures.drawn import draw as drawn
from tuner.report.figures.plotly import figure
from tuner.report.figures.terminal import text

EVERY = [(kind, name) for kind in KINDS for name in HISTORIES]
DRAWABLE = {
    "progress": "twenty",
    "parallel": "conditional",
    "slices": "conditional",
    "contours": "twenty",
    "importance": "conditional",
    "interactions": "conditional",
    "timeline": "some failed",
    "learning": "some failed",
    "failures": "some failed",
    "calibration": "twenty",
    "sobol": "twenty",
    "memory": "hostile",
}
TAGS = re.compile(r"<(?!br>)")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]")


def words(value):
    """Give every text in plain values."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from words(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from words(one)


def test_a_new_kind_has_a_study_that_it_can_be_drawn_of():
    assert set(DRAWABLE) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_what_it_shows_in_one_line(kind):
    assert 10 < len(KINDS[kind].line) < 80


@pytest.mark.parametrize("kind", KINDS)
def test_there_is_something_to_draw_of_a_good_study(subjects, kind):
    chart = draw(kind, subjects[DRAWABLE[kind]])

    assert isinstance(chart, Chart)
    assert all(panel.marks for panel in chart.panels)


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_figure_is_one_for_plotly_or_there_is_one_clear_line(subjects, kind, name):
    chart = draw(kind, subjects[name])

    if isinstance(chart, Nothing):
        assert 5 < len(chart.reason) < 200
        assert "\n" not in chart.reason
        return
    found = figure(chart)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["data"]
    assert found["layout"]["title"]["text"]
    for said in words(found):
        assert not TAGS.search(said), said
        assert not CONTROLS.search(said), said
        assert max(map(len, said.split("<br>"))) < 600


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_figure_fits_a_terminal_and_moves_no_cursor(subjects, kind, name):
    chart = draw(kind, subjects[name])
    if isinstance(chart, Nothing):
        return

    said = text(chart, width=80, height=24, colour=False)

    assert not CONTROLS.search(said)
    assert max(map(len, said.splitlines())) <= 80
    coloured = text(chart, width=80, height=24, colour=True)
    assert re.fullmatch(r"(?:[^\x1b]|\x1b\[[0-9;]*m)*", coloured)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["some failed", "hostile"])
def test_a_picture_has_ink_and_complains_of_nothing(subjects, kind, name, tmp_path):
    chart = draw(kind, subjects[name])
    if isinstance(chart, Nothing):
        return

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn(chart, tmp_path / "a.png", "png")

    pixels = imread(tmp_path / "a.png")
    inked = np.mean(np.any(pixels[:, :, :3] < 0.9, axis=2))
    assert 0.005 < inked < 0.9


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_figure_is_the_same_picture(subjects, kind, tmp_path):
    chart = draw(kind, subjects[DRAWABLE[kind]])

    for name in ("a.svg", "b.svg"):
        drawn(chart, tmp_path / name, "svg")

    first, second = ((tmp_path / name).read_bytes() for name in ("a.svg", "b.svg"))
    assert first == second
    assert ET.fromstring(first).tag.endswith("svg")
    assert b"<dc:date>" not in first
    assert not re.search(rb"(?:href|url\()\s*=?\s*[\"']?https?:", first)
