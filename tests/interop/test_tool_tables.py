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


PAGE = "Start Time,Duration,Run ID,Name,Source Type,Source Name,User,Status,lr,opt,loss,acc,note\n"
RUNS = (
    "1710000000000,12.3s,a,one,LOCAL,t.py,me,FINISHED,0.001,adam,0.25,0.9,fine\n"
    "1710000010000,1.2min,b,two,LOCAL,t.py,me,FINISHED,0.01,sgd,0.35,,\n"
    "1710000020000,,c,three,LOCAL,t.py,me,FAILED,0.1,sgd,,,\n"
)


@pytest.mark.parametrize(
    "head", [PAGE, PAGE.replace(" ", "_"), PAGE.replace(" ", "_").lower()], ids=range(3)
)
@pytest.mark.parametrize("kind", ["auto", "mlflow"])
def test_the_table_of_mlflows_page_is_read_without_its_bookkeeping(tmp_path, head, kind):
    (tmp_path / "runs.csv").write_text(head + RUNS)

    old = read_old(tmp_path / "runs.csv", kind, metric="loss")

    assert (old.kind, old.unread) == ("mlflow", ())
    assert [(t.label, t.state, t.point) for t in old.trials] == [
        ("one", "completed", {"lr": 0.001, "opt": "adam"}),
        ("two", "completed", {"lr": 0.01, "opt": "sgd"}),
        ("three", "failed", {"lr": 0.1, "opt": "sgd"}),
    ]
    assert [t.metrics for t in old.trials] == [{"loss": 0.25, "acc": 0.9}, {"loss": 0.35}, {}]
    assert old.notes == (
        "taken as results and no parameters: acc, note",
        "taken as parameters: lr, opt",
    )


def test_what_failed_runs_of_wandb_lack_is_no_parameter_though_the_order_does_not_tell(tmp_path):
    head = "Name,State,Runtime,lr,width,val_loss,epoch,train_loss\n"
    rows = "a,finished,12,0.1,8,0.5,9,0.2\nb,crashed,3,0.2,8,,2,\nc,failed,1,0.3,4,,,\n"
    (tmp_path / "old.csv").write_text(head + rows + "d,finished,9,0.4,4,NaN,9,NaN\n")

    old = read_old(tmp_path / "old.csv", metric="val_loss")

    assert [t.state for t in old.trials] == ["completed", "failed", "failed", "completed"]
    assert old.trials[0].metrics == {"val_loss": 0.5, "epoch": 9.0, "train_loss": 0.2}
    assert [sorted(t.point) for t in old.trials] == [["lr", "width"]] * 4
