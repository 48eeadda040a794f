import pytest

from tuner.report.page.rows import table
from tuner.study import Finished, History, Opened, Started, Suggested


@pytest.fixture
def told(make_records):
    def make(constraints):
        config = {"metric": {"name": "loss", "goal": "minimize"}, "constraints": constraints}
        facts = [Opened(study="s", config=config, config_hash="h")]
        for number, ms in enumerate((10.0, 26.0), 1):
            metrics = {"loss": 1.0, "ms": ms}
            facts += [
                Suggested(trial=number, point={"x": number}, method="sobol"),
                Finished(trial=number, attempt=1, state="completed", metrics=metrics),
            ]
        facts += [Suggested(trial=3, point={"x": 3}, method="sobol"), Started(trial=3, attempt=1)]
        return table(History.replay(make_records(facts)))

    return make


def test_the_table_of_a_report_says_who_keeps_the_constraints_and_who_does_not(told):
    found = told([{"metric": "ms", "op": "<=", "bound": 20.0}])
    columns = {column["name"]: column["values"] for column in found["columns"]}
    assert columns["feasible"] == ["yes", "no", ""]
    assert found["more"][:2] == [[], [["constraints", "ms <= 20 broken: 26, 6 too much"]]]


def test_without_constraints_there_is_no_such_column(told):
    found = told([])
    assert "feasible" not in [column["name"] for column in found["columns"]]
    assert found["more"] == [[], [], []]
