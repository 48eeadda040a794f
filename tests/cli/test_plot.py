"""`tuner plot`: every format from the shell, and what is said where there is nothing to draw."""

import json
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.image import imread

from tuner.cli.app import VERBS
from tuner.report.figures import KINDS

PROBE = """
import json, sys
from tuner.__main__ import main
sys.argv = ["tuner", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
sys.stderr.write("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_without_a_kind_they_are_listed(tuner):
    said = tuner("plot").stdout

    assert [line.split()[0] for line in said.splitlines()] == list(KINDS)
    assert "plot" in VERBS


def test_a_study_before_the_kind_is_answered_with_the_order(tuner, study):
    said = tuner("plot", study, "progress", code=2).stderr

    assert f"the kind comes before the study: tuner plot progress {study}" in said


def test_in_a_pipe_a_figure_is_text_without_colours(tuner, study):
    said = tuner("plot", "progress", study).stdout

    assert said.splitlines()[0] == "digits: values by trial"
    assert "best so far" in said
    assert "\x1b" not in said


def test_the_study_that_was_written_last_is_meant(tuner, study):
    assert "digits" in tuner("plot", "parallel").stdout


def test_a_png_has_ink(tuner, study, tmp_path):
    tuner("plot", "progress", study, "--out", tmp_path / "p.png")

    pixels = imread(tmp_path / "p.png")
    assert np.mean(np.any(pixels[:, :, :3] < 0.9, axis=2)) > 0.005


def test_an_svg_is_one_and_the_same_every_time(tuner, study, tmp_path):
    for name in ("a.svg", "b.svg"):
        tuner("plot", "timeline", study, "-o", tmp_path / name)

    text = (tmp_path / "a.svg").read_bytes()
    assert ET.fromstring(text).tag.endswith("svg")
    assert text == (tmp_path / "b.svg").read_bytes()


def test_a_page_holds_the_figure_and_what_draws_it(tuner, study, tmp_path):
    done = tuner("plot", "failures", study, "-o", tmp_path / "f.html")

    page = (tmp_path / "f.html").read_text(encoding="utf-8")
    assert "out of memory" in page.lower()
    assert "Plotly.react" in page
    assert f"figure in {tmp_path / 'f.html'}" in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["progres"], "did you mean 'progress'?"),
        (["xyzzy"], "kinds are progress, parallel"),
        (["progress", "--out", "p.gif"], "a figure is .png, .svg or .html"),
        (["memory"], "it remembers no older study"),
        (["progress", "nowhere"], "no study"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_line(tuner, study, words, why):
    done = tuner("plot", *words, code=2)

    assert why in done.stderr
    assert done.stdout == ""


def test_nothing_is_written_where_there_is_nothing_to_draw(tuner, study, tmp_path):
    tuner("plot", "memory", study, "-o", tmp_path / "m.png", code=2)

    assert not list(tmp_path.glob("*.png"))


@pytest.mark.parametrize(
    ("out", "heavy"), [(None, {"matplotlib", "plotly"}), ("p.html", {"matplotlib", "plotext"})]
)
def test_only_what_draws_is_loaded(study, environ, tmp_path, out, heavy):
    words = ["plot", "progress", str(study), *(["-o", str(tmp_path / out)] if out else [])]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *words], capture_output=True, text=True, check=True
    )

    loaded = set(json.loads(done.stderr.splitlines()[-1]))
    assert not loaded & {"torch", "pandas", "scipy", *heavy}
