import numpy as np
import pytest

from tuner.report.last_words import last_words
from tuner.report.prospects import improvement, prospects
from tuner.study import Finished, History, Opened, Started, Suggested


def study(make_records, goal, *suggestions):
    config = {"metric": {"name": "m", "goal": goal}}
    facts = [
        Suggested(trial=number, point={"x": number}, method="bayes", **said)
        for number, said in enumerate(suggestions, 1)
    ]
    return History.replay(make_records([Opened(study="s", config=config, config_hash="h"), *facts]))


@pytest.mark.parametrize(("ahead", "sd"), [(0.0, 1.0), (-0.3, 0.2), (2.0, 0.5), (-4.0, 2.0)])
def test_gain_and_chance_are_those_of_many_draws(ahead, sd):
    draws = np.random.default_rng(0).normal(ahead, sd, 400_000)
    gain, chance = improvement(ahead, sd)
    assert gain == pytest.approx(np.maximum(draws, 0).mean(), abs=0.01 * sd)
    assert chance == pytest.approx((draws > 0).mean(), abs=0.005)


def test_the_largest_gain_comes_first_and_smaller_is_better_when_minimizing(make_records):
    said = [{"mean": 0.9, "sd": 0.01}, {"mean": 0.2, "sd": 0.01, "acquisition": -3.0}, {}]
    down = study(make_records, "minimize", *said)
    up = study(make_records, "maximize", *said)

    best, other = prospects(down, down.metric, 0.5)
    assert (best.trial, other.trial) == (2, 1)
    assert best.gain == pytest.approx(0.3)
    assert best.chance == pytest.approx(1.0)
    assert best.acquisition == -3.0
    assert [each.trial for each in prospects(up, up.metric, 0.5)] == [1, 2]


def test_without_a_best_there_is_a_prediction_and_no_gain(make_records):
    history = study(make_records, "minimize", {"mean": 0.9, "sd": 0.1}, {"mean": float("nan")})
    (only,) = prospects(history, history.metric, None)
    assert (only.mean, only.sd, only.gain, only.chance) == (0.9, 0.1, None, None)


def failed(make_records, folder, message):
    facts = [
        Opened(study="s", config={"metric": {"name": "m"}}, config_hash="h"),
        Suggested(trial=1, point={}, method="sobol"),
        Started(trial=1, attempt=1, folder=str(folder)),
        Finished(trial=1, attempt=1, state="failed", failure="timeout", message=message),
    ]
    return History.replay(make_records(facts)).trials[1]


def test_the_last_line_of_a_log_is_told_once(make_records, tmp_path):
    trial = failed(make_records, tmp_path, "ran longer than 2h")
    nothing = last_words(trial)
    (tmp_path / "stdout.log").write_text("x" * 9000 + "\nepoch 3\n\n")
    out = last_words(trial)
    (tmp_path / "stderr.log").write_bytes(b"a\nlearning \xff\n")

    assert (nothing, out) == ("", "epoch 3")
    assert last_words(trial) == "learning \ufffd"
    (tmp_path / "stderr.log").write_text("Killed\n")
    assert last_words(failed(make_records, tmp_path, "exit code 1: Killed")) == ""
