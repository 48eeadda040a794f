"""When trials ran, and where one session ends and the next begins."""

import pytest

from tuner.study import Finished, History, Opened, Record, Started, Suggested
from tuner.study.sessions import gaps_of, ran_of, sessions_of


def at(second):
    return f"2026-01-01T00:{second // 60:02}:{second % 60:02}Z"


def ran(*spans):
    """Give what ran by (worker, start, end), in seconds; None for an end that nobody saw."""
    told = [("", "", Opened(study="s", config={"metric": {"name": "loss"}}, config_hash="h"))]
    for number, (worker, start, end) in enumerate(spans, 1):
        told.append((worker, "", Suggested(trial=number, point={}, method="sobol")))
        told.append((worker, at(start), Started(trial=number, attempt=1)))
        state = "lost" if end is None else "completed"
        seen = 3000 if end is None else end
        told.append((worker, at(seen), Finished(trial=number, attempt=1, state=state)))
    return ran_of(
        History.replay(
            Record(number, when, 0.0, worker, fact)
            for number, (worker, when, fact) in enumerate(told, 1)
        )
    )


def ids(parts):
    return [[one.trial.id for one in part] for part in parts]


def test_times_in_which_nothing_ran():
    assert gaps_of([(0.0, 5.0), (1.0, 9.0), (2.0, 3.0), (12.0, 13.0)]) == [(9.0, 12.0)]
    assert gaps_of([]) == []


@pytest.mark.parametrize(
    ("spans", "parts"),
    [
        ([], []),
        ([("a", 0, 10), ("a", 900, 910)], [[1, 2]]),  # one process, which waited
        ([("a", 0, 10), ("b", 900, 910)], [[1], [2]]),
        ([("a", 0, 10), ("b", 9, 20), ("b", 30, 40)], [[1, 2, 3]]),  # one joined, the other left
        ([("a", 0, 10), ("b", 20, 30), ("a", 40, 50), ("c", 60, 70)], [[1, 2, 3], [4]]),
    ],
)
def test_a_session_ends_where_nothing_ran_and_other_processes_follow(spans, parts):
    assert ids(sessions_of(ran(*spans))) == parts


def test_what_was_lost_with_its_process_does_not_last_until_the_next_one_finds_it():
    found = ran(("a", 0, 10), ("a", 5, None), ("a", 20, None), ("b", 900, 910))

    begun = found[0].start
    assert [one.end - begun for one in found] == [10.0, 10.0, 20.0, 910.0]
    assert ids(sessions_of(found)) == [[1, 2, 3], [4]]
