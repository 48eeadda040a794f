"""Peers that are given older studies: in their words, and the best of each study first."""

import sys
from pathlib import Path

import pytest
from spaces import choice, real
from transfer_tasks import Task

BENCHMARKS = str(Path(__file__).parents[2] / "benchmarks")
sys.path.insert(0, BENCHMARKS)  # as its own folder is not where tests look
import transfer  # noqa: E402

sys.path.remove(BENCHMARKS)
optuna = pytest.importorskip("optuna")

SPACE = {"x": real(0.0, 1.0), "size": choice(8, 16, 32, ordered=True), "new": real(0.0, 1.0)}
OLDER = {
    "small units": [({"x": 0.1, "size": 8}, -5.0), ({"x": 0.9, "size": 32}, -9.0)],
    "large units": [({"x": 0.2, "size": 16}, 700.0), ({"x": 1.5, "size": 8, "gone": 1}, 900.0)],
}
TASK = Task(space=SPACE, f=lambda config: config["x"], best=0.0, older=OLDER, spaces={})


@pytest.mark.parametrize("way", transfer.PEERS)
def test_the_best_of_each_older_study_is_tried_first_in_the_order_of_the_studies(way, tmp_path):
    ask, tell = transfer.optuna(way, TASK, 0, tmp_path)

    for x, size in ((0.9, 32), (0.2, 16)):
        trial, config = ask()
        tell(trial, 1.0)
        assert (config["x"], config["size"]) == (x, size)
        assert 0.0 <= config["new"] <= 1.0


def test_older_trials_are_added_with_the_parameters_that_they_have_within_the_bounds(tmp_path):
    ask, tell = transfer.optuna("optuna-added", TASK, 0, tmp_path)
    study = tell.__self__

    trials = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])

    assert [(one.params, one.value) for one in trials] == [
        ({"x": 0.1, "size": 0}, -5.0),
        ({"x": 0.9, "size": 2}, -9.0),
        ({"x": 0.2, "size": 1}, 700.0),
        ({"x": 1.0, "size": 0}, 900.0),
    ]
    _, config = ask()
    assert set(config) == set(SPACE)
