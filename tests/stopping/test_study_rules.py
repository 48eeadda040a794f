import pytest

from tuner.stopping import Endings, Failures, Plateau, Standing, StopSpec
from tuner.stopping.make import make_rules
from tuner.study import Finished, History, Opened, Record, Suggested

CONFIG = {
    "metric": {"name": "acc", "goal": "maximize", "source": {"kind": "stdout"}, "reduce": "last"},
    "constraints": [{"metric": "ms", "op": "<=", "bound": 20.0}],
}


def history(*results, config=CONFIG):
    """Fold trials with the given (acc, ms); None is a failure."""
    facts = [Opened(study="s", config=config, config_hash="h")]
    for number, result in enumerate(results, start=1):
        facts.append(Suggested(trial=number, point={"x": number}, method="sobol"))
        if result is None:
            ending = {"state": "failed", "failure": "crash"}
        else:
            ending = {
                "state": "completed",
                "metrics": dict(zip(("acc", "ms"), result, strict=True)),
            }
        facts.append(Finished(trial=number, attempt=1, gpu_s=1800.0, **ending))
    records = [Record(n, "", float(n), "w", fact) for n, fact in enumerate(facts, start=1)]
    return History.replay(records)


def standing(past, **more):
    return Standing(history=past, endings=Endings.of(past), **more)


def verdict(spec, seen, **more):
    found = (rule(seen) for rule in make_rules(spec, **more))
    return next((one for one in found if one), None)


SPECS = [
    StopSpec(trials=1),
    StopSpec(wall_s=1.0),
    StopSpec(gpu_hours=0.1),
    StopSpec(target=0.9),
    StopSpec(plateau=Plateau(trials=1)),
    StopSpec(failures=Failures(consecutive=1)),
]


@pytest.mark.parametrize("spec", SPECS, ids=str)
def test_an_empty_study_is_never_over(spec):
    assert verdict(spec, standing(history())) is None


def test_no_rule_but_the_check_of_the_first_trials_stands_by_itself():
    assert len(make_rules(StopSpec())) == 1
    assert make_rules(StopSpec(), keep_going=True) == ()


def test_the_budget_does_not_count_what_was_added_or_repeated():
    past = history((0.5, 1.0))
    for number, method in enumerate(("added", "rerun", "confirm"), start=2):
        fact = Suggested(trial=number, point={"x": 1}, method=method)
        past.apply(Record(past.last + 1, "", 0.0, "w", fact))

    assert verdict(StopSpec(trials=2), standing(past)) is None
    over = verdict(StopSpec(trials=1), standing(past))
    assert (over.kind, over.reason) == ("budget", "1 of 1 trials")


def test_a_target_is_reached_only_by_a_feasible_trial():
    spec = StopSpec(target=0.9)

    assert verdict(spec, standing(history((0.95, 30.0)))) is None
    assert verdict(spec, standing(history((0.95, 10.0)))).kind == "goal"


def test_gpu_hours_add_up_over_trials_and_running_attempts():
    past = history((0.5, 1.0), (0.6, 1.0))

    assert verdict(StopSpec(gpu_hours=1.5), standing(past)) is None
    running = standing(past, running_gpu_s=1800.0)
    assert verdict(StopSpec(gpu_hours=1.5), running).kind == "spent"


def test_a_plateau_needs_something_to_compare_with():
    spec = StopSpec(plateau=Plateau(trials=2, min_delta=0.05))

    assert verdict(spec, standing(history((0.5, 1.0), (0.5, 1.0)))) is None
    flat = history((0.5, 1.0), (0.52, 1.0), (0.54, 1.0))
    assert verdict(spec, standing(flat)).kind == "goal"
    rising = history((0.5, 1.0), (0.52, 1.0), (0.6, 1.0))
    assert verdict(spec, standing(rising)) is None


def test_failures_count_towards_a_plateau():
    spec = StopSpec(plateau=Plateau(trials=2))

    assert verdict(spec, standing(history((0.5, 1.0), None, None))).kind == "goal"


def test_wall_time_counts_earlier_sessions():
    seen = standing(history((0.5, 1.0)), past_s=3.0, elapsed_s=1.0)

    assert verdict(StopSpec(wall_s=4.0), seen).kind == "spent"
    assert verdict(StopSpec(wall_s=4.5), seen) is None


def test_a_budget_that_was_passed_says_by_how_many():
    past = history((0.5, 1.0), (0.6, 1.0), (0.7, 1.0))

    over = verdict(StopSpec(trials=2), standing(past))

    assert (over.kind, over.reason) == ("budget", "3 trials, 1 beyond the budget of 2")


@pytest.mark.parametrize(
    ("earlier", "said"),
    [(0, "the first 3 trials all failed"), (2, "the first 3 trials of this session all failed")],
)
def test_the_first_failures_are_those_of_the_session_and_that_is_said(earlier, said):
    past = history(*[(0.5, 1.0)] * earlier, None, None, None)
    endings = Endings(since=1 + 2 * earlier)
    endings.follow(past)

    over = verdict(StopSpec(), Standing(history=past, endings=endings))
    assert (over.reason, over.waivable) == (said, True)


def test_failures_in_a_row_end_a_study_that_is_asked_to_keep_going_too():
    past, spec = history((0.5, 1.0), None, None), StopSpec(failures=Failures(consecutive=2))
    endings = Endings(since=1)
    endings.follow(past)

    [rule] = make_rules(spec, keep_going=True)
    over = rule(Standing(history=past, endings=endings))

    assert (over.reason, over.waivable) == ("2 trials in a row failed", False)
