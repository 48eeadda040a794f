"""The promises of `Ledger`, kept by every format and by memory."""

from dataclasses import fields
from typing import get_args, get_type_hints

import pytest

from tuner.errors import LedgerError
from tuner.ledger import Book, LedgerSpec, MemoryLedger, Stamp, make_ledger, read_study
from tuner.study import Closed, Finished, Noted, Opened, Reported, Started, Suggested

FORMATS = get_args(get_type_hints(LedgerSpec)["format"])
OPENED = Opened(study="s", config={"metric": {"name": "loss", "goal": "minimize"}}, config_hash="h")


def trial(number, loss=0.5):
    return [
        Suggested(trial=number, point={"x": number / 7}, method="sobol"),
        Started(trial=number, attempt=1, argv=("python", "train.py")),
        Reported(trial=number, attempt=1, step=1.0, metrics={"loss": 2 * loss}),
        Finished(trial=number, attempt=1, state="completed", metrics={"loss": loss}),
    ]


@pytest.fixture
def make(tmp_path):
    """Open a ledger of a format in one place, as often as one likes."""
    opened = []

    def make(form):
        stamp = Stamp(f"host/boot/{len(opened)}/1")
        if form == "memory":
            ledger = MemoryLedger(stamp)
        else:
            ledger = make_ledger(tmp_path / "study", LedgerSpec(format=form), stamp)
        opened.append(ledger)
        return ledger

    yield make
    for ledger in opened:
        ledger.close()


@pytest.fixture(params=[*FORMATS, "memory"])
def open_ledger(request, make):
    return lambda: make(request.param)


@pytest.fixture(params=FORMATS)
def open_again(request, make):
    """Open one that can be opened twice: memory is gone when it is closed."""
    return lambda: make(request.param)


def state(history):
    return {
        number: [getattr(t, field.name) for field in fields(t) if field.name != "finish_number"]
        for number, t in history.trials.items()
    }


def test_the_format_of_every_spec_is_checked():
    assert set(FORMATS) == {"jsonl", "csv"}


def test_records_are_numbered_from_one_on_without_gaps(open_ledger):
    ledger = open_ledger()

    records = [*ledger.append([OPENED]), *ledger.append(trial(1)), *ledger.append([])]

    assert [record.number for record in records] == [1, 2, 3, 4, 5]
    assert [record.fact for record in records] == [OPENED, *trial(1)]


def test_1_what_was_appended_is_there_after_a_restart(open_again):
    first = Book(open_again())
    first.write(OPENED, *trial(1), *trial(2)[:2], Noted(kind="note", text="hello"))

    second = Book(open_again())
    second.catch_up()

    assert state(second.history) == state(first.history)
    assert second.history.notes == ["hello"]
    assert second.history.config == OPENED.config


def test_1_it_is_there_too_for_who_only_reads(open_again, tmp_path):
    book = Book(open_again())
    book.write(OPENED, *trial(1), *trial(2)[:2])

    assert state(read_study(tmp_path / "study").history) == state(book.history)


def test_2_catch_up_gives_every_record_once_and_not_ones_own(open_ledger):
    ledger = open_ledger()
    ledger.append([OPENED])
    ledger.append(trial(1))

    assert ledger.catch_up() == []


def test_2_records_of_others_come_once_and_in_order(open_again):
    one, two = open_again(), open_again()
    written = []
    for number in range(1, 6):
        writer, reader = (one, two) if number % 2 else (two, one)
        written += writer.append(trial(number))
        seen = reader.catch_up()
        assert seen == written[-len(seen) :]
        assert len(seen) == 4
        assert reader.catch_up() == []


def test_3_inside_a_turn_nobody_else_appends(open_again):
    one, two = Book(open_again()), Book(open_again())
    for number in range(1, 7):
        book = one if number % 2 else two
        with book.turn():
            assert book.history.next_id == number
            book.write(*trial(number))

    assert read_study(one.ledger.file).history.ended == 6


def test_3_a_turn_may_be_nested(open_ledger):
    ledger = open_ledger()

    with ledger.turn(), ledger.turn():
        ledger.append([OPENED])


def test_4_a_sound_ledger_has_no_damage(open_ledger):
    ledger = open_ledger()
    ledger.append([OPENED, *trial(1)])

    assert ledger.damage == []
    assert ledger.notices == []


def test_a_closed_ledger_takes_no_facts(open_ledger):
    ledger = open_ledger()
    ledger.close()

    with pytest.raises(LedgerError, match="was closed"):
        ledger.append([Closed(reason="done")])
