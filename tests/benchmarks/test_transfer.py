"""Peers that are given older studies: in their words, and the best of each study first."""

import pytest
import transfer_peers
from spaces import choice, real
from transfer_tasks import Task

optuna = pytest.importorskip("optuna")

SPACE = {"x": real(0.0, 1.0), "size": choice(8, 16, 32, ordered=True), "new": real(0.0, 1.0)}
OLDER = {
    "small units": [({"x": 0.1, "size": 8}, -5.0), ({"x": 0.9, "size": 32}, -9.0)],
    "large units": [({"x": 0.2, "size": 16}, 700.0), ({"x": 1.5, "size": 8, "gone": 1}, 900.0)],
}
TASK = Task(space=SPACE, f=lambda config: config["x"], best=0.0, older=OLDER, spaces={})


@pytest.mark.parametrize("way", ["optuna-enqueued", "optuna-added"])
def test_the_best_of_each_older_study_is_tried_first_in_the_order_of_the_studies(way):
    ask, tell = transfer_peers.peer(way, TASK, 0, 30)

    for x, size in ((0.9, 32), (0.2, 16)):
        trial, config = ask()
        tell(trial, 1.0)
        assert (config["x"], config["size"]) == (x, size)
        assert 0.0 <= config["new"] <= 1.0


def test_older_trials_are_added_with_the_parameters_that_they_have_within_the_bounds():
    ask, tell = transfer_peers.peer("optuna-added", TASK, 0, 30)
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


def test_whole_older_configs_have_the_middle_of_what_they_lack():
    tool = transfer_peers.peers.Optuna(SPACE, 0, 30)

    assert transfer_peers.whole(tool, {"x": 1.5, "size": 8, "gone": 1}) == {
        "x": 1.0,
        "size": 0,
        "new": 0.5,
    }


def test_every_study_is_a_task_standardised_by_itself_the_new_one_the_first():
    pytest.importorskip("botorch")
    tool = transfer_peers.MultiTask({"x": real(0.0, 1.0)}, 0, 30)
    tool.remember(
        {
            "small": [({"x": 0.1}, -5.0), ({"x": 0.9}, -9.0)],
            "large": [({"x": 0.2}, 9e8), ({"x": 1.0}, 7e8)],
        }
    )

    X, Y = tool._rows()
    assert X.tolist() == [[0.1, 1], [0.9, 1], [0.2, 2], [1.0, 2]]
    assert Y[:, 0].tolist() == pytest.approx([-(0.5**0.5), 0.5**0.5] * 2)

    tool.add({"x": 0.3}, 4.0)
    tool.add({"x": 0.4}, 2.0)
    X, Y = tool._rows()
    assert X[:3].tolist() == [[0.3, 0], [0.4, 0], [0.1, 1]]
    assert Y[:, 0].tolist() == pytest.approx([-(0.5**0.5), 0.5**0.5] * 3)
