"""Every search that can be named is shown to be of use somewhere, by results that are kept."""

from dataclasses import replace

import catalogue
import numpy as np
import pytest
from cases import HELD, SHOWN, Case
from measure import one_run
from problems import problem
from tools import maker

P = 0.05
CASE = Case(names=("a", "b"), problems=("bowl",), trials=20, seeds=2, random=2)


@pytest.mark.parametrize("case", [*SHOWN, *HELD])
def test_a_case_names_searches_and_problems_that_there_are(case):
    assert set(case.names) <= set(catalogue.NAMES)
    assert [problem(name).name for name in case.problems] == list(case.problems)


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_search_is_better_than_random_where_it_is_meant_to_be(name):
    cases = [catalogue.SITTING, *(case for case in SHOWN if name in case.names)]

    found = [(case.where, *catalogue.beaten(name, case)) for case in cases]

    finished = [(where, p) for where, _, _, p in found if not np.isnan(p)]
    assert finished, f"runs are missing, `catalogue.py run` and `shown` make them: {found}"
    assert any(p < P for _, p in finished), f"no better than random search: {finished}"


def line(best, seed=0, trials=20, **more):
    return {
        "problem": "bowl",
        "seed": seed,
        "group": "synthetic",
        "known": 0.0,
        "trials": trials,
        "curve": [[1, 1.0], [2, best]],
        **more,
    }


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Write the lines of searches as the results that there are."""
    monkeypatch.setattr(catalogue, "HERE", tmp_path)
    monkeypatch.setattr(catalogue, "read", lambda *_: [("random", [])])

    def write(**lines):
        for name, several in lines.items():
            for each in several:
                catalogue.runlog.append(catalogue.path_of(name), each)

    return write


def test_a_longer_run_stands_for_a_shorter_one_and_an_unfinished_one_for_none():
    lines = [line(0.5, trials=trials) for trials in (60, 16, 150)]

    assert [one["trials"] for one in catalogue.longest(lines, 50)] == [150]
    assert catalogue.longest(lines, 200) == []
    assert len(catalogue.longest([line(0.5, trials=3, error="died")], 50)) == 1


def test_what_a_longer_run_recommends_is_not_what_a_shorter_one_would():
    lines = [line(0.5, trials=trials, recommended=0.1) for trials in (40, 80)]

    assert [one["trials"] for one in catalogue.longest(lines, 40)] == [40]


def test_a_seed_counts_once_and_with_the_options_of_its_case(written):
    written(
        a=[
            line(0.5),
            line(0.4, trials=30),
            line(0.1, seed=1),
            line(0.9, seed=1, trials=30, options="initial=60"),
        ],
        random=[line(0.8), line(0.7, trials=60), line(0.9, seed=1)],
    )

    assert catalogue.beaten("a", CASE)[:2] == (2, 1.0)
    assert catalogue.beaten("a", Case(**{**vars(CASE), "options": "initial=60"}))[0] == 1


@pytest.mark.parametrize(("ours", "random"), [(1, 2), (2, 1), (0, 2), (2, 0)])
def test_a_case_with_fewer_runs_than_it_asks_for_says_nothing(written, monkeypatch, ours, random):
    written(a=[line(0.5, seed=seed) for seed in range(ours)])
    written(random=[line(0.8, seed=seed) for seed in range(random)])
    monkeypatch.setattr(catalogue, "SHOWN", [Case(**{**vars(CASE), "names": ("a",)})])

    assert catalogue.shown().splitlines()[-1] == f"| a | bowl, 20 trials | {ours} | - |"


def test_a_comparison_that_is_not_finished_says_nothing(written, monkeypatch):
    written(a=[line(0.5), line(0.5, seed=2)], b=[line(0.5), line(0.5, seed=1)])
    written(random=[line(0.8), line(0.8, seed=1)])
    monkeypatch.setattr(catalogue, "HELD", [CASE])

    assert catalogue.held().splitlines()[-1] == "| a / b | bowl, 20 trials | 1 | - | - |"


def test_means_beside_a_difference_are_of_the_same_pairs(written, monkeypatch):
    written(a=[line(0.2, seed=seed) for seed in (0, 1)])
    written(b=[line(best, seed=seed) for seed, best in enumerate((0.4, 0.4, 0.8, 0.8))])
    written(random=[line(0.8), line(0.8, seed=1)])
    monkeypatch.setattr(catalogue, "HELD", [CASE])

    assert "| 2 | 0.75 / 0.50 | +0.25 [" in catalogue.held()


def test_a_run_with_other_options_is_not_taken_for_done(tmp_path):
    catalogue.runlog.append(tmp_path / "a.jsonl", line(0.5, options="initial=60"))

    assert catalogue.runlog.done(tmp_path / "a.jsonl", 20) == set()
    assert catalogue.runlog.done(tmp_path / "a.jsonl", 20, "initial=60") == {("bowl", 0)}


@pytest.mark.parametrize(("name", "told"), [("hartmann6_noisy", True), ("hartmann6", False)])
def test_where_there_is_noise_the_true_value_of_what_is_recommended_is_kept(name, told):
    p = problem(name)
    tried = []

    def f(config):
        tried.append(p.f(config))
        return tried[-1]

    line = one_run(maker("tuner:method=sobol"), replace(p, f=f), 0, 12, 1)

    assert ("recommended" in line) == told
    assert not told or min(abs(line["recommended"] - value) for value in tried[:-1]) < 1e-5
