"""Every search that can be named is shown to be of use somewhere, by results that are kept."""

from dataclasses import replace

import catalogue
import pytest
from cases import HELD, SHOWN
from measure import one_run
from problems import problem
from tools import maker

SEEDS, P = 10, 0.05


@pytest.mark.parametrize("case", [*SHOWN, *HELD])
def test_a_case_names_searches_and_problems_that_there_are(case):
    assert set(case.names) <= set(catalogue.NAMES)
    assert [problem(name).name for name in case.problems] == list(case.problems)


@pytest.mark.parametrize("name", catalogue.NAMES)
def test_every_search_is_better_than_random_where_it_is_meant_to_be(name):
    everywhere = [(searched, catalogue.TRIALS, "regret") for searched in catalogue.PROBLEMS]
    meant = [(c.problems[0], c.trials, c.mode) for c in SHOWN if name in c.names]

    found = [catalogue.beaten(name, *where) for where in everywhere + meant]

    assert any(seeds >= SEEDS and p < P for seeds, _, p in found)


def test_a_longer_run_stands_for_a_shorter_one():
    lines = [{"problem": "a", "seed": 0, "trials": trials} for trials in (60, 16, 150)]

    assert [line["trials"] for line in catalogue.longest(lines)] == [150]


@pytest.mark.parametrize(("name", "told"), [("hartmann6_noisy", True), ("hartmann6", False)])
def test_where_there_is_noise_the_true_value_of_what_is_recommended_is_kept(name, told):
    p = problem(name)
    tried = []

    def f(config):
        tried.append(p.f(config))
        return tried[-1]

    line = one_run(maker("tuner:method=sobol"), replace(p, f=f), 0, 12, 1)

    assert ("recommended" in line) == told
    assert not told or min(abs(line["recommended"] - value) for value in tried[:12]) < 1e-5
