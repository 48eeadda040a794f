"""Optuna's samplers over our ledger: by name, in every kind of space, and as if never interrupted."""

import numpy as np
import optuna
import pytest

from tuner.errors import FitError, SpaceExhaustedError, UsageError
from tuner.loop.propose import pretend
from tuner.samplers import make as samplers
from tuner.samplers.make import check_sampler
from tuner.samplers.optuna import TRIES, OptunaSampler, sampler_class
from tuner.samplers.optuna_space import distributions
from tuner.samplers.spec import SearchSpec
from tuner.space import Bool, Choice, Float, Int, Space
from tuner.study import Finished, History, Noted, Opened, Record, Suggested

SPACE = Space(
    (
        Float(name="lr", min=1e-4, max=1.0, log=True),
        Int(name="layers", min=1, max=6),
        Choice(name="optimizer", values=("sgd", "adam", None)),
        Float(name="momentum", min=0.0, max=1.0, when="optimizer == 'sgd'"),
        Float(name="decay", min=1e-6, max=1e-2, log=True, or_zero=True),
        Bool(name="amp"),
    ),
    require=("layers * lr <= 3",),
)
SMALL = Space((Int(name="a", min=0, max=8), Bool(name="b")))
POINTS = [{"a": a, "b": b} for a in range(9) for b in (False, True)]
RNG = np.random.default_rng(0)
NAMES = ("tpe", "random", "qmc", "cma_es", "nsgaii", "gp")


class Study:
    def __init__(self):
        self.history = History()
        self.write(
            Opened(study="s", config={"metric": {"name": "m", "goal": "minimize"}}, config_hash="")
        )

    def write(self, fact):
        number = self.history.last + 1
        self.history.apply(Record(number, "", float(number), "worker", fact))

    def suggested(self, point, method="optuna"):
        number = self.history.next_id
        seen = self.history.ended
        self.write(Suggested(trial=number, point=point, method=method, seen=seen))
        return number

    def finish(self, number, loss=None):
        how = (
            {"state": "failed", "failure": "crash"}
            if loss is None
            else {"state": "completed", "metrics": {"m": loss}}
        )
        self.write(Finished(trial=number, attempt=1, **how))


def loss_of(point):
    return abs(np.log10(point["lr"]) + 2) + 0.1 * point["layers"] + (point["optimizer"] == "sgd")


def sampler(name="tpe", seed=3, **options):
    return OptunaSampler(name, options, SPACE, seed=seed)


def grow(study, asked, count):
    points = []
    for _ in range(count):
        (suggestion,) = asked.suggest(study.history, 1, np.random.default_rng(0))
        points.append(suggestion.point)
        study.finish(study.suggested(suggestion.point), loss_of(suggestion.point))
    return points


@pytest.mark.parametrize("name", NAMES)
def test_a_search_that_is_resumed_goes_on_as_one_that_never_stopped(name):
    study = Study()
    asked = sampler(name)
    grow(study, asked, 14)

    onward = asked.suggest(study.history, 1, np.random.default_rng(0))[0].point
    resumed = sampler(name).suggest(study.history, 1, np.random.default_rng(0))[0].point

    assert onward == resumed


def test_it_learns():
    study = Study()
    points = grow(study, sampler(seed=1), 60)
    losses = [loss_of(point) for point in points]

    assert np.mean(losses[40:]) < 0.6 * np.mean(losses[:10])


def test_it_is_optunas_own_study():
    """The same questions and answers, asked of Optuna itself."""
    study, asked = Study(), sampler(seed=5)
    points = grow(study, asked, 25)

    own = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=5), direction="maximize")
    theirs = []
    while len(theirs) < 25:
        trial = own.ask()
        point = {}
        for parameter in (rule.parameter for rule in SPACE.rules):
            if parameter.name == "momentum" and point["optimizer"] != "sgd":
                continue
            held = distributions(parameter)
            if parameter.name == "decay" and trial._suggest("decay=0", held["decay=0"]):
                point["decay"] = 0.0
            else:
                point[parameter.name] = trial._suggest(parameter.name, held[parameter.name])
        if SPACE.violations(point):
            own.tell(trial, state=optuna.trial.TrialState.FAIL)
            continue
        point = SPACE.point(point)
        theirs.append(point)
        own.tell(trial, -loss_of(point))

    assert points == theirs


def test_points_of_others_and_failures_are_told_too():
    study, asked = Study(), sampler()
    best = {"lr": 0.01, "layers": 1, "optimizer": None, "decay": 0.0, "amp": True}
    study.finish(study.suggested(best, method="enqueued"), 0.1)
    (suggestion,) = asked.suggest(study.history, 1, np.random.default_rng(0))
    study.finish(study.suggested(suggestion.point))
    asked.suggest(study.history, 1, np.random.default_rng(0))

    told = asked._memo.study.get_trials(deepcopy=False)

    assert told[0].params == {
        "lr": 0.01,
        "layers": 1,
        "optimizer": None,
        "decay=0": True,
        "amp": True,
    }
    assert told[0].value == -0.1
    assert told[1].state == optuna.trial.TrialState.FAIL


def test_several_are_asked_with_the_others_running():
    study, asked = Study(), sampler()
    batch = asked.suggest(study.history, 4, np.random.default_rng(0))
    numbers = [study.suggested(s.point) for s in batch]
    for number in reversed(numbers):
        study.finish(number, 1.0)
    more = asked.suggest(study.history, 2, np.random.default_rng(0))

    keys = {SPACE.key(s.point) for s in [*batch, *more]}
    assert len(keys) == 6
    running = [t for t in asked._memo.study.get_trials(deepcopy=False) if t.state.is_finished()]
    assert len([t for t in running if t.value is not None]) == 4


@pytest.mark.parametrize(("name", "trials"), [("tpe", 30), ("gp", 13)])
def test_with_several_at_work_every_answer_is_told_to_its_question(name, trials):
    """Asked ahead, as the loop does: a suggestion waits in a snapshot before it is a trial."""
    study, asked, running = Study(), sampler(name), []
    for _ in range(trials):
        while len(running) < 3:
            known = study.history.snapshot()
            (first,) = asked.suggest(known, 1, np.random.default_rng(0))
            pretend(known, first)
            asked.suggest(known, 1, np.random.default_rng(0))
            running.append(study.suggested(first.point))
        number = running.pop(0)
        study.finish(number, loss_of(study.history.trials[number].params))

    asked.suggest(study.history, 1, np.random.default_rng(0))
    told = asked._memo.study.get_trials(deepcopy=False)
    ended = [t for t in told if t.state == optuna.trial.TrialState.COMPLETE]
    assert len(ended) == trials
    assert set(asked._memo.asked) == set(running)


@pytest.mark.parametrize("name", ["tpe", "cma_es"])
def test_a_past_that_was_changed_is_told_anew_and_once(name):
    study, asked = Study(), sampler(name)
    grow(study, asked, 16)
    study.write(Noted(kind="mark", text="exclude", trial=3))
    (suggestion,) = asked.suggest(study.history, 1, np.random.default_rng(0))
    number = study.suggested(suggestion.point)
    study.finish(number)
    asked.suggest(study.history, 1, np.random.default_rng(0))
    study.write(Noted(kind="retry", text="", trial=number))
    study.finish(number, 0.7)

    onward = asked.suggest(study.history, 1, np.random.default_rng(0))[0].point
    fresh = sampler(name)

    assert onward == fresh.suggest(study.history, 1, np.random.default_rng(0))[0].point
    told = [t.value for t in fresh._memo.study.get_trials(deepcopy=False) if t.value is not None]
    assert len(told) == 16
    assert -0.7 in told


def test_another_sampler_on_resume_takes_the_old_trials_for_somebody_elses():
    study = Study()
    grow(study, sampler("tpe"), 12)
    asked = sampler("random", seed=9)
    more = grow(study, asked, 20)

    assert len({SPACE.key(point) for point in more}) == 20
    values = [t.value for t in asked._memo.study.get_trials(deepcopy=False) if t.value is not None]
    assert len(values) == 31  # the last one is told with the next question


def test_points_out_of_narrowed_bounds_are_left_out():
    study = Study()
    outside = {"lr": 50.0, "layers": 1, "optimizer": "adam", "decay": 0.0, "amp": True}
    study.finish(study.suggested(outside, method="enqueued"), 0.1)

    (suggestion,) = sampler().suggest(study.history, 1, np.random.default_rng(0))

    assert suggestion.point["lr"] <= 1.0


@pytest.mark.parametrize("name", ["tpe", "TPESampler", "T_P_E"])
def test_samplers_go_by_many_spellings(name):
    assert sampler_class(name) is optuna.samplers.TPESampler


def test_a_sampler_or_an_option_that_is_none_says_what_there_is():
    with pytest.raises(UsageError, match="Optuna has no 'foo'") as unknown:
        sampler("foo")
    assert "TPESampler" in str(unknown.value.hint)
    assert "GridSampler" not in str(unknown.value.hint)
    with pytest.raises(UsageError, match="Optuna has no 'tpee'; did you mean 'tpe'"):
        sampler("tpee")
    with pytest.raises(UsageError, match=r"search\.options: TPESampler: .*'nope'") as wrong:
        sampler("tpe", nope=1)
    assert "n_startup_trials" in str(wrong.value.hint)


def test_options_reach_the_sampler():
    assert sampler("tpe", n_startup_trials=3)._memo.study.sampler._n_startup_trials == 3


def test_without_optuna_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setattr(samplers, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="Optuna is not installed here") as missing:
        check_sampler(SearchSpec(method="optuna"), SPACE, seed=0)
    assert missing.value.hint == "pip install 'tuner[optuna]'"


def test_options_without_optuna_are_a_mistake():
    with pytest.raises(ValueError, match="options: only method: optuna has any"):
        SearchSpec(options={"a": 1})
    with pytest.raises(ValueError, match="sampler: only method: optuna has any"):
        SearchSpec(sampler="tpe")
    with pytest.raises(ValueError, match="surrogate: only method: bayes has any"):
        SearchSpec(method="optuna", surrogate="saas")
    with pytest.raises(ValueError, match="acquisition: only method: bayes has any"):
        SearchSpec(method="sobol", acquisition="ei")


def test_what_a_sampler_raises_in_a_study_is_said_with_its_name_and_what_to_do():
    asked = OptunaSampler("tpe", {"n_startup_trials": "many"}, SPACE, seed=0)
    with pytest.raises(FitError, match=r"search\.sampler: TPESampler: TypeError: ") as said:
        asked.suggest(Study().history, 1, np.random.default_rng(0))
    assert "search.options" in said.value.hint


@pytest.mark.parametrize("name", NAMES)
def test_a_rehearsal_leaves_nothing_behind(name):
    rehearsed = sampler(name)
    rehearsed.rehearse()

    first = [
        asked.suggest(Study().history, 1, RNG)[0].point for asked in (rehearsed, sampler(name))
    ]
    assert first[0] == first[1]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("tpe", {"n_startup_trials": "many"}, "TPESampler: TypeError"),
        ("brute_force", {}, r"BruteForceSampler: ValueError: .*step"),
    ],
)
def test_a_rehearsal_finds_options_and_spaces_that_a_sampler_does_not_take(name, options, said):
    with pytest.raises(UsageError, match=said) as refused:
        sampler(name, **options).rehearse()
    assert "tpe takes every space" in refused.value.hint


def asks_counted(asked, monkeypatch):
    """Count the questions that are put to Optuna."""
    counted = []
    real = optuna.Study.ask

    def ask(study, *given, **more):
        counted.append(1)
        return real(study, *given, **more)

    monkeypatch.setattr(optuna.Study, "ask", ask)
    return counted


@pytest.mark.parametrize("name", ["tpe", "cma_es"])
def test_questions_in_vain_cost_those_and_no_telling_of_the_whole_past(name, monkeypatch):
    """Where no new point is found, time after time, as at the end of a small space."""
    study, asked = Study(), OptunaSampler(name, {}, SMALL, seed=2)
    for _ in range(12):
        try:
            (suggestion,) = asked.suggest(study.history, 1, RNG)
        except SpaceExhaustedError:
            break
        study.finish(study.suggested(suggestion.point), 0.1 * suggestion.point["a"])
    seen = {SMALL.key(point) for point in study.history.points()}
    for point in POINTS:
        if SMALL.key(point) not in seen:
            study.finish(study.suggested(point, method="random"), 0.5)
    with pytest.raises(SpaceExhaustedError):
        asked.suggest(study.history, 1, RNG)

    counted = asks_counted(asked, monkeypatch)
    for _ in range(3):
        with pytest.raises(SpaceExhaustedError):
            asked.suggest(study.history, 1, RNG)

    assert len(counted) == 3 * TRIES


@pytest.mark.parametrize("name", ["tpe", "cma_es", "nsgaii"])
def test_after_answers_that_nobody_took_it_is_as_if_they_were_never_given(name, monkeypatch):
    study, asked = Study(), sampler(name)
    grow(study, asked, 14)
    counted = asks_counted(asked, monkeypatch)
    for _ in range(4):
        left = asked.suggest(study.history, 2, RNG)

    assert len(counted) < 4 * 2 * 3  # and not 14 more each time; some break the `require`
    fresh = sampler(name).suggest(study.history, 2, RNG)
    assert [s.point for s in left] == [s.point for s in fresh]
