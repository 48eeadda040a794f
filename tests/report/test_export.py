import csv
import io
import json
import math

import pandas as pd
import pytest

from tuner.errors import UsageError
from tuner.report.export import record, to_csv, to_json, to_lines
from tuner.report.frame import to_frame, write_parquet
from tuner.report.summary import one_row, summary
from tuner.study import Finished, History, Opened, Suggested


@pytest.fixture
def odd(make_records):
    """A study with everything that is awkward to write down."""
    config = {"metric": {"name": "id", "goal": "minimize"}}
    point = {"id": "=1+1", "state": None, "mixed": 1, "amp": True}
    facts = [
        Opened(study="odd", config=config, config_hash="x"),
        Suggested(trial=1, point=point, method="sobol"),
        Finished(trial=1, attempt=1, state="completed", metrics={"id": math.nan, "b": math.inf}),
        Suggested(trial=2, point={"mixed": 'a\n"b",c', "amp": False}, method="sobol"),
    ]
    return History.replay(make_records(facts))


def test_json_is_strict_and_says_nan_in_words(odd):
    rows = json.loads(
        to_json([record(trial) for trial in odd.trials.values()]),
        parse_constant=lambda word: pytest.fail(f"not JSON: {word}"),
    )
    assert rows[0]["metrics"] == {"id": "nan", "b": "inf"}
    assert rows[0]["params"] == {"id": "=1+1", "state": None, "mixed": 1, "amp": True}
    assert rows[1]["state"] == "suggested"


def test_json_lines_hold_one_trial_each(history):
    lines = to_lines(history.trials.values()).splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(history.trials)


def test_a_table_of_rows_keeps_every_digit_and_starts_no_formula():
    rows = [{"a": 0.1 + 0.2, "b": "=1+1", "c": None}, {"a": -1, "d": True}]
    read = list(csv.reader(io.StringIO(to_csv(["a", "b", "c", "d"], rows))))
    assert read == [
        ["a", "b", "c", "d"],
        ["0.30000000000000004", "'=1+1", "", ""],
        ["-1", "", "", "true"],
    ]


def test_the_frame_has_a_dtype_for_every_column(history):
    frame = to_frame(history)
    assert frame.index.tolist() == list(history.trials)
    assert frame["params.lr"].dtype == "Float64"
    assert frame["params.layers"].dtype == "Int64"
    assert frame["params.optimizer"].dtype == "string"
    assert frame["metrics.val_acc"].dtype == "float64"
    assert frame["metrics.val_acc"].isna().sum() == 5
    assert frame["params.momentum"].isna().any()
    assert frame["started_at"].dt.tz is not None
    assert frame["state"].value_counts()["completed"] == 18


def test_the_frame_of_an_odd_study_and_of_an_empty_one(odd):
    frame = to_frame(odd)
    assert frame["params.mixed"].tolist() == [1, 'a\n"b",c']
    assert frame["params.amp"].dtype == "boolean"
    assert math.isinf(frame["metrics.b"][1])
    assert to_frame(History()).empty


def test_the_frame_says_who_keeps_the_constraints_where_there_are_any(make_records, history):
    limits = [{"metric": "loss", "op": "<=", "bound": 0.5}]
    config = {"metric": {"name": "loss", "goal": "minimize"}, "constraints": limits}
    facts = [Opened(study="s", config=config, config_hash="x")]
    for number, loss in enumerate((0.1, 0.9), 1):
        facts += [
            Suggested(trial=number, point={"x": 1.0}, method="sobol"),
            Finished(trial=number, attempt=1, state="completed", metrics={"loss": loss}),
        ]
    facts.append(Suggested(trial=3, point={"x": 1.0}, method="sobol"))
    frame = to_frame(History.replay(make_records(facts)))
    assert frame["feasible"].dtype == "boolean"
    assert frame["feasible"].tolist() == [True, False, pd.NA]
    assert "feasible" not in to_frame(history).columns


def test_parquet_reads_back_as_the_same_frame(history, tmp_path):
    write_parquet(history, tmp_path / "trials.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "trials.parquet"), to_frame(history))


def test_parquet_without_pyarrow_says_what_to_install(history, tmp_path, monkeypatch):
    def missing(*_args, **_options):
        raise ImportError("no engine")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", missing)
    with pytest.raises(UsageError, match="pyarrow") as told:
        write_parquet(history, tmp_path / "trials.parquet")
    assert "pip install" in told.value.hint


def test_the_summary_of_a_study_is_strict_json_and_one_row(history):
    found = summary(
        history, name="digits", folder="runs/digits", state="idle", detail="", workers=[], damage=[]
    )
    json.dumps(found, allow_nan=False)
    row = one_row(found)
    assert row["trials.completed"] == 18
    assert (row["trials.done"], row["trials.total"]) == (20, 60)
    assert row["best.value"] == pytest.approx(0.952334, abs=1e-6)
    assert row["best.params.lr"] == history.trials[row["best.id"]].params["lr"]
