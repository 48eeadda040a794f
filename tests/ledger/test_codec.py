import json
import math
from dataclasses import fields
from typing import get_args
from zlib import crc32

import numpy as np
import pytest

from tuner.errors import LedgerError
from tuner.ledger.bulk import decode_all, encode_all
from tuner.ledger.codec import Damaged, decode, encode
from tuner.ledger.shapes import number, scalar
from tuner.study import (
    Closed,
    Fact,
    Finished,
    Noted,
    Opened,
    Reconfigured,
    Record,
    Remembered,
    Reported,
    Started,
    Suggested,
    Unknown,
)

AT, WORKER = "2026-01-31T09:30:00.000000Z", "host/boot/1/2"
FULL = [
    Opened(
        study="s",
        config={"metric": {"name": "loss"}, "stop": {"trials": 3}},
        config_hash="h",
        versions={"python": "3.11"},
        git={"commit": "abc"},
        host="host",
        joined=True,
    ),
    Opened(study="s", config=None, config_hash="h"),
    Reconfigured(config={"seed": 1}, config_hash="h", diff=("seed: 0 -> 1",)),
    Remembered(
        memory="older",
        source="runs/older",
        asked={"ledger": "runs/older", "rename": {"eta": "lr"}, "max_trials": 2},
        mode="basis",
        points=({"lr": 0.1, "opt": "adam"}, {"lr": 1e-3, "n": 3, "none": None}),
        gains=(-0.5, math.nan),
        errors=(0.1, math.nan),
        parameters={"lr": "from eta", "opt": "as it is"},
        left_out=("trials 1-3: no loss in it",),
        unused=3,
        notes=("all other columns are taken for parameters",),
    ),
    Remembered(memory="older", mode="none"),
    Suggested(
        trial=3,
        point={"lr": 0.1, "n": 3, "opt": "adam", "amp": True, "none": None},
        method="bayes",
        seed=2**62,
        of=1,
        mean=0.5,
        sd=0.25,
        acquisition=-3.0,
        seconds=1.5,
        reason="why",
        seen=2,
        memory={"older": 0.75, "other": 0.0},
    ),
    Started(
        trial=3,
        attempt=2,
        host="host",
        pid=12,
        pid_started=123.0,
        boot_id="b",
        devices=("0", "1"),
        argv=("python", "train.py", ""),
        folder="trials/3/attempt-2",
    ),
    Reported(trial=3, attempt=2, step=4.0, metrics={"loss": 0.5}),
    Reported(trial=3, attempt=2, step=None, metrics={"loss": math.inf, "acc": -math.inf}),
    Finished(
        trial=3,
        attempt=2,
        state="failed",
        failure="oom",
        metrics={"loss": 0.5},
        noise={"loss": 0.01},
        exit_code=-9,
        wall_s=1.25,
        gpu_s=2.5,
        peak_memory_bytes=2**40,
        message="CUDA out of memory",
        again=True,
    ),
    Noted(kind="mark", trial=3, text="exclude"),
    Closed(reason="done"),
    Unknown(name="dreamt", body={"of": ["sheep"]}),
]
NAMES = [f"{type(fact).__name__}-{place}" for place, fact in enumerate(FULL)]

GOOD = Closed(reason="over")


def record(fact, number=7):
    return Record(number, AT, 3.25, WORKER, fact)


def line(**members):
    """Give a line of any content with a checksum that is right."""
    body = {"v": 1, "n": 7, "at": AT, "t": 1.0, "w": WORKER, **members}
    raw = json.dumps({k: v for k, v in body.items() if v != "absent"}).encode()
    return raw[:-1] + b',"crc":"%08x"}' % crc32(raw)


@pytest.mark.parametrize("fact", FULL, ids=NAMES)
def test_a_record_survives_the_trip_to_a_line_and_back(fact):
    said = encode(record(fact))

    assert said.endswith(b"\n")
    assert said.count(b"\n") == 1
    assert decode(said[:-1]) == record(fact)
    assert decode(said[:-1]) == record(fact)  # the second time by the short way


@pytest.mark.parametrize("fact", FULL, ids=NAMES)
def test_a_line_has_its_head_its_members_and_a_checksum_of_the_rest(fact):
    said = encode(record(fact))[:-1].decode()

    body = json.loads(said)
    rest = said.replace(f',"crc":"{body["crc"]}"', "")

    assert list(body)[:6] == ["v", "n", "at", "t", "w", "fact"]
    assert body["crc"] == f"{crc32(rest.encode()):08x}"
    if not isinstance(fact, Unknown):
        assert set(body) - {"v", "n", "at", "t", "w", "fact", "crc"} == {
            field.name for field in fields(fact)
        }


def test_every_kind_of_fact_has_a_line():
    assert {type(fact) for fact in FULL} == set(get_args(Fact))


def test_nan_is_text_in_the_line_and_a_number_in_the_fact():
    said = encode(record(Reported(trial=1, attempt=1, step=None, metrics={"loss": math.nan})))

    assert b'"loss":"nan"' in said
    assert math.isnan(decode(said[:-1]).fact.metrics["loss"])


def test_a_category_called_nan_stays_text():
    fact = Suggested(trial=1, point={"fill": "nan", "clip": "-inf"}, method="grid")

    assert decode(encode(record(fact))[:-1]).fact.point == {"fill": "nan", "clip": "-inf"}


@pytest.mark.parametrize("value", [10**30, -(10**30), 2**64, math.inf, "\udcff", "\u2028", "a\nb"])
def test_a_value_that_json_cannot_hold_survives_exactly(value):
    fact = Suggested(trial=1, point={"x": value}, method="grid")

    assert decode(encode(record(fact))[:-1]) == record(fact)


def test_whole_numbers_and_floats_of_a_point_stay_what_they_were():
    fact = Suggested(trial=1, point={"a": 1, "b": 1.0, "c": True, "d": "1"}, method="grid")

    point = decode(encode(record(fact))[:-1]).fact.point

    assert [type(value) for value in point.values()] == [int, float, bool, str]


def test_an_older_line_with_fewer_members_is_filled_up():
    said = line(fact="finished", trial=1, attempt=1, state="completed")

    assert decode(said).fact == Finished(trial=1, attempt=1, state="completed")


def test_members_nobody_knows_are_ignored():
    said = line(fact="closed", reason="done", mood="relieved")

    assert decode(said).fact == Closed(reason="done")


def test_a_class_of_failure_of_a_newer_version_counts_as_a_crash():
    said = line(fact="finished", trial=1, attempt=1, state="failed", failure="gremlins")

    assert decode(said).fact.failure == "crash"


def test_a_known_fact_of_a_newer_version_that_changed_is_kept_as_unknown():
    said = line(v=2, fact="closed", reason=["done", "really"])

    assert decode(said).fact == Unknown(name="closed", body={"reason": ["done", "really"]})


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"fact": "absent"}, "'fact' is missing"),
        ({"fact": "closed", "n": "absent"}, "'n' is missing"),
        ({"fact": "closed", "reason": "x", "n": 0}, "cannot have the number 0"),
        ({"fact": "closed", "reason": "x", "n": 2**60}, "cannot have the number"),
        ({"fact": "closed", "reason": "x", "n": True}, "'n' is missing or of the wrong type"),
        ({"fact": "closed", "reason": "x", "t": "soon"}, "'t' is missing or of the wrong type"),
        ({"fact": ["closed"]}, "'fact' is missing or of the wrong type"),
        ({"fact": "closed"}, "reason is missing"),
        ({"fact": "closed", "reason": 5}, "reason must be text"),
        ({"fact": "suggested", "trial": 1, "method": "x", "point": []}, "point must be a mapping"),
        (
            {"fact": "suggested", "trial": 1, "method": "x", "point": {"a": [1]}},
            "point must map names to plain values",
        ),
        ({"fact": "suggested", "trial": 1.5, "method": "x", "point": {}}, "trial must be a whole"),
        ({"fact": "finished", "trial": 1, "attempt": 1, "state": "won"}, "state must be one of"),
        (
            {"fact": "finished", "trial": 1, "attempt": 1, "state": "lost", "metrics": {"a": "b"}},
            "metrics must be a number",
        ),
        ({"fact": "suggested", "trial": -1, "method": "x", "point": {}}, "trial must be a whole"),
        (
            {"fact": "suggested", "trial": 1, "method": "x", "point": {}, "memory": {"a": "b"}},
            "memory must be a number",
        ),
        ({"fact": "remembered"}, "memory is missing"),
        ({"fact": "remembered", "memory": 5}, "memory must be text"),
        ({"fact": "remembered", "memory": "a", "points": {}}, "points must be a list of points"),
        ({"fact": "remembered", "memory": "a", "points": [3]}, "points must be a mapping"),
        (
            {"fact": "remembered", "memory": "a", "points": [{"x": [1]}]},
            "points must map names to plain values",
        ),
        ({"fact": "remembered", "memory": "a", "gains": 1.0}, "gains must be a list of numbers"),
        ({"fact": "remembered", "memory": "a", "gains": ["much"]}, "gains must be a number"),
        ({"fact": "remembered", "memory": "a", "left_out": "all"}, "left_out must be a list"),
        ({"fact": "started", "trial": 1, "attempt": 1, "argv": "rm"}, "argv must be a list"),
        ({"fact": "started", "trial": 1, "attempt": 1, "argv": [1]}, "argv must be a list"),
    ],
)
def test_a_line_that_is_not_understood_says_what_is_wrong_with_it(members, why):
    for _ in range(2):
        with pytest.raises(Damaged, match=why):
            decode(line(**members))


@pytest.mark.parametrize(
    "fact",
    [f for f in FULL if isinstance(f, Remembered | Suggested | Started | Finished)],
    ids=lambda fact: f"{type(fact).__name__}-{FULL.index(fact)}",
)
def test_a_member_of_a_wrong_type_is_refused_also_after_a_thousand_right_ones(fact):
    right = encode(record(fact))[:-1]
    body = json.loads(right)
    for _ in range(3):
        decode(right)

    for name in (field.name for field in fields(fact)):
        wrong = {**body, name: [["not this"]]}
        del wrong["crc"]
        with pytest.raises(Damaged):
            decode(line(**wrong))


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_line_that_was_cut_is_incomplete(cut):
    said = encode(record(FULL[0]))[:-1]

    with pytest.raises(Damaged, match=r"incomplete|checksum"):
        decode(said[:-cut])


def test_every_changed_byte_is_noticed():
    said = encode(record(next(f for f in FULL if isinstance(f, Suggested))))[:-1]

    for place in range(len(said)):
        changed = said[:place] + bytes([said[place] ^ 1]) + said[place + 1 :]
        with pytest.raises(Damaged):
            decode(changed)


def test_what_cannot_be_written_down_is_said_for_a_person():
    with pytest.raises(LedgerError, match=r"'suggested' cannot be written down.*object"):
        encode(record(Suggested(trial=1, point={"x": object()}, method="grid")))


@pytest.mark.parametrize(
    "fact",
    [
        Opened(study="s", config=None, config_hash="h", git={"dirty": True}),
        Closed(reason=5),
        Finished(trial=1, attempt=1, state="cancelled"),
        Started(trial=1, attempt=1, argv=(b"python",)),
        Noted(kind="shrug"),
    ],
    ids=["git", "reason", "state", "argv", "kind"],
)
@pytest.mark.parametrize("write", [encode, lambda wrong: encode_all([record(GOOD), wrong])])
def test_what_no_reader_would_take_is_not_written(fact, write):
    with pytest.raises(LedgerError, match=r"could not be read back|cannot be written down"):
        write(record(fact))


def test_many_lines_are_written_as_each_of_them_would_be():
    records = [record(GOOD), record(Noted(kind="retry", trial=3))]

    assert encode_all(records) == [encode(each) for each in records]


@pytest.mark.parametrize("trial", [-1, 2**60])
def test_a_trial_number_that_no_reader_could_hold_is_not_written(trial):
    with pytest.raises(LedgerError, match="must be a whole number from 0 on"):
        encode(record(Suggested(trial=trial, point={}, method="grid")))


def test_a_fact_about_no_trial_is_read_as_quickly_as_any_other():
    """The quick way, taken from the second line on, once looked for None in a range of 2**53."""
    noted = Record(7, "2026-01-01T00:00:00.000000Z", 1.0, "w", Noted(kind="stop"))
    line = encode(noted).rstrip(b"\n")

    assert [found for _ in range(3) for found in decode_all([line])] == [noted] * 3


@pytest.mark.parametrize(
    "value",
    [0.1, -0.0, 1, 2**62, 2**70, True, None, "x", math.inf, math.nan, np.float64(0.1), np.int64(3)],
    ids=repr,
)
def test_what_is_written_without_a_look_at_each_value_is_what_the_look_would_give(value):
    suggested = Suggested(trial=1, point={"x": value}, method="grid")
    body = json.loads(encode(Record(1, AT, 0.5, WORKER, suggested)))
    assert json.dumps(body["point"]["x"]) == json.dumps(scalar(value))

    if isinstance(value, int | float):
        reported = Reported(trial=1, attempt=1, step=value, metrics={"x": value})
        body = json.loads(encode(Record(1, AT, 0.5, WORKER, reported)))
        assert json.dumps([body["step"], body["metrics"]["x"]]) == json.dumps([number(value)] * 2)
