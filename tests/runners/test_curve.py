"""What a job says becomes points of a curve: what is new only, few of many, the last always."""

import shutil

import pytest

from tuner.runners.base import Ended, Progress
from tuner.runners.curve import ROUND, Curve
from tuner.runners.growing import LOOKS, WINDOW, growing
from tuner.runners.make import make_runner
from tuner.runners.printed import printed, step_of
from tuner.runners.spec import CommandSpec
from tuner.study import Metric, Source

CAP = 1 << 23


class Printer:
    """A log that grows, and a curve that follows it."""

    def __init__(self, folder, source=None, cap=CAP, name="acc"):
        self.log = folder / "stdout.log"
        metric = Metric(name=name, goal="maximize", source=source or Source())
        if metric.source.kind in ("file", "csv"):
            self.log = folder / metric.source.where
        self.curve = Curve(growing(metric, [name], folder, cap))

    def says(self, text, now=0.0, **more):
        with self.log.open("a", newline="") as file:
            file.write(text)
        return self.looks(now, **more)

    def looks(self, now=0.0, **more):
        points = self.curve.look(now, **more)
        return [
            (point.number if point.step is None else point.step, point.metrics) for point in points
        ]

    def ends(self, text="", now=0.0):
        return self.says(text, now, over=True, whole=True)


@pytest.fixture
def printer(tmp_path):
    return Printer(tmp_path)


def test_nothing_printed_gives_nothing(printer):
    assert printer.looks() == []
    assert printer.ends("words\n") == []


def test_every_print_is_a_point_once(printer):
    assert printer.says("acc=0.1\nwords\nacc=0.2\nacc=0.") == [(1, {"acc": 0.1})]
    assert printer.says("3\nwords\n") == [(2, {"acc": 0.2})]
    assert printer.looks() == []
    assert printer.ends("acc: 0.4") == [(3, {"acc": 0.3}), (4, {"acc": 0.4})]


def test_half_a_line_of_a_job_that_was_ended_counts_for_nothing(printer):
    printer.says("acc=0.1\nacc=0.2\n")

    assert printer.says("acc=0.3", over=True, whole=False) == [(2, {"acc": 0.2})]


def test_a_single_result_at_the_end_is_no_curve(printer):
    assert printer.says("acc=0.1\n") == []
    assert printer.ends() == []


def test_a_single_value_is_told_when_the_job_goes_on(printer):
    printer.says("acc=0.1\n")

    assert printer.looks(now=0.5) == []
    assert printer.looks(now=2.0) == [(1, {"acc": 0.1})]
    assert printer.ends(now=3.0) == []


def test_lines_that_a_carriage_return_ends_are_lines(printer):
    assert printer.says("acc=0.1\racc=0.2\r") == [(1, {"acc": 0.1})]
    assert printer.ends("acc=0.3\r\n") == [(2, {"acc": 0.2}), (3, {"acc": 0.3})]


def test_the_step_is_what_the_line_says(printer):
    said = printer.ends('Epoch 3/9 acc=0.1\n{"acc": 0.2, "epoch": 1, "step": 40, "lr": 1}\n')

    assert said == [(3.0, {"acc": 0.1}), (40.0, {"acc": 0.2, "lr": 1.0})]


def test_a_summary_without_a_step_is_no_point_of_a_curve_that_has_steps(printer):
    assert printer.ends("epoch=1 acc=0.1\nepoch=2 acc=0.2\nbest acc=0.2\n") == [
        (1.0, {"acc": 0.1}),
        (2.0, {"acc": 0.2}),
    ]


def test_a_regular_expression_gives_points_too(tmp_path):
    printer = Printer(tmp_path, Source(kind="regex", where=r"accuracy is (\S+)"))

    assert printer.ends("step: 5, accuracy is 0.5\nstep: 6, accuracy is 0.6\n") == [
        (5.0, {"acc": 0.5}),
        (6.0, {"acc": 0.6}),
    ]


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("epoch=3 acc=1", 3.0),
        ("[Epoch: 3] acc=1", 3.0),
        ("epoch [3/10] acc=1", 3.0),
        ("step 7, epoch 3, acc=1", 7.0),
        ("{'acc': 1, 'epoch': 1.5}", 1.5),
        ('{"acc": 1, "step": 2}', 2.0),
        ('{"acc": 1, "step": "nan"}', None),
        ("epochs_done 3 acc=1", None),
        ("step 30% acc=1", None),
        ("acc=1", None),
    ],
)
def test_steps_that_a_line_names(line, step):
    assert step_of(line, ["acc"]) == step


def test_a_step_is_no_metric_unless_it_is_asked_for():
    line = '{"acc": 0.5, "step": 2, "epoch": 1}'

    assert list(printed([line], ["acc"])) == [{"acc": 0.5}]
    assert list(printed([line], ["acc", "epoch"])) == [{"acc": 0.5, "epoch": 1.0}]
    assert step_of(line, ["step"]) == 1.0


def test_lines_of_a_file_are_points_at_the_step_they_name(tmp_path):
    printer = Printer(tmp_path, Source(kind="file", where="log.jsonl", step="epoch"))

    assert printer.looks() == []
    assert printer.says('{"acc": 0.1, "epoch": 1, "lr": 2}\n{"acc": 0.') == []
    assert printer.looks(2.0) == [(1.0, {"acc": 0.1, "lr": 2.0})]
    assert printer.says('2, "epoch": 2}\n{"lr": 3}\n', 4.0) == [(2.0, {"acc": 0.2})]
    assert printer.ends('{"acc": 0.3, "epoch": 3}') == [(3.0, {"acc": 0.3})]


def test_rows_of_a_table_are_points_and_its_head_is_none(tmp_path):
    printer = Printer(tmp_path, Source(kind="csv", where="log.csv", step="epoch"))

    assert printer.says("epoch,acc,note\n") == []
    assert printer.says("1,0.1,fine\n2,0.2,\n3,,\n4,0.") == [(1.0, {"acc": 0.1})]
    assert printer.ends("4,\n") == [(2.0, {"acc": 0.2}), (4.0, {"acc": 0.4})]


def test_of_a_long_table_only_the_end_is_read_and_it_knows_its_columns(tmp_path):
    printer = Printer(tmp_path, Source(kind="csv", where="log.csv"))
    rows = [f"{number:06d},0.{number}\n" for number in range(WINDOW)]

    points = printer.says("step,acc\n" + "".join(rows)) + printer.ends()

    assert points[-1][0] == WINDOW - 1
    assert min(step for step, _ in points) > WINDOW - WINDOW // len(rows[0]) - 2


def test_a_file_that_begins_anew_is_read_anew(tmp_path):
    printer = Printer(tmp_path, Source(kind="file", where="log.jsonl"))
    printer.says('{"acc": 0.1}\n{"acc": 0.2}\n')

    printer.log.write_text('{"acc": 0.7}\n')

    assert printer.looks(9.0) == [(2, {"acc": 0.2})]
    assert printer.looks(11.0) == [(3, {"acc": 0.7})]


def test_what_comes_at_once_has_no_curve(tmp_path):
    for source in (Source(kind="json", where="m.json"), Source(kind="return")):
        assert growing(Metric(name="acc", source=source), ["acc"], tmp_path, CAP) is None


def test_events_of_tensorboard_are_points_while_they_come(tmp_path):
    from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  takes seconds

    for name, values in (("one", [0.5, 0.75, 0.25]), ("two", [0.125])):
        with SummaryWriter(tmp_path / name) as writer:
            for step, value in enumerate(values):
                writer.add_scalar("val/acc", value, 10 * step)
    (made,), (other,) = (list((tmp_path / name).iterdir()) for name in ("one", "two"))
    data = made.read_bytes()
    metric = Metric(name="acc", source=Source(kind="tensorboard", where="val/acc"))
    folder = tmp_path / "trial"
    curve = Curve(growing(metric, ["acc", "latency"], folder, CAP))
    assert curve.look(0.0) == []
    (folder / "tb").mkdir(parents=True)
    file = folder / "tb" / made.name

    looks = []
    for now, end in enumerate(range(1, len(data) + 1, 7)):
        file.write_bytes(data[:end])
        looks.append(curve.look(2.0 * now))
    file.write_bytes(data)
    looks.append(curve.look(1e3))
    shutil.copy(other, folder)  # a run that goes on in another file
    looks += [curve.look(2e3 + now) for now in range(LOOKS)]

    said = [[(point.step, point.metrics) for point in look] for look in looks if look]
    assert said == [
        [(0.0, {"acc": 0.5})],
        [(10.0, {"acc": 0.75})],
        [(20.0, {"acc": 0.25})],
        [(0.0, {"acc": 0.125})],
    ]


def test_many_prints_give_few_points_and_the_last(printer):
    points = []
    for begin in range(0, 100_000, 1000):
        points += printer.says("".join(f"acc={number}\n" for number in range(begin, begin + 1000)))
    points += printer.ends()

    steps = [step for step, _ in points]
    assert steps[:ROUND] == list(range(1, ROUND + 1))
    assert steps == sorted(set(steps))
    assert len(points) < 12 * ROUND
    assert points[-1] == (100_000, {"acc": 99_999.0})


def test_a_flood_between_two_looks_is_read_at_its_end_only(printer, tmp_path):
    lines = [f"acc={number:06d}\n" for number in range(WINDOW)]

    points = printer.says("".join(lines)) + printer.ends()

    assert points[-1][1] == {"acc": WINDOW - 1}
    assert points[-1][0] == pytest.approx(WINDOW, rel=0.01)
    assert min(metrics["acc"] for _, metrics in points) > WINDOW - WINDOW // len(lines[0]) - 2
    assert len(points) < 8 * ROUND


def test_a_value_does_not_wait_for_its_turn_for_ever(printer):
    printer.says("".join(f"acc={number}\n" for number in range(1000)))
    now = 10.0

    told = [len(printer.says("acc=1\n", now + second)) for second in range(20)]

    assert sum(told) >= 10


def test_the_rewritten_end_of_a_long_log_gives_its_last_value_only(tmp_path):
    printer = Printer(tmp_path, cap=1024)
    printer.says("epoch=1 acc=0.1\n" + "words\n" * 80)
    printer.says("epoch=2 acc=0.2\nepoch=3 acc=0.3\n")
    whole = printer.log.read_text()
    kept = whole[: whole.index("epoch=2")]

    printer.log.write_text(
        kept + "[tuner: 9 bytes left out here]\nepoch=2 acc=0.2\nepoch=3 acc=0.3\n"
    )

    assert printer.ends() == [(3.0, {"acc": 0.3})]


def seen_of(bench, command, **more):
    runner, job = bench.runner(command, **more), bench.job()
    runner.prepare(job)
    runner.go(job)
    seen = []
    bench.wait_for(lambda: seen.extend(runner.wait(0.5)) or isinstance((seen or [None])[-1], Ended))
    return seen


def test_a_job_that_prints_has_reports_before_its_end(bench):
    seen = seen_of(bench, ("sh", "-c", "for e in 1 2 3; do echo epoch=$e loss=0.$e; done"))

    assert seen[:-1] == [
        Progress(trial=1, attempt=1, step=float(e), metrics={"loss": float(f"0.{e}")})
        for e in (1, 2, 3)
    ]
    assert seen[-1].outcome.metrics == {"loss": 0.3}


TABLE = "cd $TUNER_TRIAL_DIR && echo epoch,loss > log.csv && echo 3,0.5 >> log.csv; exec sleep 300"


@pytest.mark.parametrize(
    ("source", "job", "step", "loss"),
    [
        (Source(), "echo loss=1; exec sleep 300", 1.0, 1.0),
        (Source(kind="csv", where="log.csv", step="epoch"), TABLE, 3.0, 0.5),
    ],
    ids=["printed", "a table"],
)
def test_a_value_is_reported_while_the_job_runs(bench, source, job, step, loss):
    spec = CommandSpec(command=("sh", "-c", job))
    runner, job = make_runner(spec, Metric(name="loss", source=source)), bench.job()
    runner.prepare(job)
    runner.go(job)
    seen = []
    bench.wait_for(lambda: seen.extend(runner.wait(0.5)) or seen)
    runner.close()

    assert seen == [Progress(trial=1, attempt=1, step=step, metrics={"loss": loss})]


def test_a_job_that_reports_is_not_overheard(bench):
    job = """
    import os
    with open(os.environ["TUNER_REPORT_FILE"], "a") as file:
        file.write('{"loss": 1, "step": 5}\\n{"loss": 2, "step": 6}\\n')
    print("loss=1\\nloss=2\\nloss=3")
    """

    seen = seen_of(bench, bench.script(job))

    assert [update.step for update in seen[:-1]] == [5.0, 6.0]
