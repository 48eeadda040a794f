"""A figure as a page of its own, in a real browser: it has ink, and its policy lets nothing else act."""

import pytest

from tests.report.figures.studies import HISTORIES, subject_of
from tuner.report.figures import draw
from tuner.report.page import alone

pytest.importorskip("selenium.webdriver")

MAPS = "Applying inline style violates"  # of what Plotly brings for maps, which stays out

INK = (
    "const figure = document.getElementById('figure'), canvas = figure.querySelector('canvas');"
    "if (!canvas) return [...figure.querySelectorAll('.cartesianlayer path')].length;"
    "return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data"
    ".filter((value) => value).length"
)


@pytest.fixture
def opened(tmp_path, browser):
    """Open the page of a kind of figure; the browser's own complaints are those of this page."""

    def open_page(kind, name):
        page = tmp_path / f"{kind}.html"
        page.write_text(alone(draw(kind, subject_of(HISTORIES[name]()))), encoding="utf-8")
        browser.see()
        browser.driver.get_log("browser")
        browser.open(page.as_uri())
        browser.wait("return document.getElementById('figure').dataset.drawn")
        return browser

    return open_page


@pytest.mark.parametrize("kind", ["progress", "parallel", "slices", "timeline"])
def test_a_figure_has_ink_and_nothing_in_it_breaks_the_policy(opened, kind):
    browser = opened(kind, "conditional" if kind == "parallel" else "twenty")

    assert browser.run(INK) > 10
    said = [row["message"] for row in browser.driver.get_log("browser")]
    assert [words for words in said if MAPS not in words] == []
    assert [url for url in browser.requested() if not url.startswith(("file:", "data:"))] == []


def test_a_low_figure_takes_what_the_window_has_left(opened):
    browser = opened("progress", "twenty")

    high = browser.run("return document.documentElement.scrollHeight")
    assert browser.run("return document.getElementById('figure').offsetHeight") > 600
    assert high <= 900


SIDES = (
    "const side = (what, end) => document.querySelector(what).getBoundingClientRect()[end];"
    "return [side('.colorbar', 'left'), side('.colorbar', 'right'), side('.y2title', 'left')]"
)


AS_PRINTED = (  # what was drawn is taken down before anything can draw anew
    "window.was = document.querySelector('.y2title');"
    "document.documentElement.dataset.print = 'yes'; return null"
)


@pytest.mark.parametrize("printed", [False, True])
def test_the_colours_of_a_panel_stay_clear_of_the_next_one(opened, printed):
    browser = opened("contours", "twenty")
    if printed:
        browser.run(AS_PRINTED)
        browser.wait("return document.querySelector('.y2title') !== window.was")
        assert browser.run("return document.body.offsetWidth") == 940

    start, end, beside = browser.run(SIDES)
    assert start < end < beside - 4


def test_what_is_no_script_of_the_page_cannot_act(opened):
    browser = opened("memory", "hostile")
    assert browser.attacked() == {"loaded": False, "ran": False}
