"""The clock of a session."""

from tuner.ledger import Stamp


def test_a_session_begins_with_its_first_record_however_long_it_waited_for_a_person():
    seconds = iter([100.0, 107.5])
    stamp = Stamp("worker", monotonic=lambda: next(seconds))

    assert [stamp.elapsed_s, stamp.elapsed_s] == [0.0, 7.5]
