"""Every sink keeps its promises, read back by the library that it is for."""

import pytest
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import metadata

from tuner.sinks import exported, standing_of
from tuner.sinks.base import steps_of
from tuner.sinks.follow import about
from tuner.sinks.make import make_sink
from tuner.sinks.spec import MlflowSpec, TensorboardSpec, WandbSpec, label_of


def read_tensorboard(study):
    """Give (name, params, last loss, number of losses, status) of every session."""
    found = EventMultiplexer().AddRunsFromDirectory(str(study.folder / "sinks/tensorboard"))
    found.Reload()
    rows = {}
    for run in found.Runs():
        data = found.GetAccumulator(run).summary_metadata
        if metadata.SESSION_START_INFO_TAG not in data:
            continue
        content = data[metadata.SESSION_START_INFO_TAG].plugin_data.content
        start = metadata.parse_session_start_info_plugin_data(content)
        ended = data[metadata.SESSION_END_INFO_TAG].plugin_data.content
        end = metadata.parse_session_end_info_plugin_data(ended)
        params = {name: _value(value) for name, value in start.hparams.items()}
        scalars = found.Scalars(run, "loss") if "loss" in found.Runs()[run]["scalars"] else []
        losses = [pytest.approx(s.value, rel=1e-6) for s in scalars]
        rows[int(start.group_name.split()[-1])] = (params, losses, end.status == 1)
    return rows


def _value(value):
    kind = value.WhichOneof("kind")
    return getattr(value, kind)


def read_mlflow(study):
    client = pytest.importorskip("mlflow").MlflowClient(
        f"sqlite:///{study.folder.resolve()}/sinks/mlflow/mlflow.db"
    )
    rows = {}
    for experiment in client.search_experiments():
        for run in client.search_runs([experiment.experiment_id]):
            history = client.get_metric_history(run.info.run_id, "loss")
            losses = [m.value for m in sorted(history, key=lambda m: m.step)]
            params = {**run.data.params, "lr": float(run.data.params["lr"])}
            params["amp"] = params["amp"] == "true"
            trial = int(run.data.tags["tuner.trial"])
            assert trial not in rows
            rows[trial] = (params, losses, run.info.status == "FINISHED")
    return rows


READERS = {
    "tensorboard": (TensorboardSpec(), read_tensorboard),
    "mlflow": (MlflowSpec(), read_mlflow),
}


@pytest.fixture(params=READERS)
def kind(request, monkeypatch):
    """Skip where the library is not there; warnings of theirs are not ours."""
    pytest.importorskip(request.param)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return READERS[request.param]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_trial_is_shown_with_point_metrics_reports_and_state(study, kind):
    spec, read = kind
    study.run(1, 2)
    study.run(3, state="failed", failure="oom", metrics={})

    assert exported(study.folder, spec) == (label_of(spec), 3, 0, "")

    assert read(study) == {
        1: ({"lr": 0.01, "amp": False, "opt": "sgd"}, [1.0, 0.5, 0.1], True),
        2: ({"lr": 0.02, "amp": True, "opt": "null"}, [1.0, 0.5, 0.2], True),
        3: ({"lr": 0.03, "amp": False, "opt": "sgd"}, [1.0, 0.5], False),
    }
    assert exported(study.folder, spec)[1] == 0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_what_is_taken_back_is_shown_no_more_by_another_process_either(study, kind):
    spec, read = kind
    study.run(1, 2)
    exported(study.folder, spec)

    sink = make_sink(spec, study.folder)
    for trial in (1, 7):
        sink.take_back(trial, about(study.book.history, study.folder))
    sink.close()

    assert list(read(study)) == [2]


@pytest.mark.slow
def test_wandb_makes_an_offline_run_a_trial_and_writes_no_secret(study, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.setenv("MY_API_KEY", "hunter2-hunter2")
    study.run(1, 2)
    spec = WandbSpec(project="p")

    assert exported(study.folder, spec)[1:] == (2, 0, "")

    runs = list((study.folder / "sinks/wandb").glob("offline-run-*/*.wandb"))
    assert len(runs) == 2
    files = [path for path in (study.folder / "sinks").rglob("*") if path.is_file()]
    assert not [path for path in files if b"hunter2" in path.read_bytes()]
    sink = make_sink(spec, study.folder)
    sink.take_back(1, about(study.book.history, study.folder))
    assert len(list((study.folder / "sinks/wandb").glob("offline-run-*"))) == 1


def test_steps_that_are_no_growing_whole_numbers_are_counted(study):
    study.begin(1)
    trial = study.trials[1]
    trial.reports = [(step, {"loss": 0.0}) for step in (0.0, 0.5, None, 10.0, 10.0)]

    assert [step for step, _ in steps_of(trial)] == [0, 1, 2, 10, 11]


def test_a_sink_that_was_never_filled_lacks_everything(study):
    study.run(1)

    assert standing_of(study.folder, "mlflow").record(study.book.history)["lacking"] == 1
    assert not (study.folder / "sinks").exists()
