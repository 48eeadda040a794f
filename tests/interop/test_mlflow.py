"""MLflow's runs, of its folder and of its table."""

import math
import shutil

import pytest

from tuner.errors import UsageError
from tuner.interop import read_old

TRIALS = [
    (
        {"lr": 0.001, "layers": 2, "opt": "adamw", "amp": True},
        {"loss": 0.5, "acc": 0.75},
        "completed",
    ),
    ({"lr": 0.01, "layers": 4, "opt": "sgd", "amp": False}, {"loss": 0.25}, "completed"),
    ({"lr": 1.0, "layers": 4, "opt": "sgd", "amp": False}, {}, "failed"),
    ({"lr": 0.1, "layers": 8, "opt": "sgd", "amp": None}, {"loss": 0.75}, "stopped"),
]


def finite(metrics):
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def told(old):
    return [(t.point, finite(t.metrics), t.state) for t in old.trials]


@pytest.fixture
def mlruns(fixtures, tmp_path):
    return shutil.copytree(fixtures / "mlruns", tmp_path / "mlruns")


def experiment(mlruns):
    return next(path for path in mlruns.iterdir() if path.name != "0")


@pytest.mark.parametrize("name", ["mlruns", "", "mlruns/*[1-9]"])
def test_a_folder_of_runs_is_read(fixtures, mlruns, name):
    path = next(mlruns.parent.glob(name)) if name else mlruns.parent

    old = read_old(path, metric="loss", goal="minimize")

    assert (old.kind, old.name, old.metric, old.goal) == ("mlflow", "digits", "loss", "minimize")
    assert told(old) == TRIALS
    assert [trial.label for trial in old.trials] == ["run-1", "run-2", "run-3", "run-4"]
    assert str(old.trials[2].metrics["loss"]) == "nan"
    assert [line.partition(": ")[2] for line in old.unread] == [
        "it has not ended: its state is 'running'"
    ]


def test_the_table_of_runs_gives_the_same_trials(fixtures):
    old = read_old(fixtures / "mlflow.csv")

    assert (old.kind, old.metric) == ("mlflow", None)
    assert told(old) == TRIALS
    assert len(old.unread) == 1


def test_one_of_several_experiments_has_to_be_named(mlruns):
    second = shutil.copytree(experiment(mlruns), mlruns / "7")
    meta = second / "meta.yaml"
    meta.write_text(meta.read_text().replace("name: digits", "name: letters"))

    with pytest.raises(UsageError, match="holds 2 studies"):
        read_old(mlruns)

    assert read_old(mlruns, study="letters").name == "letters"


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("meta.yaml", "!!python/object/apply:os.system ['true']", "is not YAML"),
        ("meta.yaml", "[" * 5000, "is not YAML"),
        ("meta.yaml", "- a list", "says nothing of a run"),
        ("meta.yaml", "status: 99", "its state is '99'"),
        ("meta.yaml", "x" * 200_000, "is larger than"),
        ("metrics/loss", "1", "a metric has the line '1'"),
        ("metrics/loss", "", "a metric is empty"),
        ("metrics/loss", "1 os.system 1", "is no number"),
        ("params/lr", "\udcff", "is not UTF-8 text"),
    ],
)
def test_a_run_that_is_wrong_is_named_and_the_others_read(mlruns, file, text, why):
    run = next(
        path.parent
        for path in experiment(mlruns).glob("*/meta.yaml")
        if "run-2" in path.read_text()
    )
    (run / file).write_bytes(text.encode("utf-8", "surrogateescape"))

    old = read_old(mlruns, metric="loss")

    assert [trial.label for trial in old.trials] == ["run-1", "run-3", "run-4"]
    assert any(why in line and run.name in line for line in old.unread), old.unread


def test_links_out_of_the_folder_are_not_followed(mlruns, tmp_path):
    (tmp_path / "secret").write_text("word")
    run = next(
        path.parent
        for path in experiment(mlruns).glob("*/meta.yaml")
        if "run-1" in path.read_text()
    )
    (run / "params" / "stolen").symlink_to(tmp_path / "secret")

    assert "stolen" not in read_old(mlruns).trials[0].point
