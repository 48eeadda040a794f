"""Optuna's stores, read without Optuna."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from tuner.errors import UsageError
from tuner.interop import read_old
from tuner.interop.optuna_space import distribution_of

SPACE = {
    "lr": {"type": "float", "min": 1e-05, "max": 0.1, "log": True},
    "layers": {"type": "int", "min": 2, "max": 12},
    "opt": {"values": ["sgd", "adamw"]},
    "momentum": {"type": "float", "min": 0.5, "max": 0.99},
    "dropout": {"type": "float", "min": 0.0, "max": 0.5, "step": 0.25},
    "amp": {"values": [True, None, 16]},
}
REST = {"dropout": 0.25, "amp": True}
SGD = {"opt": "sgd", **REST}
ADAMW = {"opt": "adamw", **REST}
TRIALS = [
    ("0", {"lr": 0.001, "layers": 2, **ADAMW}, {"value": 2.1}, "completed"),
    ("1", {"lr": 0.01, "layers": 4, "momentum": 0.9, **SGD}, {"value": 5.9}, "completed"),
    ("2", {"lr": 0.1, "layers": 6, "momentum": 0.5, **SGD}, {"value": 0.375}, "stopped"),
    ("3", {"lr": 0.02, "layers": 8, **ADAMW}, {}, "failed"),
    ("4", {"lr": 0.05, "layers": 3, **ADAMW}, {}, "failed"),
]
ENDLESS_VIEW = """
ALTER TABLE trials RENAME TO t;
CREATE VIEW trials AS WITH RECURSIVE n(trial_id, number, study_id, state) AS (
  SELECT 1, 1, 1, 'COMPLETE' UNION ALL SELECT * FROM n
) SELECT * FROM n
"""


def told(old):
    return [(t.label, t.point, t.metrics, t.state) for t in old.trials]


@pytest.mark.parametrize("name", ["optuna.db", "optuna.log"])
def test_both_stores_give_the_study_that_optuna_kept(fixtures, name):
    old = read_old(fixtures / name)

    assert (old.kind, old.name, old.metric, old.goal) == ("optuna", "digits", "value", "maximize")
    assert old.parameters == SPACE
    assert told(old) == TRIALS
    assert [type(trial.point["layers"]) for trial in old.trials] == [int] * 5
    assert old.unread == ("trial 5: it has not ended: its state is 'RUNNING'",)


def test_its_table_gives_the_same_trials_without_the_space(fixtures):
    old = read_old(fixtures / "optuna.csv")

    assert (old.kind, old.metric, old.goal, old.parameters) == ("optuna", "value", None, {})
    assert told(old) == TRIALS
    assert [type(trial.point["layers"]) for trial in old.trials] == [int] * 5


def test_one_of_several_studies_has_to_be_named(fixtures):
    file = fixtures / "optuna_two.db"

    with pytest.raises(UsageError, match="holds 2 studies") as caught:
        read_old(file)
    with pytest.raises(UsageError, match="no study 'tow'; did you mean 'two'"):
        read_old(file, study="tow")

    assert caught.value.hint == "name one by `study`: two, empty"
    assert read_old(file, study="empty").trials == ()


def test_of_several_objectives_one_has_to_be_named(fixtures):
    file = fixtures / "optuna_two.db"

    both = read_old(file, study="two")
    one = read_old(file, study="two", metric="accuracy")

    assert (both.metric, both.goal) == (None, None)
    assert both.trials[0].metrics == {"loss": 0.5, "accuracy": 0.75}
    assert (one.metric, one.goal) == ("accuracy", "maximize")


@pytest.mark.parametrize(
    ("distribution", "node"),
    [
        (("UniformDistribution", {"low": 0, "high": 1}), {"type": "float", "min": 0.0, "max": 1.0}),
        (
            ("LogUniformDistribution", {"low": 1e-3, "high": 1}),
            {"type": "float", "min": 1e-3, "max": 1.0, "log": True},
        ),
        (
            ("DiscreteUniformDistribution", {"low": 0, "high": 1, "q": 0.5}),
            {"type": "float", "min": 0.0, "max": 1.0, "step": 0.5},
        ),
        (
            ("IntUniformDistribution", {"low": 1, "high": 9, "step": 2}),
            {"type": "int", "min": 1, "max": 9, "step": 2},
        ),
        (
            ("IntLogUniformDistribution", {"low": 1, "high": 9, "step": 1}),
            {"type": "int", "min": 1, "max": 9, "log": True},
        ),
        (("FloatDistribution", {"low": 2, "high": 2}), {"value": 2.0}),
        (("IntDistribution", {"low": 2, "high": 2}), {"value": 2}),
    ],
)
def test_distributions_of_every_version_are_known(distribution, node):
    name, attributes = distribution

    assert distribution_of(json.dumps({"name": name, "attributes": attributes})).node == node


def test_a_range_that_differed_from_trial_to_trial_is_joined(fixtures, tmp_path):
    lines = (fixtures / "optuna.log").read_text().splitlines()
    wider = [line.replace('\\"high\\": 12', '\\"high\\": 20') for line in lines[-20:]]
    (tmp_path / "old.log").write_text("\n".join([*lines[:-20], *wider]) + "\n")

    assert read_old(tmp_path / "old.log").parameters["layers"] == {**SPACE["layers"], "max": 20}


@pytest.mark.parametrize(
    "line",
    [
        '{"op_code": 5}',
        '{"op_code": 6, "trial_id": 10000, "state": 1, "values": [1]}',
        '{"op_code": 6, "trial_id": -1, "state": 1, "values": [1]}',
        '{"op_code": 0, "study_name": "x", "directions": [9]}',
        '{"op_code": []}',
        "[1, 2]",
        '{"op_code": 4, "study_id": 0, "params": {"x": 1}}',
        '{"op_code": 0, "study_name": "x", "directions": [Infinity]}',
        f'{{"op_code": 7, "trial_id": 5, "step": 1{"0" * 400}, "intermediate_value": 1}}',
        "{" * 10_000,
        "\\x80\\x04",
    ],
)
def test_a_line_of_a_journal_that_is_wrong_is_named_and_the_others_read(fixtures, tmp_path, line):
    lines = (fixtures / "optuna.log").read_text().splitlines()
    (tmp_path / "old.log").write_text("\n".join([*lines[:9], line, *lines[9:]]) + "\n")

    old = read_old(tmp_path / "old.log")

    assert told(old) == TRIALS
    assert old.unread[0].startswith("line 10: ")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE version_info SET schema_version = 11", "its schema is 11, 12 is read"),
        ("DROP TABLE trial_values", "has no table trial_values"),
        ("ALTER TABLE trial_values DROP COLUMN value_type", "no such column: value_type"),
        (
            ENDLESS_VIEW,
            "has no table trials",
        ),
    ],
)
def test_a_database_of_another_make_is_refused_in_a_line(fixtures, tmp_path, statement, why):
    file = tmp_path / "old.db"
    shutil.copy(fixtures / "optuna.db", file)
    database = sqlite3.connect(file)
    database.executescript(statement)
    database.close()

    with pytest.raises(UsageError, match=why):
        read_old(file)


@pytest.mark.parametrize(
    ("statement", "unread"),
    [
        ("UPDATE trial_params SET param_value = 7 WHERE param_name = 'opt'", "no choice number 7"),
        ("UPDATE trial_params SET distribution_json = '[]'", "a distribution that is none"),
        ("UPDATE trial_params SET distribution_json = '{'", "lr "),
        ("UPDATE trials SET state = 'os.system'", "it has not ended: its state is 'os.system'"),
        ("UPDATE trial_values SET objective = 99", "an objective the study does not have"),
        ("UPDATE trial_values SET value = 'x', value_type = 1", "is no number"),
        ("UPDATE trial_params SET param_value = 9e999 WHERE param_name = 'layers'", "64 bits"),
        (
            "UPDATE OR REPLACE trial_intermediate_values SET step = 'x'",
            "the step of a report is no number",
        ),
        ("UPDATE trials SET state = CAST(x'ff' AS TEXT)", "it has not ended: its state is"),
    ],
)
def test_trials_that_are_wrong_are_named(fixtures, tmp_path, statement, unread):
    file = tmp_path / "old.db"
    shutil.copy(fixtures / "optuna.db", file)
    database = sqlite3.connect(file)
    database.execute(statement)
    database.commit()
    database.close()

    old = read_old(file)

    assert len(old.trials) + len(old.unread) == 6
    assert any(unread in line for line in old.unread)


ROW = {"op_code": 5, "worker_id": "w", "trial_id": 0, "param_name": "x"}


@pytest.mark.parametrize(
    ("value", "step", "said"),
    [
        (float("inf"), 1, "x is no whole number of 64 bits"),
        (1e300, 1, "x is no whole number of 64 bits"),
        (1, float("inf"), "x is no whole number of 64 bits"),
        (1, 10**400, "x is no number that a double can hold"),
    ],
)
def test_a_number_without_end_in_a_journal_leaves_its_trial_out(tmp_path, value, step, said):
    attributes = {"log": False, "step": step, "low": 0, "high": 9}
    text = json.dumps({"name": "IntDistribution", "attributes": attributes})
    operations = [
        {"op_code": 0, "study_name": "s", "directions": [1]},
        {"op_code": 4, "study_id": 0},
        {**ROW, "param_value_internal": value, "distribution": text},
        {"op_code": 6, "trial_id": 0, "state": 1, "values": [0.5]},
    ]
    (tmp_path / "old.log").write_text("".join(json.dumps(each) + "\n" for each in operations))

    old = read_old(tmp_path / "old.log")

    assert (old.trials, old.unread) == ((), (f"trial 0: {said}",))


def test_a_torn_database_is_refused_in_a_line(fixtures, tmp_path):
    (tmp_path / "old.db").write_bytes((fixtures / "optuna.db").read_bytes()[:20_000])

    with pytest.raises(UsageError, match="cannot be read as a store of Optuna"):
        read_old(tmp_path / "old.db")


def test_reading_leaves_a_database_as_it_was(fixtures, tmp_path):
    shutil.copy(fixtures / "optuna.db", tmp_path / "old.db")

    read_old(tmp_path / "old.db")

    assert [file.name for file in tmp_path.iterdir()] == ["old.db"]
    assert (tmp_path / "old.db").read_bytes() == (fixtures / "optuna.db").read_bytes()


CONSTRAINED = {0: "[0.5]", 1: "[-0.25, 0.0]", 2: "null"}


def test_what_the_constraints_of_a_store_came_to_is_measured_and_bounded(fixtures, tmp_path):
    shutil.copy(fixtures / "optuna.db", tmp_path / "old.db")
    with closing(sqlite3.connect(tmp_path / "old.db")) as database, database:
        numbers = dict(database.execute("SELECT number, trial_id FROM trials"))
        database.executemany(
            "INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (?, 'constraints', ?)",
            [(numbers[number], text) for number, text in CONSTRAINED.items()],
        )

    check_constrained(read_old(tmp_path / "old.db"))


def test_what_the_constraints_of_a_journal_came_to_is_measured_and_bounded(fixtures, tmp_path):
    lines = []
    for line in (fixtures / "optuna.log").read_text().splitlines():
        log = json.loads(line)
        if log["op_code"] == 6 and log["trial_id"] in CONSTRAINED and log["state"] != 0:
            came = {"constraints": json.loads(CONSTRAINED[log["trial_id"]])}
            attribute = {**log, "op_code": 9, "system_attr": came}
            lines.append(json.dumps(attribute))
        lines.append(line)
    (tmp_path / "old.log").write_text("\n".join(lines) + "\n")

    check_constrained(read_old(tmp_path / "old.log"))


def test_what_the_constraints_of_its_table_came_to_is_measured_and_bounded(fixtures, tmp_path):
    head, *rows = (fixtures / "optuna.csv").read_text().splitlines()
    cells = [f'"{CONSTRAINED.get(n, "").removeprefix("null")}"' for n in range(len(rows))]
    table = [f"{row},{cell}" for row, cell in zip(rows, cells, strict=True)]
    (tmp_path / "old.csv").write_text("\n".join([f"{head},system_attrs_constraints", *table]))

    check_constrained(read_old(tmp_path / "old.csv"))


def check_constrained(old):
    assert [str(bound) for bound in old.constraints] == ["constraint_0 <= 0", "constraint_1 <= 0"]
    assert old.trials[0].metrics == {"value": 2.1, "constraint_0": 0.5}
    assert old.trials[1].metrics == {"value": 5.9, "constraint_0": -0.25, "constraint_1": 0.0}
    assert old.trials[2].metrics == {"value": 0.375}
    assert (old.metric, set(old.names)) == ("value", set(SPACE))


def test_constraints_with_names_of_optuna_5_keep_them(fixtures, tmp_path):
    head, first, *rows = (fixtures / "optuna.csv").read_text().splitlines()
    table = [f"{head},system_attrs_constraints:ms", f"{first},1.5", *(f"{row}," for row in rows)]
    (tmp_path / "old.csv").write_text("\n".join(table))
    log = [json.loads(line) for line in (fixtures / "optuna.log").read_text().splitlines()]
    place = next(n for n, each in enumerate(log) if each["op_code"] == 6 and each["state"] == 1)
    log.insert(place, {**log[place], "op_code": 9, "system_attr": {"constraints:ms": 1.5}})
    (tmp_path / "old.log").write_text("\n".join(map(json.dumps, log)))

    for name in ("old.csv", "old.log"):
        old = read_old(tmp_path / name)
        assert [str(bound) for bound in old.constraints] == ["constraint_ms <= 0"]
        assert old.trials[0].metrics == {"value": 2.1, "constraint_ms": 1.5}


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("constraints", "[0.5", "trial 0: what its constraints came to is not JSON"),
        ("constraints:ms", '"much"', "trial 0: constraint_ms is no number"),
    ],
)
def test_a_trial_whose_constraints_cannot_be_read_is_named(fixtures, tmp_path, key, text, said):
    shutil.copy(fixtures / "optuna.db", tmp_path / "old.db")
    with closing(sqlite3.connect(tmp_path / "old.db")) as database, database:
        ((number,),) = database.execute("SELECT trial_id FROM trials WHERE number = 0")
        row = (number, key, text)
        database.execute(
            "INSERT INTO trial_system_attributes (trial_id, key, value_json) VALUES (?, ?, ?)", row
        )

    assert said in read_old(tmp_path / "old.db").unread
