"""Promise 10: ledgers of every released version open in this one; what it does not know survives."""

import math
import shutil
from pathlib import Path

import pytest

from tuner.ledger import Book, LedgerSpec, Stamp, iterate, make_ledger, read_study, verify
from tuner.study import Closed, Noted, TrialState, Unknown
from tuner.study.ranking import best

GOLDEN = Path(__file__).parent.parent / "golden"


@pytest.fixture
def history():
    return read_study(GOLDEN / "ledger_v1.jsonl").history


def test_a_ledger_of_version_1_is_sound():
    assert verify(GOLDEN / "ledger_v1.jsonl") == []


def test_version_1_tells_what_was_configured(history):
    assert history.metric.name == "val_acc"
    assert history.metric.reduce == "best"
    assert [str(constraint) for constraint in history.constraints] == ["latency_ms <= 20"]
    assert history.config["stop"] == {"trials": 6}
    assert history.config_hash == "decade"
    assert history.opened.fact.host == "gpu-box"


def test_version_1_tells_what_happened(history):
    one, two, three = history.trials.values()

    assert one.state is TrialState.COMPLETED
    assert one.params == {"lr": 0.0010000000000000002, "optimizer": "sgd", "momentum": 0.9}
    assert one.suggestion.seed == 2**62 + 1
    assert one.start.argv[2] == "--lr=0.0010000000000000002"
    assert one.start.devices == ("0",)
    assert one.reports[0] == (1.0, {"val_acc": 0.5})
    assert math.isnan(one.reports[1][1]["val_acc"])
    assert one.reports[1][1]["loss"] == math.inf
    assert one.metrics == {"val_acc": 0.91, "latency_ms": 12.5}
    assert one.noise == {"val_acc": 0.01}
    assert one.finish.peak_memory_bytes == 2**33

    assert two.state is TrialState.FAILED
    assert two.failure == "lost"
    assert (two.attempt, two.attempts_lost, two.gpu_s) == (2, 1, 18.0)
    assert two.params == {"lr": 0.1, "optimizer": "nan", "amp": True, "layers": 3, "note": None}
    assert (two.suggestion.mean, two.suggestion.sd, two.suggestion.seen) == (0.92, 0.02, 1)
    assert two.suggestion.reason == "the fit failed: Sobol instead"

    assert three.suggestion.of == 1
    assert three.suggestion.by_hand
    assert (three.notes, three.marks) == (("told by hand",), ())


def test_version_1_tells_how_it_stands(history):
    assert history.notes == ["moved to the other box"]
    assert history.stop_asked == "stop"
    assert history.closed.fact == Closed(reason="stopped by hand")
    assert history.wall_s == pytest.approx(41.0 + 7.0)
    assert best(history) is None  # the mean of trial 1 and its repeat is good, the repeat too slow


def test_a_study_of_version_1_goes_on(tmp_path):
    shutil.copy(GOLDEN / "ledger_v1.jsonl", tmp_path / "ledger.jsonl")
    book = Book(make_ledger(tmp_path, LedgerSpec(), Stamp("h/b/1/2")))
    book.catch_up()

    record = book.write(Noted(kind="retry", trial=2))[0]

    assert record.number == 22
    assert [trial.id for trial in book.history.waiting] == [2]
    assert verify(tmp_path) == []


def test_what_a_newer_version_wrote_is_read_as_far_as_it_is_understood():
    reading = read_study(GOLDEN / "ledger_newer.jsonl")

    assert reading.damage == []
    assert reading.history.trials[1].metrics == {"val_acc": 0.91, "latency_ms": 12.5}
    assert reading.history.trials[2].failure is None
    unknown = [
        r.fact for r in iterate(GOLDEN / "ledger_newer.jsonl") if isinstance(r.fact, Unknown)
    ]
    assert [fact.name for fact in unknown] == ["rung_passed", "noted", "remembered"]
    assert unknown[0].body["rung"] == 3


def test_what_an_older_study_taught_a_newer_version_is_kept_with_a_mode_nobody_knows_here():
    (memory,) = read_study(GOLDEN / "ledger_newer.jsonl").history.memories.values()

    assert (memory.memory, memory.mode) == ("resnet-cifar100", "telepathy")
    assert memory.points[0] == {"lr": 0.01, "optimizer": "sgd"}
    assert (memory.gains[0], math.isnan(memory.gains[1])) == (0.75, True)


def test_what_is_not_understood_survives_byte_for_byte(tmp_path):
    before = (GOLDEN / "ledger_newer.jsonl").read_bytes()
    (tmp_path / "ledger.jsonl").write_bytes(before)
    book = Book(make_ledger(tmp_path, LedgerSpec(), Stamp("h/b/1/2")))

    book.write(Closed(reason="done"))

    after = (tmp_path / "ledger.jsonl").read_bytes()
    assert after.startswith(before)
    assert [record.number for record in iterate(tmp_path)] == list(range(1, 15))
