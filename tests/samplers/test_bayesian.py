"""The search that learns: suggestions, predictions, and what it leaves untouched."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from tuner.errors import FitError, SpaceExhaustedError, UsageError
from tuner.samplers.bayesian import BayesianSampler
from tuner.samplers.spec import SearchSpec
from tuner.space import Bool, Choice, Float, Int, Space
from tuner.space.encoding import Encoding
from tuner.study import Finished, History, Noted, Opened, Record, Suggested

SQUARE = Space((Float(name="x", min=-2.0, max=2.0), Float(name="y", min=-2.0, max=2.0)))
MIXED = Space(
    (
        Float(name="lr", min=1e-4, max=1.0, log=True),
        Int(name="layers", min=1, max=6),
        Choice(name="optimizer", values=("sgd", "adam")),
        Float(name="momentum", min=0.0, max=1.0, when="optimizer == 'sgd'"),
        Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
    ),
    require=("layers * lr <= 3",),
)


ENGINES = ("numpy", "botorch")


class Study:
    """A history in memory, told fact by fact."""

    def __init__(self, space=SQUARE, goal="minimize", constraints=()):
        self.space, self.history = space, History()
        config = {"metric": {"name": "m", "goal": goal}, "constraints": list(constraints)}
        self.tell(Opened(study="s", config=config, config_hash=""))

    def tell(self, fact):
        number = self.history.last + 1
        self.history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))

    def add(self, point, value=None, *, failure=None, noise=None, **metrics):
        number = self.history.next_id
        self.tell(Suggested(trial=number, point=point, method="sobol"))
        if value is not None or failure:
            self.tell(
                Finished(
                    trial=number,
                    attempt=1,
                    state="failed" if failure else "completed",
                    failure=failure,
                    metrics={} if failure else {"m": value, **metrics},
                    noise={} if noise is None else {"m": noise},
                )
            )
        return number

    def spread(self, count, function, seed=0, **more):
        U = np.random.default_rng(seed).random((count, Encoding(self.space).width))
        for point in Encoding(self.space).from_unit(U):
            if not self.space.violations(point):
                self.add(point, function(point), **more)
        return self


def bowl(point):
    return (point["x"] - 1.0) ** 2 + (point["y"] + 0.5) ** 2


def suggest(study, count=1, seed=0, **search):
    sampler = BayesianSampler(SearchSpec(**search), study.space, device_taken=True)
    return sampler.suggest(study.history, count, np.random.default_rng(seed))


@pytest.mark.parametrize(("goal", "sign"), [("minimize", 1.0), ("maximize", -1.0)])
def test_it_goes_where_the_metric_is_good_whichever_way_that_is(goal, sign):
    study = Study(goal=goal).spread(20, lambda point: 100 + sign * bowl(point))

    (suggestion,) = suggest(study)

    assert suggestion.method == "bayes"
    assert bowl(suggestion.point) < 0.15


def test_it_tells_mean_and_sd_in_the_metrics_own_units():
    study = Study(goal="minimize").spread(25, lambda point: 1000 + 50 * bowl(point))

    (suggestion,) = suggest(study)

    truth = 1000 + 50 * bowl(suggestion.point)
    assert suggestion.mean == pytest.approx(truth, abs=30)
    assert 0 < suggestion.sd < 40
    assert math.isfinite(suggestion.acquisition)
    assert suggestion.seconds > 0
    assert suggestion.reason is None


@pytest.mark.parametrize("engine", ENGINES)
def test_same_history_and_rng_same_answer_whatever_was_drawn_before(engine):
    study = Study(MIXED).spread(12, lambda point: point["lr"] + point["layers"])

    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002  the global state is what must not matter
    first = suggest(study, 2, seed=5, engine=engine)
    torch.manual_seed(2)
    np.random.seed(2)  # noqa: NPY002
    second = suggest(study, 2, seed=5, engine=engine)

    assert [s.point for s in first] == [s.point for s in second]
    assert [s.acquisition for s in first] == [s.acquisition for s in second]


def test_a_sampler_that_was_asked_before_answers_like_a_new_one():
    study = Study(MIXED)
    old = BayesianSampler(SearchSpec(), MIXED, device_taken=True)
    for point in Encoding(MIXED).from_unit(np.random.default_rng(3).random((13, 6))):
        study.add(point, point["lr"] + point["layers"])
        if len(study.history.trials) > 9:
            before = old.suggest(study.history, 1, np.random.default_rng(0))

    new = suggest(study)

    assert [s.point for s in before] == [s.point for s in new]
    assert [s.acquisition for s in before] == [s.acquisition for s in new]


@pytest.mark.parametrize("engine", ENGINES)
def test_it_leaves_random_states_and_threads_alone(engine):
    study = Study().spread(8, bowl)
    threads = [library["num_threads"] for library in threadpool_info()], torch.get_num_threads()
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002
    expected = torch.rand(4), np.random.random(4)  # noqa: NPY002
    torch.manual_seed(3)
    np.random.seed(3)  # noqa: NPY002

    suggest(study, 2, acquisition="q_log_nei", engine=engine)

    assert torch.equal(torch.rand(4), expected[0])
    assert (np.random.random(4) == expected[1]).all()  # noqa: NPY002
    now = [library["num_threads"] for library in threadpool_info()], torch.get_num_threads()
    assert now == threads


@pytest.mark.parametrize("waiting", [0, 1])
def test_botorch_suggests_what_numpy_suggests(waiting):
    study = Study().spread(15, bowl)
    for _ in range(waiting):
        study.add({"x": 1.0, "y": -0.4})

    ours, theirs = (suggest(study, seed=4, engine=engine)[0] for engine in ENGINES)

    first, second = Encoding(SQUARE).encode([ours.point, theirs.point])
    assert first == pytest.approx(second, abs=0.02)
    assert ours.mean == pytest.approx(theirs.mean, abs=0.05)
    assert ours.sd == pytest.approx(theirs.sd, rel=0.1, abs=0.01)
    assert ours.acquisition == pytest.approx(theirs.acquisition, abs=0.1)


def test_several_at_once_are_several_different_useful_points():
    study = Study().spread(15, bowl)

    points = [s.point for s in suggest(study, 4)]

    rows = Encoding(SQUARE).encode(points)
    gaps = [np.abs(a - b).max() for i, a in enumerate(rows) for b in rows[:i]]
    assert min(gaps) > 0.01
    assert sum(bowl(point) < 2.5 for point in points) >= 2


def test_pending_trials_are_not_suggested_again():
    study = Study().spread(15, bowl)
    (first,) = suggest(study)
    study.add(first.point)

    (second,) = suggest(study)

    gap = np.abs(np.subtract(*Encoding(SQUARE).encode([first.point, second.point])))
    assert gap.max() > 0.02


def test_every_suggestion_is_a_legal_point_of_a_mixed_conditional_space():
    study = Study(MIXED).spread(14, lambda p: abs(math.log10(p["lr"]) + 2) + 0.1 * p["layers"])

    for suggestion in suggest(study, 3):
        point = suggestion.point
        assert MIXED.point(point) == point
        assert MIXED.violations(point) == []
        assert ("momentum" in point) == (point["optimizer"] == "sgd")


def test_a_finite_space_is_used_up_without_a_repeat_and_then_ends():
    space = Space((Choice(name="c", values=("a", "b", "c")), Bool(name="flag")))
    study = Study(space)
    study.add({"c": "a", "flag": True}, 1.0)
    study.add({"c": "b", "flag": False}, 2.0)

    points = [s.point for s in suggest(study, 10)]

    assert len({space.key(point) for point in points}) == len(points) == 4
    for point in points:
        study.add(point, 3.0)
    with pytest.raises(SpaceExhaustedError):
        suggest(study)


def test_a_failing_region_is_left_alone():
    study = Study()
    for point in Encoding(SQUARE).from_unit(np.random.default_rng(1).random((30, 2))):
        if point["x"] > 0.5:
            study.add(point, failure="oom")
        else:
            study.add(point, bowl(point))

    points = [s.point for s in suggest(study, 2)]

    assert all(point["x"] < 0.9 for point in points)


def test_an_outcome_constraint_is_learned_and_kept():
    study = Study(constraints=[{"metric": "ms", "op": "<=", "bound": 0.0}])
    for point in Encoding(SQUARE).from_unit(np.random.default_rng(1).random((25, 2))):
        study.add(point, bowl(point), ms=10 * point["x"])

    points = [s.point for s in suggest(study, 2)]

    assert all(point["x"] < 0.2 for point in points)


def test_while_nothing_is_feasible_it_looks_for_something_that_is():
    study = Study(constraints=[{"metric": "ms", "op": "<=", "bound": 0.0}])
    for point in Encoding(SQUARE).from_unit(np.random.default_rng(1).random((20, 2))):
        if point["x"] > -1.0:
            study.add(point, bowl(point), ms=point["x"] + 1.0)

    points = [s.point for s in suggest(study, 2)]

    assert all(point["x"] < -1.0 for point in points)


def test_known_noise_makes_it_trust_repeats_and_neighbours_not_single_values():
    study = Study().spread(30, bowl, noise=0.05)
    lucky = {"x": -1.5, "y": 1.5}
    study.add(lucky, -5.0, noise=20.0)
    sampler = BayesianSampler(SearchSpec(), SQUARE, device_taken=True)

    at_lucky, at_top = sampler.posterior(study.history, [lucky, {"x": 1.0, "y": -0.5}])

    assert at_lucky.mean == pytest.approx(bowl(lucky), rel=0.3)
    assert at_top.mean < 0.3
    assert at_top.chance > at_lucky.chance


def test_what_is_foretold_of_a_measurement_holds_its_noise():
    study = Study().spread(30, bowl, noise=3.0)
    sampler = BayesianSampler(SearchSpec(), SQUARE, device_taken=True)

    [suggestion] = suggest(study)
    [believed] = sampler.posterior(study.history, [suggestion.point])

    assert suggestion.mean == pytest.approx(believed.mean)
    assert believed.sd < 2.0 < suggestion.sd


def test_the_chances_of_being_best_add_up_and_noise_spreads_them():
    near = [{"x": 1.0 + 0.1 * k, "y": -0.5} for k in range(4)]
    clear, blurred = Study(), Study()
    for number, point in enumerate([*near, *[{"x": -1.5 + k, "y": 1.0} for k in range(4)]]):
        clear.add(point, bowl(point), noise=0.001)
        blurred.add(point, bowl(point) + 0.3 * (-1) ** number, noise=1.0)
    points = [trial.params for trial in clear.history.completed]

    sure, unsure = (
        [
            opinion.chance
            for opinion in BayesianSampler(SearchSpec(), SQUARE, device_taken=True).posterior(
                study.history, points
            )
        ]
        for study in (clear, blurred)
    )

    assert sum(sure) == pytest.approx(1.0)
    assert sum(unsure) == pytest.approx(1.0)
    assert max(sure) == sure[0] > 0.9 > max(unsure)


def test_the_posterior_is_in_the_metrics_units_and_sign():
    study = Study(goal="maximize").spread(25, lambda point: 10 - bowl(point))
    sampler = BayesianSampler(SearchSpec(), SQUARE, device_taken=True)

    ((mean, sd, _),) = sampler.posterior(study.history, [{"x": 1.0, "y": -0.5}])

    assert mean == pytest.approx(10.0, abs=0.3)
    assert 0 < sd < 1


def test_a_point_of_another_space_has_no_posterior_here():
    study = Study().spread(10, bowl)
    sampler = BayesianSampler(SearchSpec(), SQUARE, device_taken=True)

    with pytest.raises(FitError, match="none of this space any more"):
        sampler.posterior(study.history, [{"x": 1.0}])


def test_excluded_trials_teach_nothing():
    study = Study().spread(20, bowl)
    number = study.add({"x": -1.9, "y": 1.9}, -1000.0)
    study.tell(Noted(kind="mark", trial=number, text="exclude"))

    (suggestion,) = suggest(study)

    assert bowl(suggestion.point) < 0.2


def test_too_little_to_learn_from_is_a_fit_error_for_the_ladder():
    study = Study()
    study.add({"x": 0.0, "y": 0.0}, 1.0)
    study.add({"x": 1.0, "y": 0.0}, failure="crash")

    with pytest.raises(FitError, match="1 of 2 ended trials have a finite metric"):
        suggest(study)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_device_that_is_not_there_is_the_users_to_know():
    study = Study().spread(5, bowl)

    with pytest.raises(UsageError, match="cuda was asked for"):
        suggest(study, device="cuda")


@pytest.mark.parametrize("acquisition", ["log_ei", "q_log_nei"])
def test_an_acquisition_asked_for_by_name_works_with_pending_trials(acquisition):
    study = Study().spread(12, bowl)
    study.add({"x": 0.9, "y": -0.4})

    (suggestion,) = suggest(study, acquisition=acquisition)

    assert bowl(suggestion.point) < 2.0


def test_twenty_conditionals_and_a_hundred_values_are_no_trouble():
    space = Space(
        (
            Choice(name="kind", values=tuple(f"k{k}" for k in range(100))),
            Bool(name="deep"),
            *(
                Float(name=f"p{j}", min=0.0, max=1.0, when="deep" if j % 2 else "not deep")
                for j in range(20)
            ),
        )
    )
    study = Study(space).spread(
        25, lambda p: len(p["kind"]) + sum(map(float, list(p.values())[1:]))
    )

    (suggestion,) = suggest(study)

    assert space.point(suggestion.point) == suggestion.point
    assert suggestion.seconds < 30


def test_warming_up_does_the_first_work_and_changes_no_answer():
    sampler = BayesianSampler(SearchSpec(), MIXED, device_taken=True)
    study = Study(MIXED).spread(10, lambda point: point["lr"])
    before = sampler.suggest(study.history, 1, np.random.default_rng(0))

    sampler.warm_up()

    after = sampler.suggest(study.history, 1, np.random.default_rng(0))
    assert [s.point for s in after] == [s.point for s in before]


WITHOUT_TORCH = """
import sys
import numpy as np
from tuner.samplers.make import make_sampler, posterior_of
from tuner.samplers.spec import SearchSpec
from tuner.space import Choice, Float, Space
from tuner.study import Finished, History, Opened, Record, Suggested

space = Space((Float(name="x", min=0.0, max=1.0), Choice(name="c", values=("a", "b"))))
history = History()
facts = [Opened(study="s", config={"metric": {"name": "m"}}, config_hash="")]
for number in range(1, 8):
    facts.append(Suggested(trial=number, point={"x": number / 8, "c": "ab"[number % 2]}, method="sobol"))
    facts.append(Finished(trial=number, attempt=1, state="completed", metrics={"m": number * 0.1}))
for number, fact in enumerate(facts, start=1):
    history.apply(Record(number, "2024-01-01T00:00:00Z", float(number), "worker", fact))
sampler = make_sampler(SearchSpec(engine=sys.argv[1]), space, seed=1, devices_taken=True)
sampler.warm_up()
[suggestion] = sampler.suggest(history, 1, np.random.default_rng(0))
assert suggestion.method == "bayes", suggestion
assert posterior_of(SearchSpec(engine=sys.argv[1]), space, history, [{"x": 0.5, "c": "a"}])
loaded = {"torch", "botorch", "gpytorch", "pandas"} & sys.modules.keys()
print(*sorted(loaded))
"""


@pytest.mark.parametrize(
    ("engine", "loaded"), [("auto", set()), ("numpy", set()), ("botorch", {"torch", "botorch"})]
)
def test_the_default_engine_imports_no_torch(engine, loaded):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT_TORCH, engine],
        check=True,
        capture_output=True,
        text=True,
    )

    found = set(done.stdout.split())
    assert found >= loaded
    assert found == set() or loaded


TRAPPED = Space(
    (
        Float(name="x", min=0.0, max=1.0),
        Choice(name="model", values=("plain", "deep", "wide")),
        Float(name="rate", min=0.0, max=1.0, when="model != 'plain'"),
    )
)


def trapped():
    """Tell of a study that polishes one model, after some bad trials of each other."""
    study = Study(TRAPPED)
    for x in np.linspace(0.0, 1.0, 21).tolist():
        study.add({"x": x, "model": "plain"}, (x - 0.4) ** 2)
    for model, count in (("deep", 6), ("wide", 7)):
        for x in np.linspace(0.0, 1.0, count).tolist():
            study.add({"x": x, "model": model, "rate": x * 7.3 % 1}, 1.0 + 0.1 * x)
    return study


def test_with_little_left_to_gain_about_half_go_to_the_branches_tried_least():
    found = suggest(trapped(), count=8)

    away = [s.point["model"] for s in found if s.method == "branch"]
    assert 3 <= len(away) <= 5
    assert away[0] == "deep"
    assert set(away) == {"deep", "wide"}
    assert all(math.isfinite(s.acquisition) and math.isfinite(s.mean) for s in found)


@pytest.mark.parametrize("require", [(), ("model != 'base'",)])
def test_a_branch_that_has_nothing_new_keeps_no_other_one_waiting(require):
    space = Space(
        (
            Choice(name="model", values=("base", "plain", "deep")),
            Float(name="x", min=0.0, max=1.0, when="model != 'base'"),
            Float(name="rate", min=0.0, max=1.0, when="model == 'deep'"),
        ),
        require=require,
    )
    study = Study(space)
    for x in np.linspace(0.0, 1.0, 21).tolist():
        study.add({"x": x, "model": "plain"}, (x - 0.4) ** 2)
    for x in np.linspace(0.0, 1.0, 7).tolist():
        study.add({"x": x, "model": "deep", "rate": x * 7.3 % 1}, 1.0 + 0.1 * x)
    if not require:
        study.add({"model": "base"}, 1.0)

    away = [s.point["model"] for s in suggest(study, count=8) if s.method == "branch"]

    assert away
    assert set(away) == {"deep"}


def test_the_branch_of_the_best_feasible_trial_is_none_to_look_at_besides():
    study = Study(TRAPPED, constraints=[{"metric": "ms", "op": "<=", "bound": 0.0}])
    for x in np.linspace(0.0, 1.0, 15).tolist():
        study.add({"x": x, "model": "plain"}, (x - 0.4) ** 2, ms=-1.0)
    for x in np.linspace(0.0, 1.0, 12).tolist():
        study.add({"x": x, "model": "wide", "rate": x * 7.3 % 1}, 1.0 + 0.1 * x, ms=-1.0)
    for x in np.linspace(0.0, 1.0, 6).tolist():
        study.add({"x": x, "model": "deep", "rate": x * 7.3 % 1}, -1.0 + 0.1 * x, ms=1.0)

    away = [s.point["model"] for s in suggest(study, count=8) if s.method == "branch"]

    assert away
    assert set(away) == {"wide"}


@pytest.mark.parametrize("acquisition", ["log_ei", "ei", "ucb"])
def test_a_criterion_asked_for_by_name_is_kept_to(acquisition):
    assert {s.method for s in suggest(trapped(), count=4, acquisition=acquisition)} == {"bayes"}


def test_in_noise_what_a_measurement_teaches_is_not_taken_for_what_is_gained():
    study = Study(TRAPPED)
    noise = np.random.default_rng(1)
    for point in Encoding(TRAPPED).from_unit(noise.random((12, Encoding(TRAPPED).width))):
        study.add(point, (point["x"] - 0.4) ** 2 + noise.normal(), noise=1.0)

    assert {s.method for s in suggest(study, count=6)} == {"bayes"}


def test_with_much_to_gain_and_without_categories_nothing_goes_elsewhere():
    early = Study(TRAPPED).spread(8, lambda point: (point["x"] - 0.4) ** 2)
    numbers = Study().spread(40, lambda point: 1e-9 * bowl(point) ** 4)

    assert {s.method for s in suggest(early, count=4)} == {"bayes"}
    assert {s.method for s in suggest(numbers, count=4)} == {"bayes"}
