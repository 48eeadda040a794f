import pytest

from tuner.errors import LedgerFullError
from tuner.ledger import Book, MemoryLedger
from tuner.study import Noted, Pulse

PULSE = Pulse(slots=1, busy=0)


class Listener:
    """Remembers what it heard, and whether the lock was free then."""

    def __init__(self, free=lambda: True):
        self.heard, self.pulses, self.closed, self.free, self.was_free = [], 0, 0, free, []

    def on_record(self, record, history):
        assert history.last >= record.number
        self.heard.append(record.number)
        self.was_free.append(self.free())

    def on_pulse(self, pulse, history):
        self.pulses += 1

    def close(self):
        self.closed += 1


class Broken(Listener):
    def on_record(self, record, history):
        super().on_record(record, history)
        raise RuntimeError("no terminal")

    def on_pulse(self, pulse, history):
        super().on_pulse(pulse, history)
        raise RuntimeError("no terminal")

    def close(self):
        super().close()
        raise RuntimeError("no terminal")


@pytest.fixture
def book(stamp):
    return Book(MemoryLedger(stamp))


def test_what_is_written_is_folded_at_once(book, facts):
    records = book.write(*facts.trial(1))

    assert [record.number for record in records] == [1, 2, 3]
    assert book.history.ended == 1


def test_history_stays_the_same_object(open_book, facts):
    book = open_book()
    history = book.history

    book.write(*facts.trial(1))

    assert book.history is history


def test_a_turn_begins_with_a_history_that_lacks_nothing(open_book, facts):
    one, two = open_book(), open_book()
    one.write(*facts.trial(1))

    with two.turn():
        number = two.history.next_id
        two.write(facts.suggested(number))

    assert number == 2
    one.catch_up()
    assert list(one.history.trials) == [1, 2]


def test_what_was_there_before_is_taken_in_silently(open_book, facts):
    open_book().write(*facts.trial(1))
    listener = Listener()

    book = open_book(watchers=[listener])
    book.write(*facts.trial(2))

    assert book.history.ended == 2
    assert listener.heard == [4, 5, 6]


def test_watchers_hear_of_everything_once_and_in_order(open_book, facts):
    listener = Listener()
    one, two = open_book(watchers=[listener]), open_book()
    two.write(*facts.trial(1))
    one.write(*facts.trial(2))
    two.write(*facts.trial(3))
    one.catch_up()

    assert listener.heard == list(range(1, 10))


def test_watchers_hear_once_the_lock_is_free(open_book, facts):
    other = open_book()

    def free():
        lock = other.ledger._lock
        if not lock.acquire(0):
            return False
        lock.release()
        return True

    listener = Listener(free)
    book = open_book(watchers=[listener])
    with book.turn():
        book.write(*facts.trial(1))
        assert listener.heard == []

    assert listener.was_free == [True, True, True]


def test_a_watcher_that_fails_is_dropped_and_complained_about_once(stamp, facts):
    broken, listener = Broken(), Listener()
    book = Book(MemoryLedger(stamp), [broken, listener])
    book.catch_up()

    book.write(*facts.trial(1))
    book.pulse(PULSE)
    book.close()

    assert broken.heard == [1]
    assert broken.closed == 1
    assert listener.heard == [1, 2, 3]
    assert (listener.pulses, listener.closed) == (1, 1)
    assert book.complaints == ["Broken failed and was dropped: no terminal"]


@pytest.mark.parametrize(
    "act", [lambda b: b.pulse(PULSE), lambda b: b.close()], ids=["pulse", "close"]
)
def test_a_watcher_may_fail_anywhere(act, stamp):
    book = Book(MemoryLedger(stamp), [Broken()])

    act(book)

    assert len(book.complaints) == 1


def test_damage_is_complained_about(open_book, tmp_path, facts):
    open_book().write(*facts.trial(1))
    with (tmp_path / "study" / "ledger.jsonl").open("a") as file:
        file.write("nonsense\n")

    assert "line 4" in open_book().complaints[0]


def test_facts_that_could_not_be_written_have_not_happened(stamp, facts):
    class Full(MemoryLedger):
        def append(self, facts):
            raise LedgerFullError("full")

    listener = Listener()
    book = Book(Full(stamp), [listener])

    with pytest.raises(LedgerFullError):
        book.write(*facts.trial(1))

    assert book.history.trials == {}
    assert listener.heard == []


def test_writing_nothing_is_nothing(book):
    assert book.write() == []


def test_a_closed_book_lets_go_of_its_watchers_once(stamp, facts):
    listener = Listener()
    book = Book(MemoryLedger(stamp), [listener])
    book.write(Noted(kind="stop"))

    book.close()
    book.close()

    assert listener.closed == 1
