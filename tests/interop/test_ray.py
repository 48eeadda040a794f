"""Result folders of Ray Tune."""

import json
import shutil

import pytest

from tuner.errors import UsageError
from tuner.interop import read_old

MODEL = {"model.layers": 2, "model.kind": "wide", "sizes": "[64, 64]"}


@pytest.fixture
def results(fixtures, tmp_path):
    return shutil.copytree(fixtures / "ray", tmp_path / "ray")


def trial_folder(results, number):
    return next(results.glob(f"train_*_0000{number}_*"))


def test_a_folder_of_trials_is_read(results):
    old = read_old(results, metric="loss", goal="minimize")

    assert (old.kind, old.name, old.metric, old.goal) == ("ray", "ray", "loss", "minimize")
    assert [(t.point, t.metrics, t.state) for t in old.trials] == [
        ({"lr": 0.01, **MODEL}, {"loss": 1 / 3 + 0.01, "acc": 6.0}, "completed"),
        ({"lr": 0.1, **MODEL}, {"loss": 1 / 3 + 0.1, "acc": 6.0}, "completed"),
        ({"lr": 0.9, **MODEL}, {}, "failed"),
    ]
    assert [trial.label[-5:] for trial in old.trials] == ["00000", "00001", "00002"]
    assert old.unread == ()


def test_its_state_file_names_the_folder(results):
    (state,) = results.glob("experiment_state-*.json")

    assert len(read_old(state).trials) == 3


def test_its_table_gives_the_trials_that_reported(fixtures):
    old = read_old(fixtures / "ray.csv")

    assert old.kind == "ray"
    assert [(t.point["lr"], t.metrics) for t in old.trials] == [
        (0.01, {"loss": 1 / 3 + 0.01, "acc": 6.0}),
        (0.1, {"loss": 1 / 3 + 0.1, "acc": 6.0}),
    ]


def test_a_trial_with_fewer_reports_was_stopped_by_the_scheduler(results):
    file = trial_folder(results, 1) / "result.json"
    file.write_text("\n".join(file.read_text().splitlines()[:2]) + "\n")

    old = read_old(results, metric="loss")

    assert [t.state for t in old.trials] == ["completed", "stopped", "failed"]
    assert old.trials[1].metrics["loss"] == 0.6
    assert old.notes == ("1 trials with fewer than 3 reports are taken as stopped early",)


def test_without_json_the_table_of_reports_tells(results):
    (trial_folder(results, 0) / "result.json").unlink()
    table = "loss,eval/acc,training_iteration,trial_id,config/lr\n0.9,1,1,t,0.01\n0.5,2,3,t,0.01\n"
    (trial_folder(results, 0) / "progress.csv").write_text(table)

    first = read_old(results, metric="loss").trials[0]

    assert (first.metrics, first.state) == ({"loss": 0.5, "eval.acc": 2.0}, "completed")


@pytest.mark.parametrize("text", ["{", "[]", '{"trial_data": [["{", "{}"]]}', '{"trial_data": 3}'])
def test_without_a_sound_state_file_the_results_tell(results, text):
    (state,) = results.glob("experiment_state-*.json")
    state.write_text(text)

    old = read_old(results)

    assert [trial.state for trial in old.trials] == ["completed", "completed", "failed"]
    assert "how trials ended cannot be read" in old.unread[0]


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("params.json", "[" * 100_000, "nested too deeply"),
        ("params.json", "[1]", "params.json holds no mapping"),
        ("params.json", '{"lr": NaN}', "a value lr is nan"),
        ("params.json", '{"lr": "' + "x" * 5000 + '"}', "more than 2000 characters"),
        ("params.json", '{"lr": "\\u0000"}', "a value lr is a text with characters that are none"),
        ("params.json", '{"lr": "\\ud800"}', "a value lr is a text with characters that are none"),
        ("params.json", '{"lr": ' + "9" * 5000 + "}", "is not JSON"),
        ("result.json", '{"loss": 1}\n{"loss"\n{"loss": 2}\n', "result.json line 2 is not JSON"),
        ("params.json", "\x80\x04", "is not JSON"),
    ],
)
def test_a_trial_that_is_wrong_is_named_and_the_others_read(results, file, text, why):
    folder = trial_folder(results, 0)
    (folder / file).write_text(text)

    old = read_old(results, metric="loss")

    assert [trial.label[-5:] for trial in old.trials] == ["00001", "00002"]
    assert why in old.unread[0]
    assert old.unread[0].startswith(folder.name)


def test_a_report_that_is_being_written_is_left_out(results):
    file = trial_folder(results, 0) / "result.json"
    with file.open("a") as stream:
        stream.write('{"loss": 0.2')

    assert read_old(results).trials[0].metrics["loss"] == pytest.approx(1 / 3 + 0.01)


def test_what_is_nested_without_end_is_a_text(results):
    deep = {"lr": 0.5}
    for _ in range(50):
        deep = {"a": deep}
    (trial_folder(results, 0) / "params.json").write_text(json.dumps(deep))

    ((name, value),) = read_old(results).trials[0].point.items()

    assert name.count(".") < 25
    assert "0.5" in value


def test_a_folder_without_trials_is_refused_in_a_line(tmp_path):
    (tmp_path / "experiment_state-x.json").write_text("{}")

    with pytest.raises(UsageError, match="holds no trial of Ray Tune"):
        read_old(tmp_path)


def test_without_a_state_file_a_trial_that_left_an_error_has_failed(results):
    (state,) = results.glob("experiment_state-*.json")
    (trial_folder(results, 1) / "error.txt").write_text("Traceback")

    assert read_old(results).trials[1].state == "completed"  # the state file knows
    state.unlink()
    assert read_old(results).trials[1].state == "failed"
