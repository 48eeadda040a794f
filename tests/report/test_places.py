import pytest

from tuner.report.places import Places, slots
from tuner.study import Closed, Finished, History, Opened, Record, Started, Suggested

CONFIG = {"metric": {"name": "loss"}, "resources": {"parallel": 2}}


def told(*facts, worker="a"):
    return [Record(number, "", at, worker, fact) for number, (at, fact) in enumerate(facts, 1)]


def opened(**more):
    return Opened(study="s", config=CONFIG, config_hash="h", **more)


def job(trial, suggested, started, finished, ran, chose=0.0):
    return [
        (suggested, Suggested(trial=trial, point={}, method="sobol", seconds=chose)),
        (started, Started(trial=trial, attempt=1)),
        (finished, Finished(trial=trial, attempt=1, state="completed", wall_s=ran)),
    ]


def counted(records):
    places = Places()
    for record in records:
        places.take(record)
    return places


def test_time_is_split_into_running_starting_proposing_and_the_rest():
    first = job(1, 1.0, 1.0, 11.0, ran=9.5)
    second = job(2, 12.9, 13.0, 23.0, ran=10.0, chose=1.5)  # two seconds free, 1.5 of them chosen
    places = counted(told((0.0, opened()), *first, *second))

    assert places.busy_s == 19.5
    assert places.starting_s == 0.5
    assert places.proposing_s == 1.5
    assert places.offered_s == 22.0


def test_a_suggestion_that_lay_ready_cost_no_more_than_the_place_was_free():
    facts = [*job(1, 1.0, 1.0, 11.0, ran=10.0), *job(2, 11.25, 11.25, 21.25, ran=10.0, chose=8.0)]
    assert counted(told((0.0, opened()), *facts)).proposing_s == 0.25


def test_what_comes_after_the_last_job_is_not_counted_as_lost():
    facts = [*job(1, 1.0, 1.0, 11.0, ran=10.0), (500.0, Closed(reason="over"))]
    assert counted(told((0.0, opened()), *facts)).offered_s == 10.0


def test_a_new_session_begins_to_count_anew_and_one_that_joins_does_not():
    first = told((0.0, opened()), *job(1, 1.0, 1.0, 11.0, ran=10.0))
    joining = told((0.0, opened(joined=True)), *job(2, 1.0, 1.0, 6.0, ran=5.0), worker="b")
    again = told((0.0, opened()), *job(3, 1.0, 1.0, 3.0, ran=2.0), worker="c")

    assert counted([*first, *joining]).busy_s == 15.0
    assert counted([*first, *joining, *again]).busy_s == 2.0


def test_a_job_that_another_process_ended_is_left_out():
    started = told((0.0, opened()), *job(1, 1.0, 1.0, 11.0, ran=10.0)[:2])
    ended = told((99.0, Finished(trial=1, attempt=1, state="lost")), worker="b")
    assert counted([*started, *ended]).offered_s == 0.0


@pytest.mark.parametrize(
    ("workers", "busy", "places"), [(1, 1, 2), (3, 0, 6), (1, 5, 5), (0, 0, 0)]
)
def test_every_process_brings_its_places(workers, busy, places):
    history = History.replay(told((0.0, opened())))
    assert slots(history, workers, busy) == places
    assert slots(History(), workers, busy) == busy
