"""Files of other tools as older studies: which study of a file, and what its columns mean."""

from pathlib import Path

import pytest

from tuner import Study
from tuner.assemble.memories import Wanted
from tuner.errors import UsageError

STORE = Path(__file__).parents[1] / "interop" / "fixtures" / "optuna_two.db"
TABLE = (
    "Name,How,Learning,Error,SE,Remark\na,done,0.5,3,0.1,7\nb,done,0.25,2,0.2,8\nc,failed,0.1,,,9\n"
)


@pytest.fixture
def study():
    parameters = {"lr": {"type": "float", "min": 0, "max": 1}}
    with Study.create(parameters=parameters, metric={"name": "loss"}, path=None) as made:
        yield made


def test_one_of_the_studies_of_a_file_is_named(study):
    with pytest.raises(UsageError, match="holds 2 studies") as caught:
        study.warm_start(STORE)

    memory = study.warm_start(STORE, study="two", metric="loss", rename={"x": "lr"})

    assert caught.value.hint == "name one by `study`: two, empty"
    assert (memory.memory, memory.gains, memory.asked["study"]) == ("two", (-0.5,), "two")


def test_a_table_of_anybody_is_learnt_from_once_its_columns_are_told(study, tmp_path):
    (tmp_path / "old.csv").write_text(TABLE)
    columns = {
        "parameters": {"lr": "Learning"},
        "metrics": {"loss": "Error"},
        "noise": {"loss": "SE"},
        "state": "How",
        "label": "Name",
    }

    memory = study.warm_start(tmp_path / "old.csv", columns=columns)

    assert [dict(point) for point in memory.points] == [{"lr": 0.5}, {"lr": 0.25}, {"lr": 0.1}]
    assert memory.gains[:2] == (-3, -2)
    assert memory.parameters == {
        "lr": "as it is",
        "error of loss": "known of 2 of 3 trials",
        "metric loss": "minimize",
    }
    assert memory.errors[:2] == (0.1, 0.2)
    assert memory.notes == ()
    assert study.warm_start(tmp_path / "old.csv", columns=columns) is memory


def test_a_column_that_is_not_there_is_said(study, tmp_path):
    (tmp_path / "old.csv").write_text(TABLE)
    columns = {"parameters": {"lr": "Lerning"}, "metrics": {"loss": "Error"}}

    with pytest.raises(UsageError, match="no column 'Lerning'; did you mean 'Learning'"):
        study.warm_start(tmp_path / "old.csv", columns=columns)


def test_a_metric_that_nothing_tells_is_asked_for_as_one_writes_it(study, tmp_path):
    (tmp_path / "old.csv").write_text("lr,foo,bar\n0.5,1,2\n")

    with pytest.raises(UsageError, match="which column is the metric") as caught:
        study.warm_start(tmp_path / "old.csv")

    assert f"--warm-start '{{ledger: {tmp_path}/old.csv, metric: NAME}}'" in caught.value.hint
    assert caught.value.hint.endswith("there are lr, foo, bar")


def test_what_was_decided_without_being_said_is_kept(study, tmp_path):
    (tmp_path / "old.csv").write_text("lr,loss\n0.5,1\n0.25,2\n")

    memory = study.warm_start(tmp_path / "old.csv")

    (note,) = memory.notes
    assert "lr" in note


def test_while_one_is_read_others_write_and_what_they_learnt_is_not_learnt_twice(
    tmp_path, monkeypatch
):
    (tmp_path / "old.csv").write_text("lr,loss\n0.5,1\n0.25,2\n")
    folder = tmp_path / "new"
    parameters = {"lr": {"type": "float", "min": 0, "max": 1}}
    node = {"parameters": parameters, "metric": {"name": "loss"}, "path": folder}
    real, reads = Wanted.facts, []

    def slow(*args, **more):
        reads.append(1)
        if len(reads) == 1:
            with Study.create(**node) as other:
                other.add({"lr": 0.75}, 0.5)
                other.warm_start(tmp_path / "old.csv")
        return real(*args, **more)

    with Study.create(**node) as study:
        monkeypatch.setattr(Wanted, "facts", slow)
        memory = study.warm_start(tmp_path / "old.csv")
        assert [trial.params["lr"] for trial in study.trials][:1] == [0.75]

    lines = (folder / "ledger.jsonl").read_text().splitlines()
    assert len(memory.points) == 2
    assert sum('"fact":"remembered"' in line for line in lines) == 1
