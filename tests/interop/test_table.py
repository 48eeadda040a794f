"""Tables of trials: what their columns mean, with and without being told."""

import pytest

from tuner.errors import UsageError
from tuner.interop import Columns, read_old
from tuner.interop.dialects import BARE, MLFLOW, OPTUNA, ORION, PREFIXED, RAY, WANDB, dialect_of


@pytest.fixture
def table(tmp_path):
    def write(text, name="old.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_prefixes_say_what_is_what(table):
    path = table(
        "params.lr,params.layers,params.opt,params.amp,metrics.loss,noise.loss,state,other\n"
        "1e-3,2,adam,True,0.5,0.01,completed,x\n"
        "0.1,4,sgd,False,nan,,failed,y\n"
        ".5,6,,,0.25,,pruned,z\n"
        "0.2,8,sgd,True,,,running,z\n"
    )

    old = read_old(path)

    assert (old.name, old.kind, old.metric, old.goal, old.notes) == ("old", "csv", "loss", None, ())
    first, second, third = old.trials
    assert first.point == {"lr": 0.001, "layers": 2, "opt": "adam", "amp": True}
    assert (first.metrics, first.noise, first.state) == ({"loss": 0.5}, {"loss": 0.01}, "completed")
    assert second.state == "failed"
    assert str(second.metrics["loss"]) == "nan"
    assert (third.point, third.state) == ({"lr": 0.5, "layers": 6}, "stopped")
    assert old.unread == ("line 5: it has not ended: its state is 'running'",)


def test_without_prefixes_all_but_the_metric_are_parameters_and_that_is_said(table):
    old = read_old(table("id,lr,opt,err\n7,0.1,sgd,0.5\n8,0.2,adam,\n"), metric="err")

    assert [(t.label, t.point, t.metrics) for t in old.trials] == [
        ("7", {"lr": 0.1, "opt": "sgd"}, {"err": 0.5})
    ]
    assert old.notes == ("taken as parameters: lr, opt",)
    assert old.unread == ("line 3: it has no metric",)
    assert old.metric == "err"


def test_a_column_with_a_usual_name_is_the_metric(table):
    assert read_old(table("lr,Loss\n0.1,2\n")).metric == "Loss"


def test_a_table_that_does_not_tell_its_metric_asks_for_it(table):
    with pytest.raises(UsageError, match="which column is the metric") as caught:
        read_old(table("a,b,c\n1,2,3\n"))

    assert caught.value.hint == "name it: there are a, b, c"


def test_a_mapping_says_what_columns_mean(table):
    path = table(
        "Learning Rate;Net;Error;SD;How;No\n0,1;wide;0.5;0.1;DONE;t1\n0.2;deep;0.25;;BROKEN;t2\n"
    )
    columns = Columns(
        parameters={"lr": "Learning Rate", "net": "Net"},
        metrics={"err": "Error"},
        noise={"err": "SD"},
        state="How",
        label="No",
    )

    first, second = read_old(path, columns=columns, goal="minimize").trials

    assert (first.label, first.point) == ("t1", {"lr": "0,1", "net": "wide"})
    assert (first.metrics, first.noise, first.state) == ({"err": 0.5}, {"err": 0.1}, "completed")
    assert (second.metrics, second.noise, second.state) == ({"err": 0.25}, {}, "failed")


def test_a_column_that_is_not_there_is_named(table):
    columns = Columns(parameters={"lr": "Lerning"}, metrics={"err": "Error"})

    with pytest.raises(UsageError, match="no column 'Lerning'; did you mean 'Learning'"):
        read_old(table("Learning,Error\n1,2\n"), columns=columns)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a,a,loss\n1,2,3\n", "names the column 'a' twice"),
        (b"a,loss\n\xff\xfe,1\n", "is not UTF-8 text"),
        ("", "is no study of a kind that is known"),
        ("just words\n", "is no study of a kind that is known"),
        ("a,loss\n" + '"' + "x" * 200_000 + '",1\n', "is no line of a table"),
    ],
)
def test_what_is_no_table_is_refused_in_a_line(table, text, why):
    with pytest.raises(UsageError, match=why) as caught:
        read_old(table(text))

    assert "\n" not in str(caught.value)


def test_lines_that_are_no_rows_are_named_and_the_others_read(table):
    old = read_old(table("a,loss\n1\n2,x\n3,0.5\n4,0.5,6\n\n5,0.75\n"))

    assert [trial.point for trial in old.trials] == [{"a": 3}, {"a": 5}]
    assert old.unread == (
        "line 2: it has 1 cells where the header has 2",
        "line 3: loss is no number: 'x'",
        "line 5: it has 3 cells where the header has 2",
    )


def test_formulas_and_code_are_texts(table):
    old = read_old(table("a,loss\n=cmd|'/c calc'!A1,1\n__import__('os'),2\n" + "9" * 500 + ",3\n"))

    assert [trial.point["a"] for trial in old.trials] == [
        "=cmd|'/c calc'!A1",
        "__import__('os')",
        "9" * 500,
    ]


def test_texts_that_no_command_could_get_are_refused(table):
    old = read_old(table("a,loss\n" + "x" * 5000 + ",1\nc,3\n"))

    assert [trial.point for trial in old.trials] == [{"a": "c"}]
    assert old.unread == ("line 2: a is a text of more than 2000 characters",)


@pytest.mark.parametrize(
    ("columns", "dialect"),
    [
        (["number", "value", "datetime_start", "params_x", "state"], OPTUNA),
        (["loss", "trial_id", "training_iteration", "config/lr"], RAY),
        (["run_id", "status", "metrics.a", "params.b"], MLFLOW),
        (["Name", "State", "Runtime", "lr", "loss"], WANDB),
        (["id", "experiment_id", "status", "objective", "x"], ORION),
        (["params.x", "loss"], PREFIXED),
        (["x", "loss"], BARE),
    ],
    ids=["optuna", "ray", "mlflow", "wandb", "orion", "prefixed", "bare"],
)
def test_tables_of_tools_are_told_by_their_columns(columns, dialect):
    assert dialect_of(columns) is dialect


def test_a_table_of_a_spreadsheet_with_semicolons_and_decimal_commas_is_read_as_it_is_meant(
    tmp_path,
):
    file = tmp_path / "old.csv"
    file.write_text(
        "lr;layers;opt;loss\n0,001;64,32;a,b;1,5\n1E-2;;sgd;,25\n", encoding="utf-8-sig"
    )

    old = read_old(file, metric="loss")

    assert [dict(trial.point) for trial in old.trials] == [
        {"lr": 0.001, "layers": 64.32, "opt": "a,b"},
        {"lr": 0.01, "opt": "sgd"},
    ]
    assert [trial.metrics["loss"] for trial in old.trials] == [1.5, 0.25]
    assert "read with decimal commas: lr, layers, loss" in old.notes


def test_a_comma_that_may_mean_thousands_is_a_decimal_one_and_that_is_said(tmp_path):
    file = tmp_path / "old.csv"
    file.write_text("steps\tloss\n1,500\t0,5\n12,000\t0,25\n")

    old = read_old(file, metric="loss")

    assert [trial.point["steps"] for trial in old.trials] == [1.5, 12.0]
    advice = "if it means thousands, write it without the comma"
    assert f"steps: 1,500 is read as 1.500; {advice}" in old.notes
    assert not any(note.startswith("loss:") for note in old.notes)


def test_commas_beside_decimal_points_are_texts_and_that_is_said(tmp_path):
    file = tmp_path / "old.csv"
    file.write_text("units;lr;loss\n64,32;0.1;1\n8,8;0.01;2\n")

    old = read_old(file, metric="loss")

    assert [trial.point["units"] for trial in old.trials] == ["64,32", "8,8"]
    assert any("units: 64,32 is taken as a text, for lr has decimal points" in n for n in old.notes)


def test_what_failed_rows_lack_is_a_result_and_what_they_have_a_parameter(table):
    rows = "0.1,8,0.5,0.9,ok,a.pt\n0.2,,0.4,0.8,ok,b.pt\n0.3,4,,,failed,\n0.4,,,,failed,\n"
    old = read_old(table("lr,width,loss,acc,state,saved\n" + rows), metric="loss")

    assert [t.point for t in old.trials] == [
        {"lr": 0.1, "width": 8},
        {"lr": 0.2},
        {"lr": 0.3, "width": 4},
        {"lr": 0.4},
    ]
    assert old.trials[0].metrics == {"loss": 0.5, "acc": 0.9}
    assert old.notes == (
        "taken as results and no parameters: acc, saved",
        "taken as parameters: lr, width",
    )


def test_points_between_thousands_are_read_where_one_cell_leaves_no_doubt(table):
    old = read_old(
        table("lr;width;loss\n0,001;1.024;0,25\n0,01;64;1.234,5\n0,1;8;n/a\n"), metric="loss"
    )

    assert [dict(t.point) for t in old.trials] == [
        {"lr": 0.001, "width": 1024},
        {"lr": 0.01, "width": 64},
    ]
    assert [t.metrics["loss"] for t in old.trials] == [0.25, 1234.5]
    assert "read with points between thousands" in old.notes
    assert old.unread == ("line 4: it has no metric",)


def test_where_no_number_can_be_read_the_reason_is_said_and_what_to_do(table):
    path = table("lr;width;loss\n0,001;1.024;0,25\n0,01;64;0,5\n")

    with pytest.raises(
        UsageError, match=r"no trial .* a value of loss: line 2: loss is no number: '0,25'"
    ) as no:
        read_old(path, metric="loss")

    assert no.value.hint.endswith("for width has decimal points; write all numbers in one way")


def test_few_texts_in_a_column_with_decimal_commas_leave_it_one_of_numbers(table):
    rows = "".join(f"0,{n};{n},5\n" for n in range(1, 10))
    old = read_old(table("lr;loss\n" + rows + "k.A.;2,5\n0,5;oops\n"), metric="loss")

    assert [t.metrics["loss"] for t in old.trials[:9]] == [n + 0.5 for n in range(1, 10)]
    assert "line 12: loss is no number: 'oops'" in old.unread


def test_few_bad_cells_leave_a_column_one_of_numbers_and_their_rows_are_named(table):
    rows = "".join(f"0.{n},{n},auto,ok\n" for n in range(1, 19))
    old = read_old(
        table("lr,width,loss,state\n" + rows.replace("auto", "1") + "oops,3,1,ok\n0.5,8x,1,ok\n")
    )

    assert len(old.trials) == 18
    assert old.unread == (
        "line 20: lr is no number: 'oops', and the others are",
        "line 21: width is no number: '8x', and the others are",
    )


@pytest.mark.parametrize(
    ("cells", "kept"),
    [
        (["3"] * 8 + ["a"], 9),  # more than one in ten
        (["3"] * 18 + ["auto", "auto"], 20),  # what is there twice is meant
        (["None"] * 18 + ["adam"], 19),
    ],
    ids=["few", "twice", "none"],
)
def test_texts_that_may_be_meant_stay_values(table, cells, kept):
    old = read_old(table("depth,loss\n" + "".join(f"{cell},1\n" for cell in cells)))

    assert (len(old.trials), old.unread) == (kept, ())


def test_ones_and_zeros_among_truths_are_truths(table):
    old = read_old(table("amp,layers,loss\nTrue,1,1\nFalse,0,1\n1,1,1\n0.0,0,1\n,1,1\n"))

    assert [t.point.get("amp") for t in old.trials] == [True, False, True, False, None]
    assert [t.point["layers"] for t in old.trials] == [1, 0, 1, 0, 1]


def test_points_in_a_text_say_nothing_of_the_numbers(table):
    old = read_old(
        table("note;width;loss\n1.234.567;1;1.234\nx;2;1.345\ny;3;2.125\n"), metric="loss"
    )

    assert [t.metrics["loss"] for t in old.trials] == [1.234, 1.345, 2.125]
    assert not any("thousands" in note for note in old.notes)


def test_numbers_with_points_are_not_said_to_be_texts(table):
    old = read_old(
        table("size;lr;loss\n1.234.567;0.5;1.234\n2.345.678;0.25;1.345\n"), metric="loss"
    )

    assert [t.metrics["loss"] for t in old.trials] == [1.234, 1.345]
    [said] = [note for note in old.notes if "is taken as a text" in note]
    assert said.startswith("size: 1.234.567 is taken as a text, for lr has decimal points")
