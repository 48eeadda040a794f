"""A changed configuration against the trials that a study has."""

import pytest

from tuner.assemble.usable import check_goal, fates
from tuner.config import read_config
from tuner.errors import UsageError
from tuner.study import Finished, History, Opened, Record, Suggested

PARAMETERS = {"x": {"type": "float", "min": 0.0, "max": 1.0}}
METRIC = {"name": "loss", "goal": "minimize", "reduce": "best"}


def kept(metric):
    """Make a history of one trial, under a configuration with this metric."""
    facts = [
        Opened(study="s", config={"parameters": PARAMETERS} | metric, config_hash="h"),
        Suggested(trial=1, point={"x": 0.5}, method="sobol"),
        Finished(trial=1, attempt=1, state="completed", metrics={"loss": 0.25}),
    ]
    at = "2026-01-01T00:00:00Z"
    return History.replay(
        Record(n, at, float(n), "worker", fact) for n, fact in enumerate(facts, 1)
    )


def now(goal):
    """Read the configuration as it is now."""
    metric = {**METRIC, "goal": goal}
    return read_config({"metric": metric, "parameters": PARAMETERS, "runner": {"type": "manual"}})


def test_a_ledger_that_does_not_say_its_metric_goes_on():
    check_goal(kept({}), now("maximize"))

    with pytest.raises(UsageError, match="kept the smallest loss"):
        check_goal(kept({"metric": METRIC}), now("maximize"))


def test_a_failed_trial_is_none_that_another_metric_makes_useless():
    history = kept({"metric": METRIC})
    at = "2026-01-01T00:00:00Z"
    crash = Finished(trial=2, attempt=1, state="failed", failure="crash")
    for number, fact in enumerate((Suggested(trial=2, point={"x": 0.1}, method="sobol"), crash), 4):
        history.apply(Record(number, at, 9.0, "worker", fact))
    metric = {"name": "size", "goal": "minimize"}
    config = read_config({"metric": metric, "parameters": PARAMETERS, "runner": {"type": "manual"}})

    assert fates(history, config, ()) == (
        "none of 1 old trial measured size: they teach nothing now",
    )
