"""The report in a real browser: figures have ink, the table sorts, what is chosen follows."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

webdriver = pytest.importorskip("selenium.webdriver")

ROOT = Path(__file__).resolve().parents[2]
TRIALS = 60


def reported(folder, trials):
    """Give the report of a study with failures and reports, made by the real command."""
    command = [sys.executable, "benchmarks/report.py", "--trials", str(trials), "--keep", folder]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return folder / "shown" / "report.html"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return reported(tmp_path_factory.mktemp("page"), TRIALS)


@pytest.fixture
def opened(page, browser):
    browser.see()
    browser.open(page.as_uri())
    return browser


def rows(browser, column):
    """Give the words of a column of the table, from the top."""
    names = browser.run(
        "return [...document.querySelectorAll('.trials th button')].map((b) => b.textContent)"
    )
    place = names.index(column)
    return browser.run(
        "return [...document.querySelectorAll('.trials tr.row')]"
        ".map((row) => row.children[arguments[0]].textContent)",
        place,
    )


def heading(browser, name):
    browser.run(
        "[...document.querySelectorAll('.trials th button')]"
        ".find((b) => b.textContent === arguments[0]).click()",
        name,
    )


def test_the_file_is_private_and_smaller_than_six_megabytes(page):
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert page.stat().st_size < 6_000_000


def test_every_figure_has_ink(opened):
    opened.draw_all()

    inks = opened.run(
        "return [...document.querySelectorAll('.figure')].map((figure) => {"
        " const canvas = figure.querySelector('canvas');"
        " if (canvas) { const all = canvas.getContext('2d')"
        "   .getImageData(0, 0, canvas.width, canvas.height).data;"
        "   return [figure.id, all.filter((value) => value).length]; }"
        " const marks = [...figure.querySelectorAll('.cartesianlayer path, .cartesianlayer image')]"
        "   .filter((mark) => { const box = mark.getBoundingClientRect();"
        "     return box.width + box.height > 0; });"
        " return [figure.id, marks.length]; })"
    )

    assert {"progress-1", "parallel-1", "timeline-1", "learning-1"} <= {name for name, _ in inks}
    assert [name for name, ink in inks if not ink] == []


def test_no_request_leaves_the_page(opened):
    opened.draw_all()

    assert [
        url for url in opened.requested() if not url.startswith(("file:", "data:", "blob:"))
    ] == []


def test_a_heading_sorts_the_table_both_ways(opened):
    heading(opened, "loss")
    upward = [float(word) for word in rows(opened, "loss") if word]
    heading(opened, "loss")
    downward = [float(word) for word in rows(opened, "loss") if word]

    assert upward == sorted(upward)
    assert downward == sorted(upward, reverse=True)
    assert len(upward) > 10
    assert rows(opened, "loss")[-1] == ""  # without a value they stay at the end
    assert opened.run("return document.querySelectorAll('th[aria-sort]').length") == 1


def test_words_bounds_and_states_filter_the_table(opened):
    def filtered(words):
        opened.run(
            "const field = document.querySelector('.bar input'); field.value = arguments[0];"
            "field.dispatchEvent(new Event('input'))",
            words,
        )
        return rows(opened, "trial")

    lions = filtered("optimizer=lion")
    assert lions
    assert set(rows(opened, "optimizer")) == {"lion"}
    assert filtered("optimizer=lion layers<6") < lions or len(filtered("layers<6")) < TRIALS
    assert all(int(layers) < 6 for layers in rows(opened, "layers"))
    filtered("")
    opened.run(
        "const pick = document.querySelector('.bar select'); pick.value = 'oom';"
        "pick.dispatchEvent(new Event('change'))"
    )
    assert set(rows(opened, "state")) <= {"oom"}


def test_a_range_drawn_on_an_axis_chooses_trials_in_the_table(opened):
    opened.draw_all()
    rail = opened.driver.find_elements("css selector", ".parallel .rail")[-1]  # the metric's
    opened.run("arguments[0].scrollIntoView({block: 'center'})", rail)
    before = rows(opened, "trial")
    high = rail.size["height"]
    moves = webdriver.ActionChains(opened.driver).move_to_element_with_offset(
        rail, 0, high // 2 - 2
    )
    moves.click_and_hold().move_by_offset(0, -high // 3).release().perform()

    chosen = rows(opened, "trial")
    assert 0 < len(chosen) < len(before)
    said = opened.run("return document.querySelector('.legend .chosen').textContent")
    assert said.startswith(f"{len(chosen)} of ")
    assert f"{len(chosen)} of {TRIALS} trials" in opened.run(
        "return document.querySelector('.bar .count').textContent"
    )
    opened.run("document.querySelector('.legend button').click()")
    assert rows(opened, "trial") == before


def test_a_row_tells_more(opened):
    failed = opened.run(
        "const row = [...document.querySelectorAll('.trials tr.row')]"
        ".find((each) => each.children[1].textContent === 'diverged'); row.click();"
        "return row.dataset.trial"
    )

    assert failed
    assert "loss is nan" in opened.run("return document.querySelector('tr.more').textContent")


def test_light_and_dark_follow_the_system_and_the_button(page, browser):
    def look():
        return browser.run(
            "const style = getComputedStyle(document.body);"
            "return [style.backgroundColor, style.color]"
        )

    def ink():
        return browser.run("return document.querySelector('#progress-1 .xtick text').style.fill")

    browser.see(scheme="light")
    browser.open(page.as_uri())
    browser.draw_all()
    light, light_ink = look(), ink()
    browser.see(scheme="dark")
    browser.wait("return getComputedStyle(document.body).color !== arguments[0]", light[1])
    dark = look()
    browser.wait(
        "return document.querySelector('#progress-1 .xtick text').style.fill !== arguments[0]",
        light_ink,
    )
    assert light != dark

    press = "document.getElementById('theme').click()"
    browser.run(press)  # light
    assert look() == light
    browser.run(press)  # dark
    assert look() == dark
    browser.see(scheme="light")
    assert look() == dark


@pytest.mark.parametrize("width", [400, 760, 1100, 2000])
def test_the_page_fits_its_window(page, browser, width):
    browser.see(width=width)
    browser.open(page.as_uri())
    browser.draw_all()

    assert browser.run("return document.documentElement.scrollWidth") <= width
    wide = browser.run(
        "return [...document.querySelectorAll('figure')].map((f) => f.getBoundingClientRect().right)"
    )
    assert max(wide) <= width


def test_what_has_nothing_to_show_says_why(opened):
    older = opened.run("return document.querySelector('#memory').innerText")

    assert "Nothing to show: the study learnt from no older one." in older


def test_a_study_without_a_trial_has_a_report_too(tmp_path, browser):
    browser.open(reported(tmp_path, 0).as_uri())

    assert "no completed trial yet" in browser.run(
        "return document.querySelector('#winner').innerText"
    )
    assert browser.run("return document.querySelectorAll('.figure').length") == 0


PAPER = (
    "const wide = (one) => one.getBoundingClientRect().width;"
    "const table = document.querySelector('table.trials');"
    "return {"
    " body: wide(document.body),"
    " figures: [...document.querySelectorAll('.figure')].map((one) => one.querySelector("
    "'.main-svg, .field') ? wide(one.querySelector('.main-svg, .field')) : 0),"
    " high: Math.max(...[...document.querySelectorAll('.figure')].map((one) => one.offsetHeight)),"
    " table: wide(table) - wide(table.parentElement),"
    " folded: document.querySelectorAll('details:not([open])').length }"
)


def test_on_paper_everything_is_as_wide_as_a_page_and_nothing_is_cut_or_folded(opened):
    before = opened.run(PAPER)

    opened.run("dispatchEvent(new Event('beforeprint'))")
    opened.wait(
        "return [...document.querySelectorAll('.figure')].every((one) => one.dataset.drawn)"
    )
    printed = opened.run(PAPER)
    opened.run("dispatchEvent(new Event('afterprint'))")

    assert before["body"] > printed["body"] == 940
    assert all(850 < wide <= 940 for wide in printed["figures"])
    assert printed["high"] <= 1100
    assert printed["table"] < 1
    assert before["folded"] > 0 == printed["folded"]
    assert opened.run(PAPER)["folded"] == before["folded"]
    assert opened.run(PAPER)["body"] == before["body"]
