import json
from dataclasses import fields
from zlib import crc32

import pytest

from tuner.ledger.bulk import decode_all, in_order
from tuner.ledger.codec import Damaged, decode, encode
from tuner.study import Finished, Noted, Record, Remembered, Reported, Started, Suggested

FACTS = [
    Suggested(trial=1, point={"a": 1, "b": 0.5, "c": "x", "d": True, "e": None}, method="grid"),
    Suggested(trial=2, point={"a": 10**30}, method="grid", of=1, mean=0.5, reason="why"),
    Started(trial=1, attempt=1, devices=("0", "1"), argv=("python", "a b")),
    Started(trial=1, attempt=2),
    Reported(trial=1, attempt=2, step=None, metrics={"loss": 0.5}),
    Reported(trial=1, attempt=2, step=1.0, metrics={"loss": float("inf")}),
    Finished(trial=1, attempt=2, state="completed", metrics={"loss": 0.5}),
    Finished(trial=2, attempt=1, state="failed", failure="oom", message="no memory", exit_code=1),
    Noted(kind="note", text="no trial"),
    Noted(kind="mark", trial=1, text="exclude"),
    Suggested(trial=3, point={"a": 2}, method="bayes", memory={"older": 0.5}),
    Remembered(memory="older", points=({"a": 1}, {"a": 10**30}), gains=(0.5, float("-inf"))),
    Remembered(memory="older", asked={"ledger": "x", "seeds": 0}, parameters={"a": "as it is"}),
]


def line(fact, number=7):
    return encode(Record(number, "at", 1.5, "h/b/1/2", fact))[:-1]


def sealed(body):
    raw = json.dumps(body).encode()
    return raw[:-1] + b',"crc":"%08x"}' % crc32(raw)


def told(line):
    try:
        return decode(line)
    except Damaged as why:
        return str(why)


def told_at_once(lines):
    return [str(f) if isinstance(f, Damaged) else f for f in decode_all(lines)]


def test_many_lines_are_read_as_each_of_them_would_be():
    lines = [line(fact, number) for number, fact in enumerate(FACTS * 3, start=1)]

    found = decode_all(lines)

    assert found == [decode(each) for each in lines]
    assert {type(record.fact) for record in found} == {type(fact) for fact in FACTS}
    assert all(type(record) is Record for record in found)


@pytest.mark.parametrize("fact", FACTS, ids=range(len(FACTS)))
@pytest.mark.parametrize(
    "value",
    [None, True, -1, 0, 2**60, 1.5, "", "x", "nan", [], ["x"], [1], {}, {"a": 1}, {"a": "nan"}],
    ids=repr,
)
def test_whatever_stands_in_a_member_both_ways_agree(fact, value):
    body = json.loads(line(fact))
    del body["crc"]
    names = ["v", "n", "at", "t", "w", "fact", *(field.name for field in fields(fact))]
    lines = [line(fact), *(sealed({**body, name: value}) for name in names), line(fact)]

    for one, other in zip(map(told, lines), told_at_once(lines), strict=True):
        if isinstance(one, str) and "cannot have the number" in one:
            assert not in_order([other], 0)  # the reader of many looks at numbers later
        else:
            assert one == other


@pytest.mark.parametrize(
    "change",
    [
        lambda body: dict(reversed(body.items())),
        lambda body: {**body, "mood": "good"},
        lambda body: {"mood": 1, **body},
        lambda body: {name: value for name, value in body.items() if name != "seen"},
        lambda body: {name: value for name, value in body.items() if name != "trial"},
    ],
    ids=["reversed", "one more", "one before", "one less", "one too few"],
)
def test_whatever_the_members_and_their_order_both_ways_agree(change):
    body = json.loads(line(FACTS[0]))
    del body["crc"]
    lines = [line(FACTS[0]), sealed(change(body)), line(FACTS[0])]

    assert told_at_once(lines) == [told(each) for each in lines]


def test_every_changed_byte_is_noticed_among_many():
    right = line(FACTS[6])
    wrong = [right[:n] + bytes([right[n] ^ 1]) + right[n + 1 :] for n in range(len(right))]

    found = decode_all([right, *wrong])

    assert [type(each) for each in found] == [Record] + [Damaged] * len(wrong)


@pytest.mark.parametrize(
    ("numbers", "last", "usual"),
    [
        ([1, 2, 3], 0, True),
        ([2, 5], 1, True),
        ([1, 2], 1, False),
        ([1, 3, 2], 0, False),
        ([1, 1], 0, False),
        ([2**53], 0, True),
        ([2**53 + 1], 0, False),
        ([0, 1], 0, False),
    ],
)
def test_usual_are_records_with_rising_numbers(numbers, last, usual):
    found = [Record(number, "at", 1.5, "w", FACTS[0]) for number in numbers]

    assert in_order(found, last) is usual
    assert not in_order([*found, Damaged("x")], last)
