"""Every source gives its records, and many values become one."""

import json
import math

import pytest

from tuner.runners.collect import Collector
from tuner.runners.exits import Exit
from tuner.runners.readings import reading_of
from tuner.runners.tfevents import tags
from tuner.study import Constraint, Metric, Source

CLEAN = Exit(reason="exited", code=0, wall_s=2.0, gpus=0.5)


def outcome(folder, metric, constraints=(), ended=CLEAN):
    (folder / "stdout.log").touch()
    return Collector(metric=metric, constraints=constraints).outcome(folder, ended)


def metric(kind="stdout", where=None, step=None, **more):
    return Metric(
        name="acc", goal="maximize", source=Source(kind=kind, where=where, step=step), **more
    )


SERIES = [{"acc": 0.5, "loss": 3.0}, {"acc": 0.9, "loss": 2.0}, {"acc": 0.7, "loss": 1.0}]


@pytest.mark.parametrize(
    ("goal", "reduce", "expected"),
    [
        ("maximize", "last", {"acc": 0.7, "loss": 1.0}),
        ("maximize", "best", {"acc": 0.9, "loss": 2.0}),
        ("minimize", "best", {"acc": 0.5, "loss": 3.0}),
        ("maximize", "mean(2)", {"acc": 0.8, "loss": 1.0}),
        ("maximize", "mean(10)", {"acc": 0.7, "loss": 1.0}),
        ("maximize", "mean(1)", {"acc": 0.7, "loss": 1.0}),
    ],
)
def test_many_values_become_one(goal, reduce, expected):
    spec = Metric(name="acc", goal=goal, reduce=reduce)

    assert reading_of(spec, SERIES) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("reduce", "expected"), [("best", 0.5), ("last", math.nan), ("mean(2)", math.nan)]
)
def test_nan_hides_no_best_value_and_spoils_all_others(reduce, expected):
    records = [{"acc": math.nan}, {"acc": 0.5}, {"acc": math.inf}, {"acc": math.nan}]

    found = reading_of(Metric(name="acc", goal="maximize", reduce=reduce), records)["acc"]

    assert found == pytest.approx(expected, nan_ok=True)


def test_a_script_that_says_everything_does_not_fill_the_ledger():
    records = ({f"x{number}": 1.0} for number in range(10_000))

    found = reading_of(Metric(name="acc"), [*records, {"acc": 2.0}])

    assert len(found) <= 201
    assert found["acc"] == 2.0


def test_standard_output_gives_the_last_value(tmp_path):
    (tmp_path / "stdout.log").write_text("acc 0.1\n10%\racc 0.2\r20%\nbest_acc 0.9\n")

    assert outcome(tmp_path, metric()).metrics == {"acc": 0.2}


def test_reports_count_before_standard_output(tmp_path):
    (tmp_path / "stdout.log").write_text("acc 0.1\nlatency 20\n")
    (tmp_path / "reports.jsonl").write_text(
        '{"acc": 0.4, "step": 1}\n{"acc": 0.3, "step": 2}\n{"loss": "nan"}\n{"acc": 0.'
    )
    bound = Constraint(metric="latency", op="<=", bound=30)

    found = outcome(tmp_path, metric(), [bound])

    assert found.metrics == pytest.approx(
        {"latency": 20.0, "acc": 0.3, "loss": math.nan}, nan_ok=True
    )
    assert found.state == "completed"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^Acc@1 (\S+) Acc@5", 75.5),
        (r"Acc@1 (?P<other>\S+) Acc@5 (?P<value>\S+)", 92.25),
        (r"(?<=final )\d+", 7.0),
    ],
)
def test_a_regular_expression_finds_its_group(tmp_path, pattern, expected):
    (tmp_path / "stdout.log").write_text(
        "Acc@1 1 Acc@5 2\n * Acc@1 3\n\x1b[1mAcc@1 75.5 Acc@5 92.25\x1b[0m\nfinal 7\nacc 5\n"
    )

    assert outcome(tmp_path, metric("regex", pattern)).metrics["acc"] == expected


def test_a_jsonl_file_is_read_line_by_line_and_a_torn_line_left_out(tmp_path):
    (tmp_path / "m.jsonl").write_text(
        '{"acc": 0.1, "epoch": 1}\n\nnoise\n{"acc": 0.2, "epoch": 2, "tag": "x"}\n{"acc": 0.3, "ep'
    )

    assert outcome(tmp_path, metric("file", "m.jsonl", "epoch")).metrics == {"acc": 0.2}


def test_a_json_file_gives_all_its_numbers(tmp_path):
    (tmp_path / "r.json").write_text('{"acc": 0.5, "eval": {"f1": 0.25}, "name": "x", "ok": true}')

    assert outcome(tmp_path, metric("json", "r.json")).metrics == {"acc": 0.5, "eval.f1": 0.25}


def test_a_csv_file_gives_the_last_filled_cells(tmp_path):
    (tmp_path / "log.csv").write_text("epoch,acc,val loss\n1,0.1,\n2,,0.9\n3,0.3,\n4,,\n")

    found = outcome(tmp_path, metric("csv", "log.csv", "epoch")).metrics

    assert found == {"acc": 0.3, "val loss": 0.9}


@pytest.mark.parametrize("step", [None, "epoch"])
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("csv", "epoch,step,acc\n1,40,0.1\n2,80,0.3\n"),
        ("file", '{"epoch": 2, "step": 80, "acc": 0.3}\n'),
    ],
)
def test_a_step_is_no_metric_whether_it_is_named_or_not(tmp_path, kind, text, step):
    (tmp_path / "log").write_text(text)
    bound = Constraint(metric="step", op="<=", bound=100)

    assert outcome(tmp_path, metric(kind, "log", step)).metrics == {"acc": 0.3}
    assert outcome(tmp_path, metric(kind, "log", step), [bound]).metrics["step"] == 80


def test_half_a_line_of_a_job_that_was_killed_is_not_half_a_number(tmp_path):
    (tmp_path / "log.csv").write_text("epoch,acc\n1,0.25\n2,0.9")
    (tmp_path / "stdout.log").write_text("acc=0.25\nacc=0.9")
    stopped = Exit(reason="stopped", signal=15)

    for source in (metric("csv", "log.csv"), metric()):
        assert outcome(tmp_path, source, ended=stopped).metrics["acc"] == 0.25
        assert outcome(tmp_path, source).metrics["acc"] == 0.9


def test_what_a_function_returned_is_read(tmp_path):
    (tmp_path / "result.json").write_text('{"acc": "inf", "loss": 1}')
    (tmp_path / "reports.jsonl").write_text('{"acc": 0.4}\n')

    found = outcome(tmp_path, metric("return"))

    assert found.metrics == {"acc": math.inf, "loss": 1.0}
    assert (found.state, found.failure, found.message) == ("failed", "diverged", "acc is inf")


def test_a_function_that_returns_nothing_may_report_instead(tmp_path):
    (tmp_path / "reports.jsonl").write_text('{"acc": 0.4}\n')

    assert outcome(tmp_path, metric("return")).metrics == {"acc": 0.4}


@pytest.mark.parametrize("kind", ["file", "json", "csv"])
def test_only_the_source_that_was_named_gives_the_metric(tmp_path, kind):
    (tmp_path / "stdout.log").write_text('acc=0.1\n{"acc": 0.2, "latency": 5}\n')
    (tmp_path / "reports.jsonl").write_text('{"acc": 0.4}\n')
    bound = Constraint(metric="latency", op="<=", bound=30)

    found = outcome(tmp_path, metric(kind, "nowhere"), [bound])

    assert found.failure == "no_metric"
    assert found.metrics == {"latency": 5.0}


def test_a_missing_constraint_metric_is_named(tmp_path):
    (tmp_path / "stdout.log").write_text("acc=0.1 latency_s=3\n")
    bound = Constraint(metric="latency_ms", op="<=", bound=30)

    found = outcome(tmp_path, metric(), [bound])

    assert found.failure == "no_metric"
    assert found.message.startswith(
        "there is no latency_ms in standard output; nearest: latency_s=3"
    )


def test_gpu_seconds_are_a_share_of_wall_seconds(tmp_path):
    (tmp_path / "stdout.log").write_text("acc=0.1\n")

    assert outcome(tmp_path, metric()).gpu_s == 1.0


@pytest.mark.parametrize("new_style", [False, True])
def test_tensorboards_own_files_are_read(tmp_path, new_style):
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  takes seconds

    with SummaryWriter(tmp_path / "tb" / "run") as writer:
        for step, value in enumerate([0.5, 0.75, 0.25]):
            writer.add_scalar("val/acc", value, step, new_style=new_style)
            writer.add_scalar("latency", 10 * step, step, new_style=new_style)
        writer.add_text("note", "hello", 3)
        writer.add_scalar("val/acc", 0.125, 9, double_precision=True, new_style=new_style)
    file = next(tmp_path.rglob("*tfevents*"))
    file.write_bytes(file.read_bytes() + b"\x18\0\0\0\0\0\0\0torn")
    bound = Constraint(metric="latency", op="<=", bound=30)

    found = outcome(tmp_path, metric("tensorboard", "val/acc", reduce="best"), [bound])

    assert found.metrics == {"acc": 0.75, "latency": 10.0}
    assert tags(tmp_path) == ["val/acc", "latency"]
    missing = outcome(tmp_path, metric("tensorboard", "val_acc"))
    assert missing.message == "there is no val_acc in the event files; nearest: val/acc"


@pytest.mark.parametrize("data", [b"", b"\0" * 40, b"\xff" * 40, json.dumps({"a": 1}).encode()])
def test_a_damaged_event_file_gives_nothing(tmp_path, data):
    (tmp_path / "events.out.tfevents.1").write_bytes(data)

    assert outcome(tmp_path, metric("tensorboard", "acc")).failure == "no_metric"
