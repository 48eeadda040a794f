"""A study with older ones, from Python: what is tried first, what is suggested, what is refused."""

import math
from typing import get_args

import numpy as np
import pytest

from tuner import Study
from tuner.errors import UsageError
from tuner.interop.spec import Mode

SPACE = {
    "lr": {"type": "float", "min": 1e-4, "max": 1.0, "log": True},
    "layers": {"type": "int", "min": 1, "max": 6},
    "opt": {"values": ["sgd", "adam"]},
    "momentum": {"type": "float", "min": 0.0, "max": 1.0, "when": "opt == 'sgd'"},
}
METRIC = {"name": "loss", "goal": "minimize"}


def loss(point, shift=0.0):
    value = (math.log10(point["lr"]) + 2 + shift) ** 2 + 0.1 * abs(point["layers"] - 3)
    return value + (0.5 if point["opt"] == "adam" else point["momentum"] ** 2)


@pytest.fixture
def older(tmp_path):
    """Write an older study of so many trials; give its folder."""

    def write(name, trials=12, shift=0.0):
        rng = np.random.default_rng(len(name))
        with Study.create(parameters=SPACE, metric=METRIC, path=tmp_path / name) as study:
            for _ in range(trials):
                point = {
                    "lr": float(10 ** rng.uniform(-4, 0)),
                    "layers": int(rng.integers(1, 7)),
                    "opt": ["sgd", "adam"][rng.integers(2)],
                }
                if point["opt"] == "sgd":
                    point["momentum"] = float(rng.random())
                study.add(point, loss(point, shift))
        return tmp_path / name

    return write


def new(method="bayes", studies=(), **more):
    sections = {"parameters": SPACE, "search": {"method": method}, **more}
    return Study.create(metric=METRIC, warm_start={"studies": list(studies)}, **sections)


def entries(mode, *folders, **more):
    return [{"ledger": str(folder), "mode": mode, **more} for folder in folders]


def best_of(folder, count):
    with Study.create(parameters=SPACE, metric=METRIC, path=folder) as study:
        done = sorted(study.trials, key=lambda t: t.metrics["loss"])
        return [dict(t.params) for t in done[:count]]


@pytest.mark.parametrize(
    ("method", "mode"),
    [
        *((method, "enqueue") for method in ("bayes", "sobol", "random")),
        *((method, "auto") for method in ("sobol", "random")),
    ],
)
def test_the_best_points_of_older_studies_are_tried_first_in_turn(older, method, mode):
    first, second = older("first"), older("second", shift=0.5)
    with new(method, entries(mode, first, second)) as study:
        tried = [dict(study.ask().params) for _ in range(4)]

    (best, runner_up), theirs = best_of(first, 2), best_of(second, 2)
    assert tried[:3] == [best, theirs[0], runner_up]
    assert tried[3] not in [best, runner_up, *theirs]


@pytest.mark.parametrize(("seeds", "count"), [(0, 0), (1, 1), (5, 5)])
def test_as_many_are_tried_first_as_is_asked_for(older, seeds, count):
    folder = older("first")
    with new("sobol", entries("enqueue", folder, seeds=seeds)) as study:
        waiting = [dict(trial.params) for trial in study.trials]

    assert waiting == best_of(folder, count)


def test_what_the_study_has_seen_is_not_tried_again(older, tmp_path):
    folder = older("first")
    best, *_ = best_of(folder, 1)
    with new("sobol", path=tmp_path / "new") as study:
        study.add(best, 1.0)
        study.warm_start(folder, mode="enqueue", seeds=2)
        queued = [dict(trial.params) for trial in study.trials][1:]
        study.warm_start(folder, mode="enqueue", seeds=2, max_trials=11)  # read anew
        again = len(study.trials)
    with new("sobol", entries("enqueue", folder, seeds=2), path=tmp_path / "new") as study:
        resumed = len(study.trials)

    assert queued == best_of(folder, 2)[1:]
    assert again == resumed == 2


def test_a_point_out_of_bounds_is_tried_at_the_bound(older):
    folder = older("first", trials=30)
    (best,) = best_of(folder, 1)
    narrow = {**SPACE, "lr": {**SPACE["lr"], "min": best["lr"] * 2}}
    with new("random", entries("enqueue", folder, seeds=1), parameters=narrow) as study:
        point = study.ask().params

    assert point["lr"] == best["lr"] * 2
    assert point["layers"] == best["layers"]


def test_a_model_that_learns_from_them_tries_its_own_choice_of_their_points(older):
    folder = older("first")
    with new("bayes", entries("auto", folder)) as study:
        assert not study.trials
        trial = study.ask()

    assert trial.suggestion.method == "memory"


@pytest.mark.parametrize("mode", get_args(Mode))
def test_suggestions_are_new_and_in_bounds_and_the_same_for_the_same_history(older, mode, tmp_path):
    studies = entries(mode, older("first"), older("second", shift=0.3, trials=5))
    told = []
    for _ in range(2):
        with new(studies=studies, seed=3) as study:
            for _ in range(6):
                trial = study.ask()
                study.tell(trial, loss(trial.params))
            batch = study.ask(3)
            trials = [*study.trials]
        told.append([(dict(t.params), t.suggestion.mean, t.suggestion.memory) for t in trials])
        points = [repr(sorted(t.params.items())) for t in trials]
        assert len(set(points)) == len(points) == 9
        assert len(batch) == 3
        for trial in trials:
            assert 1e-4 <= trial.params["lr"] <= 1.0
            assert trial.params["layers"] in range(1, 7)
            assert ("momentum" in trial.params) == (trial.params["opt"] == "sgd")
        assert all(t.suggestion.reason is None for t in trials)
        assert all(math.isfinite(t.suggestion.mean) for t in batch)

    assert told[0] == told[1]


@pytest.mark.parametrize("mode", ["stack", "rgpe", "conditional"])
def test_how_much_each_older_study_weighs_is_written_down(older, mode):
    with new(studies=entries(mode, older("first"), older("second", shift=0.3))) as study:
        for _ in range(7):
            trial = study.ask()
            study.tell(trial, loss(trial.params))
        told = [trial.suggestion.memory for trial in study.trials]

    assert all(memory == {} for memory in told[:2])
    assert set(told[-1]) == {"first", "second"}
    assert 0 < sum(told[-1].values()) <= 1


@pytest.mark.parametrize("mode", ["rgpe", "basis", "prior"])
def test_a_way_that_the_search_has_no_use_for_is_refused(older, mode):
    with new("random") as study, pytest.raises(UsageError, match=f"'{mode}' needs a model"):
        study.warm_start(older("first"), mode=mode)


def test_an_older_study_of_which_nothing_is_known_changes_nothing(tmp_path):
    with Study.create(parameters=SPACE, metric=METRIC, path=tmp_path / "failed") as study:
        for trial in study.ask(4):
            study.fail(trial)
    for mode in ("stack", "rgpe", "conditional", "prior", "enqueue"):
        with new(studies=entries(mode, tmp_path / "failed")) as study, new() as alone:
            for one in (study, alone):
                for _ in range(7):
                    trial = one.ask()
                    one.tell(trial, loss(trial.params))

            points = [[dict(t.params) for t in one.trials] for one in (study, alone)]
            assert points[0] == points[1]
