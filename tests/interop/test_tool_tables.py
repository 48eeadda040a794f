"""Tables of W&B and Orion.

`orion.csv` was written by Orion. W&B's table comes from a button in its pages and cannot be had
without an account: `wandb.csv` is written by hand after the header and first rows of exports that
people have published: fixed columns, then config and then summary in alphabetical order.
"""

import pytest

from tuner.errors import UsageError
from tuner.interop import read_old


def test_a_sweep_of_wandb_is_read_with_config_and_summary_told_apart(fixtures):
    old = read_old(fixtures / "wandb.csv", metric="val_loss", goal="minimize")

    assert (old.kind, old.name, old.metric, old.goal) == ("wandb", "wandb", "val_loss", "minimize")
    first, crashed, diverged, killed = old.trials
    assert first.label == "glad-sweep-3"
    assert first.point == {
        "batch_size": 64,
        "data_dir": "./data",
        "lr": 0.001,
        "model.layers": 4,
        "optimizer": "adamw",
    }
    assert first.metrics == {
        "acc": 0.91,
        "epoch": 10.0,
        "train/loss": 0.0003218649947885,
        "val_loss": 0.25,
    }
    assert (crashed.state, crashed.metrics) == ("failed", {})
    assert (diverged.state, str(diverged.metrics["val_loss"])) == ("completed", "nan")
    assert (killed.state, killed.point["lr"], killed.metrics["val_loss"]) == ("stopped", 1e-05, 0.5)
    assert old.unread == ("line 5: it has not ended: its state is 'running'",)
    assert old.notes == ("taken as parameters: batch_size, data_dir, lr, model.layers, optimizer",)


def test_without_the_metric_a_sweep_is_read_all_the_same(fixtures):
    assert read_old(fixtures / "wandb.csv").metric is None


def test_where_the_order_does_not_tell_the_metric_does(tmp_path):
    file = tmp_path / "old.csv"
    file.write_text('"Name","State","Runtime","batch","loss"\n"a","finished","3","32","0.5"\n')

    old = read_old(file, metric="loss")

    assert (old.trials[0].point, old.trials[0].metrics) == ({"batch": 32}, {"loss": 0.5})


def test_dictionaries_in_cells_are_refused_with_what_to_write_instead(tmp_path):
    file = tmp_path / "project.csv"
    file.write_text(",summary,config,name\n0,{'loss': 0.5},{'lr': 0.1},a\n")

    with pytest.raises(UsageError, match="holds dictionaries in its cells") as caught:
        read_old(file)

    assert "json_normalize" in caught.value.hint


def test_the_table_of_orion_is_read(fixtures):
    old = read_old(fixtures / "orion.csv", goal="minimize")

    assert (old.kind, old.metric, old.goal) == ("orion", "objective", "minimize")
    assert [(t.point, t.metrics, t.state) for t in old.trials] == [
        ({"layers": 2, "lr": 0.001, "opt": "adamw"}, {"objective": 0.5}, "completed"),
        ({"layers": 4, "lr": 0.01, "opt": "sgd"}, {"objective": 0.25}, "completed"),
        ({"layers": 6, "lr": 0.1, "opt": "sgd"}, {}, "failed"),
    ]
    assert old.trials[0].label == "1675fdae4f6818e7580c45036cef2bef"
    assert old.unread == ("line 5: it has not ended: its state is 'reserved'",)
