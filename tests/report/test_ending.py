"""What is said below the board in the end."""

import pytest

from tuner.report.ending import GO_ON, ONCE_MENDED, parting
from tuner.report.limits import NOTHING_YET
from tuner.study import Closed, Finished, History, Opened, Started, Suggested


def ended(make_records, *more, reason=None, **config):
    facts = [
        Opened(study="s", config={"metric": {"name": "loss"}, **config}, config_hash="h"),
        Suggested(trial=1, point={"x": 0.5, "y": 2}, method="sobol", reason=reason),
        Started(trial=1, attempt=1),
    ]
    return parting(History.replay(make_records([*facts, *more])))


DONE = Finished(trial=1, attempt=1, state="completed", metrics={"loss": 0.25})


@pytest.mark.parametrize(("finished", "after"), [(True, []), (False, [GO_ON])])
def test_a_study_that_is_not_finished_can_go_on(make_records, finished, after):
    said = ended(make_records, DONE, Closed(reason="enough", finished=finished))
    best = ["best: loss 0.25, trial 1", "  x=0.5", "  y=2"]
    assert said == ["over: enough; 1 trial has ended", *best, *after]


def test_without_a_result_and_with_a_fallback(make_records):
    said = ended(make_records, Closed(reason="interrupted"), reason="the fit failed")
    assert said == [
        "over: interrupted; 0 trials have ended",
        NOTHING_YET,
        "1 of 1 suggestions are a fallback's: the fit failed",
        GO_ON,
    ]


def test_where_no_trial_keeps_the_constraints_these_are_named(make_records):
    rule = {"metric": "loss", "op": "<=", "bound": 0.1}
    said = ended(make_records, DONE, Closed(reason="enough", finished=True), constraints=[rule])
    assert said == ["over: enough; 1 trial has ended", "1 completed, none keeps loss <= 0.1"]


def test_failures_are_counted_and_may_be_taken_back(make_records):
    crashed = Finished(trial=1, attempt=1, state="failed", failure="crash", message="exit code 2")
    *_, failed, once = ended(make_records, crashed, Closed(reason="enough", finished=True))
    assert failed == "1 of 1 trials failed: 1 crash, trial 1: exit code 2"
    assert once == ONCE_MENDED


def test_trials_that_do_not_count_are_told_apart(make_records):
    added = Suggested(trial=2, point={"x": 0.5, "y": 2}, method="added", of=1, by_hand=True)
    done = Finished(trial=2, attempt=1, state="completed", metrics={"loss": 0.5})
    said, *_ = ended(make_records, DONE, added, done, Closed(reason="enough", finished=True))
    assert (
        said == "over: enough; 2 trials have ended, 1 of them repeats or added, which do not count"
    )
