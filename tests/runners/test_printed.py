"""Metrics in what a program prints: what counts, what does not, and words for what is missing."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.runners.missing import explain, nearest
from tuner.runners.printed import printed
from tuner.study import Source


def values(line, name="acc"):
    return [record[name] for record in printed(line.splitlines() or [""], [name]) if name in record]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("acc: 0.93", [0.93]),
        ("acc=0.93", [0.93]),
        ("acc 0.93", [0.93]),
        ("acc = 0.93", [0.93]),
        ("acc : -0.5", [-0.5]),
        ("acc\t.5", [0.5]),
        ("acc=1e-3", [0.001]),
        ("acc=1E+3", [1000.0]),
        ("acc=+5", [5.0]),
        ("acc: 1_000", [1000.0]),
        ("acc: 3.", [3.0]),
        ("the acc is: acc 0.5.", [0.5]),
        ("epoch 3 | loss 0.1 | acc 0.5 | lr 1e-3", [0.5]),
        ("[acc=0.5] (acc=0.6) {acc=0.7}", [0.5, 0.6, 0.7]),
        ("acc: 0.5, acc: 0.6", [0.5, 0.6]),
        ("acc: 0.5 ± 0.1", [0.5]),
        ("acc: inf acc: -inf", [math.inf, -math.inf]),
        ("{'acc': 0.5, 'loss': 0.1}", [0.5]),
        ("{'acc': np.float64(0.5)}", [0.5]),
        ("acc: tensor(0.5, device='cuda:0')", [0.5]),
        ('{"acc": 0.5, "epoch": 3}', [0.5]),
        ('{"acc": "nan"}', [math.nan]),
        ('{"acc": NaN}', [math.nan]),
        ("\x1b[32macc\x1b[0m: \x1b[1m0.5\x1b[0m", [0.5]),
        ("\x1b]0;title\x07acc: 0.5", [0.5]),
        ("acc: nan", [math.nan]),
        ("best_acc: 0.5", []),
        ("acc_best: 0.5", []),
        ("val/acc: 0.5", []),
        ("acc/top5: 0.5", []),
        ("val.acc 0.5", []),
        ("val-acc 0.5", []),
        ("acc5 0.5", []),
        ("acc: 93%", []),
        ("acc: 12ms", []),
        ("acc: 0,93", []),
        ("acc: 1,234.5", []),
        ("acc: 0.5/0.6", []),
        ("acc: 1.2.3", []),
        ("acc: nano", []),
        ("acc: 0x10", []),
        ("acc: ", []),
        ("acc", []),
        ("acc->0.5", []),
        ('{"acc": true}', []),
        ('{"acc": "high"}', []),
        ('{"other": 0.5}', []),
        ('["acc", 0.5]', []),
    ],
)
def test_a_line_says_what_it_says_and_no_more(line, expected):
    assert values(line) == pytest.approx(expected, nan_ok=True)


def test_a_nested_object_is_reached_with_dots():
    line = json.dumps({"eval": {"acc": 0.5, "loss": {"mean": 0.1}}, "note": "x"})

    assert list(printed([line], ["eval.acc"])) == [{"eval.acc": 0.5, "eval.loss.mean": 0.1}]


def test_names_with_odd_characters_are_taken_literally():
    assert values("acc (top+1)[%]: 0.5", "acc (top+1)[%]") == [0.5]
    assert values("acc@5 0.5", "acc@5") == [0.5]


@given(st.floats(), st.sampled_from(["{}: {!r}", "{}={!r}", "{} {!r}", "step 3, {} = {!r}, x=1"]))
def test_any_number_that_python_prints_is_read_back(number, form):
    assert values(form.format("acc", number)) == pytest.approx([number], abs=0, rel=0, nan_ok=True)


@given(st.text(max_size=200))
def test_no_text_is_too_odd(text):
    for record in printed(text.splitlines(), ["acc", "a"]):
        assert set(record) <= {"acc", "a"} or text.lstrip().startswith("{")


@pytest.fixture
def said(tmp_path):
    def say(name, stdout="", stderr="", source=None):
        (tmp_path / "stdout.log").write_text(stdout)
        (tmp_path / "stderr.log").write_text(stderr)
        return explain(name, source or Source(), tmp_path)

    return say


@pytest.mark.parametrize(
    ("stdout", "stderr", "expected"),
    [
        ("val_accuracy: 0.5\nloss 0.1\n", "", "nearest: val_accuracy=0.5"),
        ("val_acc: 93%\n", "", "val_acc is followed by '93%', which is not a plain number"),
        ("val_acc: 0,93\n", "", "val_acc is followed by '0,93', which is not a plain number"),
        ("", "val_acc: 0.5\n", "was printed on standard error; only standard output is read"),
        ("", "", "the job printed nothing"),
        ("hello\n", "", "which has no names with numbers"),
        ('{"valid_acc": 0.5}\n', "", "nearest: valid_acc=0.5"),
    ],
)
def test_a_missing_metric_is_explained(said, stdout, stderr, expected):
    assert expected in said("val_acc", stdout, stderr)


def test_a_missing_file_is_explained(said, tmp_path, monkeypatch):
    source = Source(kind="json", where="result.json")
    monkeypatch.chdir(tmp_path.parent)

    assert "write it to {trial.dir}/result.json" in said("acc", source=source)

    (tmp_path / "result.json").write_text('{"accuracy": 0.5}')
    assert said("acc", source=source) == "there is no acc in result.json; nearest: accuracy"

    (tmp_path / "result.json").write_text("{")
    assert said("acc", source=source) == "result.json is no JSON object"


def test_a_file_in_the_wrong_folder_is_found_out(said, tmp_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    (work / "log.csv").touch()
    monkeypatch.chdir(work)

    explained = said("acc", source=Source(kind="csv", where="log.csv"))

    assert explained.startswith(
        "log.csv is in the working folder, where trials overwrite each other"
    )


def test_the_nearest_names_come_first():
    assert nearest("val_acc", ["epoch", "loss", "val/acc"]) == ["val/acc"]
    assert nearest("zzz", ["a", "b", "c", "d"]) == ["a", "b", "c"]
