"""The screens of the README's tour are what the commands print for the study that is kept."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def tour():
    spec = importlib.util.spec_from_file_location("tour", ROOT / "benchmarks" / "tour.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def drawn(tour):
    """The screens, drawn once for all tests."""
    return tour.screens()


@pytest.fixture(autouse=True)
def _drawn_once(tour, drawn, monkeypatch):
    monkeypatch.setattr(tour, "screens", lambda: drawn)


def test_every_screen_of_the_tour_is_what_the_commands_print(tour):
    told = tour.quoted(tour.README.read_text(encoding="utf-8"))

    assert set(told) == set(tour.SCREENS)
    assert tour.differing() == []


def test_a_screen_that_changed_is_found_out(tour, tmp_path, monkeypatch):
    text = tour.README.read_text(encoding="utf-8").replace("parameters\n  lr ", "parameters\n  rl ")
    changed = tmp_path / "README.md"
    changed.write_text(text, encoding="utf-8")
    monkeypatch.setattr(tour, "README", changed)

    assert tour.differing() == ["best"]


def test_the_study_that_is_kept_names_no_machine(tour):
    text = (tour.KEPT / "ledger.jsonl").read_text(encoding="utf-8")

    assert '"host":"box"' in text
    assert "/home/you/runs/" in text
    assert tour.PICTURE.stat().st_size > 10_000
