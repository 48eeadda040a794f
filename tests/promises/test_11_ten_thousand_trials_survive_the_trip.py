"""Promise 11: JSON lines and tables give back exactly what went in, whatever it was."""

import math
import random
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuner.ledger import LedgerSpec, Stamp, make_ledger, read_study
from tuner.ledger.codec import decode, encode
from tuner.ledger.csv_table import parse, records_of, render
from tuner.study import Finished, History, Record, Remembered, Started, Suggested

TRICKY = ["", "'", '"', ",", "\n", "\r\n", "=1+1", "-1", "1e-3", "nan", "null", "true", "٣", "ä", "🦎",
          "\u2028", "\0", "\t", "\\", "{}", "a" * 300, "\ud800", " x ", "@x", "+x", "''", "[1]"]  # fmt: skip
FLOATS = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e22]

texts = st.one_of(st.sampled_from(TRICKY), st.text(max_size=12))
floats = st.one_of(st.sampled_from(FLOATS), st.floats())
finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.one_of(st.none(), st.booleans(), st.integers(), finite, texts)
names = st.text(min_size=1, max_size=8)
points = st.dictionaries(names, values, max_size=4)
metrics = st.dictionaries(names, floats, max_size=3)
results = st.tuples(points, metrics, metrics, texts, st.none() | finite)


def trial(number, point, measured, noise, message, mean):
    ending = "completed" if measured else "failed"
    return [
        Suggested(trial=number, point=point, method="bayes", mean=mean, reason=message or None),
        Started(trial=number, attempt=1, host="h"),
        Finished(
            trial=number, attempt=1, state=ending, metrics=measured, noise=noise, message=message
        ),
    ]


def fold(facts):
    return History.replay(Record(n, "", 0.0, "w", fact) for n, fact in enumerate(facts, start=1))


def exact(history):
    """Tell trials apart to the bit: nan, the sign of zero, whole and broken numbers."""
    return [
        repr((t.id, t.state, t.finish.message, t.suggestion.mean, t.suggestion.reason, t.method))
        + repr([sorted(mapping.items()) for mapping in (t.params, t.metrics, t.noise)])
        for t in history.trials.values()
    ]


def through_lines(facts):
    lines = [encode(Record(n, "", 0.0, "w", fact)) for n, fact in enumerate(facts, start=1)]
    assert all(line.count(b"\n") == 1 for line in lines)
    return History.replay(decode(line[:-1]) for line in lines)


def through_a_table(facts):
    table = parse(render(fold(facts).trials.values()))
    records, damage = records_of(table.rows, 1, "w")
    assert (table.damage, damage) == ((), [])
    return History.replay(records)


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(results, min_size=1, max_size=8))
def test_generated_trials_survive_both_trips(drawn):
    facts = [fact for n, each in enumerate(drawn, start=1) for fact in trial(n, *each)]

    assert exact(through_lines(facts)) == exact(fold(facts))
    assert exact(through_a_table(facts)) == exact(fold(facts))


memories = st.builds(
    lambda name, told, asked, left_out: Remembered(
        memory=name,
        source=name,
        asked={"ledger": name, "rename": asked},
        points=tuple(point for point, _ in told),
        gains=tuple(gain for _, gain in told),
        parameters=asked,
        left_out=tuple(left_out),
    ),
    texts,
    st.lists(st.tuples(points, floats), max_size=6),
    st.dictionaries(names, texts, max_size=3),
    st.lists(texts, max_size=3),
)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(memories, min_size=1, max_size=4))
def test_what_older_studies_taught_survives_the_trip(told):
    assert repr(through_lines(told).memories) == repr(fold(told).memories)


def any_float(rng):
    return struct.unpack("<d", rng.randbytes(8))[0] if rng.random() < 0.7 else rng.choice(FLOATS)


def any_text(rng):
    pieces = (
        rng.choice(TRICKY) if rng.random() < 0.5 else chr(rng.randrange(0x3000)) for _ in "12"
    )
    return "".join(pieces)


def any_value(rng):
    number = any_float(rng)
    whole = rng.randrange(-(10 ** rng.randrange(1, 25)), 10**24)
    return rng.choice(
        [None, True, False, whole, 0.5 if math.isnan(number) else number, any_text(rng)]
    )


def any_trial(rng, number):
    point = {name: any_value(rng) for name in rng.sample(TRICKY, rng.randrange(4))}
    measured = {f"m{k}": any_float(rng) for k in range(rng.randrange(3))}
    noise = {name: any_float(rng) for name in measured if rng.random() < 0.3}
    return trial(number, point, measured, noise, any_text(rng), any_float(rng))


@pytest.mark.slow
@pytest.mark.parametrize("trip", [through_lines, through_a_table])
def test_ten_thousand_random_trials_survive(trip):
    rng = random.Random(11)
    for _ in range(100):  # tables of 100: each has the columns of all its trials
        facts = [fact for number in range(1, 101) for fact in any_trial(rng, number)]

        assert exact(trip(facts)) == exact(fold(facts))


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_they_survive_on_disk_as_well(form, tmp_path):
    rng = random.Random(12)
    facts = [fact for number in range(1, 101) for fact in any_trial(rng, number)]
    ledger = make_ledger(tmp_path, LedgerSpec(format=form), Stamp("h/b/1/2"))

    ledger.append(facts)
    ledger.close()
    if form == "csv":
        (tmp_path / "journal.jsonl").unlink()

    reading = read_study(tmp_path)
    assert reading.damage == []
    assert exact(reading.history) == exact(fold(facts))
