import doctest
import importlib
import json

import measure
import numpy as np
import pytest
import summarize
from problems import problem
from scoring import (
    gains,
    interval,
    late,
    lowest,
    mean_ranks,
    paired,
    regret,
    trials_needed,
    values,
    yardstick,
)


def line(curve, *, problem="p", seed=0, known=0.0, **rest):
    return {"problem": problem, "seed": seed, "known": known, "curve": curve, **rest}


@pytest.mark.parametrize("name", ["environments", "measure", "scoring", "spaces", "tools"])
def test_the_examples_in_the_docstrings_hold(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_median_of_random_search_scores_zero():
    R = yardstick([np.array([4.0, 2.0]), np.array([6.0, 3.0]), np.array([9.0, 8.0])])

    assert R.tolist() == [6.0, 3.0]
    assert gains(np.array([6.0, 3.0]), R).mean() == 0


def test_the_best_known_value_from_the_first_trial_scores_one():
    run = line([[1, -3.0]], known=-3.0)

    r = regret(run, lowest([run]), 4)

    assert gains(r, np.full(4, 2.0)).mean() == 1


def test_what_is_worse_than_twice_random_counts_minus_one():
    assert gains(np.array([300.0, 1.0]), np.array([1.0, 1.0])).tolist() == [-1, 0]


def test_the_score_is_the_mean_over_trials():
    run = line([[1, 4.0], [3, 1.0]])

    r = regret(run, lowest([run]), 4)

    assert r.tolist() == [4, 4, 1, 1]
    assert gains(r, np.full(4, 4.0)).mean() == pytest.approx((0 + 0 + 0.75 + 0.75) / 4)


def test_a_value_below_the_stated_best_becomes_the_best_known():
    one, other = line([[1, 5.0]], known=1.0), line([[1, 0.5]], known=1.0, seed=1)

    known = lowest([one, other])

    assert regret(one, known, 2).tolist() == [4.5, 4.5]
    assert regret(other, known, 2).tolist() == [0, 0]


def test_a_moving_problem_is_another_one_for_every_seed():
    one, other = (line([[1, v]], known=v, seed=int(v), moving=True) for v in (1.0, 2.0))

    known = lowest([one, other])

    assert regret(other, known, 1).tolist() == [0]


def test_where_there_is_noise_the_true_value_of_the_best_observed_trial_counts():
    noise = [(3.0, 3.0), (2.0, 3.5), (4.0, 1.0)]  # the lucky third trial is really the worst

    curve = measure.steps(noise, noisy=True)

    assert curve == [[1, 3.0, 3.0], [3, 4.0, 1.0]]
    assert values({"curve": curve}, 4).tolist() == [3, 3, 4, 4]


def test_identical_tools_differ_by_exactly_nothing():
    cells = {"a": {0: 0.1, 1: 0.7}, "b": {0: -0.3}}

    assert interval(paired(cells, cells)) == (0, 0, 0)


def test_differences_are_taken_where_both_tools_ran():
    ours = {"a": {0: 0.5, 1: 0.75}, "b": {0: 1.0}}
    theirs = {"a": {1: 0.5, 2: 0.0}, "c": {0: 0.0}}

    assert paired(ours, theirs) == {"a": {1: 0.25}}


def test_an_interval_holds_its_average_and_is_the_same_every_time():
    cells = {"a": {0: 0.1, 1: 0.5}, "b": {0: 0.9, 1: 0.7}}

    middle, low, high = interval(cells)

    assert middle == pytest.approx((0.3 + 0.8) / 2)
    assert 0.1 <= low < middle < high <= 0.9
    assert interval(cells) == (middle, low, high)


def test_ranks_are_over_the_cells_that_all_tools_ran():
    tools = {
        "good": {"a": {0: 0.9, 1: 0.1}, "b": {0: 0.9}},
        "bad": {"a": {0: 0.2}, "b": {0: 0.2}},
        "partial": {"a": {0: 1.0}},
    }

    assert mean_ranks(tools, ["a", "b"]) == ({"good": 1.0, "bad": 2.0}, 2)


def test_trials_needed_are_counted_to_the_best_peer_and_one_more_if_never():
    ours = [np.array([3.0, 2.0, 1.0])]

    assert trials_needed(ours, {"x": [np.array([9.0, 8.0, 2.5])]}) == ("x", 2)
    slow = {"x": [np.array([9.0, 8.0, 2.5])], "y": [np.array([1.0, 1.0, 0.5])]}
    assert trials_needed(ours, slow) == ("y", 4)


def test_what_waits_keeps_its_start_and_ends_earlier():
    r = np.array([5.0, 4.0, 2.0, 1.0, 0.5])

    assert late(r, by=2, after=2).tolist() == [5.0, 4.0, 4.0, 4.0, 2.0]
    assert late(r, by=0, after=2).tolist() == r.tolist()


def test_a_run_that_was_cut_short_keeps_what_it_had():
    class Tired:
        def __init__(self, *_):
            self.left = 2

        def ask(self):
            self.left -= 1
            if self.left < 0:
                raise RuntimeError("no more")
            return None, {"x0": 0.5, "x1": 5.0}

        def tell(self, *_):
            pass

    made = measure.one_run(Tired, problem("branin2"), 0, 5, 1)

    assert made["trials"] == 2
    assert "no more" in made["error"]
    assert len(values(made, 5)) == 5


def test_with_four_pending_the_oldest_ends_first():
    log = []

    class Counting:
        def __init__(self, *_):
            self.asked = 0

        def ask(self):
            self.asked += 1
            log.append(f"ask {self.asked}")
            return self.asked, {"x0": 0.5, "x1": 5.0}

        def tell(self, key, *_):
            log.append(f"tell {key}")

    measure.one_run(Counting, problem("branin2"), 0, 6, 4)

    assert log[:8] == ["ask 1", "ask 2", "ask 3", "ask 4", "tell 1", "ask 5", "tell 2", "ask 6"]
    assert log[8:] == ["tell 3", "tell 4", "tell 5", "tell 6"]


def test_the_summary_reads_what_runs_write(tmp_path, capsys, monkeypatch):
    common = {"cpu_s": 1.0, "late_s": 0.1, "rss_mb": 50, "repeats": 0, "group": "synthetic"}
    for tool, curves in {
        "random": ([[1, 4.0]], [[1, 2.0]], [[1, 6.0]]),
        "tuner": ([[1, 4.0], [2, 0.0]],),
        "peer": ([[1, 4.0], [31, 1.0]],),
    }.items():
        lines = [line(curve, seed=seed, **common) for seed, curve in enumerate(curves)]
        text = "".join(json.dumps(row) + "\n" for row in lines)
        (tmp_path / f"regret_{tool}.jsonl").write_text(text)
    times = {"problem": "h", "d": 6, "n": 100, "wall_s": [9.0, 0.1, 0.3], "rss_mb": 60}
    (tmp_path / "latency_tuner.jsonl").write_text(json.dumps(times) + "\n")
    times["wall_s"] = [9.0, 0.4, 0.4]
    (tmp_path / "latency_peer.jsonl").write_text(json.dumps(times) + "\n")
    monkeypatch.setattr("sys.argv", ["summarize", "--results", str(tmp_path)])

    summarize.main()

    shown = capsys.readouterr().out
    assert "| tuner | 1 | 0.98 [0.98, 0.98] | 1.00 | 1.0 |" in shown
    assert "| peer | 1 | 0.38 [0.38, 0.38] | 0.75 | 2.0 |" in shown
    assert "| synthetic | 2 | 1/1 |" in shown
    assert "| peer | 0.4 (2.0x) |" in shown
