import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuner.report.tally import Tally, budgets, cost
from tuner.study import (
    Closed,
    Finished,
    History,
    Noted,
    Opened,
    Reconfigured,
    Record,
    Reported,
    Started,
    Suggested,
)

METRIC = {"name": "loss", "goal": "minimize"}
CONFIG = {"metric": METRIC, "constraints": [{"metric": "ms", "op": "<=", "bound": 20.0}]}
numbers = st.integers(1, 6)
values = st.sampled_from([0.5, 1.0, 2.0, float("nan"), float("inf"), -3.0])


def suggested(trial, of=None, method="sobol"):
    return Suggested(trial=trial, point={"x": 1}, method=method, of=of)


finishes = st.builds(
    lambda trial, state, loss, ms, again: Finished(
        trial=trial,
        attempt=1,
        state=state,
        failure="crash" if state == "failed" else None,
        metrics={"loss": loss, "ms": ms},
        gpu_s=1.5,
        message="words",
        again=again,
    ),
    numbers,
    st.sampled_from(["completed", "completed", "failed", "stopped", "lost"]),
    values,
    st.sampled_from([5.0, 50.0]),
    st.sampled_from([False, False, True]),
)
anything = st.one_of(
    st.builds(suggested, numbers),
    st.builds(lambda t, of: suggested(t, of, "rerun"), numbers, numbers),
    st.builds(lambda t: suggested(t, method="added"), numbers),
    st.builds(lambda t: Started(trial=t, attempt=1), numbers),
    st.builds(lambda t: Reported(trial=t, attempt=1, step=1, metrics={"loss": 1.0}), numbers),
    finishes,
    finishes,
    st.builds(lambda t: Noted(kind="retry", trial=t), numbers),
    st.builds(
        lambda t, text: Noted(kind="mark", trial=t, text=text),
        numbers,
        st.sampled_from(["exclude", "-exclude"]),
    ),
    st.just(Closed(reason="done")),
    st.just(Reconfigured(config={"metric": {**METRIC, "goal": "maximize"}}, config_hash="b")),
)


def once_suggested(facts):
    """A trial is suggested once: a second suggestion of the same id is left out."""
    seen = set()
    for fact in facts:
        if isinstance(fact, Suggested):
            if fact.trial in seen or (fact.of is not None and fact.of >= fact.trial):
                continue
            seen.add(fact.trial)
        yield fact


def seen(tally):
    return (
        tally.best and (tally.best.trial.id, repr(tally.best.value), tally.best.repeats),
        {state: count for state, count in tally.states.items() if count},
        list(tally.failures.items()),
        tally.curve,
        tally.recent,
        tally.counted,
        tally.elsewhere,
        round(tally.gpu_s, 9),
        tally.last,
    )


@given(st.lists(anything, max_size=40), st.lists(st.booleans(), min_size=41, max_size=41))
def test_counting_record_by_record_equals_counting_everything_at_once(facts, told):
    """Records are heard of in batches, when the history is further on than each of them."""
    opened = Opened(study="s", config=CONFIG, config_hash="a")
    history, tally, unheard = History(), Tally(), []

    for number, fact in enumerate([opened, *once_suggested(facts)], 1):
        record = Record(number=number, at="", elapsed_s=0.0, worker="w", fact=fact)
        history.apply(record)
        unheard.append(record)
        if told[number - 1]:
            while unheard:
                tally = tally.take(unheard.pop(0), history)
    for record in unheard:
        tally = tally.take(record, history)

    assert seen(tally) == seen(Tally.of(history))


def test_records_that_were_missed_are_counted_all_the_same(records):
    history, tally = History(), Tally()
    for record in records:
        history.apply(record)
        if record.number % 3:
            tally = tally.take(record, history)
    tally = tally.take(records[-1], history)
    assert seen(tally) == seen(Tally.of(history))


def test_a_repeat_costs_nothing_of_the_budget_of_trials(make_records):
    done = {"attempt": 1, "state": "completed", "metrics": {"loss": 1.0}}
    facts = [
        Opened(study="s", config={"metric": METRIC, "stop": {"trials": 4}}, config_hash="a"),
        suggested(1),
        Finished(trial=1, **done),
        suggested(2, of=1, method="rerun"),
        Finished(trial=2, **done),
    ]
    history = History.replay(make_records(facts))

    trials = budgets(history, Tally.of(history))[0]

    assert (trials.done, trials.total) == (1, 4)


def test_the_curve_ends_with_the_best_as_it_is_judged(make_records):
    def done(trial, loss):
        return Finished(trial=trial, attempt=1, state="completed", metrics={"loss": loss})

    facts = [
        Opened(study="s", config={"metric": METRIC}, config_hash="a"),
        *(suggested(1), done(1, 3.0), suggested(2), done(2, 1.0)),
        *(suggested(3, of=2, method="rerun"), done(3, 2.0)),
    ]
    by_search = Tally.of(History.replay(make_records(facts)))
    confirmed = [*facts, suggested(4, of=1, method="confirm"), done(4, 2.0)]
    by_confirming = Tally.of(History.replay(make_records(confirmed)))

    assert (by_search.best.value, by_search.curve) == (1.5, [3.0, 1.5, 1.5])
    assert (by_confirming.best.value, by_confirming.curve) == (2.5, [2.5, 2.5, 2.5, 2.5])


def test_remaining_time_follows_from_the_pace_so_far(history):
    trials, wall, gpu = budgets(history, Tally.of(history), running_s=1000.0)
    assert trials.remaining_s == pytest.approx(40 * 1000.0 / 20)
    assert wall.remaining_s == pytest.approx(7200 - 1000)
    assert gpu.total == 2.0
    assert gpu.done == pytest.approx(sum(t.gpu_s for t in history.trials.values()) / 3600)


@pytest.mark.parametrize("done", [True, False])
def test_nothing_remains_of_a_study_that_is_finished_before_its_budgets(make_records, done):
    stop = {"trials": 30, "wall_s": 7200.0}
    facts = [
        Opened(study="s", config={"metric": METRIC, "stop": stop}, config_hash="a"),
        suggested(1),
        Finished(trial=1, attempt=1, state="completed", metrics={"loss": 1.0}),
        Closed(reason="every point of the space was tried", finished=done),
    ]
    history = History.replay(make_records(facts))
    trials, wall = budgets(history, Tally.of(history), running_s=10.0)
    assert (trials.done, trials.total) == (1, 30)
    assert (trials.remaining_s, wall.remaining_s) == ((0.0, 0.0) if done else (290.0, 7190.0))


def test_cost_is_gpu_hours_times_the_price(history):
    amount, currency = cost(history, Tally.of(history))
    assert amount == pytest.approx(history.gpu_s / 3600 * 2.49)
    assert currency == "USD"
